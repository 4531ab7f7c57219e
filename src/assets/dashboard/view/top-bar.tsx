/** The bar above everything: which sender, by whose clock and zone, who is signed in. */
import type { JSX } from 'preact';
import type { Desk } from '../state/desk';
import { clockFace, TIME_ZONE } from '../words/local-time';
import { spokenNumber } from '../words/spoken-number';
import { askToNotify, notifying } from './notify';

export function TopBar({ desk }: { readonly desk: Desk }): JSX.Element {
  const sender = desk.usualSender.value === '' ? '' : spokenNumber(desk.usualSender.value);
  return (
    <header class="top">
      <img src="favicon.svg" alt="" width="26" height="26" />
      <h1>Desk{sender !== '' && <span class="top-sender"> · {sender}</span>}</h1>
      <Clock desk={desk} />
      <Notifications />
      <Account desk={desk} />
    </header>
  );
}

/** Says what there is; where they are on there is nothing to say. */
function Notifications(): JSX.Element {
  const state = notifying.value;
  return (
    <div class="notifications" role="status">
      {state === 'ask' && (
        <button type="button" class="button quiet" onClick={() => void askToNotify()}>
          Notify me
        </button>
      )}
      {state === 'blocked' && (
        <p
          class="hint"
          title="This browser was told to show none of this page: its settings of this page can change that."
        >
          Notifications blocked
        </p>
      )}
      {state === 'none' && (
        <p
          class="hint"
          title="This browser shows no notifications of a page. The page’s title counts who wrote."
        >
          No notifications here
        </p>
      )}
    </div>
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
