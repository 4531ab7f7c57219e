/**
 * Where an inbound message is posted to. A Messaging Service that has the sender in its pool overrides the sender's own
 * webhook, unless it defers to it (https://www.twilio.com/docs/messaging/services, "Defer to sender's webhook"); where neither is configured,
 * the emulator's own wiring holds, so that nobody has to configure anything. It must not post.
 */
import type { ChannelSenders } from '../api/channel-senders';
import type { MessagingServices } from '../api/messaging-services';
import type { Settings, Wiring } from '../settings';

export interface Destination {
  /** Null: nobody is told. A service in whose pool the sender is, without a URL, receives nothing. */
  readonly url: string | null;
  readonly method: 'GET' | 'POST';
  readonly fallbackUrl: string | null;
  readonly fallbackMethod: 'GET' | 'POST';
}

export class InboundDestinations {
  constructor(
    private readonly settings: Pick<Settings, 'incomingPath'>,
    private readonly wiring: Wiring,
    private readonly services: MessagingServices,
    private readonly senders: ChannelSenders,
    /** Where the functions run that were deployed here under this host; null where none were. */
    private readonly runsAt: (host: string) => string | null,
  ) {}

  of(sender: string): Destination {
    const service = this.services.withSender(sender);
    if (service && !service.useInboundWebhookOnNumber) {
      return {
        url: this.reachable(service.inboundRequestUrl),
        method: service.inboundMethod,
        fallbackUrl: this.reachable(service.fallbackUrl),
        fallbackMethod: service.fallbackMethod,
      };
    }
    const webhook = this.senders.at(sender)?.webhook;
    const { incomingUrl, fallbackUrl, functionsUrl } = this.wiring;
    return {
      url:
        this.reachable(webhook?.callback_url ?? incomingUrl) ??
        `${functionsUrl}${this.settings.incomingPath}`,
      method: 'POST',
      fallbackUrl: this.reachable(webhook?.fallback_url ?? fallbackUrl),
      fallbackMethod: 'POST',
    };
  }

  /** What was deployed here runs where the functions are, under the address that they know themselves by. */
  private reachable(url: string | null): string | null {
    if (url === null || !URL.canParse(url)) return url;
    const { host, pathname, search, hash } = new URL(url);
    const runsAt = this.runsAt(host);
    return runsAt === null ? url : `${runsAt}${pathname}${search}${hash}`;
  }
}
