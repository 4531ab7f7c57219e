/** The messages that wait for the chosen person's answer, oldest first, each of which can be cancelled. */
import { useSignal } from '@preact/signals';
import type { JSX } from 'preact';
import { useEffect } from 'preact/hooks';
import type { HeldAnswer } from '../service/answers';
import type { Desk } from '../state/desk';
import type { Person } from '../state/people-book';
import { shortMoment } from '../words/local-time';
import { plain } from '../words/plain-text';

export function HeldMessages({
  desk,
  person,
}: {
  readonly desk: Desk;
  readonly person: Person;
}): JSX.Element | null {
  const said = useSignal({ words: '', count: 0 });
  const own = desk.held.value?.key === person.key ? desk.held.value : null;
  const count = own?.held.length ?? 0;
  const { words } = said.value;
  // What was said of a cancelled one is over once others went or came.
  useEffect(() => {
    if (said.peek().count !== count) said.value = { words: '', count };
  }, [count, said]);
  if (!own || (count === 0 && own.trouble === null && words === '')) return null;
  const cancel = async (message: HeldAnswer) => {
    const words = await desk.cancelHeld(message);
    said.value = { words, count: desk.held.peek()?.held.length ?? 0 };
  };
  return (
    <section class="held" aria-labelledby="held-title">
      <h3 id="held-title">Held messages</h3>
      {count > 0 && (
        <ol class="held-list">
          {own.held.map((message) => (
            <Held key={message.id} desk={desk} message={message} onCancel={cancel} />
          ))}
        </ol>
      )}
      <p class="hint" role="status">
        {own.trouble ?? words}
      </p>
    </section>
  );
}

function Held({
  desk,
  message,
  onCancel,
}: {
  readonly desk: Desk;
  readonly message: HeldAnswer;
  readonly onCancel: (message: HeldAnswer) => Promise<void>;
}): JSX.Element {
  const isBusy = useSignal(false);
  const now = desk.now.value;
  const what = message.body || `${message.mediaUrl.length} attachments`;
  const until =
    message.expiresAt === null
      ? ''
      : `until they answer, ${shortMoment(message.expiresAt, now)} at the latest`;
  return (
    <li>
      <p class="held-text" dir="auto">
        {plain(what)}
      </p>
      <p class="hint">{['Held', until].filter(Boolean).join(' ')}</p>
      {!desk.isReadOnly.value && (
        <button
          type="button"
          class="button small"
          aria-label={`Cancel: ${plain(what).slice(0, 80)}`}
          disabled={isBusy.value}
          onClick={() => {
            isBusy.value = true;
            void onCancel(message).finally(() => (isBusy.value = false));
          }}
        >
          Cancel
        </button>
      )}
    </li>
  );
}
