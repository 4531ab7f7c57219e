/** What sending, holding, releasing and repairing need together: they end in one another. Whoever needs less asks for less. */
import type { ConsentWords } from '../../domain/consent';
import type { ContactStore } from './contact-store';
import type { HeldMessages } from './held-messages';
import type { MessageLog } from './message-log';
import type { Messenger } from './messenger';
import type { RepairLocks } from './repair-locks';
import type { SendRecords } from './send-records';
import type { TemplateCatalogue } from './template-catalogue';

export interface SendPorts {
  readonly windows: ContactStore;
  readonly messageLog: MessageLog;
  readonly consentWords: ConsentWords;
  readonly held: HeldMessages;
  /** What is held for one person leaves as few messages as fit, not as many as were held. */
  readonly joinsHeld: boolean;
  readonly messenger: Messenger;
  readonly sendRecords: SendRecords;
  readonly repairLocks: RepairLocks;
  readonly templates: TemplateCatalogue;
  /** Whether the invocation still has time for another message. */
  readonly hasTime: () => boolean;
  /**
   * Waits for that time, in milliseconds since the epoch, as long as the invocation has time for a message after it.
   * @returns the present time
   */
  readonly waitUntil: (time: number) => Promise<number>;
}
