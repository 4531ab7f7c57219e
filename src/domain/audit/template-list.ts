/** Templates as `GET /templates` answers them, or as a bare list of the same: what an audit needs of them. */
import type { TemplateText } from './template-texts';

/**
 * @param json what JSON.parse gave
 * @returns undefined where it is no list of templates, each with its text
 */
export function readTemplateList(json: unknown): readonly TemplateText[] | undefined {
  const list: unknown = isObject(json) && !Array.isArray(json) ? json.templates : json;
  if (!Array.isArray(list)) return undefined;
  const templates: TemplateText[] = [];
  for (const entry of list) {
    if (!isObject(entry) || typeof entry.text !== 'string') return undefined;
    const category = typeof entry.category === 'string' ? entry.category : null;
    templates.push({ name: typeof entry.name === 'string' ? entry.name : '', text: entry.text, category });
  }
  return templates;
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null;
}
