/**
 * Where Twilio's OpenAPI documents are wrong or say less than Twilio's pages, and where the emulator departs from them on
 * purpose. Nothing else is excused, and a test shows that each of these still has to be.
 */
import { forEachSchema, type OpenApiDocument, operationsOf, type Schema } from './openapi-document';

export interface KnownFault {
  readonly name: string;
  /** Why it is excused. */
  readonly sentence: string;
  /** What would be complained of otherwise. */
  readonly complaint: RegExp;
  /** Changes the document to what it should say. @param name such as `sync_v1` */
  mend(document: OpenApiDocument, name: string): void;
}

/** https://www.twilio.com/docs/usage/twilios-response#response-formats-exceptions */
const REFUSAL: Schema = {
  type: 'object',
  properties: {
    code: { type: 'integer' },
    message: { type: 'string' },
    more_info: { type: 'string', format: 'uri' },
    status: { type: 'integer' },
  },
};

export const KNOWN_FAULTS: readonly KnownFault[] = [
  {
    name: 'no refusals',
    sentence:
      'The documents name no 4xx or 5xx answers; Twilio’s page on its answers does, with the four keys of every refusal.',
    complaint: /^GET sync\.twilio\.com\S+ -> 404: this status is not documented$/,
    mend(document) {
      for (const { operation } of operationsOf(document)) {
        for (const status of ['4XX', '5XX']) {
          operation.responses[status] = {
            content: { 'application/json': { schema: structuredClone(REFUSAL) } },
          };
        }
      }
    },
  },
  {
    name: 'nullable without a type',
    sentence:
      'The data of Sync objects is `nullable` and has no `type`, which OpenAPI 3.0 does not allow; it is any JSON value.',
    complaint: /^"nullable" cannot be used without "type"$/,
    mend(document) {
      forEachSchema(document, (schema) => {
        if (schema.nullable && schema.type === undefined) delete schema.nullable;
      });
    },
  },
  {
    name: 'relative URIs declared absolute',
    sentence:
      'The paging links of the 2010 API are declared as absolute URIs; the document’s own examples are relative, and so are Twilio’s answers.',
    complaint: /Messages\.json -> 200: the answer\/first_page_uri must match format "uri"/,
    mend(document, name) {
      if (name !== 'api_v2010') return;
      forEachSchema(document, (schema) => {
        for (const [key, property] of Object.entries(schema.properties ?? {})) {
          if (/(?:^|_)uri$/.test(key) && property.format === 'uri') property.format = 'uri-reference';
        }
      });
    },
  },
  {
    name: 'addresses declared phone numbers',
    sentence:
      'To and From have the format of a phone number; by their own descriptions they take channel addresses, and since 2026 business-scoped user ids.',
    complaint: /Messages\.json -> 201: the body\/To must match format "phone-number"/,
    mend(document, name) {
      if (name !== 'api_v2010') return;
      forEachSchema(document, (schema) => {
        if (schema.format === 'phone-number') schema.format = 'channel-address';
      });
    },
  },
  {
    name: 'an approval without send_ttl_seconds',
    sentence:
      'The answer to a submitted template names this key, which the request sets; where it was not set, the document’s own example leaves it out, and so does the emulator.',
    complaint: /ApprovalRequests\/whatsapp -> 201: the answer must have required property 'send_ttl_seconds'/,
    mend(document, name) {
      if (name !== 'content_v1') return;
      const property =
        document.components.schemas['content.v1.content.approval_create']?.properties?.send_ttl_seconds;
      if (property) property['x-may-be-missing'] = true;
    },
  },
];

/** Documented parameters that the emulator refuses by name, with the reason. */
export const PARAMETERS_NOT_IMITATED: Readonly<
  Record<string, { readonly names: readonly string[]; readonly sentence: string }>
> = {
  'POST sync /v1/Services': {
    names: [
      'AclEnabled',
      'ReachabilityDebouncingEnabled',
      'ReachabilityDebouncingWindow',
      'ReachabilityWebhooksEnabled',
      'WebhookUrl',
      'WebhooksFromRestEnabled',
    ],
    sentence: 'They switch on webhooks and access control of Sync, neither of which is imitated.',
  },
  'GET api /2010-04-01/Accounts/{AccountSid}/Messages/{Sid}/Media.json': {
    names: ['DateCreated', 'DateCreated<', 'DateCreated>'],
    sentence: 'The media of one message are few; nobody looks for them by date.',
  },
};
