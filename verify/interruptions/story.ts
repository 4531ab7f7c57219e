/**
 * What a person and callers do in one case, and what they were answered. Everything that is asked for carries a token of
 * its own. It must not judge; the oracle does.
 */
import type { Answer, HeldAnswer } from '../simulate/ledger';
import { SENDER } from '../simulate/stage';
import type { CallParameters, Invocation, Stage } from './stage';

export const PHONE = 'whatsapp:+4915100000001';
export const BSUID = 'whatsapp:DE.4915100000001';

export interface Call {
  readonly calledAt: number;
  readonly invocation: Invocation;
  /** Null where no answer came. */
  readonly status: number | null;
  readonly json: Answer & {
    readonly messages?: readonly { readonly sid: string; readonly status: string }[];
  };
}

/** One intent of a caller, however often it was called. */
export interface SendIntent {
  /** What tells its messages from all others: its text, and each of its attachments. */
  readonly parts: readonly string[];
  readonly parameters: CallParameters;
  readonly calls: Call[];
}

export interface Inbound {
  readonly sid: string;
  readonly at: number;
  /** The name it came from, and whether it told the other one. */
  readonly from: string;
  readonly isUnderBoth: boolean;
  readonly word: 'stop' | 'start' | null;
  /** When the first of its webhooks was answered 200; null where none was yet. */
  answeredAt(): number | null;
}

export interface WindowRead {
  readonly call: Call;
}

export interface Cancellation {
  readonly body: string;
  readonly call: Call;
}

export class Story {
  readonly intents: SendIntent[] = [];
  readonly inbounds: Inbound[] = [];
  readonly reads: WindowRead[] = [];
  readonly lists: Call[] = [];
  readonly cancellations: Cancellation[] = [];
  readonly forgets: Call[] = [];
  /** Whether the functions can know WhatsApp's window: not where WhatsApp refuses in an open one. */
  isWindowKnown = true;
  /** A webhook that was answered came once more. */
  isDeliveredAgain = false;
  private tokens = 0;
  private readonly reports = new Map<Inbound, Call[]>();

  constructor(readonly stage: Stage) {}

  /** A new token, such as `text 3.`: no other is part of it. */
  token(kind = 'text'): string {
    this.tokens += 1;
    return `${kind} ${this.tokens}.`;
  }

  async send(options: Readonly<Record<string, string>> = {}, media = 0): Promise<SendIntent> {
    const body = this.token();
    const urls = Array.from({ length: media }, () =>
      `https://example.com/${this.token('file')}`.replaceAll(' ', ''),
    );
    const parameters = {
      ...{ to: PHONE, body },
      ...(media > 0 && { mediaUrl: urls }),
      ...options,
      // What its template says carries the token as well.
      ...(options.template === 'welcome' && { contentVariables: JSON.stringify({ 1: body }) }),
    };
    const intent: SendIntent = { parts: [body, ...urls.slice(1)], parameters, calls: [] };
    this.intents.push(intent);
    await this.again(intent);
    return intent;
  }

  async again(intent: SendIntent): Promise<void> {
    intent.calls.push(await this.call('/send-message', intent.parameters));
  }

  /** The person writes; the webhook is posted, and comes again as Twilio's does. Ends when Twilio is through with it. */
  async write(body: string, name: 'phone' | 'bsuid' | 'both' = 'phone', opensWindow = true): Promise<void> {
    const { stage } = this;
    const word = /^stop$/i.test(body) ? 'stop' : /^start$/i.test(body) ? 'start' : null;
    const { messageSid } = await stage.account.inbound.receive({
      from: name === 'bsuid' ? BSUID : PHONE,
      to: SENDER,
      body,
      ...{ type: 'text', profileName: 'Ada', waId: null, media: [], extra: {}, opensWindow, deliver: false },
      externalUserId: name === 'phone' ? null : BSUID.replace('whatsapp:', ''),
    });
    const answeredAt = () => this.answeredAt(messageSid);
    const from = name === 'bsuid' ? BSUID : PHONE;
    this.inbounds.push({
      sid: messageSid,
      at: stage.now(),
      from,
      isUnderBoth: name === 'both',
      word,
      answeredAt,
    });
    await stage.account.inbound.replay(messageSid);
  }

  /** As `write`, but Twilio posts the webhook once for now, whatever it is answered: something else may come first. */
  async writeOnce(...message: Parameters<Story['write']>): Promise<void> {
    const { wiring } = this.stage.account;
    const { incomingUrl, fallbackUrl } = wiring;
    Object.assign(wiring, { incomingUrl: incomingUrl?.split('#')[0] ?? null, fallbackUrl: null });
    await this.write(...message);
    Object.assign(wiring, { incomingUrl, fallbackUrl });
  }

