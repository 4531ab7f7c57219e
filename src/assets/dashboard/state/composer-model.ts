/**
 * Writes to the chosen person. It turns to templates by itself when the window is not open and back when it is, has the
 * service say what will happen before the click, and follows the message after it. The service decides; nothing is
 * decided here.
 */
import { batch, computed, signal } from '@preact/signals';
import type { SendAnswer, TemplateAnswer, ThreadMessage } from '../service/answers';
import type { PairName, SendRequest } from '../service/requests';
import { type Service, ServiceError } from '../service/service';
import { fateOf } from '../words/message-words';
import { previewVerdict, type Verdict } from '../words/verdict';
import * as drafts from './draft';
import { type Draft, EMPTY_DRAFT, MAX_BODY_CHARACTERS } from './draft';
import * as kept from './kept';
import { keyOf, type Person } from './people-book';

/** Typing is over when it has paused this long. */
const PAUSE_MS = 250;
/** Where the service sees the window differently, or could not say, it is asked again after so long. */
const ASK_AGAIN_MS = 15_000;

export interface ComposerPorts {
  readonly service: () => Service;
  readonly templates: () => Promise<readonly TemplateAnswer[]>;
  /** After something was sent or held. */
  readonly onSent: (pair: PairName) => void;
  readonly onError: (error: unknown) => void;
}

/** What the verdict on display was asked for. */
interface Previewed {
  readonly request: SendRequest;
  readonly answer: SendAnswer;
  readonly optedOut: boolean;
}

/** The last that was sent to a person from here: an answer, or why there was none. */
export type Sent = { readonly answer: SendAnswer } | { readonly lost: string };

export class ComposerModel {
  readonly person = signal<Person | null>(null);
  readonly isOpen = signal(false);
  readonly templates = signal<readonly TemplateAnswer[]>([]);
  readonly templateTrouble = signal<string | null>('Reading the templates…');
  readonly sending = signal(false);
  readonly previewed = signal<Previewed | null>(null);
  readonly trouble = signal<Verdict | null>(null);
  readonly sent = signal<ReadonlyMap<string, Sent>>(new Map());
  private readonly drafts = signal<ReadonlyMap<string, Draft>>(kept.readDrafts());

  readonly draft = computed(() => this.drafts.value.get(this.key.value) ?? EMPTY_DRAFT);
  /** What would be sent, or null while there is nothing to send. */
  readonly request = computed(() => {
    const person = this.person.value;
    return person && drafts.requestOf(this.draft.value, person, this.isOpen.value);
  });
  /** The verdict beside the button is about what the button would send. */
  readonly isSaid = computed(() => {
    const said = this.previewed.value;
    return said !== null && JSON.stringify(said.request) === JSON.stringify(this.request.value);
  });
  readonly verdict = computed((): Verdict | null => {
    const said = this.previewed.value;
    if (this.trouble.value) return this.trouble.value;
    return said && previewVerdict(said.answer, said.optedOut);
  });
  readonly mayGo = computed(
    () =>
      this.isSaid.value &&
      !this.sending.value &&
      this.verdict.value?.tone !== 'stop' &&
      this.draft.value.text.length <= MAX_BODY_CHARACTERS,
  );
  private readonly key = computed(() => (this.person.value ? keyOf(this.person.value) : ''));

  private timer: ReturnType<typeof setTimeout> | undefined;
  /** Counts the questions, so that a late answer to an earlier one is told from the last. */
  private asked = 0;
  /** What was known when the last one was asked; null while there is nothing to ask. */
  private askedBy: { readonly isOpen: boolean; readonly optedOut: boolean; readonly at: number } | null =
    null;
  /** One per message that a person means to send: a click that is repeated after a failure sends no second one. */
  private idempotencyKey: string | null = null;

  constructor(private readonly ports: ComposerPorts) {}

  /** Begins writing to someone, goes on where it was left, or turns with the window. */
  show(person: Person | null, isOpen: boolean): void {
    const isOther = person?.key !== this.person.peek()?.key;
    const wasOpen = this.isOpen.peek();
    batch(() => {
      this.person.value = person;
      this.isOpen.value = isOpen;
    });
    if (person === null) return;
    if (isOther) {
      this.asked += 1;
      this.askedBy = null;
      this.idempotencyKey = null;
      batch(() => {
        this.previewed.value = null;
        this.trouble.value = null;
      });
    }
    if (isOther || wasOpen !== isOpen) {
      this.edit(drafts.turned(this.draft.peek(), isOpen, isOther ? null : wasOpen));
      void this.loadTemplates();
    } else this.recheck();
  }

  edit(draft: Draft): void {
    if (!this.person.peek()) return;
    const before = this.draft.peek();
    if (draft !== before) {
      this.idempotencyKey = null;
      this.put(this.key.peek(), draft);
    }
    clearTimeout(this.timer);
    this.timer = setTimeout(() => void this.ask(), PAUSE_MS);
  }

  /** Takes the box of the last message away. */
  dismiss(): void {
    const sent = new Map(this.sent.peek());
    sent.delete(this.key.peek());
    this.sent.value = sent;
  }

