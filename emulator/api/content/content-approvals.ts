/**
 * Approval of a content template by WhatsApp: https://www.twilio.com/docs/content/content-api-resources#approval-requests
 * A submitted template stays `received` until control says what WhatsApp decided; nothing approves itself.
 */
import type { Clock } from '../../clock';
import { jsonFields } from '../../server/json-fields';
import type { Call, Route } from '../../server/router';
import { notFound, TwilioError } from '../../server/twilio-error';
import {
  beginsOrEndsWithPlaceholder,
  CATEGORIES,
  type Category,
  type ContentTemplate,
  type ContentTemplates,
} from './content-templates';

/** https://www.twilio.com/docs/whatsapp/tutorial/message-template-approvals-statuses */
const NAME_BLOCKED_MS = 30 * 24 * 60 * 60 * 1000;

/** The fields as `ContentAndApprovals` shows them. */
export function approvalOf(template: ContentTemplate): Record<string, unknown> {
  return {
    name: template.approvalName,
    category: template.category,
    content_type: template.status === 'unsubmitted' ? '' : (Object.keys(template.types)[0] ?? ''),
    status: template.status,
    rejection_reason: template.rejectionReason,
    allow_category_change: true,
  };
}

function isCategory(value: unknown): value is Category {
  return CATEGORIES.some((category) => category === value);
}

export function approvalRoutes(templates: ContentTemplates, clock: Clock, accountSid: string): Route[] {
  const found = (call: Call): ContentTemplate => {
    const template = templates.get(call.at('Sid'));
    if (!template) throw notFound(`/v1/Content/${call.at('Sid')}/ApprovalRequests`);
    return template;
  };

  return [
    {
      service: 'content',
      method: 'GET',
      path: '/v1/Content/{Sid}/ApprovalRequests',
      label: 'Content/{sid}/ApprovalRequests',
      handle(call) {
        const template = found(call);
        return {
          status: 200,
          body: {
            sid: template.sid,
            account_sid: accountSid,
            whatsapp: { type: 'whatsapp', ...approvalOf(template) },
            url: `https://content.twilio.com/v1/Content/${template.sid}/ApprovalRequests`,
          },
        };
      },
    },
    {
      service: 'content',
      method: 'POST',
      path: '/v1/Content/{Sid}/ApprovalRequests/whatsapp',
      label: 'Content/{sid}/ApprovalRequests/whatsapp',
      body: 'json',
      handle(call) {
        const template = found(call);
        const { name, category } = jsonFields(call.json, ['name', 'category', 'allow_category_change']);
        // WhatsApp's own rule for template names, which Twilio passes on.
        if (typeof name !== 'string' || !/^[a-z0-9_]{1,512}$/.test(name)) {
          throw new TwilioError(
            400,
            20001,
            'name must have lower-case letters, digits and underscores only.',
          );
        }
        if (!isCategory(category)) {
          throw new TwilioError(400, 20001, `category must be one of ${CATEGORIES.join(', ')}.`);
        }
        // 92009: https://www.twilio.com/docs/api/errors/92009
        if (template.status !== 'unsubmitted') {
          throw new TwilioError(
            400,
            92009,
            'This content was submitted before; create it anew to submit it.',
          );
        }
        const now = clock.now();
        const isBlocked = templates.isNameBlocked(name, now);
        template.approvalName = name;
        template.category = category;
        template.status = 'received';
        template.updatedAt = now;
        const answer = { status: 201, body: approvalOf(template) };
        if (isBlocked) {
          reject(template, 'The name of a rejected template cannot be used again for 30 days.');
        } else if (beginsOrEndsWithPlaceholder(template)) {
          reject(template, 'The text begins or ends with a placeholder.');
          templates.blockName(name, now + NAME_BLOCKED_MS);
        }
        return answer;
      },
    },
  ];
}

function reject(template: ContentTemplate, reason: string): void {
  template.status = 'rejected';
  template.rejectionReason = reason;
}
