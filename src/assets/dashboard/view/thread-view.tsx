/** The conversation, both ways, newest at the bottom: days, texts, attachments, what became of each, what repaired what. */
import type { JSX } from 'preact';
import { Fragment } from 'preact';
import { useEffect, useLayoutEffect, useMemo, useRef } from 'preact/hooks';
import { isOpen } from '../../../domain/customer-service-window';
import type { ThreadMessage } from '../service/answers';
import type { Desk } from '../state/desk';
import type { Person } from '../state/people-book';
import { clockTime, dayInWords, dayOf, wholeMoment } from '../words/local-time';
import {
  fateInWords,
  fateOf,
  kindInWords,
  maySendAgain,
  textInWords,
  whatNext,
} from '../words/message-words';
import { plain } from '../words/plain-text';
import { isWrittenAsTemplate } from '../words/template-words';
import { CopyButton } from './copy-button';

/** So near to the end counts as being there: new messages are followed. */
const AT_END_PX = 80;

export function ThreadView({ desk, person }: { readonly desk: Desk; readonly person: Person }): JSX.Element {
  const thread = desk.thread.thread.value;
  const own = thread?.key === person.key ? thread : null;
  const box = useRef<HTMLDivElement>(null);
  const isAtEnd = useRef(true);
  const messages = own?.messages ?? [];
  const newest = messages.at(-1);
  const oldest = messages[0]?.sid;
  const drawn = useRef<{ readonly oldest: string | undefined; readonly height: number } | null>(null);
  useLayoutEffect(() => {
    const element = box.current;
    if (!element) return;
    const { scrollHeight } = element;
    if (isAtEnd.current) element.scrollTop = scrollHeight;
    // Earlier ones stand above what is being read, which stays where it is.
    else if (drawn.current && drawn.current.oldest !== oldest)
      element.scrollTop += scrollHeight - drawn.current.height;
    drawn.current = { oldest, height: scrollHeight };
  });
  useEffect(() => {
    const element = box.current;
    if (!element) return;
    const keepEnd = new ResizeObserver(() => {
      if (isAtEnd.current) element.scrollTop = element.scrollHeight;
    });
    keepEnd.observe(element);
    return () => keepEnd.disconnect();
  }, []);
  const onScroll = () => {
    const element = box.current;
    if (element)
      isAtEnd.current = element.scrollHeight - element.scrollTop - element.clientHeight < AT_END_PX;
  };
  return (
    <div
      ref={box}
      class="thread"
      role="log"
      aria-label="Conversation"
      // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by the keyboard
      tabIndex={0}
      aria-busy={own?.older === undefined && own?.trouble === null ? 'true' : undefined}
      data-newest={newest?.sid}
      onScroll={onScroll}
    >
      {own?.older && (
        <button
          type="button"
          class="button quiet older"
          aria-disabled={desk.thread.isReadingOlder.value}
          onClick={() => void desk.readOlder().then(() => keepFocus(box.current))}
        >
          {desk.thread.isReadingOlder.value ? 'Reading…' : 'Earlier messages'}
        </button>
      )}
      {own?.trouble && <p class="thread-note problem">The conversation cannot be read now. {own.trouble}</p>}
      {messages.length === 0 && own?.trouble === null && (
        <p class="thread-note">
          {own.older === undefined
            ? 'Reading the conversation…'
            : 'Nothing is in Twilio’s log of this conversation.'}
        </p>
      )}
      <ol class="messages">
        {messages.map((message, index) => (
          <Fragment key={message.sid}>
            {dayOf(message.at) !== dayOf(messages[index - 1]?.at ?? 0) && (
              <li class="day">
                <span class="day-name">{dayInWords(message.at)}</span>
              </li>
            )}
            <Message desk={desk} person={person} message={message} thread={messages} />
          </Fragment>
        ))}
      </ol>
    </div>
  );
}

/** The button is gone with the last of the earlier messages. */
function keepFocus(thread: HTMLElement | null): void {
  requestAnimationFrame(() => {
    if (document.activeElement === document.body) thread?.focus({ preventScroll: true });
  });
}

interface Shown {
  readonly desk: Desk;
  readonly person: Person;
  readonly message: ThreadMessage;
  readonly thread: readonly ThreadMessage[];
}