  async send(): Promise<void> {
    const person = this.person.peek();
    const said = this.previewed.peek();
    const draft = this.draft.peek();
    if (!person || !said || !this.mayGo.peek()) return;
    const wasOpen = this.isOpen.peek();
    this.asked += 1;
    clearTimeout(this.timer);
    this.idempotencyKey ??= crypto.randomUUID();
    const answer = await this.deliver(person, { ...said.request, idempotencyKey: this.idempotencyKey });
    // A definite answer ends this message; the next click is another.
    if (answer && answer.error?.code !== 'OUTCOME_UNKNOWN') this.idempotencyKey = null;
    const worked = answer !== null && ['sent', 'scheduled', 'held'].includes(answer.outcome);
    // What was typed while it was on its way is another message.
    if (worked && this.drafts.peek().get(person.key)?.text === draft.text) {
      this.put(person.key, drafts.turned(drafts.afterSending(draft, answer), this.isOpen.peek(), wasOpen));
    }
    this.previewed.value = null;
    void this.ask();
  }

  /** The same text once more, as a message of its own. */
  async sendAgain({ body }: ThreadMessage): Promise<void> {
    const person = this.person.peek();
    if (!person || body === null || this.sending.peek()) return;
    await this.deliver(person, {
      ...{ to: person.user, from: person.sender, body },
      whenClosed: this.isOpen.peek() ? 'refuse' : 'hold',
      idempotencyKey: crypto.randomUUID(),
    });
  }

  private async deliver(person: Person, request: SendRequest): Promise<SendAnswer | null> {
    this.sending.value = true;
    try {
      const answer = await this.ports.service().send(request);
      this.putSent(person.key, { answer });
      this.ports.onSent(person);
      return answer;
    } catch (error) {
      this.putSent(person.key, { lost: error instanceof ServiceError ? error.message : '' });
      this.ports.onError(error);
      return null;
    } finally {
      this.sending.value = false;
    }
  }

  /** The service answers again: what it could not say it may say now. */
  retryPreview(): void {
    if (this.trouble.peek() !== null) void this.ask();
  }

  /**
   * Every second: asks again once more is known than when it was asked. Not while that question is under way, however slow
   * the service is.
   */
  private recheck(): void {
    const before = this.askedBy;
    if (before === null) return;
    if (before.optedOut !== this.person.peek()?.optedOut || before.isOpen !== this.isOpen.peek()) {
      void this.ask();
      return;
    }
    const seen = this.previewed.peek()?.answer.window;
    const isDoubtful = seen ? (seen.state === 'open') !== before.isOpen : this.trouble.peek() !== null;
    if (isDoubtful && Date.now() - before.at >= ASK_AGAIN_MS) void this.ask();
  }

  private async loadTemplates(): Promise<void> {
    try {
      const templates = await this.ports.templates();
      batch(() => {
        this.templates.value = templates;
        this.templateTrouble.value = null;
      });
    } catch (error) {
      this.templateTrouble.value = `Templates cannot be read now. ${error instanceof ServiceError ? error.message : ''}`;
      this.ports.onError(error);
    }
  }

  /** Asks the service what would happen. */
  private async ask(): Promise<void> {
    const person = this.person.peek();
    const draft = this.draft.peek();
    if (!person || this.sending.peek()) return;
    const { optedOut } = person;
    const isOpen = this.isOpen.peek();
    this.asked += 1;
    const question = this.asked;
    const recognition = drafts.recognitionOf(draft, person, isOpen);
    const wanted = recognition ?? this.request.peek();
    this.askedBy = wanted && { isOpen, optedOut, at: Date.now() };
    // Nothing goes to whoever said STOP, and no composer stands there.
    if (!wanted || optedOut || (!recognition && draft.text.length > MAX_BODY_CHARACTERS)) {
      this.settle(null, null);
      return;
    }
    try {
      const answer = await this.ports.service().send({ ...wanted, dryRun: true });
      if (question !== this.asked) return;
      if (recognition) this.recognise(answer);
      else this.settle({ request: wanted, answer, optedOut }, null);
    } catch (error) {
      if (question !== this.asked) return;
      this.settle(null, {
        tone: 'stop',
        headline: 'Preview unavailable',
        explanation: error instanceof ServiceError ? error.message : '',
        details: '',
      });
      this.ports.onError(error);
    }
  }

  private recognise(answer: SendAnswer): void {
    const { preview } = answer;
    const template =
      preview && this.templates.peek().find((known) => known.contentSid === preview.contentSid);
    this.settle(null, null);
    if (preview && template)
      this.edit(drafts.withRecognised(this.draft.peek(), template, preview.contentVariables));
  }

  private settle(previewed: Previewed | null, trouble: Verdict | null): void {
    batch(() => {
      this.previewed.value = previewed;
      this.trouble.value = trouble;
    });
  }

  private put(key: string, draft: Draft): void {
    const next = new Map(this.drafts.peek());
    if (isUntouched(draft)) next.delete(key);
    else next.set(key, draft);
    this.drafts.value = next;
    kept.keepDrafts(next);
  }

  private putSent(key: string, sent: Sent): void {
    this.sent.value = new Map([...this.sent.peek(), [key, sent]]);
  }
}

function isUntouched(draft: Draft): boolean {
  return draft.mode === 'text' && draft.text === '' && draft.template === null;
}

/** The box of a message that arrived has said what there is to say. */
export function isOver(sent: Sent, message: ThreadMessage | null): boolean {
  if ('lost' in sent) return false;
  const fate = message && fateOf(message);
  return fate === 'delivered' || fate === 'read';
}
