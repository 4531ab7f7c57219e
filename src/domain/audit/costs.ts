/**
 * What a log's messages cost by a price table. Meta charges what is delivered, by form and market; of the service
 * messages of a sender and month the first ones are not charged, so these are put in the order of time first. What a
 * table or a log does not say is counted as not priced, and never guessed. A log does not say who came by an ad.
 */
import { basisOf, type Prices, priceOf, rounded } from '../prices';
import type { WhatsAppAddress } from '../whatsapp-address';

export interface AuditCost {
  /** Of everything that has a price: `twilio` and `meta` together. */
  readonly amount: number;
  readonly currency: string;
  readonly twilio: number;
  readonly meta: number;
  /** The part of `amount` that fewer messages would have saved: all of each burst but its first message. */
  readonly avoidable: number;
  /** Messages for which Meta's price is not known: a market that the table does not name, or a form that the log does not. */
  readonly messagesWithoutPrice: number;
  readonly asOf: string | null;
}

export interface CostedMessage {
  /** `service`, or the category of the template; null where it is not known. */
  readonly form: 'service' | string | null;
  readonly at: number;
  readonly sender: WhatsAppAddress;
  readonly user: WhatsAppAddress;
  /** Whether Meta charges it: it was delivered. */
  readonly isCharged: boolean;
  readonly isFailed: boolean;
  readonly isDelivered: boolean;
  readonly isAvoidable: boolean;
}

interface ServiceMessage {
  readonly at: number;
  readonly price: number;
  readonly isAvoidable: boolean;
}

export class Costs {
  #twilio = 0;
  #meta = 0;
  #avoidable = 0;
  #withoutPrice = 0;
  readonly #service = new Map<string, ServiceMessage[]>();

  constructor(private readonly prices: Prices) {}

  inbound(): void {
    this.#twilio += this.prices.twilio.inbound;
  }

  outbound(message: CostedMessage): void {
    const { twilio } = this.prices;
    // Twilio takes nothing for what is `undelivered`, and its small fee for what is `failed`.
    const fee = message.isFailed ? twilio.failed : message.isDelivered ? twilio.outbound : 0;
    this.#twilio += fee;
    if (message.isAvoidable) this.#avoidable += fee;
    if (message.isCharged) this.#charge(message);
  }

  total(): AuditCost {
    let [meta, avoidable] = [this.#meta, this.#avoidable];
    for (const messages of this.#service.values()) {
      // Whether free or not is a matter of order; what was avoidable comes last among those of one time.
      const inTime = messages.sort(
        (a, b) => a.at - b.at || Number(a.isAvoidable) - Number(b.isAvoidable) || a.price - b.price,
      );
      for (const { price, isAvoidable } of inTime.slice(this.prices.freeServicePerSenderAndMonth)) {
        meta += price;
        if (isAvoidable) avoidable += price;
      }
    }
    return {
      amount: rounded(this.#twilio + meta),
      currency: this.prices.currency,
      twilio: rounded(this.#twilio),
      meta: rounded(meta),
      avoidable: rounded(avoidable),
      messagesWithoutPrice: this.#withoutPrice,
      asOf: this.prices.asOf,
    };
  }

  #charge({ form, at, sender, user, isAvoidable }: CostedMessage): void {
    const basis = form === 'service' ? 'service' : basisOf(form);
    const price = priceOf(this.prices, basis, user);
    if (!price || price === 'not deliverable') {
      this.#withoutPrice += 1;
    } else if (basis === 'service') {
      const key = `${sender} ${new Date(at).toISOString().slice(0, 7)}`;
      const messages = this.#service.get(key) ?? [];
      messages.push({ at, price: price.meta, isAvoidable });
      this.#service.set(key, messages);
    } else {
      this.#meta += price.meta;
      if (isAvoidable) this.#avoidable += price.meta;
    }
  }
}
