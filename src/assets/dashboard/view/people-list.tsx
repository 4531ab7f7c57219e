/**
 * Search, filters with their counts, and the list as a listbox with one tab stop. Only the rows in view exist in the
 * document, so that ten thousand people scroll and tick like ten.
 */
import { useComputed, useSignal, useSignalEffect } from '@preact/signals';
import type { JSX, TargetedKeyboardEvent, TargetedSubmitEvent } from 'preact';
import { useEffect, useRef } from 'preact/hooks';
import type { Desk } from '../state/desk';
import { FILTERS } from '../state/marks';
import { shortMoment } from '../words/local-time';
import { PersonRow } from './person-row';

/** As in the style sheet. */
const ROW_HEIGHT = 72;
/** Rows beyond the edges, so that a quick scroll shows no gap. */
const OVERSCAN = 4;

export function PeopleList({ desk }: { readonly desk: Desk }): JSX.Element {
  return (
    <section class="side" aria-labelledby="side-title">
      <h2 id="side-title" class="visually-hidden">
        People
      </h2>
      <Search desk={desk} />
      <Filters desk={desk} />
      <Rows desk={desk} />
      <Empty desk={desk} />
      <HowFar desk={desk} />
    </section>
  );
}

function Search({ desk }: { readonly desk: Desk }): JSX.Element {
  const address = desk.lookUpAddress.value;
  const submit = (event: TargetedSubmitEvent<HTMLFormElement>) => {
    event.preventDefault();
    const [first] = desk.shown.peek();
    if (address !== null) void desk.lookUp(address);
    else if (first && desk.query.peek() !== '') desk.choose(first.person.key);
  };
  return (
    <search>
      <form class="search" onSubmit={submit}>
        <label for="search" class="visually-hidden">
          Search by name, number or text
        </label>
        <input
          id="search"
          class="field"
          type="search"
          autocomplete="off"
          spellcheck={false}
          placeholder="Name, number or text"
          aria-keyshortcuts="/"
          value={desk.query.value}
          onInput={(event) => (desk.query.value = event.currentTarget.value)}
        />
        {address !== null && (
          <button type="submit" id="look-up" class="button">
            Look up {address.replace('whatsapp:', '')}
          </button>
        )}
      </form>
    </search>
  );
}

function Filters({ desk }: { readonly desk: Desk }): JSX.Element {
  return (
    <fieldset id="filters" class="filters">
      <legend class="visually-hidden">Show</legend>
      {FILTERS.map(([filter, words]) => (
        <label key={filter}>
          <input
            type="radio"
            name="filter"
            value={filter}
            checked={desk.filter.value === filter}
            onChange={() => (desk.filter.value = filter)}
          />
          <span data-empty={desk.counts.value.get(filter) === 0 ? '' : undefined}>
            {words} <b data-count={filter}>{(desk.counts.value.get(filter) ?? 0).toLocaleString()}</b>
          </span>
        </label>
      ))}
    </fieldset>
  );
}

