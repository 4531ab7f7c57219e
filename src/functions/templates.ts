/** GET /templates: the templates of the account, and whether each may be sent inside and outside the window. */
import { endpoint } from '../http/endpoint';
import { respondToTemplates, templatesFailedJson } from '../http/handlers/templates';

export const handler = endpoint({
  path: '/templates',
  methods: ['GET'],
  guard: 'bearer',
  failed: templatesFailedJson,
  respond: respondToTemplates,
});
