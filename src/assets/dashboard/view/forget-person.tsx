/** Erases what the service has of a person, after saying what goes and what Twilio keeps. */
import { useSignal } from '@preact/signals';
import type { JSX } from 'preact';
import { useRef } from 'preact/hooks';
import { ServiceError } from '../service/service';
import type { Desk } from '../state/desk';
import type { Person } from '../state/people-book';
import { firstLine } from '../words/plain-text';
import { spokenNumber } from '../words/spoken-number';

export function ForgetPerson({
  desk,
  person,
}: {
  readonly desk: Desk;
  readonly person: Person;
}): JSX.Element {
  const dialog = useRef<HTMLDialogElement>(null);
  const problem = useSignal('');
  const isBusy = useSignal(false);
  const name = firstLine(person.profileName ?? '') || spokenNumber(person.user);
  const erase = async () => {
    isBusy.value = true;
    problem.value = '';
    try {
      await desk.forget(person.user);
    } catch (error) {
      problem.value = error instanceof ServiceError ? error.message : 'Something went wrong in this page.';
      isBusy.value = false;
    }
  };
  return (
    <>
      <button
        type="button"
        class="button quiet forget"
        aria-label={`Erase ${name}…`}
        onClick={() => dialog.current?.showModal()}
      >
        Erase…
      </button>
      <dialog ref={dialog} class="card ask" aria-labelledby="ask-title">
        <h3 id="ask-title">
          Erase what this service has of <bdi>{name}</bdi>?
        </h3>
        <p>
          <strong>Goes:</strong> their windows towards every sender, messages held for them, the link between
          their number and their WhatsApp id, and the keys that keep a message from going out twice. What is
          held is not sent.
        </p>
        <p>
          <strong>Stays here:</strong> a bare note that they opted out, if they did.
        </p>
        <p>
          <strong>Twilio keeps</strong> the messages themselves in its own log until you delete them there.
          Afterwards this page says how.
        </p>
        <p class="problem" role="alert">
          {problem.value}
        </p>
        <div class="ask-acts">
          <button type="button" class="button" onClick={() => dialog.current?.close()}>
            Keep
          </button>
          <button type="button" class="button danger" disabled={isBusy.value} onClick={() => void erase()}>
            Erase
          </button>
        </div>
      </dialog>
    </>
  );
}
