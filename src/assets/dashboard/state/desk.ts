/**
 * What the page knows and what can be done with it: signals for whatever is shown, and the actions behind keys and buttons.
 * It joins the reading of people, the conversation and the composer; it must not touch an element.
 */
import { batch, computed, effect, signal, untracked } from '@preact/signals';
import { isOpen } from '../../../domain/customer-service-window';
import type { Caller, HeldAnswer } from '../service/answers';
import { ServiceClock } from '../service/clock';
import type { PairName } from '../service/requests';
import { Service, ServiceError } from '../service/service';
import { clockFace } from '../words/local-time';
import { foldedQuery, typedAddress } from '../words/whatsapp-person';
import { addressOf, readAddress } from './address';
import { ComposerModel } from './composer-model';
import { askForToken } from './handover';
import * as kept from './kept';
import { FILTERS, type Filter, isShownBy, lostFirst, nextChange, type Placed, place } from './marks';
import { keyOf, PeopleBook, type Person } from './people-book';
import { Poller } from './poller';
import { type Progress, Reader } from './reader';
import { ThreadModel } from './thread-model';

/** Somebody works here: what is new is asked for this often. */
const BUSY_MS = 4000;
/** A message is under way. */
const FOLLOWING_MS = 1500;
/** Four calls a minute: so long for each. */
const IDLE_MS = 15_000;
/** Nobody has touched key or mouse for so long. */
const IDLE_AFTER_MS = 60_000;
/** The log's time of an inbound message is when the webhook was called, and whole seconds. */
const LOG_TOLERANCE_MS = 30_000;
/** While thousands are being read, the list is put in order this often. */
const ARRANGE_MS = 400;
const MANY = 2000;

const NOTHING_READ: Progress = { hasEverybody: false, hasMessages: false, readBackTo: null };

export class Desk {
  readonly clock = new ServiceClock();
  readonly book = new PeopleBook();
  readonly isSignedIn = signal(false);
  readonly gateProblem = signal<string | null>(null);
  readonly caller = signal<Caller | null>(null);
  readonly progress = signal<Progress>(NOTHING_READ);
  readonly loadTrouble = signal<string | null>(null);
  readonly trouble = signal<string | null>(null);
  readonly hasRead = signal(false);
  /** The service's clock, by the second, and at the very moment at which a window turns. */
  readonly now = signal(this.clock.now());
  readonly filter = signal<Filter>(kept.readView().filter);
  readonly query = signal(kept.readView().query);
  readonly chosenKey = signal<string | null>(null);
  readonly unread = signal<ReadonlySet<string>>(new Set());
  readonly held = signal<{
    readonly key: string;
    readonly held: readonly HeldAnswer[];
    readonly trouble: string | null;
  } | null>(null);
  /** What /forget said of the person who was erased last. */
  readonly forgotten = signal<string | null>(null);
  /** Asks the page, each time it is another, to put the focus into the text of the chosen person. */
  readonly focusRequests = signal(0);
  /** Up to here they were followed. */
  private focusesGiven = 0;
  /** Whoever is opened next was chosen to be written to. */
  private isToWrite = false;

  readonly thread = new ThreadModel(() => this.service);
  readonly composer = new ComposerModel({
    service: () => this.service,
    templates: () => this.current.templates(),
    onSent: (pair) => void this.afterChange(pair),
    onError: (error) => this.noticeUnauthorized(error),
  });

