/** The keys that work anywhere: `/` to search, J and K through the list, Escape back to it. */
import { useEffect } from 'preact/hooks';
import type { Desk } from '../state/desk';

export function useKeys(desk: Desk): void {
  useEffect(() => {
    const onKey = (event: KeyboardEvent) => {
      if (isElsewhere(event, desk)) return;
      if (event.key === 'Escape') backOut(desk);
      else if (!isTyping(event.target) && ACTIONS[event.key]?.(desk)) event.preventDefault();
    };
    document.addEventListener('keydown', onKey);
    return () => document.removeEventListener('keydown', onKey);
  }, [desk]);
}

/** Meant for the browser, for a question that is open, or for the gate. */
function isElsewhere(event: KeyboardEvent, desk: Desk): boolean {
  const hasModifier = event.ctrlKey || event.metaKey || event.altKey;
  const isPrompting = document.querySelector('dialog[open]') !== null;
  return event.defaultPrevented || hasModifier || isPrompting || !desk.isSignedIn.peek();
}

/** Each says that it was done. */
const ACTIONS: Readonly<Record<string, (desk: Desk) => true>> = {
  '/': () => {
    document.getElementById('search')?.focus();
    return true;
  },
  j: (desk) => {
    desk.step(1);
    return true;
  },
  k: (desk) => {
    desk.step(-1);
    return true;
  },
};

/** Out of the search first what was typed; out of the conversation to the list. */
function backOut(desk: Desk): void {
  const search = document.getElementById('search');
  if (document.activeElement === search && desk.query.peek() !== '') {
    desk.query.value = '';
    return;
  }
  if (matchMedia('(max-width: 760px)').matches) desk.close();
  requestAnimationFrame(() => document.getElementById('windows')?.focus());
}

function isTyping(target: EventTarget | null): boolean {
  // Whoever typed when it took the place of the text goes on for a moment.
  if (target instanceof HTMLElement && target.classList.contains('instead')) return true;
  if (target instanceof HTMLTextAreaElement || target instanceof HTMLSelectElement) return true;
  return target instanceof HTMLInputElement && !['radio', 'checkbox', 'button'].includes(target.type);
}
