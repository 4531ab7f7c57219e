/**
 * The dashboard: joins the parts of the page, passes time and news between them, and holds what a person has chosen.
 * Everything that can be known without a document is elsewhere.
 */
import { Composer } from './dashboard/composer';
import { el, onPage, replaceChildren, setText } from './dashboard/element';
import { HeldMessages } from './dashboard/held-messages';
import { clockFace } from './dashboard/local-time';
import { keyOf, type Pair, PairBook, type Placed, soonestFirst } from './dashboard/pair-book';
import { PersonPane } from './dashboard/person-pane';
import { Poller } from './dashboard/poller';
import { Service, ServiceError } from './dashboard/service';
import { ServiceClock } from './dashboard/service-clock';
import type { PairName } from './dashboard/service-requests';
import { ServiceTrouble } from './dashboard/service-trouble';
import { Session } from './dashboard/session';
import { forgetToken, keepToken, readToken } from './dashboard/session-token';
import { Ticker } from './dashboard/ticker';
import { TokenGate } from './dashboard/token-gate';
import { isFoundBy, typedAddress } from './dashboard/whatsapp-person';
import { WindowList } from './dashboard/window-list';

const clock = new ServiceClock();
const book = new PairBook();
let session: Session | null = null;
let chosen: PairName | null = null;
let lastHeard: number | null = null;

const app = onPage('app', HTMLElement);
const searchBox = onPage('search', HTMLInputElement);
const lookUp = onPage('look-up', HTMLButtonElement);
const listBox = onPage('windows', HTMLElement);
const listState = onPage('list-state', HTMLElement);
const more = onPage('more', HTMLButtonElement);
const filters = onPage('filters', HTMLFieldSetElement);
const serviceClock = onPage('service-clock', HTMLElement);
const personPlace = onPage('person', HTMLElement);

const current = (): Session => {
  if (session) return session;
  throw new ServiceError('unauthorized', 'No token was given yet.');
};
const now = () => clock.now();

const gate = new TokenGate((token) => begin(token));
const trouble = new ServiceTrouble(() => void poller.soon());
const poller = new Poller(poll, (failures, milliseconds) => {
  if (failures > 0) sayTrouble(`Trying again in ${Math.round(milliseconds / 1000)} s.`);
});
const composer = new Composer({
  service: () => current().service,
  now,
  templates: () => current().templates(),
  onSent: () => void afterChange(),
  onError: noticeUnauthorized,
});
const held = new HeldMessages(
  () => current().service,
  now,
  () => void afterChange(),
);
const pane = new PersonPane(personPlace, onPage('nobody', HTMLElement), book, composer, held);
const list = new WindowList(listBox, book, now, (key) => choose(key));
const ticker = new Ticker(now, () => nextChange, tick);

/** The order, the counts and what is found depend on states alone, so they are worked out again only when one changed. */
let order: readonly Placed[] = [];
let nextChange = Number.POSITIVE_INFINITY;
let lastTrouble = '';

function begin(token: string): void {
  keepToken(token);
  session = new Session(new Service(token), book, clock);
  gate.close();
  app.hidden = false;
  setText(listState, 'Loading the windows…');
  listBox.setAttribute('aria-busy', 'true');
  poller.start();
}

async function poll(): Promise<boolean> {
  const asking = session;
  if (!asking) return true;
  try {
    const before = whatIsHeld();
    await asking.poll(chosen);
    lastHeard = clock.now();
    lastTrouble = '';
    trouble.show(null);
    listBox.removeAttribute('aria-busy');
    arrange();
    composer.recheck();
    if (whatIsHeld() !== before) await refreshHeld();
    return true;
  } catch (error) {
    listBox.removeAttribute('aria-busy');
    if (error instanceof ServiceError && error.kind === 'unauthorized') {
      noticeUnauthorized(error);
      return true;
    }
    lastTrouble = error instanceof ServiceError ? error.message : 'Something went wrong in this page.';
    arrange();
    return false;
  }
}

function sayTrouble(next: string): void {
  const since =
    lastHeard === null ? '' : ` Last heard of it: ${clockFace(lastHeard)}; countdowns go on by its clock.`;
  trouble.show(`${lastTrouble}${since} ${next}`);
}

function noticeUnauthorized(error: unknown): void {
  if (!(error instanceof ServiceError) || error.kind !== 'unauthorized') return;
  poller.stop();
  forgetToken();
  session = null;
  app.hidden = true;
  trouble.show(null);
  // A service without a token of its own refuses everyone, and begins by naming the setting; else the token is wrong.
  const isUnset = error.message.startsWith('API_TOKEN');
  gate.open(
    isUnset ? error.message : 'The service did not take this token. Compare it with its setting API_TOKEN.',
  );
}

/** Changes whenever the held messages of the chosen person may have: an inbound message releases them. */
function whatIsHeld(): string {
  const pair = chosen && book.get(keyOf(chosen));
  return pair ? `${pair.key} ${book.heldFor(pair.key)} ${pair.facts.lastInboundAt}` : '';
}

/** After something was sent, held or cancelled here. */
async function afterChange(): Promise<void> {
  await session?.readHeld();
  await refreshHeld();
  arrange();
}

