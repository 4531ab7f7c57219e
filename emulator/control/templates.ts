/**
 * Templates from control: made with any approval at once, or given the decision that WhatsApp would send later.
 */

import {
  APPROVAL_STATUSES,
  CATEGORIES,
  type ContentTemplate,
  type ContentTemplates,
} from '../api/content/content-templates';
import { ControlError, type Fields } from './fields';

const MAX_BULK = 20_000;

export function shownTemplate(template: ContentTemplate): Record<string, unknown> {
  return {
    sid: template.sid,
    friendlyName: template.friendlyName,
    language: template.language,
    status: template.status,
    category: template.category,
    types: template.types,
    variables: template.variables,
    rejectionReason: template.rejectionReason,
  };
}

export function createTemplate(body: Fields, templates: ContentTemplates, now: number): ContentTemplate {
  const friendlyName = body.requiredText('friendlyName');
  const text = body.requiredText('body');
  const type = body.text('type') ?? 'twilio/text';
  const language = body.text('language') ?? 'en';
  const variables = body.texts('variables') ?? {};
  const status = body.oneOf('status', APPROVAL_STATUSES) ?? 'approved';
  const category = body.oneOf('category', CATEGORIES) ?? 'UTILITY';
  body.done();
  return templates.add(
    { friendlyName, language, variables, types: { [type]: { body: text } }, status, category },
    now,
  );
}

export function createTemplates(body: Fields, templates: ContentTemplates, now: number): { created: number } {
  const count = body.number('count') ?? 1000;
  body.done();
  if (!Number.isInteger(count) || count < 1 || count > MAX_BULK) {
    throw body.wrong('count', `must be a whole number from 1 to ${MAX_BULK}`);
  }
  const first = templates.all().length;
  for (let number = first; number < first + count; number++) {
    templates.add(
      {
        friendlyName: `bulk_${String(number).padStart(5, '0')}`,
        language: 'en',
        variables: { '1': 'sample' },
        types: { 'twilio/text': { body: `Notice ${number} for {{1}}.` } },
        status: 'approved',
        category: 'UTILITY',
      },
      now,
    );
  }
  return { created: count };
}

/** A friendly name may stand for several languages; all of them change. */
export function setTemplate(
  nameOrSid: string,
  body: Fields,
  templates: ContentTemplates,
  now: number,
): ContentTemplate[] {
  const found = templates.named(nameOrSid);
  if (found.length === 0) throw new ControlError(404, `There is no template "${nameOrSid}".`);
  const status = body.oneOf('status', APPROVAL_STATUSES);
  const category = body.oneOf('category', CATEGORIES);
  const rejectionReason = body.text('rejectionReason');
  body.done();
  for (const template of found) {
    if (status !== undefined) template.status = status;
    if (category !== undefined) template.category = category;
    if (rejectionReason !== undefined) template.rejectionReason = rejectionReason;
    if (template.status !== 'unsubmitted' && template.approvalName === '') {
      template.approvalName = template.friendlyName;
      if (template.category === '') template.category = 'UTILITY';
    }
    template.updatedAt = now;
  }
  return found;
}
