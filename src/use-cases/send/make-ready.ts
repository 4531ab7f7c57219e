/**
 * Makes a plan ready to be carried out: looks up and fills the template it names, recognises a text that is a template's,
 * and chooses the template that asks the user to answer. It must not send or store anything.
 */

import { isOpen } from '../../domain/customer-service-window';
import {
  asOrdinaryText,
  asRecognised,
  mayBeRecognised,
  type Plan,
  withoutAskingAgain,
  withPrompt,
} from '../../domain/send-decision';
import type { Person } from '../contacts/read-person';
import { Failure, isUnavailable } from '../failure';
import { wasPrompted } from '../hold/reply-prompt';
import type { SendPorts } from '../ports/send-ports';
import {
  prepareTemplate,
  type ReadyTemplate,
  recogniseTemplate,
  replyPrompt,
  type TemplateRequest,
} from './choose-template';
import type { SendOptions, SendRequest } from './send-request';

/**
 * @param person null where nothing is known of them
 * @throws Failure `TEMPLATE_PROBLEM` with every problem, `STATE_UNAVAILABLE` where the catalogue cannot be read,
 * `MISCONFIGURED` where the fallback template cannot be sent
 */
export async function makeReady(
  ports: SendPorts,
  request: SendRequest,
  plan: Plan<TemplateRequest>,
  person: Person | null,
  at: SendOptions,
): Promise<Plan<ReadyTemplate>> {
  const recognised = await recognise(ports, request, plan);
  if (recognised) return asRecognised(recognised);
  const isPrompted = holds(plan) && person !== null && (await wasPrompted(ports, request.pair, person, at));
  const next = isPrompted ? withoutAskingAgain(plan, person.window) : plan;
  switch (next.action) {
    case 'template': {
      const window = person !== null && isOpen(person.window) ? person.window : null;
      const where = window ? 'inside' : 'outside';
      const template = await prepareTemplate(ports.templates, next.template, request.pair, where);
      return window && template.isTextOnly ? asOrdinaryText(template.text, window) : { ...next, template };
    }
    case 'hold': {
      const held: Plan<ReadyTemplate> = { ...next, prompt: null };
      return isPrompted ? held : withPrompt(held, await promptFor(ports, request, at));
    }
    case 'free-form':
    case 'refuse':
      return next;
  }
}

function holds<T>(plan: Plan<T>): boolean {
  return plan.action === 'hold' || (plan.action === 'template' && plan.hold !== null);
}

/** A body that nobody gave a template for may be the text of one (Twilio itself stopped looking in April 2025). */
async function recognise(
  ports: SendPorts,
  { content, language, pair }: SendRequest,
  plan: Plan<TemplateRequest>,
): Promise<ReadyTemplate | undefined> {
  if (content.kind !== 'free-form' || content.template !== null || !mayBeRecognised(plan)) return undefined;
  const { body, mediaUrls } = content.message;
  if (mediaUrls.length > 0) return undefined;
  try {
    return await recogniseTemplate(ports.templates, body, language, pair);
  } catch (error) {
    // What can be held needs no template.
    if (plan.action === 'hold' && isUnavailable(error)) return undefined;
    throw error;
  }
}

/** Where the fallback template cannot be sent nobody would ever be asked, and everything held would expire: better said before. */
async function promptFor(
  ports: SendPorts,
  request: SendRequest,
  at: SendOptions,
): Promise<ReadyTemplate | null> {
  try {
    return await replyPrompt(ports.templates, request, at.fallbackTemplate);
  } catch (error) {
    if (isUnavailable(error)) return null;
    if (!(error instanceof Failure) || error.code !== 'TEMPLATE_PROBLEM') throw error;
    const reasons = error.problems.map((problem) => problem.message).join(' ');
    const message = `FALLBACK_TEMPLATE cannot be sent, so nothing was held: ${reasons}`;
    throw new Failure('MISCONFIGURED', message, [{ field: 'FALLBACK_TEMPLATE', message: reasons }]);
  }
}