async function refreshHeld(): Promise<void> {
  const pair = chosen && book.get(keyOf(chosen));
  if (pair) await pane.refreshHeld(pair);
}

function choose(key: string): void {
  const pair = book.get(key);
  if (!pair) return;
  const isOther = !chosen || keyOf(chosen) !== key;
  chosen = { sender: pair.sender, user: pair.user };
  if (document.body.dataset.pane !== 'person') history.pushState({ pane: 'person' }, '');
  document.body.dataset.pane = 'person';
  arrange();
  pane.focus();
  if (isOther) void pane.refreshHeld(pair);
}

function backToList(): void {
  document.body.dataset.pane = 'list';
  listBox.focus();
}

/** New facts, another search, another choice: puts the rows in order again. */
function arrange(): void {
  const moment = now();
  order = soonestFirst(book, moment);
  nextChange = book.nextChange(moment);
  showList();
  ticker.restart();
}

function tick(moment: number): void {
  if (moment >= nextChange) {
    order = soonestFirst(book, moment);
    nextChange = book.nextChange(moment);
    showList();
  } else {
    list.render();
  }
  const pair = chosen && book.get(keyOf(chosen));
  pane.show(pair ?? null, moment);
  setText(serviceClock, clock.isKnown ? clockFace(moment) : '');
}

type Filter = 'all' | 'open' | 'closing' | 'closed' | 'held';

function isShownBy(filter: Filter, { pair, state }: Placed): boolean {
  if (filter === 'all') return true;
  if (filter === 'held') return book.heldFor(pair.key) > 0;
  return filter === 'closed' ? state === 'closed' || state === 'never' : state === filter;
}

function showList(): void {
  const query = searchBox.value;
  const found = order.filter(({ pair }) => isFoundBy(query, pair));
  const filter = (filters.querySelector<HTMLInputElement>('input:checked')?.value ?? 'all') as Filter;
  for (const count of filters.querySelectorAll<HTMLElement>('[data-count]')) {
    const total = found.filter((placed) => isShownBy(count.dataset.count as Filter, placed)).length;
    setText(count, total.toLocaleString('en-GB'));
  }
  const shown: readonly Pair[] = found.filter((placed) => isShownBy(filter, placed)).map(({ pair }) => pair);
  list.show(shown, chosen && keyOf(chosen));
  const address = typedAddress(query);
  const isKnown = address === null || order.some(({ pair }) => pair.user === address);
  lookUp.hidden = isKnown;
  if (address !== null) setText(lookUp, `Look up ${address.replace('whatsapp:', '')}`);
  more.hidden = book.nextCursor === null;
  const loaded = order.length.toLocaleString('en-GB');
  setText(more, `${loaded} pairs are loaded, more are stored. Load more`);
  listState.hidden = shown.length > 0;
  if (shown.length === 0 && listBox.getAttribute('aria-busy') !== 'true') sayWhyEmpty(isKnown);
}

function sayWhyEmpty(isKnown: boolean): void {
  if (order.length > 0) {
    setText(listState, isKnown ? 'Nobody here fits.' : 'Not among the loaded pairs: look the number up.');
  } else if (lastTrouble !== '') {
    setText(listState, 'Nothing could be read from the service yet.');
  } else {
    replaceChildren(
      listState,
      el('strong', {}, 'Nobody has written yet.'),
      el(
        'span',
        {},
        'As soon as someone writes to your WhatsApp sender, their 24 hours begin, and they appear here.',
      ),
    );
  }
}

async function lookUpTyped(): Promise<void> {
  const user = typedAddress(searchBox.value);
  const asking = session;
  if (user === null || !asking) return;
  const known = order.find(({ pair }) => pair.user === user);
  const pair = known?.pair ?? { sender: book.usualSender(), user };
  try {
    if (!known) await asking.lookUp(pair);
    arrange();
    choose(keyOf(pair));
  } catch (error) {
    noticeUnauthorized(error);
    trouble.show(error instanceof ServiceError ? error.message : 'Something went wrong in this page.');
  }
}

async function loadMore(): Promise<void> {
  more.disabled = true;
  try {
    await session?.loadMore();
    arrange();
  } catch (error) {
    noticeUnauthorized(error);
    trouble.show(error instanceof ServiceError ? error.message : 'Something went wrong in this page.');
  } finally {
    more.disabled = false;
  }
}

searchBox.addEventListener('input', () => showList());
onPage('search-form', HTMLFormElement).addEventListener('submit', (event) => {
  event.preventDefault();
  void lookUpTyped();
});
filters.addEventListener('change', () => showList());
more.addEventListener('click', () => void loadMore());
onPage('back', HTMLButtonElement).addEventListener('click', () => history.back());
window.addEventListener('popstate', () => backToList());
onPage('forget', HTMLButtonElement).addEventListener('click', () => {
  forgetToken();
  // Nothing of what was shown shall stay in this tab's memory.
  location.reload();
});
document.addEventListener('visibilitychange', () => {
  if (!document.hidden) ticker.restart();
});

const kept = readToken();
if (kept === null) gate.open(null);
else begin(kept);