  readonly chosen = computed((): Person | null => {
    this.arranged.value;
    const key = this.chosenKey.value;
    return (key === null ? undefined : this.book.get(key)) ?? null;
  });
  /** The one sender of all people, or ''. */
  readonly usualSender = computed(() => {
    this.arranged.value;
    return this.book.usualSender();
  });
  readonly isReadOnly = computed(() => this.caller.value?.readOnly === true);
  /** Everybody, whoever would be lost first on top. */
  readonly order = computed((): readonly Placed[] => {
    const moment = this.arranged.value;
    return lostFirst(this.book.all().map((person) => place(this.book, person, moment)));
  });
  readonly found = computed(() => {
    const query = foldedQuery(this.query.value);
    return query === ''
      ? this.order.value
      : this.order.value.filter(({ person }) => person.folded.includes(query));
  });
  readonly counts = computed(
    () =>
      new Map(
        FILTERS.map(([filter]) => [
          filter,
          this.found.value.filter((placed) => isShownBy(filter, placed)).length,
        ]),
      ),
  );
  readonly shown = computed(() => this.found.value.filter((placed) => isShownBy(this.filter.value, placed)));
  /** The whole number that was typed, of somebody whom nobody here is. */
  readonly lookUpAddress = computed(() => {
    const address = typedAddress(this.query.value);
    return address !== null && !this.found.value.some(({ person }) => person.user === address)
      ? address
      : null;
  });

  /** The moment by which the list is in order; set anew whenever the book changed or a window turned. */
  private readonly arranged = signal(0);
  private reader: Reader | null = null;
  private round = 0;
  /** In the last round. */
  private calls = 0;
  private lastInput = Date.now();
  private lastHeard: number | null = null;
  private lastTrouble = '';
  private arrangeTimer: ReturnType<typeof setTimeout> | undefined;
  private tickTimer: ReturnType<typeof setTimeout> | undefined;
  private shownPromise: (() => void)[] = [];
  private readonly poller = new Poller(
    () => this.poll(),
    () => this.interval(),
    (failures, milliseconds) => {
      if (failures > 0) this.sayTrouble(`Trying again in ${Math.round(milliseconds / 1000)} s.`);
    },
  );

  /** @param onArrival somebody wrote while the page was open */
  constructor(private readonly onArrival: (person: Person) => void) {
    effect(() => {
      const view = { filter: this.filter.value, query: this.query.value };
      if (this.isSignedIn.value) kept.keepView(view);
    });
    // The composer turns at the very moment at which the window does, by the clock alone.
    effect(() => {
      const person = this.chosen.value;
      const open = person !== null && isOpen(this.book.windowOf(person, this.now.value));
      untracked(() => {
        this.composer.show(person, open);
        this.thread.choose(person);
      });
    });
  }

  start(): void {
    window.addEventListener('hashchange', () => void this.followAddress());
    document.addEventListener('visibilitychange', () => {
      if (document.hidden) return;
      for (const resolve of this.shownPromise.splice(0)) resolve();
      this.tick();
    });
    for (const event of ['pointerdown', 'keydown', 'wheel'])
      window.addEventListener(event, () => this.noteInput(), { passive: true, capture: true });
    const token = kept.readToken();
    if (token !== null) this.signIn(token, false);
    else {
      askForToken((handed) => {
        if (!this.isSignedIn.peek()) this.signIn(handed, false);
      });
    }
    this.tick();
  }

  signIn(token: string, onThisComputer: boolean): void {
    kept.keepToken(token, onThisComputer);
    this.reader = new Reader(new Service(token), this.book, this.clock, {
      onChange: () => this.arrangeSoon(),
      onProgress: (progress) => {
        this.progress.value = progress;
      },
      onCaller: (caller) => {
        if (caller.name !== this.caller.peek()?.name || caller.readOnly !== this.caller.peek()?.readOnly)
          this.caller.value = caller;
      },
      onArrival: (person) => this.noticeArrival(person),
      whileShown: () =>
        document.hidden ? new Promise((resolve) => this.shownPromise.push(resolve)) : Promise.resolve(),
    });
    batch(() => {
      this.isSignedIn.value = true;
      this.gateProblem.value = null;
    });
    this.poller.start();
  }

  /** Nothing of what was shown shall stay in this tab's memory. */
  signOut(): void {
    kept.forgetAll();
    location.hash = '';
    location.reload();
  }

  retry(): void {
    void this.poller.soon();
  }

  /** Chooses by the address, so that every person has one and going back works. */
  choose(key: string): void {
    const person = this.book.get(key);
    if (!person) return;
    this.isToWrite = true;
    const address = addressOf(person, this.book.usualSender());
    if (location.hash === address) this.open(key);
    else location.hash = address;
  }