  /** Twilio delivers the webhook of the last message again. */
  async deliverInboundAgain(): Promise<void> {
    const last = this.inbounds.findLast(({ sid }) => sid !== '');
    this.isDeliveredAgain = true;
    if (last) await this.stage.account.inbound.replay(last.sid);
  }

  /** What was not answered 200 comes again. */
  async deliverInboundsLeft(): Promise<void> {
    for (const inbound of this.inbounds) {
      if (inbound.answeredAt() !== null) continue;
      if (inbound.sid === '') await this.reportContact(inbound);
      else await this.stage.account.inbound.replay(inbound.sid);
    }
  }

  /** Twilio refuses messages for a while: after so many were taken, the next ones. */
  refuseMessages(skip: number, times: number): void {
    const match = { method: 'POST', path: '/Messages.json' };
    const fault = { target: 'api', match, do: 'status', status: 429, code: 20429 } as const;
    this.stage.account.faults.add({ ...fault, delayMs: 0, seconds: 0, concurrently: false, times, skip });
  }

  takeMessagesAgain(): void {
    this.stage.account.faults.clear();
  }

  /** WhatsApp refuses the next message though the window is open. */
  refuseFalsely(): void {
    this.failDelivery({ do: 'false-63016', times: 1, code: 0 });
  }

  /** WhatsApp has too much at once for the person. */
  failForTheMoment(times: number): void {
    this.failDelivery({ do: 'status', times, code: 63018 });
  }

  private failDelivery(fault: { readonly do: 'false-63016' | 'status'; times: number; code: number }): void {
    const match = { to: PHONE };
    const always = { delayMs: 0, seconds: 0, concurrently: false, skip: 0, status: 500 };
    this.stage.account.faults.add({ target: 'delivery', match, ...always, ...fault });
  }

  /** Twilio delivers the last status callback of each message again. */
  async deliverCallbacksAgain(): Promise<void> {
    const { account } = this.stage;
    const records = account.webhooks.list().filter(({ kind }) => kind === 'status');
    const last = new Map(records.map((record) => [record.params.MessageSid, record]));
    for (const [sid, { params }] of last) {
      const url = account.messages.get(sid ?? '')?.statusCallback;
      if (url) await account.webhooks.post({ kind: 'status', url, params });
    }
  }

  /** The person called, which no log has. Whoever reports it does so again where it was not stored. */
  async contact(): Promise<void> {
    const calls: Call[] = [];
    const answeredAt = () => calls.find(({ status }) => status === 200)?.invocation.endedAt ?? null;
    const inbound = {
      sid: '',
      at: this.stage.now(),
      from: PHONE,
      isUnderBoth: false,
      word: null,
      answeredAt,
    };
    this.reports.set(inbound, calls);
    this.inbounds.push(inbound);
    await this.reportContact(inbound);
  }

  private async reportContact(inbound: Inbound): Promise<void> {
    this.reports.get(inbound)?.push(await this.call('/contact', { to: PHONE }));
  }

  async readWindow(to = PHONE): Promise<void> {
    this.reads.push({ call: await this.call('/window', { to }) });
  }

  async held(): Promise<readonly HeldAnswer[]> {
    const call = await this.call('/held-messages', { to: PHONE }, 'GET');
    this.lists.push(call);
    return Array.isArray(call.json.held) ? call.json.held : [];
  }

  async cancelFirst(): Promise<void> {
    const [first] = await this.held();
    if (!first) return;
    const call = await this.call('/held-messages', { to: PHONE, cancel: first.id });
    this.cancellations.push({ body: first.body, call });
  }

  async forget(): Promise<void> {
    this.forgets.push(await this.call('/forget', { to: PHONE }));
  }

  private async call(
    path: string,
    parameters: CallParameters,
    method: 'GET' | 'POST' = 'POST',
  ): Promise<Call> {
    const calledAt = this.stage.now();
    const invocation = await this.stage.call(path, parameters, method);
    const { answer } = invocation;
    const json = typeof answer?.body === 'object' && answer.body !== null ? answer.body : {};
    return { calledAt, invocation, status: answer?.status ?? null, json };
  }

  private answeredAt(sid: string): number | null {
    const answered = this.stage.invocations.find(
      ({ path, parameters, answer }) =>
        path === '/incoming-message' && parameters.MessageSid === sid && answer?.status === 200,
    );
    return answered?.endedAt ?? null;
  }
}
