/** The whole page: the gate, or the desk with its bar, the list and the chosen person. */
import { useSignalEffect } from '@preact/signals';
import type { JSX } from 'preact';
import type { Desk } from '../state/desk';
import { firstLine } from '../words/plain-text';
import { Gate } from './gate';
import { useKeys } from './keys';
import { PeopleList } from './people-list';
import { PersonPane } from './person-pane';
import { TopBar } from './top-bar';

export function App({ desk, notice }: { readonly desk: Desk; readonly notice: string }): JSX.Element {
  useKeys(desk);
  useSignalEffect(() => {
    const count = desk.unread.value.size;
    const person = desk.chosen.value;
    const name = person ? `${firstLine(person.profileName ?? person.user.replace('whatsapp:', ''))} · ` : '';
    document.title = `${count > 0 ? `(${count}) ` : ''}${name}Desk`;
  });
  return (
    <>
      {notice !== '' && (
        <aside class="notice" aria-label="Notice">
          {notice}
        </aside>
      )}
      {desk.isSignedIn.value ? <Room desk={desk} /> : <Gate desk={desk} />}
    </>
  );
}

function Room({ desk }: { readonly desk: Desk }): JSX.Element {
  const trouble = desk.trouble.value;
  return (
    <div id="app" class="app" data-pane={desk.chosenKey.value === null ? 'list' : 'person'}>
      <button type="button" class="skip" onClick={() => skipToText(desk)}>
        Skip to the conversation
      </button>
      <TopBar desk={desk} />
      <div id="trouble" class="trouble" role="alert" hidden={trouble === null}>
        <p>{trouble}</p>
        <button type="button" class="button quiet" onClick={() => desk.retry()}>
          Try now
        </button>
      </div>
      <main>
        <PeopleList desk={desk} />
        <PersonPane desk={desk} />
      </main>
    </div>
  );
}

/** No link: the address names the person. */
function skipToText(desk: Desk): void {
  if (desk.chosen.peek() === null) document.getElementById('windows')?.focus();
  else desk.focusRequests.value += 1;
}