  /** The next or the one before in the list, as it is shown. */
  step(by: number): void {
    const shown = this.shown.peek();
    const at = shown.findIndex(({ person }) => person.key === this.chosenKey.peek());
    const next = shown[Math.min(shown.length - 1, Math.max(0, at + by))];
    if (!next) return;
    location.hash = addressOf(next.person, this.book.usualSender());
  }

  close(): void {
    if (this.chosenKey.peek() !== null) location.hash = '#/';
  }

  /** Whether the focus is asked for and was not given yet. */
  takeFocusRequest(): boolean {
    const isAsked = this.focusRequests.peek() > this.focusesGiven;
    this.focusesGiven = this.focusRequests.peek();
    return isAsked;
  }

  async lookUp(user: string): Promise<void> {
    const known = this.book.find(user);
    const pair = known ?? { sender: this.book.usualSender(), user };
    try {
      if (!known) await this.current.lookUp(pair);
      this.arrange();
      this.choose(keyOf(pair));
    } catch (error) {
      this.noticeUnauthorized(error);
      this.trouble.value = messageOf(error);
    }
  }

  async readOlder(): Promise<void> {
    const person = this.chosen.peek();
    if (person) await this.thread.readOlder(person).catch((error: unknown) => this.noticeUnauthorized(error));
  }

  /** @returns what to say about it */
  async cancelHeld(message: HeldAnswer): Promise<string> {
    const pair = { sender: message.from, user: message.to };
    try {
      const cancelled = await this.service.cancelHeld(pair, message.id);
      return cancelled
        ? 'Cancelled: it will not be sent.'
        : 'It was no longer held: sent, expired or cancelled before.';
    } catch (error) {
      this.noticeUnauthorized(error);
      return `Not cancelled. ${messageOf(error)}`;
    } finally {
      await this.afterChange(pair);
    }
  }

  /** @throws ServiceError with a sentence for whoever asked */
  async forget(user: string): Promise<void> {
    const left = await this.service.forget(user);
    this.book.forget(user);
    batch(() => {
      this.forgotten.value = left;
      this.arrange();
    });
    this.close();
  }

  private get current(): Reader {
    if (this.reader) return this.reader;
    throw new ServiceError('unauthorized', 'No token was given yet.');
  }

  private get service(): Service {
    return this.current.service;
  }

  private interval(): number {
    if (this.thread.isFollowing) return FOLLOWING_MS;
    return Date.now() - this.lastInput < IDLE_AFTER_MS
      ? BUSY_MS
      : IDLE_MS * Math.min(8, Math.max(1, this.calls));
  }

  private noteInput(): void {
    const wasIdle = Date.now() - this.lastInput >= IDLE_AFTER_MS;
    this.lastInput = Date.now();
    if (wasIdle) void this.poller.soon();
  }

  private async poll(): Promise<boolean> {
    const { reader } = this;
    if (!reader) return true;
    const before = reader.service.calls;
    try {
      if (!reader.hasBegun) await this.begin(reader);
      else if (Date.now() - this.lastInput < IDLE_AFTER_MS) await this.readBusily(reader);
      else await this.readIdly(reader);
      this.round += 1;
      this.lastHeard = this.clock.now();
      this.lastTrouble = '';
      if (this.trouble.peek() !== null) this.recover();
      return true;
    } catch (error) {
      if (error instanceof ServiceError && error.kind === 'unauthorized') {
        this.noticeUnauthorized(error);
        return true;
      }
      this.lastTrouble = messageOf(error);
      return false;
    } finally {
      this.calls = reader.service.calls - before;
    }
  }

  /** What could not be done while the service was away. */
  private recover(): void {
    this.trouble.value = null;
    this.composer.retryPreview();
    if (this.chosenKey.peek() === null) void this.followAddress();
  }

  private async begin(reader: Reader): Promise<void> {
    await reader.begin();
    this.hasRead.value = true;
    this.arrange();
    await this.followAddress();
    void this.load(reader);
  }