function Rows({ desk }: { readonly desk: Desk }): JSX.Element {
  const box = useRef<HTMLDivElement>(null);
  const view = useSignal({ top: 0, height: 800 });
  const active = useSignal<string | null>(null);
  const isBusy = useComputed(() => !desk.hasRead.value && desk.trouble.value === null);

  useEffect(() => {
    const element = box.current;
    if (!element) return;
    const look = () => (view.value = { top: element.scrollTop, height: element.clientHeight });
    const observer = new ResizeObserver(look);
    observer.observe(element);
    element.addEventListener('scroll', look, { passive: true });
    return () => {
      observer.disconnect();
      element.removeEventListener('scroll', look);
    };
  }, [view]);

  const show = (index: number) => {
    const element = box.current;
    if (!element || index < 0) return;
    const top = index * ROW_HEIGHT;
    if (top < element.scrollTop) element.scrollTop = top;
    else if (top + ROW_HEIGHT > element.scrollTop + element.clientHeight)
      element.scrollTop = top + ROW_HEIGHT - element.clientHeight;
  };
  const activate = (index: number) => {
    active.value = desk.shown.peek()[index]?.person.key ?? null;
    show(index);
  };
  // J and K, a link and going back choose from elsewhere: the row comes into view.
  useSignalEffect(() => {
    const key = desk.chosenKey.value;
    if (key === null) {
      // Back from somebody: the focus must not be lost with the pane it was in.
      if (active.peek() !== null) requestAnimationFrame(() => box.current?.focus());
      return;
    }
    active.value = key;
    show(desk.shown.peek().findIndex(({ person }) => person.key === key));
  });
  const onKey = (event: TargetedKeyboardEvent<HTMLDivElement>) => {
    const shown = desk.shown.peek();
    const at = shown.findIndex(({ person }) => person.key === active.value);
    const page = Math.max(1, Math.floor(view.peek().height / ROW_HEIGHT) - 1);
    const moves: Readonly<Record<string, number>> = {
      ...{ ArrowDown: at + 1, ArrowUp: at - 1, PageDown: at + page, PageUp: at - page },
      ...{ Home: 0, End: shown.length - 1 },
    };
    const target = moves[event.key];
    if (target !== undefined) {
      event.preventDefault();
      activate(Math.min(shown.length - 1, Math.max(0, target)));
    } else if ((event.key === 'Enter' || event.key === ' ') && active.value !== null) {
      event.preventDefault();
      desk.choose(active.value);
    }
  };

  const shown = desk.shown.value;
  const first = Math.max(0, Math.floor(view.value.top / ROW_HEIGHT) - OVERSCAN);
  const last = Math.ceil((view.value.top + view.value.height) / ROW_HEIGHT) + OVERSCAN;
  const visible = shown.slice(first, last);
  const activeRow = visible.findIndex(({ person }) => person.key === active.value);
  return (
    <div
      ref={box}
      id="windows"
      class="list"
      role="listbox"
      tabIndex={0}
      aria-label="People, whoever would be lost first on top"
      aria-keyshortcuts="j k"
      aria-busy={isBusy.value ? 'true' : undefined}
      aria-activedescendant={activeRow < 0 ? undefined : `person-${first + activeRow}`}
      hidden={shown.length === 0}
      onKeyDown={onKey}
      onFocus={() => {
        active.value ??= desk.chosenKey.peek() ?? shown[0]?.person.key ?? null;
      }}
    >
      <div class="rows" role="presentation" style={{ blockSize: `${shown.length * ROW_HEIGHT}px` }}>
        {visible.map((placed, offset) => (
          <PersonRow
            key={placed.person.key}
            desk={desk}
            placed={placed}
            index={first + offset}
            top={(first + offset) * ROW_HEIGHT}
            count={shown.length}
            isActive={placed.person.key === active.value}
          />
        ))}
      </div>
    </div>
  );
}

function Empty({ desk }: { readonly desk: Desk }): JSX.Element {
  if (desk.shown.value.length > 0) return <p id="list-state" class="list-state" role="status" hidden />;
  return (
    <p id="list-state" class="list-state" role="status">
      {whyEmpty(desk)}
    </p>
  );
}

function whyEmpty(desk: Desk): JSX.Element | string {
  if (desk.order.value.length > 0) {
    if (desk.lookUpAddress.value !== null) return 'Not among those known here: look the number up.';
    return desk.progress.value.hasEverybody ? 'No matches.' : 'No matches among those read so far.';
  }
  if (!desk.hasRead.value)
    return desk.trouble.value === null
      ? 'Reading who is there…'
      : 'Nothing could be read from the service yet.';
  return (
    <>
      <strong>Nobody has written yet.</strong>
      <span>
        As soon as someone writes to your WhatsApp sender, their 24 hours begin, and they appear here.
      </span>
    </>
  );
}

/** Says how far the page has read, while it has not read everything: what it counts and finds is no more than that. */
function HowFar({ desk }: { readonly desk: Desk }): JSX.Element {
  const { hasEverybody, hasMessages, readBackTo } = desk.progress.value;
  const trouble = desk.loadTrouble.value;
  const parts = [
    hasEverybody ? '' : `${desk.order.value.length.toLocaleString()} people read so far, more to come.`,
    hasMessages || !hasEverybody || readBackTo === null
      ? ''
      : `Messages read back to ${shortMoment(readBackTo, desk.now.value)}.`,
    trouble === null ? '' : `Reading goes on in a moment: ${trouble}`,
  ];
  const words = desk.hasRead.value ? parts.filter(Boolean).join(' ') : '';
  return (
    <p id="progress" class="how-far" role="status">
      {words}
    </p>
  );
}
