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

/** https://www.twilio.com/docs/serverless/api/resource/function-version#create-a-functionversion-resource */
const upload = (kind: 'function' | 'asset'): Schema => ({
  type: 'object',
  properties: {
    Path: { type: 'string' },
    Visibility: { $ref: `#/components/schemas/${kind}_version_enum_visibility` },
    Content: { type: 'string' },
  },
  required: ['Path', 'Visibility', 'Content'],
});

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
  {
    name: 'choices without null',
    sentence:
      'Some choices are `nullable` and do not list null among the allowed values, as OpenAPI 3.0.3 asks; Twilio’s own examples hold null there.',
    complaint:
      /Senders -> 200: the answer\/senders\/0\/configuration\/verification_method must be equal to one/,
    mend(document) {
      forEachSchema(document, (schema) => {
        if (schema.nullable && schema.enum && !schema.enum.includes(null)) schema.enum.push(null);
      });
    },
  },
  {
    name: 'senders without a pending display name',
    sentence:
      'Three keys of a sender are newer than the newest package of the documents; the SDK reads them (`ChannelsSenderInstance`).',
    complaint: /Senders -> 200: the answer\/senders\/0 must NOT have additional .*"pending_display_name"/,
    mend(document, name) {
      if (name !== 'messaging_v2') return;
      const { properties } = document.components.schemas['messaging.v2.channels_sender_response'] ?? {};
      if (!properties) throw new Error(`${name} no longer has the answer of a sender.`);
      properties.pending_display_name = { type: 'string', nullable: true };
      properties.pending_display_name_status = { type: 'string', nullable: true };
      properties.pending_display_name_status_date = { type: 'string', format: 'date-time', nullable: true };
    },
  },
  {
    name: 'no uploads',
    sentence:
      'The documents do not name the uploading of files, which goes to a host of its own; Twilio’s pages on the Function and Asset Version resources do, and the answer is the version as it is documented where it is read.',
    complaint: /^POST serverless-upload\.twilio\.com\S+ -> 201: no document names this path and method$/,
    mend(document, name) {
      if (name !== 'serverless_v1') return;
      for (const [kind, folder] of [
        ['function', 'Functions/{FunctionSid}'],
        ['asset', 'Assets/{AssetSid}'],
      ] as const) {
        const versions = document.paths[`/v1/Services/{ServiceSid}/${folder}/Versions`];
        if (!versions?.get) throw new Error(`${name} no longer has the versions of a ${kind}.`);
        const schema = { $ref: `#/components/schemas/serverless.v1.service.${kind}.${kind}_version` };
        versions.post = {
          operationId: `Upload ${kind}`,
          parameters: structuredClone(versions.get.parameters ?? []).filter(
            (parameter) => parameter.in === 'path',
          ),
          requestBody: { required: true, content: { 'multipart/form-data': { schema: upload(kind) } } },
          responses: { '201': { content: { 'application/json': { schema } } } },
        };
      }
    },
  },
];

const NO_EFFECT_ON_INBOUND = {
  names: [
    'AreaCodeGeomatch',
    'FallbackToLongCode',
    'MmsConverter',
    'ScanMessageContent',
    'SmartEncoding',
    'StickySender',
    'SynchronousValidation',
    'Usecase',
    'ValidityPeriod',
  ],
  sentence: 'They are about outbound SMS, and would have no effect here.',
};

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
  'POST messaging /v1/Services': NO_EFFECT_ON_INBOUND,
  'POST messaging /v1/Services/{ServiceSid}': NO_EFFECT_ON_INBOUND,
  'POST serverless /v1/Services/{ServiceSid}/Environments/{EnvironmentSid}/Deployments': {
    names: ['IsPlugin'],
    sentence: 'It is for plugins of Flex.',
  },
  'GET conversations /v1/Conversations': {
    names: ['StartDate', 'EndDate', 'State'],
    sentence: 'Nothing here looks for a conversation by its date or its state.',
  },
  'POST conversations /v1/Conversations': {
    names: [
      ...['UniqueName', 'DateCreated', 'DateUpdated', 'MessagingServiceSid', 'Attributes', 'State'],
      ...['Timers.Inactive', 'Timers.Closed', 'Bindings.Email.Address', 'Bindings.Email.Name'],
    ],
    sentence: 'A conversation begins active, with a name and nothing else: no timers, no e-mail.',
  },
  'POST conversations /v1/Conversations/{ConversationSid}': {
    names: [
      ...['FriendlyName', 'UniqueName', 'DateCreated', 'DateUpdated', 'MessagingServiceSid', 'Attributes'],
      ...['Timers.Inactive', 'Timers.Closed', 'Bindings.Email.Address', 'Bindings.Email.Name'],
    ],
    sentence: 'Only its state changes: by hand, without timers.',
  },
  'POST conversations /v1/Conversations/{ConversationSid}/Participants': {
    names: ['DateCreated', 'DateUpdated', 'Attributes', 'MessagingBinding.ProjectedAddress', 'RoleSid'],
    sentence: 'Group messages and roles are not imitated.',
  },
  'POST conversations /v1/Conversations/{ConversationSid}/Messages': {
    names: [
      ...['DateCreated', 'DateUpdated', 'Attributes', 'MediaSid'],
      ...['ContentSid', 'ContentVariables', 'Subject'],
    ],
    sentence: 'An agent’s message is a text; it is not sent to anybody.',
  },
};

/** Parameters that no document names and the emulator takes all the same, with the reason. */
export const PARAMETERS_BESIDE_THE_DOCUMENTS: typeof PARAMETERS_NOT_IMITATED = {
  'POST serverless /v1/Services/{ServiceSid}/Environments': {
    names: ['FriendlyName'],
    sentence: 'Twilio’s own toolkit sends it at every deploy, and Twilio ignores it.',
  },
};