  private async load(reader: Reader): Promise<void> {
    for (let seconds = 3; reader === this.reader; seconds = Math.min(60, seconds * 2)) {
      try {
        await reader.load();
        this.loadTrouble.value = null;
        return;
      } catch (error) {
        this.noticeUnauthorized(error);
        this.loadTrouble.value = messageOf(error);
        await new Promise((resolve) => setTimeout(resolve, seconds * 1000));
      }
    }
  }

  /** Somebody works here. */
  private async readBusily(reader: Reader): Promise<void> {
    const person = this.chosen.peek();
    if (person && this.thread.isFollowing) {
      await this.thread.refresh(person);
      this.learnFromThread(person);
      return;
    }
    await reader.readNews();
    if (person) {
      await this.thread.refresh(person);
      this.learnFromThread(person);
      // A window also turns without a message: by a call, or because WhatsApp says so.
      if (this.round % 4 === 0) await reader.lookUp(person);
      if (this.round % 4 === 2) await this.refreshHeld(person);
    }
    if (this.round % 4 === 1 || reader.isReleasing()) await this.readHeld(reader);
    if (this.round % 8 === 3) await reader.readNewestMessages();
    if (this.round % 16 === 7) await reader.readListPage();
  }

  /** One call each time; after a round of more the next one waits longer. */
  private async readIdly(reader: Reader): Promise<void> {
    const turn = this.round % 8;
    if (turn === 3) await this.readHeld(reader);
    else if (turn === 7) await reader.readListPage();
    else if (turn % 2 === 1) await reader.readNewestMessages();
    else await reader.readNews();
    const person = this.chosen.peek();
    const newest = this.thread.thread.peek()?.messages.at(-1);
    // Somebody wrote, so this tab is not idle any more.
    if (person?.last && (person.last.sid !== newest?.sid || person.last.status !== newest.status))
      if (person.last.at >= (newest?.at ?? 0)) await this.thread.refresh(person);
  }

  private async readHeld(reader: Reader): Promise<void> {
    const person = this.chosen.peek();
    const before = person && this.book.heldFor(person.key);
    await reader.readHeld();
    if (person && this.book.heldFor(person.key) !== before) await this.refreshHeld(person);
  }

  private learnFromThread(person: Person): void {
    const thread = this.thread.thread.peek();
    const newest = thread?.key === person.key ? thread.messages.at(-1) : undefined;
    if (!newest) return;
    const before = person.last;
    const { repairOf: _, ...message } = newest;
    const wrote = thread?.messages.findLast(({ direction }) => direction === 'inbound')?.at ?? 0;
    const isBehind = wrote > (person.facts.lastInboundAt ?? 0) + LOG_TOLERANCE_MS;
    // The list may not have heard yet of what opened the window again.
    if (isBehind) void this.reader?.lookUp(person).catch((error: unknown) => this.noticeUnauthorized(error));
    if (!this.book.putMessages([{ sender: person.sender, user: person.user, ...message }])) return;
    this.arrangeSoon();
    // A refusal may have closed the window, or a template may have been sent for it.
    if (message.error !== null && before?.error === null) void this.afterChange(person);
  }

  private noticeArrival(person: Person): void {
    if (person.key === this.chosenKey.peek() && document.hasFocus()) return;
    this.unread.value = new Set([...this.unread.peek(), person.key]);
    this.onArrival(person);
  }

  /** After something was sent, held or cancelled here. */
  private async afterChange(pair: PairName): Promise<void> {
    this.thread.follow();
    try {
      await Promise.all([this.reader?.readHeld(), this.refreshHeld(pair), this.thread.refresh(pair)]);
      const person = this.book.get(keyOf(pair));
      if (person) this.learnFromThread(person);
    } catch (error) {
      this.noticeUnauthorized(error);
    }
    this.arrange();
    this.poller.hurry();
  }

  private async refreshHeld(pair: PairName): Promise<void> {
    const key = keyOf(pair);
    try {
      const { held } = await this.service.held(pair, null);
      if (key === this.chosenKey.peek()) this.held.value = { key, held, trouble: null };
    } catch (error) {
      this.noticeUnauthorized(error);
      if (key === this.chosenKey.peek())
        this.held.value = { key, held: [], trouble: `They cannot be read now. ${messageOf(error)}` };
    }
  }

