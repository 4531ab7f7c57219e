/** Copies a number or a SID, and says so where it stands. */
import { useSignal } from '@preact/signals';
import type { JSX } from 'preact';
import { useEffect } from 'preact/hooks';

const SAID_MS = 1500;

export function CopyButton({ what, text }: { readonly what: string; readonly text: string }): JSX.Element {
  const copied = useSignal(false);
  useEffect(() => {
    if (!copied.value) return;
    const timer = setTimeout(() => (copied.value = false), SAID_MS);
    return () => clearTimeout(timer);
  }, [copied.value]);
  const copy = () => {
    void navigator.clipboard.writeText(text).then(() => (copied.value = true));
  };
  return (
    <button type="button" class="copy" aria-label={`Copy ${what}`} title={`Copy ${what}`} onClick={copy}>
      <svg viewBox="0 0 16 16" width="14" height="14" aria-hidden="true" focusable="false">
        {copied.value ? (
          <path d="M3 8.5 6.5 12 13 4.5" />
        ) : (
          <path d="M5.5 5.5V3a1 1 0 0 1 1-1H13a1 1 0 0 1 1 1v6.5a1 1 0 0 1-1 1h-2.500M2 6.500a1 1 0 0 1 1-1h6.500a1 1 0 0 1 1 1V13a1 1 0 0 1-1 1H3a1 1 0 0 1-1-1z" />
        )}
      </svg>
      <span role="status" class="visually-hidden">
        {copied.value ? 'Copied' : ''}
      </span>
    </button>
  );
}
