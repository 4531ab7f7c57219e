/**
 * Reads what a control request says a user wrote, or that they called. It fills in what goes without saying, and must
 * not forgive what could not have happened, such as an address that is none.
 */

import { SENDER_ADDRESS, USER_ADDRESS } from '../api/messages/message-request';
import type { Wiring } from '../settings';
import { INBOUND_TYPES, type InboundMessage } from '../whatsapp/inbound';
import { ControlError, Fields as FieldReader, type Fields } from './fields';

/** Control's names for the webhook parameters of the other kinds of message. */
const EXTRA = {
  latitude: 'Latitude',
  longitude: 'Longitude',
  address: 'Address',
  label: 'Label',
  buttonText: 'ButtonText',
  buttonPayload: 'ButtonPayload',
  listId: 'ListId',
  listTitle: 'ListTitle',
  originalRepliedMessageSid: 'OriginalRepliedMessageSid',
  originalRepliedMessageSender: 'OriginalRepliedMessageSender',
  referralCtwaClid: 'ReferralCtwaClid',
} as const;

function address(text: string): string {
  return text.startsWith('+') ? `whatsapp:${text}` : text;
}

function whoToWhom(body: Fields, wiring: Wiring): { from: string; to: string } {
  const from = address(body.requiredText('from'));
  if (!USER_ADDRESS.test(from)) throw body.wrong('from', 'must be whatsapp:+… or whatsapp:CC.…');
  const to = address(body.text('to') ?? wiring.senders[0] ?? '');
  if (!SENDER_ADDRESS.test(to)) throw body.wrong('to', 'must be whatsapp:+…');
  return { from, to };
}

/** A call on WhatsApp: who called whom. */
export function callFrom(body: Fields, wiring: Wiring): { from: string; to: string } {
  const call = whoToWhom(body, wiring);
  body.done();
  return call;
}

/** A business-scoped user id, or the one of the company above the account. */
function userId(body: Fields, field: string, isParent: boolean): string | null {
  const id = body.text(field);
  if (id === undefined) return null;
  if (!USER_ADDRESS.test(`whatsapp:${id}`) || /^[A-Z]{2}\.ENT\./.test(id) !== isParent) {
    throw body.wrong(
      field,
      `must be ${isParent ? 'CC.ENT.…' : 'CC.…'}, such as US.${isParent ? 'ENT.' : ''}134`,
    );
  }
  return id;
}

/** The parameters that a kind of message brings beside its text, with an example where none is given. */
function extraParameters(body: Fields, type: InboundMessage['type']): Record<string, string> {
  const extra: Record<string, string> = {};
  for (const [field, parameter] of Object.entries(EXTRA)) {
    const numeric = field === 'latitude' || field === 'longitude';
    const value = numeric ? body.number(field)?.toString() : body.text(field);
    if (value !== undefined) extra[parameter] = value;
  }
  return { ...EXAMPLE_PARAMETERS[type], ...extra };
}

const EXAMPLE_PARAMETERS: Partial<Record<InboundMessage['type'], Record<string, string>>> = {
  location: { Latitude: '52.3702', Longitude: '4.8952' },
  button: { ButtonText: 'Yes' },
  list: { ListId: 'morning', ListTitle: 'Morning' },
};

const EXAMPLE_MEDIA: Partial<Record<InboundMessage['type'], InboundMessage['media'][number]>> = {
  image: { url: 'https://example.com/media/photo.jpg', contentType: 'image/jpeg' },
  contact: { url: 'https://example.com/media/card.vcf', contentType: 'text/vcard' },
};

function mediaFrom(body: Fields, type: InboundMessage['type']): InboundMessage['media'] {
  const media = (body.list('media') ?? []).map((entry) => {
    const fields = FieldReader.fromValue(entry, 'media');
    const found = {
      url: fields.requiredText('url'),
      contentType: fields.text('contentType') ?? 'image/jpeg',
    };
    fields.done();
    return found;
  });
  if (media.length > 1) throw new ControlError(400, 'A WhatsApp message has one attachment at most.');
  const example = EXAMPLE_MEDIA[type];
  return media.length === 0 && example ? [example] : media;
}

export function inboundFrom(body: Fields, wiring: Wiring): InboundMessage {
  const { from, to } = whoToWhom(body, wiring);
  const type = body.oneOf('type', INBOUND_TYPES) ?? 'text';
  const extra = extraParameters(body, type);
  const media = mediaFrom(body, type);
  const ownUserId = /^whatsapp:([A-Z]{2}\.(?!ENT\.).+)$/.exec(from)?.[1] ?? null;
  const phone = /^whatsapp:\+(\d+)$/.exec(from)?.[1] ?? null;
  // Pictures, locations, contact cards and reactions come without text; a tapped button or row says its own.
  const saidByItself: Partial<Record<string, string | undefined>> = {
    text: 'Hello',
    button: extra.ButtonText,
    list: extra.ListTitle,
  };
  const message: InboundMessage = {
    from,
    to,
    type,
    body: body.text('body') ?? saidByItself[type] ?? '',
    profileName: body.text('profileName') ?? 'Ada',
    waId: body.text('waId') ?? phone,
    externalUserId: userId(body, 'externalUserId', false) ?? ownUserId,
    parentExternalUserId: userId(body, 'parentExternalUserId', true),
    media,
    extra: { ...extra, ...body.texts('parameters') },
    opensWindow: body.boolean('opensWindow') ?? true,
    deliver: body.boolean('deliver') ?? true,
  };
  body.done();
  return message;
}