  private async followAddress(): Promise<void> {
    if (!this.hasRead.peek()) return;
    const wanted = readAddress(location.hash);
    if (wanted === null) {
      this.chosenKey.value = null;
      return;
    }
    const sender = wanted.sender ?? this.book.usualSender();
    const exact = this.book.get(keyOf({ sender, user: wanted.user }));
    const known = exact ?? (wanted.sender === null ? this.book.find(wanted.user) : undefined);
    if (known) this.open(known.key);
    else {
      const pair = { sender, user: wanted.user };
      try {
        await this.current.lookUp(pair);
        this.arrange();
        this.open(keyOf(pair));
      } catch (error) {
        this.noticeUnauthorized(error);
        this.trouble.value = messageOf(error);
      }
    }
  }

  private open(key: string): void {
    const person = this.book.get(key);
    if (!person) return;
    const isOther = this.chosenKey.peek() !== key;
    batch(() => {
      this.chosenKey.value = key;
      if (this.isToWrite) this.focusRequests.value += 1;
      this.isToWrite = false;
      this.forgotten.value = null;
      if (isOther) this.held.value = null;
      if (this.unread.peek().has(key))
        this.unread.value = new Set([...this.unread.peek()].filter((unread) => unread !== key));
    });
    if (!isOther) return;
    this.poller.hurry();
    void this.thread
      .refresh(person)
      .then(() => this.learnFromThread(person))
      .catch((error: unknown) => this.noticeUnauthorized(error));
    void this.refreshHeld(person);
  }

  private sayTrouble(next: string): void {
    const since =
      this.lastHeard === null
        ? ''
        : ` Last heard of it: ${clockFace(this.lastHeard)}; countdowns go on by its clock.`;
    this.trouble.value = `${this.lastTrouble}${since} ${next}`;
  }

  private noticeUnauthorized(error: unknown): void {
    if (!(error instanceof ServiceError) || error.kind !== 'unauthorized') return;
    this.poller.stop();
    kept.forgetToken();
    this.reader = null;
    // A service without a token of its own refuses everyone, and begins by naming the setting; else the token is wrong.
    const isUnset = error.message.startsWith('API_TOKEN');
    batch(() => {
      this.isSignedIn.value = false;
      this.trouble.value = null;
      this.gateProblem.value = isUnset
        ? error.message
        : 'The service did not take this token. Compare it with its setting API_TOKEN.';
    });
  }

  /** New facts: puts the rows in order again, at once or, while thousands are being read, soon. */
  private arrangeSoon(): void {
    if (this.book.size < MANY) {
      this.arrange();
      return;
    }
    this.arrangeTimer ??= setTimeout(() => this.arrange(), ARRANGE_MS);
  }

  private arrange(): void {
    clearTimeout(this.arrangeTimer);
    this.arrangeTimer = undefined;
    const moment = this.clock.now();
    // Two changes of one millisecond are two changes.
    this.arranged.value = moment === this.arranged.peek() ? moment + 0.001 : moment;
    this.tick();
  }

  /** Ticks now, at every whole second of the service's clock, and at the very moment at which some window turns. */
  private tick(): void {
    clearTimeout(this.tickTimer);
    const moment = this.clock.now();
    const change = nextChange(this.order.peek(), this.arranged.peek(), this.book);
    batch(() => {
      if (moment >= change) this.arranged.value = moment;
      this.now.value = moment;
    });
    const next = nextChange(this.order.peek(), moment, this.book);
    const wait = Math.min(1000 - (moment % 1000), next - moment);
    // Timers may fire a little early, then the rest is waited for; a past change would make it spin.
    this.tickTimer = setTimeout(() => this.tick(), Math.max(1, Math.ceil(wait)));
  }
}

function messageOf(error: unknown): string {
  return error instanceof ServiceError ? error.message : 'Something went wrong in this page.';
}
