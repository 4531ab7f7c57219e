/** Whether the templates that these functions know by name can be sent. */
import { unusableReason } from '../../../src/domain/template-preflight';
import { parseContentSid } from '../../../src/domain/twilio-sid';
import { withSandbox } from '../../../src/use-cases/send/choose-template';
import { canBeSubmitted, PLEASE_ANSWER, templateStates } from '../../setup/templates';
import { broken, type Check, ok, warning } from '../check';

export const lessonTemplates: Check = {
  name: 'templates',
  why: 'Outside the window WhatsApp takes approved templates only.',
  async look(account) {
    const states = templateStates(await account.templates());
    const described = states.map(
      ({ planned, existing }) => `${planned.name} ${existing?.status ?? 'missing'}`,
    );
    const found = `${described.join(', ')}.`;
    if (states.some(({ existing }) => existing === undefined)) return warning(found, account.run('setup'));
    // The others are never submitted: WhatsApp would reject them. Inside the window they can be sent as they are.
    const forApproval = states.filter(({ planned }) => canBeSubmitted(planned));
    if (forApproval.every(({ existing }) => existing?.status === 'approved')) return ok(found);
    if (forApproval.some(({ existing }) => existing?.status === 'unsubmitted')) {
      return warning(found, account.run('setup', '--submit'));
    }
    return warning(
      found,
      'WhatsApp decides on received and pending ones, mostly within a day; the Console has the reason of a rejection.',
    );
  },
};

export const fallbackTemplate: Check = {
  name: 'FALLBACK_TEMPLATE',
  why: 'It asks the user to answer, so that what is held can follow. One that cannot be sent makes every hold an error.',
  async look(account) {
    const ref = account.env.FALLBACK_TEMPLATE?.trim();
    if (!ref) {
      return warning(
        'There is none: a held message waits until the user writes by themselves.',
        `${account.run('setup')} sets it once WhatsApp has approved please_answer.`,
      );
    }
    const known = withSandbox(await account.templates(), { sender: account.sender() });
    const sid = parseContentSid(ref);
    const named = known.filter((template) => (sid ? template.contentSid === sid : template.name === ref));
    const usable = named.find((template) => unusableReason(template, 'outside') === null) ?? named[0];
    const fix = `Name an approved template without variables, such as ${PLEASE_ANSWER}, or empty the line.`;
    if (!usable) return broken('It names no template of this account.', fix);
    const reason = unusableReason(usable, 'outside');
    if (reason !== null) return broken(`It cannot be sent: ${reason}.`, fix);
    if (usable.placeholders.length > 0) {
      return broken(`It has variables (${usable.placeholders.join(', ')}), and nobody fills them in.`, fix);
    }
    if (usable.category === 'MARKETING') {
      return warning(
        'It is a MARKETING template: WhatsApp does not deliver those to numbers of the USA (63049), and charges more for them.',
        `Name one that WhatsApp has approved as UTILITY, such as ${PLEASE_ANSWER}.`,
      );
    }
    return ok('It is approved and has no variables.');
  },
};
