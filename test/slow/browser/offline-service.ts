/** The offline service as the browser tests use it: people write, time passes, the service goes away. It knows no page. */
import type { Emulator } from '../../../emulator/emulator';
import * as whole from '../../../scripts/offline/offline-service';
import { startFunctions } from '../../functions/functions-server';
import { Service } from '../../functions/service';

export const TOKEN = 'offline-token-that-is-no-secret';
export const SENDER = 'whatsapp:+14155238886';

export interface OfflineService extends Pick<whole.OfflineService, 'goAway' | 'comeBack'> {
  /** The functions and assets. */
  readonly url: string;
  readonly emulatorUrl: string;
  /** Its whole state, to put more there than people could write. */
  readonly emulator: Pick<Emulator, 'accountSid' | 'exportState' | 'importState'>;
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
}

/**
 * One for a test file, with the functions in its process, behind the HTTP server that `twilio-run` uses itself.
 * @param begin `startOfflineService` puts the functions into twilio-run, a process of its own
 */
export function useOfflineService(
  settings: Readonly<Record<string, string>> = {},
  begin: ConstructorParameters<typeof Service>[1] = startFunctions,
): OfflineService {
  const service = new Service({ inProcess: true, settings }, begin);
  beforeAll(() => service.start());
  afterAll(() => service.stop());
  return drive(service);
}

/** One with twilio-run, for whoever is no test. */
export async function startOfflineService(): Promise<OfflineService & Pick<whole.OfflineService, 'stop'>> {
  const service = new Service({ inProcess: true }, whole.startOfflineService);
  await service.start();
  return Object.assign(drive(service), { stop: () => service.stop() });
}

function drive(service: Service): OfflineService {
  const control = (path: string, body?: object) => service.control<Record<string, unknown>>(path, body);

  return {
    goAway: () => service.offline.goAway(),
    comeBack: () => service.offline.comeBack(),
    get url() {
      return service.url;
    },
    get emulatorUrl() {
      return service.offline.emulator.url;
    },
    get emulator() {
      return service.offline.emulator;
    },
    control,
    async twilio(path, { body }) {
      const { url, accountSid, authToken } = service.offline.emulator;
      const response = await fetch(url + path.replace('{AccountSid}', accountSid), {
        method: 'POST',
        headers: {
          Authorization: `Basic ${btoa(`${accountSid}:${authToken}`)}`,
          'Content-Type': typeof body === 'string' ? 'application/json' : 'application/x-www-form-urlencoded',
        },
        body: String(body),
      });
      if (!response.ok) throw new Error(`${path}: ${response.status} ${await response.text()}`);
      return (await response.json()) as Record<string, unknown>;
    },
    async inbound(from, fields = {}) {
      const { webhooks } = await service.inbound(from, fields);
      if (webhooks[0]?.status !== 200)
        throw new Error(`The webhook failed: ${JSON.stringify(webhooks)}\n${service.offline.log.join('\n')}`);
    },
    advance: (seconds) => service.advance(seconds * 1000),
    messagesTo: (user) => service.outbound(user),
  };
}
