/** One row of the list: a person, the ring of their 24 hours, the last message, its age, what is left, one mark. */
import type { JSX } from 'preact';
import type { Desk } from '../state/desk';
import { type Mark, markOf, type Placed } from '../state/marks';
import { ago, shortAge } from '../words/countdown';
import { lineOf } from '../words/message-words';
import { firstLine } from '../words/plain-text';
import { spokenNumber } from '../words/spoken-number';
import { leftInWords, STATE_WORDS } from '../words/state-words';
import { initials } from '../words/whatsapp-person';
import { Ring } from './ring';

interface Row {
  readonly desk: Desk;
  readonly placed: Placed;
  readonly index: number;
  readonly top: number;
  readonly count: number;
  readonly isActive: boolean;
}

export function PersonRow({ desk, placed, index, top, count, isActive }: Row): JSX.Element {
  const { person } = placed;
  const now = desk.now.value;
  const window = desk.book.windowOf(person, now);
  const isRunning = window.state === 'open' || window.state === 'closing';
  const left = isRunning && window.closesAt !== null ? window.closesAt - now : 0;
  const mark = markOf(placed);
  const isChosen = desk.chosenKey.value === person.key;
  const isUnread = desk.unread.value.has(person.key);
  const name = firstLine(person.profileName ?? '') || spokenNumber(person.user);
  return (
    <div
      id={`person-${index}`}
      role="option"
      tabIndex={-1}
      class="row"
      aria-selected={isChosen}
      aria-posinset={index + 1}
      aria-setsize={count}
      data-active={isActive ? '' : undefined}
      data-state={window.state}
      data-opted-out={person.optedOut ? '' : undefined}
      data-unread={isUnread ? '' : undefined}
      style={{ transform: `translateY(${top}px)` }}
      onClick={() => desk.choose(person.key)}
      onKeyDown={undefined}
    >
      <span class="row-ring">
        <Ring left={person.optedOut ? 0 : left} marginSeconds={desk.book.marginSeconds} />
        <span class="row-initials" aria-hidden="true">
          {initials(person.profileName, person.user)}
        </span>
      </span>
      <span class="row-main">
        <span class="row-head">
          <span class="row-name" dir="auto">
            {name}
          </span>
          {isUnread && <span class="row-new">New</span>}
          <span class="row-left">{person.optedOut ? '' : leftInWords(window, now)}</span>
        </span>
        <span class="row-foot">
          <LastLine placed={placed} now={now} />
          <span class="row-marks">
            {/* The mark says what to do, the ring and the time tell the window: it is named for those who hear it. */}
            <span class={mark ? 'visually-hidden' : 'state'}>{STATE_WORDS[window.state]}</span>
            {mark && (
              <span
                class="mark"
                data-kind={mark.kind}
                data-urgent={left > 0 && left <= desk.book.urgentSeconds * 1000 ? '' : undefined}
              >
                <MarkWords mark={mark} />
              </span>
            )}
          </span>
        </span>
      </span>
    </div>
  );
}

/** There is little room beside what they said: the first words are for those who hear it. */
function MarkWords({ mark }: { readonly mark: Mark }): JSX.Element {
  if (mark.kind !== 'answer') return <>{mark.words}</>;
  return (
    <>
      <span class="visually-hidden">Needs an </span>answer
    </>
  );
}

function LastLine({ placed, now }: { readonly placed: Placed; readonly now: number }): JSX.Element {
  const { last, user, profileName, facts } = placed.person;
  if (last === null) {
    const wrote = facts.lastInboundAt === null ? 'no message yet' : `wrote ${ago(now - facts.lastInboundAt)}`;
    return <span class="row-about">{profileName === null ? wrote : `${spokenNumber(user)} · ${wrote}`}</span>;
  }
  return (
    <>
      <bdi class="row-about">{lineOf(last)}</bdi>
      <span class="row-age">{shortAge(now - last.at)}</span>
    </>
  );
}
