/**
 * The account's templates from the Content API, remembered in the warm container. Reading only; whether a template may
 * be sent is decided in the domain.
 */
import {
  APPROVAL_STATUSES,
  type ApprovalStatus,
  placeholdersOf,
  type Template,
  unfillableIn,
} from '../domain/message-template';
import { type ContentSid, parseContentSid } from '../domain/twilio-sid';
import { Failure } from '../use-cases/failure';
import type { TemplateCatalogue } from '../use-cases/ports/template-catalogue';
import { asFailure, isStatus, type TwilioSdk } from './client';

/** A template that was paused is noticed after this long at the latest. */
const KEEP_MS = 5 * 60 * 1000;
/** An answer this young is fresh enough for those who insist on a fresh one. */
const JUST_NOW_MS = 1000;
const PAGE_SIZE = 500;
/** 50,000 templates: beyond any account (the limit is 6,000), so a listing that goes round in circles ends. */
const MAX_PAGES = 100;
const SERVICE = "Twilio's Content API";

/** What a container remembers of one account's templates. Module state on purpose: it outlives the invocation. */
interface Memory {
  all: { readonly templates: readonly Template[]; readonly readAt: number } | null;
  readonly one: Map<ContentSid, RememberedTemplate>;
}

interface RememberedTemplate {
  readonly template: Template;
  /** Milliseconds since the epoch. */
  readonly readAt: number;
}
const memories = new Map<string, Memory>();

export function contentTemplates(sdk: TwilioSdk, accountSid: string): TemplateCatalogue {
  const memory: Memory = memories.get(accountSid) ?? { all: null, one: new Map() };
  memories.set(accountSid, memory);
  const isYoung = (readAt: number, maximumAge: number) => Math.abs(Date.now() - readAt) < maximumAge;

  return {
    async all(fresh = false) {
      const maximumAge = fresh ? JUST_NOW_MS : KEEP_MS;
      if (memory.all && isYoung(memory.all.readAt, maximumAge)) return memory.all.templates;
      const templates = await listTemplates(sdk);
      memory.all = { templates, readAt: Date.now() };
      memory.one.clear();
      return templates;
    },

    async bySid(sid, fresh = false) {
      const known = remembered(memory, sid);
      if (known && isYoung(known.readAt, fresh ? JUST_NOW_MS : KEEP_MS)) return known.template;
      try {
        const template = await readOne(sdk, sid);
        memory.one.set(sid, { template, readAt: Date.now() });
        return template;
      } catch (error) {
        if (isStatus(error, 404)) return undefined;
        // A template seen before is better than no message: its text cannot change, only its approval can.
        if (known) return known.template;
        throw asFailure(error, SERVICE);
      }
    },
  };
}

function remembered({ all, one }: Memory, sid: ContentSid): RememberedTemplate | undefined {
  const single = one.get(sid);
  if (single || !all) return single;
  const template = all.templates.find(({ contentSid }) => contentSid === sid);
  return template && { template, readAt: all.readAt };
}

/** All of the account, read anew. */
export async function listTemplates(sdk: TwilioSdk): Promise<readonly Template[]> {
  try {
    const templates = new Map<string, Template>();
    let page = await sdk.content.v1.contentAndApprovals.page({ pageSize: PAGE_SIZE });
    for (let pages = 1; pages <= MAX_PAGES; pages += 1) {
      const before = templates.size;
      for (const content of page.instances) {
        // Here the approval's fields stand directly in `approval_requests` (https://www.twilio.com/docs/content/content-api-resources).
        const template = asTemplate(content, content.approvalRequests);
        if (template?.contentSid) templates.set(template.contentSid, template);
      }
      if (!page.nextPageUrl || templates.size === before) break;
      page = await sdk.content.v1.contentAndApprovals.getPage(page.nextPageUrl);
    }
    return [...templates.values()];
  } catch (error) {
    throw asFailure(error, SERVICE);
  }
}

async function readOne(sdk: TwilioSdk, sid: ContentSid): Promise<Template> {
  const [content, approval] = await Promise.all([
    sdk.content.v1.contents(sid).fetch(),
    // No approval was ever asked for: Twilio may answer 404 instead of `unsubmitted`.
    sdk.content.v1
      .contents(sid)
      .approvalFetch()
      .fetch()
      .catch((error: unknown) => {
        if (isStatus(error, 404)) return null;
        throw error;
      }),
  ]);
  // Here they are nested under `whatsapp`: another level than in the list.
  const template = asTemplate(content, approval?.whatsapp ?? {});
  if (!template)
    throw new Failure('STATE_UNAVAILABLE', `${SERVICE} answered with a template that cannot be read.`);
  return template;
}

function asTemplate(
  content: { sid: string; friendlyName: string; language: string; types: unknown; variables: unknown },
  approval: unknown,
): Template | undefined {
  const contentSid = parseContentSid(content.sid);
  if (!contentSid) return undefined;
  const request = asRecord(approval);
  const types = asRecord(content.types);
  const approvedType = String(request.content_type ?? '');
  const type = Object.hasOwn(types, approvedType) ? approvedType : (Object.keys(types)[0] ?? 'unknown');
  const definition = asRecord(types[type]);
  const text = [definition.body, definition.title].find((field) => typeof field === 'string') ?? '';
  return {
    name: String(content.friendlyName ?? ''),
    contentSid,
    language: String(content.language ?? ''),
    category: typeof request.category === 'string' && request.category !== '' ? request.category : null,
    type,
    status: asStatus(request.status),
    text: String(text),
    // Of every type: Twilio may fall back to another one, and fills what is missing with sample values.
    placeholders: placeholdersOf([String(text), ...textsIn(types)]),
    unfillable: unfillableIn(textsIn(types)),
    quickReplies:
      type === 'twilio/quick-reply' && Array.isArray(definition.actions) ? definition.actions.length : 0,
    samples: samplesIn(content.variables),
  };
}

function samplesIn(variables: unknown): Readonly<Record<string, string>> {
  return Object.fromEntries(
    Object.entries(asRecord(variables)).flatMap(([name, sample]) =>
      typeof sample === 'string' ? [[name, sample]] : [],
    ),
  );
}

function asStatus(status: unknown): ApprovalStatus {
  return APPROVAL_STATUSES.find((known) => known === String(status).toLowerCase()) ?? 'unknown';
}

function asRecord(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};
}

/** Every text anywhere in a content type: placeholders also stand in buttons, titles and media URLs. */
function textsIn(value: unknown): readonly string[] {
  if (typeof value === 'string') return [value];
  if (typeof value !== 'object' || value === null) return [];
  return Object.values(value).flatMap(textsIn);
}
