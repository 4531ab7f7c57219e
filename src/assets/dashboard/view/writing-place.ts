/** Where one goes on writing: the text, or the template to choose. */
import { useLayoutEffect } from 'preact/hooks';

const PLACES = '#text, #template-search, .fields input';

export function writingPlace(): HTMLElement | undefined {
  return [...document.querySelectorAll<HTMLElement>(PLACES)].find((place) => place.checkVisibility());
}

/**
 * Where what had the focus goes away, such as the text at a STOP or the fields of a template that was sent, the focus goes
 * to what comes in its place: whoever types on must not press the keys that work anywhere.
 */
export function useKeptFocus(): void {
  const hadFocus = document.activeElement?.closest('.composer, .instead') != null;
  useLayoutEffect(() => {
    if (!hadFocus || document.activeElement !== document.body) return;
    (writingPlace() ?? document.querySelector<HTMLElement>('.instead'))?.focus();
  });
}
