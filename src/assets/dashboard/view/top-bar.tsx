/** The bar above everything: which sender, by whose clock and zone, who is signed in. */
import { useComputed, useSignal } from '@preact/signals';
import type { JSX } from 'preact';
import type { Desk } from '../state/desk';
import { clockFace, TIME_ZONE } from '../words/local-time';
import { spokenNumber } from '../words/spoken-number';
import { askToNotify, mayAskToNotify } from './notify';

export function TopBar({ desk }: { readonly desk: Desk }): JSX.Element {
  const sender = useComputed(() => {
    desk.order.value;
    const only = desk.book.usualSender();
    return only === '' ? '' : spokenNumber(only);
  });
  const mayAsk = useSignal(mayAskToNotify());
  return (
    <header class="top">
      <img src="favicon.svg" alt="" width="26" height="26" />
      <h1>Desk{sender.value !== '' && <span class="top-sender"> · {sender.value}</span>}</h1>
      <Clock desk={desk} />
      {mayAsk.value && (
        <button
          type="button"
          class="button quiet"
          onClick={() => void askToNotify().then(() => (mayAsk.value = false))}
        >
          Notify me
        </button>
      )}
      <Account desk={desk} />
    </header>
  );
}

function Clock({ desk }: { readonly desk: Desk }): JSX.Element {
  return (
    <p class="top-clock" title="The service’s clock; times are in your time zone.">
      {desk.clock.isKnown ? `${clockFace(desk.now.value)} · ${TIME_ZONE}` : ''}
    </p>
  );
}

function Account({ desk }: { readonly desk: Desk }): JSX.Element {
  const caller = desk.caller.value;
  return (
    <div class="account">
      {caller && (
        <p class="account-name">
          {caller.name ?? 'API_TOKEN'}
          {caller.readOnly && <span class="chip">read only</span>}
        </p>
      )}
      <button type="button" id="forget" class="button quiet" onClick={() => desk.signOut()}>
        Sign out
      </button>
    </div>
  );
}
