/** What /templates answers: the templates of the account, and whether each may be sent inside and outside the window. */

import type { Template, TemplatesAnswer } from '../../../client/answers';
import { CREATE_LESSON_TEMPLATES } from '../../domain/sandbox-templates';
import { unusableReason } from '../../domain/template-preflight';
import type { Failure } from '../../use-cases/failure';
import { withSandbox } from '../../use-cases/send/choose-template';
import { type Answer, errorJson, type Failed } from '../answers';
import type { Call } from '../endpoint';

export async function respondToTemplates({
  parameters,
  services,
  settings,
}: Call): Promise<Answer<TemplatesAnswer>> {
  parameters.finish([], {});
  const templates = withSandbox(await services.templates.all(), settings).map((template): Template => {
    const reason =
      template.contentSid === null ? CREATE_LESSON_TEMPLATES : unusableReason(template, 'outside');
    const { name, contentSid, language, category, type, status, placeholders, text } = template;
    return {
      ...{ name, contentSid, language, category, type, status, placeholders, text },
      samples: template.samples ?? {},
      usableInside: contentSid !== null && unusableReason(template, 'inside') === null,
      usableOutside: reason === null,
      reason,
    };
  });
  return { status: 200, json: { templates, error: null }, log: { templates: templates.length } };
}

export function templatesFailedJson(failure: Failure): Failed<Omit<TemplatesAnswer, 'error'>> {
  return { templates: [], error: errorJson(failure) };
}
