/**
 * Content templates and their list: https://www.twilio.com/docs/content/content-api-resources
 * `ContentAndApprovals` holds the approval directly in `approval_requests`; the approval's own resource nests it under
 * `whatsapp` (see `content-approvals.ts`). Callers trip over that, so both levels are kept exactly.
 */
import type { Clock } from '../../clock';
import { isObject, jsonFields } from '../../server/json-fields';
import { PAGING_PARAMETERS, pageRequest, v1Page } from '../../server/paging';
import type { Call, Route } from '../../server/router';
import { isoDate } from '../../server/twilio-dates';
import { notFound, TwilioError } from '../../server/twilio-error';
import { approvalOf } from './content-approvals';
import type { ContentTemplate, ContentTemplates } from './content-templates';

/** The API document's maximum; the default is 50. */
const MAX_PAGE = 1000;

export const CONTENT_TYPES = [
  'twilio/text',
  'twilio/media',
  'twilio/location',
  'twilio/list-picker',
  'twilio/quick-reply',
  'twilio/call-to-action',
  'twilio/card',
  'twilio/catalog',
  'twilio/carousel',
  'twilio/flows',
  'twilio/schedule',
  'whatsapp/card',
  'whatsapp/authentication',
  'whatsapp/flows',
];

function invalid(message: string): TwilioError {
  return new TwilioError(400, 20001, message);
}

export function parseTypes(value: unknown): Record<string, Record<string, unknown>> {
  if (!isObject(value) || Object.keys(value).length === 0) {
    throw invalid('types must be an object with at least one content type.');
  }
  const types: Record<string, Record<string, unknown>> = {};
  for (const [name, content] of Object.entries(value)) {
    if (!CONTENT_TYPES.includes(name)) throw invalid(`"${name}" is not one of: ${CONTENT_TYPES.join(', ')}.`);
    if (!isObject(content)) throw invalid(`types["${name}"] must be an object.`);
    types[name] = content;
  }
  return types;
}

export function parseSamples(value: unknown): Record<string, string> {
  if (value === undefined || value === null) return {};
  if (!isObject(value)) throw invalid('variables must be an object of sample values.');
  const samples: Record<string, string> = {};
  for (const [name, sample] of Object.entries(value)) {
    if (typeof sample !== 'string') throw invalid(`variables["${name}"] must be text.`);
    samples[name] = sample;
  }
  return samples;
}

export function contentRoutes(templates: ContentTemplates, clock: Clock, accountSid: string): Route[] {
  const base = 'https://content.twilio.com/v1';

  const described = (template: ContentTemplate): Record<string, unknown> => ({
    date_created: isoDate(template.createdAt),
    date_updated: isoDate(template.updatedAt),
    sid: template.sid,
    account_sid: accountSid,
    friendly_name: template.friendlyName,
    language: template.language,
    variables: template.variables,
    types: template.types,
  });

  const shown = (template: ContentTemplate): Record<string, unknown> => ({
    ...described(template),
    url: `${base}/Content/${template.sid}`,
    links: {
      approval_create: `${base}/Content/${template.sid}/ApprovalRequests/whatsapp`,
      approval_fetch: `${base}/Content/${template.sid}/ApprovalRequests`,
    },
  });

  const found = (call: Call): ContentTemplate => {
    const template = templates.get(call.at('Sid'));
    if (!template) throw notFound(`/v1/Content/${call.at('Sid')}`);
    return template;
  };

  const page = (call: Call, name: string, show: (template: ContentTemplate) => unknown) => {
    const request = pageRequest(call.query, MAX_PAGE);
    const all = templates.all();
    const from = request.after === null ? 0 : all.findIndex((template) => template.sid === request.after) + 1;
    const items = all
      .slice(from, from + request.size + 1)
      .map((template) => ({ token: template.sid, value: show(template) }));
    return { status: 200, body: v1Page(`${base}/${name}`, 'contents', call.query, request, items) };
  };

  return [
    {
      service: 'content',
      method: 'GET',
      path: '/v1/Content',
      label: 'Content',
      query: PAGING_PARAMETERS,
      handle: (call) => page(call, 'Content', shown),
    },
    {
      service: 'content',
      method: 'GET',
      path: '/v1/ContentAndApprovals',
      label: 'ContentAndApprovals',
      query: PAGING_PARAMETERS,
      handle: (call) =>
        page(call, 'ContentAndApprovals', (template) => ({
          ...described(template),
          approval_requests: approvalOf(template),
        })),
    },
    {
      service: 'content',
      method: 'GET',
      path: '/v1/Content/{Sid}',
      label: 'Content/{sid}',
      handle: (call) => ({ status: 200, body: shown(found(call)) }),
    },
    {
      service: 'content',
      method: 'POST',
      path: '/v1/Content',
      label: 'Content',
      body: 'json',
      handle(call) {
        const fields = jsonFields(call.json, ['friendly_name', 'language', 'variables', 'types']);
        if (typeof fields.language !== 'string' || fields.language === '')
          throw invalid('language is required.');
        const friendlyName = fields.friendly_name ?? '';
        if (typeof friendlyName !== 'string') throw invalid('friendly_name must be text.');
        const template = templates.add(
          {
            friendlyName,
            language: fields.language,
            variables: parseSamples(fields.variables),
            types: parseTypes(fields.types),
          },
          clock.now(),
        );
        return { status: 201, body: shown(template) };
      },
    },
    {
      service: 'content',
      method: 'DELETE',
      path: '/v1/Content/{Sid}',
      label: 'Content/{sid}',
      handle(call) {
        templates.delete(found(call));
        return { status: 204 };
      },
    },
  ];
}
