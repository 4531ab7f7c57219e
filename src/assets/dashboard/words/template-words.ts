/** Whether a text of the log is one of the account's templates, filled. The log itself does not say so. Pure. */
import { fixedLength, matchTemplate } from '../../../domain/message-template';
import type { TemplateAnswer } from '../service/answers';

/** A template of little more than placeholders would match any text. */
const LEAST_FIXED = 8;

export function isWrittenAsTemplate(body: string | null, templates: readonly TemplateAnswer[]): boolean {
  if (body === null || body === '') return false;
  return templates.some(
    ({ text }) => fixedLength(text) >= LEAST_FIXED && matchTemplate(text, body) !== undefined,
  );
}
