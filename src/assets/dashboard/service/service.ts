/**
 * The functions of this service over HTTP. The token travels in the Authorization header only, numbers and texts in
 * bodies where the function takes one: addresses end up in logs and histories.
 */
import type * as Asked from '../../../../client/requests';
import {
  type ErrorAnswer,
  type HeldPage,
  isSendAnswer,
  type MessagesPage,
  type PairAnswer,
  type RecentMessage,
  readCancelled,
  readErrorOf,
  readHeld,
  readKept,
  readPersonWindow,
  readRecentMessages,
  readSend,
  readTemplates,
  readThread,
  readWindowsPage,
  type SendAnswer,
  type TemplateAnswer,
  type ThreadMessage,
  type WindowsPage,
} from './answers';
import type { PairName, SendRequest } from './requests';

/** `unauthorized`: the token is wrong. `away`: no answer, or none of this service's. `failed`: it said why not. */
export class ServiceError extends Error {
  constructor(
    readonly kind: 'unauthorized' | 'away' | 'failed',
    message: string,
    readonly answer: ErrorAnswer | null = null,
  ) {
    super(message);
  }
}

/** Parameters by the names that the service knows, as an address has them. */
type Query<Request> = { readonly [Name in keyof Request]?: string };

/** A function ends after 10 s by itself. */
const TIMEOUT_MS = 12_000;
const PAGE_SIZE = 100;

export class Service {
  /** How many calls were made: each costs. */
  calls = 0;

  constructor(private readonly token: string) {}

  async windows(cursor: string | null, limit = PAGE_SIZE): Promise<WindowsPage> {
    const query = new URLSearchParams({
      limit: String(limit),
      ...(cursor && { cursor }),
    } satisfies Query<Asked.WindowsRequest>);
    return readWindowsPage(await this.demand(`/windows?${query}`));
  }

  async closingWindows(seconds: number): Promise<WindowsPage> {
    const query = new URLSearchParams({
      limit: String(PAGE_SIZE),
      closingWithin: String(seconds),
    } satisfies Query<Asked.WindowsRequest>);
    return readWindowsPage(await this.demand(`/windows?${query}`));
  }

  /** Whoever wrote or was written to since then, with the newest message; null where those are too many for one page. */
  async activeSince(time: number): Promise<WindowsPage | null> {
    const query = new URLSearchParams({
      since: new Date(time).toISOString(),
    } satisfies Query<Asked.WindowsRequest>);
    const { status, json } = await this.call(`/windows?${query}`);
    if (status === 400) return null;
    if (status !== 200) throw failure(status, json);
    return readWindowsPage(json);
  }

  async recentMessages(cursor: string | null, limit: number): Promise<MessagesPage<RecentMessage>> {
    const query = new URLSearchParams({ limit: String(limit), ...(cursor && { cursor }) } satisfies Query<
      Pick<Asked.ThreadRequest, 'limit' | 'cursor'>
    >);
    return readRecentMessages(await this.demand(`/recent-messages?${query}`));
  }

  /** @param withMedia whether to look up what is attached, at a request to Twilio for each such message */
  async thread(
    pair: PairName,
    cursor: string | null,
    withMedia: boolean,
  ): Promise<MessagesPage<ThreadMessage>> {
    const query = new URLSearchParams({
      ...{ to: pair.user, from: pair.sender },
      ...(cursor && { cursor }),
      ...(withMedia && { media: 'true' }),
    } satisfies Query<Asked.ThreadRequest>);
    return readThread(await this.demand(`/thread?${query}`));
  }

  /** @returns what is left, in sentences */
  async forget(user: string): Promise<string> {
    return readKept(await this.demand('/forget', { to: user }));
  }

  async window(pair: PairName): Promise<Pick<PairAnswer, 'window' | 'optedOut'>> {
    const request: Asked.PairRequest = { to: pair.user, from: pair.sender };
    return readPersonWindow(await this.demand('/window', request));
  }

  async templates(): Promise<readonly TemplateAnswer[]> {
    return readTemplates(await this.demand('/templates'));
  }

  /** @param pair null: of all pairs, a page at a time */
  async held(pair: PairName | null, cursor: string | null): Promise<HeldPage> {
    const query = new URLSearchParams({
      ...(pair && { to: pair.user, from: pair.sender }),
      ...(cursor && { cursor }),
    } satisfies Query<Asked.HeldRequest>);
    return readHeld(await this.demand(`/held-messages?${query}`));
  }

  /** @returns false where it is no longer held: sent, expired or cancelled by someone else */
  async cancelHeld(pair: PairName, id: string): Promise<boolean> {
    const { status, json } = await this.call('/held-messages', {
      to: pair.user,
      from: pair.sender,
      cancel: id,
    });
    if (status === 404 && readErrorOf(json)?.code === 'NOT_FOUND') return false;
    if (status !== 200) throw failure(status, json);
    return readCancelled(json);
  }

  /** A refusal or a template problem is an answer, not an error. */
  async send(request: SendRequest): Promise<SendAnswer> {
    const { status, json } = await this.call('/send-message', request);
    if (!isSendAnswer(json)) throw failure(status, json);
    return readSend(json);
  }

  private async demand(path: string, body?: object): Promise<unknown> {
    const { status, json } = await this.call(path, body);
    if (status !== 200) throw failure(status, json);
    return json;
  }

  private async call(
    path: string,
    body?: object,
  ): Promise<{ readonly status: number; readonly json: object }> {
    this.calls += 1;
    let response: Response;
    let json: unknown;
    try {
      response = await fetch(path, {
        method: body ? 'POST' : 'GET',
        headers: {
          Authorization: `Bearer ${this.token}`,
          ...(body && { 'Content-Type': 'application/json' }),
        },
        ...(body && { body: JSON.stringify(body) }),
        signal: AbortSignal.timeout(TIMEOUT_MS),
        cache: 'no-store',
        credentials: 'omit',
        redirect: 'error',
      });
      json = await response.json().catch(() => null);
    } catch {
      throw new ServiceError('away', 'The service does not answer.');
    }
    if (typeof json !== 'object' || json === null) {
      throw new ServiceError('away', `The service answered ${response.status} and nothing that can be read.`);
    }
    if (response.status === 401) throw failure(401, json);
    return { status: response.status, json };
  }
}

function failure(status: number, json: object): ServiceError {
  const error = readErrorOf(json);
  const message = error?.message || `The service answered ${status}.`;
  return new ServiceError(status === 401 ? 'unauthorized' : 'failed', message, error);
}
