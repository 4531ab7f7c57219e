/**
 * The account's message templates: their texts, sample values and approval. Rendering fills placeholders the way
 * Twilio does, sample values included. It must not decide whether a template may be sent; `whatsapp.ts` judges that.
 */
import { newSid } from '../../server/sids';

export const APPROVAL_STATUSES = [
  'unsubmitted',
  'received',
  'pending',
  'approved',
  'rejected',
  'paused',
  'disabled',
] as const;
export type ApprovalStatus = (typeof APPROVAL_STATUSES)[number];

export const CATEGORIES = ['UTILITY', 'MARKETING', 'AUTHENTICATION'] as const;
export type Category = (typeof CATEGORIES)[number];

export interface ContentTemplate {
  readonly sid: string;
  readonly friendlyName: string;
  readonly language: string;
  /** Sample values, which real users get to see where a sender leaves a value out. */
  readonly variables: Readonly<Record<string, string>>;
  readonly types: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
  readonly createdAt: number;
  updatedAt: number;
  status: ApprovalStatus;
  /** Empty until the template is submitted. */
  approvalName: string;
  category: Category | '';
  rejectionReason: string;
}

export type NewTemplate = Pick<ContentTemplate, 'friendlyName' | 'language' | 'variables' | 'types'> &
  Partial<Pick<ContentTemplate, 'sid' | 'status' | 'category'>>;

/** These have no template form at WhatsApp: https://www.twilio.com/docs/content/content-types-overview */
const SESSION_ONLY_TYPES = ['twilio/list-picker', 'twilio/location'];

export function sessionOnly(template: ContentTemplate): boolean {
  return Object.keys(template.types).every((type) => SESSION_ONLY_TYPES.includes(type));
}

/** Not approved, these go out inside the window: https://www.twilio.com/docs/content/content-types-overview */
const FREE_TYPES = [
  'twilio/text',
  'twilio/media',
  'twilio/quick-reply',
  'twilio/list-picker',
  'twilio/location',
];

/** A quick reply has up to ten buttons once approved, and three before. */
const MAX_UNAPPROVED_BUTTONS = 3;

/** Whether WhatsApp takes the template inside the window although it is not approved. */
export function isUsableInside(template: ContentTemplate, callToActionNeedsApproval: boolean): boolean {
  return Object.entries(template.types).every(([type, content]) => {
    const isFree =
      FREE_TYPES.includes(type) || (type === 'twilio/call-to-action' && !callToActionNeedsApproval);
    const { actions } = content;
    return isFree && (!Array.isArray(actions) || actions.length <= MAX_UNAPPROVED_BUTTONS);
  });
}

/** WhatsApp rejects a text that begins or ends with a placeholder; punctuation after the last one does not help. */
export function beginsOrEndsWithPlaceholder(template: ContentTemplate): boolean {
  return /^\s*\{\{|\}\}[\p{P}\s]*$/u.test(textOf(template));
}

export interface Rendered {
  text: string;
  usedSampleValues: boolean;
}

function textOf(template: ContentTemplate): string {
  const [type, content] = Object.entries(template.types)[0] ?? ['', {}];
  const parts = type === 'twilio/card' ? [content.title, content.subtitle] : [content.body ?? content.label];
  return parts.filter((part) => typeof part === 'string').join('\n');
}

const PLACEHOLDER = /\{\{\s*(\w+)\s*\}\}/g;

/** A placeholder without a value gets the template's sample value, as Twilio sends it to a real user. */
export function render(template: ContentTemplate, values: ReadonlyMap<string, string>): Rendered {
  let usedSampleValues = false;
  const text = textOf(template).replace(PLACEHOLDER, (whole, name: string) => {
    const value = values.get(name);
    if (value !== undefined) return value;
    usedSampleValues = true;
    return template.variables[name] ?? whole;
  });
  return { text, usedSampleValues };
}

export class ContentTemplates {
  private readonly bySid = new Map<string, ContentTemplate>();
  /** Until when, in milliseconds. */
  readonly blockedNames = new Map<string, number>();

  add(template: NewTemplate, now: number): ContentTemplate {
    const status = template.status ?? 'unsubmitted';
    const added: ContentTemplate = {
      sid: template.sid ?? newSid('HX'),
      friendlyName: template.friendlyName,
      language: template.language,
      variables: template.variables,
      types: template.types,
      createdAt: now,
      updatedAt: now,
      status,
      approvalName: status === 'unsubmitted' ? '' : template.friendlyName,
      category: template.category ?? (status === 'unsubmitted' ? '' : 'UTILITY'),
      rejectionReason: '',
    };
    this.bySid.set(added.sid, added);
    return added;
  }

  /** In the place of all that are there. */
  restore(templates: readonly ContentTemplate[], blockedNames: Readonly<Record<string, number>>): void {
    this.bySid.clear();
    for (const template of templates) this.bySid.set(template.sid, template);
    for (const [name, until] of Object.entries(blockedNames)) this.blockName(name, until);
  }

  get(sid: string): ContentTemplate | undefined {
    return this.bySid.get(sid);
  }

  /** The name of a rejected template cannot be submitted again for 30 days. */
  blockName(name: string, until: number): void {
    this.blockedNames.set(name, until);
  }

  isNameBlocked(name: string, now: number): boolean {
    return now < (this.blockedNames.get(name) ?? 0);
  }

  named(nameOrSid: string): ContentTemplate[] {
    const template = this.bySid.get(nameOrSid);
    return template ? [template] : this.all().filter((candidate) => candidate.friendlyName === nameOrSid);
  }

  delete(template: ContentTemplate): void {
    this.bySid.delete(template.sid);
  }

  all(): ContentTemplate[] {
    return [...this.bySid.values()];
  }
}
