/**
 * Advanced Opt-Out: a Messaging Service reads what comes in for the account's own stop, start and help words, keeps the
 * list of who stopped, and says in the webhook which kind of word it was. It must not refuse messages; whoever sends asks
 * the list. https://www.twilio.com/docs/messaging/tutorials/advanced-opt-out
 */
import type { MessagingServices } from '../api/messaging-services';
import type { Wiring } from '../settings';
import type { OptOuts } from './opt-outs';

export const OPT_OUT_TYPES = ['STOP', 'START', 'HELP'] as const;
export type OptOutType = (typeof OPT_OUT_TYPES)[number];
export type OptOutWords = Readonly<Record<OptOutType, readonly string[]>>;

/** The English words that a service begins with. */
const ENGLISH: OptOutWords = {
  STOP: ['STOP', 'STOPALL', 'UNSUBSCRIBE', 'CANCEL', 'END', 'QUIT', 'REVOKE', 'OPTOUT'],
  START: ['START', 'YES', 'UNSTOP'],
  HELP: ['HELP', 'INFO'],
};

/** A word counts in capitals and in small letters, and only where it is the whole message. */
function normal(text: string): string {
  return text.trim().normalize('NFC').toUpperCase();
}

/** @returns a word that would be of two kinds, or undefined */
export function ambiguousWord(words: OptOutWords): string | undefined {
  const all = OPT_OUT_TYPES.flatMap((type) => [...new Set(words[type].map(normal))]);
  return all.find((word, index) => all.indexOf(word) !== index);
}

export class AdvancedOptOut {
  private current = ENGLISH;

  constructor(
    private readonly wiring: Pick<Wiring, 'advancedOptOut'>,
    private readonly services: MessagingServices,
    private readonly optOuts: OptOuts,
  ) {}

  get words(): OptOutWords {
    return this.current;
  }

  /** Kinds that are not named keep their words. @throws Error where a word would be of two kinds */
  setWords(words: Partial<OptOutWords>): void {
    const next = { ...this.current, ...words };
    const twice = ambiguousWord(next);
    if (twice !== undefined) throw new Error(`"${twice}" is a word of more than one kind.`);
    this.current = next;
  }

  /**
   * Reads an inbound message, whether or not its webhook arrives. The list is that of the whole service: who stops is not
   * written to by any sender in its pool.
   * @param names every address that the message has of the person
   */
  receive(sender: string, names: readonly string[], text: string): OptOutType | null {
    const service = this.wiring.advancedOptOut ? this.services.withSender(sender) : undefined;
    if (!service) return null;
    const said = normal(text);
    const type =
      OPT_OUT_TYPES.find((kind) => this.current[kind].some((word) => normal(word) === said)) ?? null;
    if (type === 'STOP' || type === 'START') {
      for (const member of service.pool.keys()) {
        for (const name of names) this.optOuts.set(name, member, type === 'STOP');
      }
    }
    return type;
  }
}
