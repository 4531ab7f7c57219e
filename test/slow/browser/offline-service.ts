/** The offline service as the browser tests use it: people write, time passes, the service goes away. It knows no page. */
import * as whole from '../../../scripts/offline/offline-service';

export const TOKEN = 'offline-token-that-is-no-secret';
export const SENDER = 'whatsapp:+14155238886';

export interface OfflineService extends Pick<whole.OfflineService, 'goAway' | 'comeBack' | 'stop'> {
  /** The functions and assets. */
  readonly url: string;
  readonly emulatorUrl: string;
  /** A request to the emulator's control routes. */
  control(path: string, body?: object): Promise<Record<string, unknown>>;
  /** A request to the emulated Twilio itself, as the account. */
  twilio(path: string, init: { readonly body: string | URLSearchParams }): Promise<Record<string, unknown>>;
  /** A user writes; resolves once the service has recorded it. */
  inbound(from: string, fields?: object): Promise<void>;
  advance(seconds: number): Promise<void>;
  /** Everything that was sent to a user, oldest first. */
  messagesTo(user: string): Promise<readonly SentMessage[]>;
}

export interface SentMessage {
  readonly text: string;
  readonly status: string;
  readonly contentSid: string | null;
  readonly direction: string;
}

export async function startOfflineService(
  settings: Readonly<Record<string, string>> = {},
): Promise<OfflineService> {
  const offline = await whole.startOfflineService({ inProcess: true, settings });
  const { emulator } = offline;

  async function control(path: string, body?: object): Promise<Record<string, unknown>> {
    const response = await fetch(`${emulator.url}/_emulator/${path}`, {
      method: body ? 'POST' : 'GET',
      ...(body && { body: JSON.stringify(body) }),
    });
    const answer = (await response.json()) as Record<string, unknown>;
    if (!response.ok) throw new Error(`${path}: ${response.status} ${JSON.stringify(answer)}`);
    return answer;
  }

  return {
    goAway: offline.goAway,
    comeBack: offline.comeBack,
    stop: offline.stop,
    url: offline.functionsUrl,
    emulatorUrl: emulator.url,
    control,
    async twilio(path, { body }) {
      const response = await fetch(emulator.url + path.replace('{AccountSid}', emulator.accountSid), {
        method: 'POST',
        headers: {
          Authorization: `Basic ${btoa(`${emulator.accountSid}:${emulator.authToken}`)}`,
          'Content-Type': typeof body === 'string' ? 'application/json' : 'application/x-www-form-urlencoded',
        },
        body: String(body),
      });
      if (!response.ok) throw new Error(`${path}: ${response.status} ${await response.text()}`);
      return (await response.json()) as Record<string, unknown>;
    },
    async inbound(from, fields = {}) {
      const { webhooks } = await control('inbound', { from, ...fields });
      const [attempt] = webhooks as readonly { readonly status: number | null }[];
      if (attempt?.status !== 200)
        throw new Error(`The webhook failed: ${JSON.stringify(webhooks)}\n${offline.log.join('\n')}`);
    },
    async advance(seconds) {
      await control('clock', { advanceSeconds: seconds });
    },
    async messagesTo(user) {
      await control('idle');
      const { messages } = await control(`messages?to=${encodeURIComponent(user)}`);
      return (messages as readonly SentMessage[]).filter(({ direction }) => direction !== 'inbound');
    },
  };
}