function Message({ desk, person, message, thread }: Shown): JSX.Element {
  const isOurs = message.direction === 'outbound';
  const fate = fateOf(message);
  const { tick, words } = fateInWords(message);
  const hasText = message.body !== null && message.body !== '';
  const templates = desk.composer.templates.value;
  const isTemplate = useMemo(
    () => isOurs && isWrittenAsTemplate(message.body, templates),
    [isOurs, message.body, templates],
  );
  return (
    <li
      id={`message-${message.sid}`}
      class="message"
      data-direction={message.direction}
      data-fate={fate}
      tabIndex={-1}
    >
      <div class="message-box">
        <span class="visually-hidden">{isOurs ? 'You: ' : 'They: '}</span>
        <Attachments message={message} />
        {(hasText || message.mediaCount === 0) && (
          <p class={hasText ? 'message-text' : 'message-text none'} dir="auto">
            {plain(hasText ? (message.body ?? '') : textInWords(message))}
          </p>
        )}
        <p class="message-foot">
          {isTemplate && (
            <span class="chip" title="Its text is one of the account’s templates, filled.">
              Template
            </span>
          )}
          <RepairOf message={message} thread={thread} />
          <time dateTime={new Date(message.at).toISOString()} title={wholeMoment(message.at)}>
            {clockTime(message.at)}
          </time>
          {isOurs && (
            <span class="tick" data-fate={fate} title={message.status}>
              <span class="tick-sign" aria-hidden="true">
                {tick}
              </span>{' '}
              {fate === 'failed' ? '' : words}
            </span>
          )}
          <CopyButton what={`SID ${message.sid}`} text={message.sid} />
        </p>
      </div>
      {isOurs && fate === 'failed' && (
        <Failure desk={desk} person={person} message={message} thread={thread} />
      )}
    </li>
  );
}

function Attachments({ message }: { readonly message: ThreadMessage }): JSX.Element | null {
  const { mediaCount, media } = message;
  if (mediaCount === 0) return null;
  if (media === null || media.length === 0)
    return <Attachment words={mediaCount === 1 ? '1 attachment' : `${mediaCount} attachments`} />;
  return (
    <>
      {media.map(({ sid, contentType }) => (
        <Attachment key={sid} words={kindInWords(contentType)} title={contentType} />
      ))}
    </>
  );
}

function Attachment({ words, title }: { readonly words: string; readonly title?: string }): JSX.Element {
  return (
    <p class="attachment" title={title}>
      <svg viewBox="0 0 16 16" width="14" height="14" aria-hidden="true" focusable="false">
        <path d="m13.500 7.500-5.600 5.600a3.200 3.200 0 0 1-4.500-4.500l6-6a2.100 2.100 0 0 1 3 3l-6 6a1.100 1.100 0 0 1-1.500-1.500l5.100-5.100" />
      </svg>
      {words}
    </p>
  );
}

function RepairOf({ message, thread }: Pick<Shown, 'message' | 'thread'>): JSX.Element | null {
  const { repairOf } = message;
  if (repairOf === null) return null;
  const isHere = thread.some(({ sid }) => sid === repairOf);
  const words = 'Sent in place of a refused message';
  return isHere ? (
    <button type="button" class="link" title={repairOf} onClick={() => goTo(repairOf)}>
      {words}
    </button>
  ) : (
    <span title={repairOf}>{words}</span>
  );
}

function Failure({ desk, person, message, thread }: Shown): JSX.Element {
  const held = desk.held.value?.key === person.key ? desk.held.value.held : [];
  const repair = thread.find(({ repairOf }) => repairOf === message.sid);
  const next = whatNext(message, thread, held);
  const openedAt = openedAtOf(desk, person);
  // The box above the composer offers it for what was sent last from here.
  const sent = desk.composer.sent.value.get(person.key);
  const isFollowed = sent !== undefined && 'answer' in sent && sent.answer.message?.sid === message.sid;
  const mayRepeat =
    next === null &&
    !isFollowed &&
    !person.optedOut &&
    !desk.isReadOnly.value &&
    maySendAgain(message, openedAt);
  const code = message.error ? `Error ${message.error.code}` : undefined;
  return (
    <p class="failure" title={code}>
      <span>
        Not delivered{message.error ? ` (${message.error.code})` : ''}:{' '}
        {message.error?.message ?? 'Twilio does not say why.'} {next}
      </span>
      {repair && (
        <button type="button" class="link" onClick={() => goTo(repair.sid)}>
          Repaired by this message
        </button>
      )}
      {mayRepeat && (
        <button
          type="button"
          class="button small"
          aria-disabled={desk.composer.sending.value}
          onClick={() => void desk.composer.sendAgain(message)}
        >
          Send again
        </button>
      )}
    </p>
  );
}

/** When they wrote last, where their window is open. */
export function openedAtOf(desk: Desk, person: Person): number | null {
  const window = desk.book.windowOf(person, desk.now.value);
  return isOpen(window) ? window.lastInboundAt : null;
}

/** The address names the person, so it is no link to another one. */
function goTo(sid: string): void {
  const target = document.getElementById(`message-${sid}`);
  target?.scrollIntoView({ block: 'center' });
  target?.focus();
}
