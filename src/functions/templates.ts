/** GET /templates: the templates of the account, and whether each may be sent inside and outside the window. */
import { CREATE_LESSON_TEMPLATES } from '../domain/sandbox-templates';
import { unusableReason } from '../domain/template-preflight';
import { errorJson } from '../http/answers';
import { endpoint } from '../http/endpoint';
import { withSandbox } from '../use-cases/send/choose-template';

export const handler = endpoint({
  path: '/templates',
  methods: ['GET'],
  guard: 'bearer',
  failed: (failure) => ({ templates: [], error: errorJson(failure) }),
  async respond({ parameters, services, settings }) {
    parameters.finish([], {});
    const templates = withSandbox(await services.templates.all(), settings).map((template) => {
      const reason =
        template.contentSid === null ? CREATE_LESSON_TEMPLATES : unusableReason(template, 'outside');
      const { name, contentSid, language, category, type, status, placeholders, text } = template;
      return {
        ...{ name, contentSid, language, category, type, status, placeholders, text },
        usableInside: contentSid !== null && unusableReason(template, 'inside') === null,
        usableOutside: reason === null,
        reason,
      };
    });
    return { status: 200, json: { templates, error: null }, log: { templates: templates.length } };
  },
});
