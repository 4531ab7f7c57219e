/** The people that the functions know, for a command: through the same ports, without a container's memory in front. */
import type { TwilioSdk } from '../../src/twilio/client';
import { twilioMessageLog } from '../../src/twilio/log/message-log';
import { syncContactRecords } from '../../src/twilio/sync/contacts';
import { syncDocuments } from '../../src/twilio/sync/documents';
import { syncHeldMessages } from '../../src/twilio/sync/held-messages';
import { syncNameLinks } from '../../src/twilio/sync/name-links';
import { spreadItems } from '../../src/twilio/sync/spread-items';
import { type PersonPorts, personPorts } from '../../src/use-cases/contacts/person-ports';

/** @param now milliseconds since the epoch */
export function peopleIn(sdk: TwilioSdk, syncServiceSid: string, now: number): PersonPorts {
  const documents = syncDocuments(sdk, syncServiceSid);
  return personPorts(
    {
      records: syncContactRecords(documents),
      links: syncNameLinks(documents, spreadItems(sdk, syncServiceSid)),
      queues: syncHeldMessages(sdk, syncServiceSid),
      messageLog: twilioMessageLog(sdk),
      hasTime: () => true,
    },
    now,
  );
}
