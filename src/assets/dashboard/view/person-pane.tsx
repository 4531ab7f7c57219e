/** Everything about the chosen person: who and how long, the conversation, what is held, and the composer under it. */
import type { JSX } from 'preact';
import { useEffect, useRef } from 'preact/hooks';
import type { Desk } from '../state/desk';
import type { Person } from '../state/people-book';
import { firstLine } from '../words/plain-text';
import { spokenNumber } from '../words/spoken-number';
import { evidence, leftInWords, STATE_WORDS } from '../words/state-words';
import { bareAddress } from '../words/whatsapp-person';
import { Composer } from './composer';
import { CopyButton } from './copy-button';
import { ForgetPerson } from './forget-person';
import { HeldMessages } from './held-messages';
import { ThreadView } from './thread-view';
import { useKeptFocus, writingPlace } from './writing-place';

export function PersonPane({ desk }: { readonly desk: Desk }): JSX.Element {
  const person = desk.chosen.value;
  return (
    <section id="person" class="pane" aria-label="The chosen person">
      {person ? <Conversation key={person.key} desk={desk} person={person} /> : <Nobody desk={desk} />}
    </section>
  );
}

function Nobody({ desk }: { readonly desk: Desk }): JSX.Element {
  const left = desk.forgotten.value;
  return (
    <div id="nobody" class="nobody">
      {left === null ? (
        <>
          <p>
            <strong>Choose someone.</strong>
          </p>
          <p>
            For 24 hours after a person’s last message you may write to them freely. Before the end a safety
            margin begins; from then on, only an approved template goes out, until they write again.
          </p>
          <p class="keys">
            <kbd>/</kbd> search <kbd>J</kbd> <kbd>K</kbd> next, previous <kbd>Enter</kbd> open <kbd>Esc</kbd>{' '}
            back to the list
          </p>
        </>
      ) : (
        <div role="status" class="forgotten">
          <p>
            <strong>Erased from this service.</strong>
          </p>
          <p>{left}</p>
        </div>
      )}
    </div>
  );
}

function Conversation({ desk, person }: { readonly desk: Desk; readonly person: Person }): JSX.Element {
  return (
    <div class="person">
      <Head desk={desk} person={person} />
      <ThreadView desk={desk} person={person} />
      <HeldMessages desk={desk} person={person} />
      <Foot desk={desk} person={person} />
    </div>
  );
}

function Head({ desk, person }: { readonly desk: Desk; readonly person: Person }): JSX.Element {
  const now = desk.now.value;
  const window = desk.book.windowOf(person, now);
  const heading = useRef<HTMLHeadingElement>(null);
  const asked = desk.focusRequests.value;
  useEffect(() => {
    if (desk.takeFocusRequest()) focusWriting(heading.current);
  }, [asked, desk]);
  const name = firstLine(person.profileName ?? '');
  const number = spokenNumber(person.user);
  const left = leftInWords(window, now);
  const sender = bareAddress(person.sender);
  return (
    <header class="head" data-state={window.state}>
      <a class="button quiet back" href="#/">
        ← All people
      </a>
      <div class="head-who">
        <h2 ref={heading} class="head-name" dir="auto" tabIndex={-1}>
          {name || number}
        </h2>
        <p class="head-number" title={`Towards ${sender || 'the default sender'}`}>
          {name !== '' && <span>{number}</span>}
          <CopyButton what="number" text={bareAddress(person.user)} />
          {desk.usualSender.value === '' && sender !== '' && <span>to {spokenNumber(sender)}</span>}
        </p>
      </div>
      <p class="head-window" title={evidence(window, now)}>
        {person.optedOut ? (
          <span class="mark" data-kind="opted-out">
            Opted out
          </span>
        ) : (
          <>
            <span class="state">{STATE_WORDS[window.state]}</span>
            {left !== '' && <span class="head-left">{left}</span>}
          </>
        )}
      </p>
      {!desk.isReadOnly.value && <ForgetPerson desk={desk} person={person} />}
      <p class="visually-hidden" role="status">
        {`${name || number}: window ${STATE_WORDS[window.state].toLowerCase()}${person.optedOut ? ', opted out' : ''}.`}
      </p>
    </header>
  );
}

function focusWriting(heading: HTMLElement | null): void {
  requestAnimationFrame(() => {
    (writingPlace() ?? heading)?.focus();
  });
}

function Foot({ desk, person }: { readonly desk: Desk; readonly person: Person }): JSX.Element {
  useKeptFocus();
  if (desk.isReadOnly.value)
    return <p class="card instead">Your token may only read, so nothing can be written from here.</p>;
  if (person.optedOut)
    return (
      <p class="card instead" data-tone="stop" tabIndex={-1}>
        They asked not to be written to (STOP): nothing goes out, not even a template, until they write START.
      </p>
    );
  return <Composer desk={desk} />;
}
