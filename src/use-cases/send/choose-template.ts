/**
 * Chooses the template that a request names, checks it with its variables, or recognises one in a free-form body.
 * It must not send, and never lets a template through that WhatsApp would refuse for a reason knowable here.
 */
import { fixedLength, hasWordsOfItsOwn, type Template } from '../../domain/message-template';
import type { TemplateMessage } from '../../domain/outbound-message';
import { CREATE_LESSON_TEMPLATES, readVariables, SANDBOX_TEMPLATES } from '../../domain/sandbox-templates';
import {
  type Preflight,
  type Problem,
  preflight,
  unusableReason,
  type VariableValue,
} from '../../domain/template-preflight';
import { parseContentSid } from '../../domain/twilio-sid';
import { type Pair, SANDBOX_SENDER } from '../../domain/whatsapp-address';
import { Failure, isUnavailable } from '../failure';
import type { TemplateCatalogue } from '../ports/template-catalogue';

export interface TemplateRequest {
  /** A Content SID or a friendly name. */
  readonly ref: string;
  /** Chooses among templates that share a name, such as `en` or `pt_BR`. */
  readonly language: string | null;
  readonly variables: Readonly<Record<string, VariableValue>>;
}

/** The template beside a text, for the case that WhatsApp refuses the text. */
export interface FallbackTemplate extends TemplateRequest {
  /** The text was to be held besides, until the user answers: the template alone does not take its place. */
  readonly holdsText?: true;
}

export interface ReadyTemplate {
  readonly message: TemplateMessage;
  readonly name: string;
  /** UTILITY, MARKETING, AUTHENTICATION, or null where no approval was asked for: what it costs depends on it. */
  readonly category: string | null;
  /** What the user will read. */
  readonly text: string;
  /** Only an ordinary text may be as this one is; Twilio's pages do not say whether content without approval may (63013, 63021). */
  readonly isTextOnly?: true;
}

/** Where the template will arrive: inside the window an unapproved one is allowed. */
export type Where = 'inside' | 'outside';

/** Problems that a template's approval alone causes: they may have gone since it was last looked at. */
const isAboutApproval = (template: Template, where: Where) =>
  template.status !== 'approved' && unusableReason({ ...template, status: 'approved' }, where) === null;

/**
 * The template that was asked for, filled and ready.
 * @throws Failure `TEMPLATE_PROBLEM` with every problem, `STATE_UNAVAILABLE` where the catalogue cannot be read
 */
export async function prepareTemplate(
  catalogue: TemplateCatalogue,
  request: TemplateRequest,
  pair: Pair,
  where: Where,
): Promise<ReadyTemplate> {
  const template = await find(catalogue, request, pair, where);
  const ready = check(template, request.variables, pair, where);
  if ('message' in ready) return ready;
  // A refusal for an approval that was looked up a while ago is checked freshly: it may have come through meanwhile.
  if (template.contentSid !== null && isAboutApproval(template, where)) {
    const now = await catalogue.bySid(template.contentSid, true).catch(() => undefined);
    const again = now && check(now, request.variables, pair, where);
    if (again && 'message' in again) return again;
    throw templateProblem(again ? again.problems : ready.problems);
  }
  throw templateProblem(ready.problems);
}

/**
 * The approved template whose whole text the body is, with the variables read back out, or undefined. Where several
 * match, the one with the most fixed text wins.
 * @throws Failure `STATE_UNAVAILABLE` where the catalogue cannot be read
 */
export async function recogniseTemplate(
  catalogue: TemplateCatalogue,
  body: string,
  language: string | null,
  pair: Pair,
): Promise<ReadyTemplate | undefined> {
  const known = withSandbox(await catalogue.all(), pair);
  const candidates = known
    // Only plain text is the same message as a body: other types bring buttons, media or lists along.
    .filter((template) => template.type === 'twilio/text' && template.status === 'approved')
    .filter((template) => language === null || template.language === language)
    .filter(({ text }) => hasWordsOfItsOwn(text))
    .map((template) => ({ template, fixed: fixedLength(template.text) }))
    .sort((a, b) => b.fixed - a.fixed || compare(a.template.contentSid ?? '', b.template.contentSid ?? ''));
  for (const { template } of candidates) {
    const variables = readVariables(template.text, body);
    if (!variables || template.contentSid === null) continue;
    const ready = check(template, variables, pair, 'outside');
    if ('message' in ready) return ready;
  }
  return undefined;
}

/**
 * The template that asks the user to answer. Its language is the request's where there is a choice.
 * @param name its friendly name or Content SID, or null where none is configured
 * @throws Failure `TEMPLATE_PROBLEM` where it cannot be sent to this user
 */
export async function replyPrompt(
  catalogue: TemplateCatalogue,
  { pair, language }: { readonly pair: Pair; readonly language: string | null },
  name: string | null,
): Promise<ReadyTemplate | null> {
  if (name === null) return null;
  const prepare = (chosen: string | null) =>
    prepareTemplate(catalogue, { ref: name, language: chosen, variables: {} }, pair, 'outside');
  return prepare(language).catch((error: unknown) => {
    // A reply prompt in another language is better than none.
    const isProblem = error instanceof Failure && error.code === 'TEMPLATE_PROBLEM';
    if (!isProblem || language === null) throw error;
    return prepare(null);
  });
}

const compare = (a: string, b: string) => (a < b ? -1 : a > b ? 1 : 0);

/** Every template that may be named for this sender: the account's own, and the Sandbox's where they are missing. */
export function withSandbox(templates: readonly Template[], pair: Pick<Pair, 'sender'>): readonly Template[] {
  if (pair.sender !== SANDBOX_SENDER) return templates;
  const names = new Set(templates.map((template) => template.name));
  return [...templates, ...SANDBOX_TEMPLATES.filter((template) => !names.has(template.name))];
}

async function find(
  catalogue: TemplateCatalogue,
  request: TemplateRequest,
  pair: Pair,
  where: Where,
): Promise<Template> {
  const sid = parseContentSid(request.ref);
  if (sid) {
    const template =
      (await catalogue.bySid(sid)) ?? withSandbox([], pair).find((candidate) => candidate.contentSid === sid);
    if (!template) throw unknownTemplate(`This account has no template with the Content SID ${sid}.`);
    return template;
  }
  const candidates = await named(catalogue, request, pair);
  // Outside the window only an approved one can be meant; inside it, an approved one is still the better guess.
  const usable = candidates.filter((template) => unusableReason(template, where) === null);
  const approved = usable.filter((template) => template.status === 'approved');
  const best = [approved, usable, candidates].find((group) => group.length > 0) ?? [];
  const [only, ...others] = best;
  if (only && others.length === 0) return only;
  if (!only) {
    const language = request.language ? ` in the language "${request.language}"` : '';
    throw unknownTemplate(`This account has no template named "${request.ref.slice(0, 80)}"${language}.`);
  }
  const list = best
    .slice(0, 10)
    .map((template) => `${template.contentSid} (${template.language}, ${template.status})`);
  throw templateProblem([
    {
      field: 'template',
      message: `${best.length} templates are named "${only.name}": choose one by language or by Content SID: ${list.join(', ')}.`,
    },
  ]);
}

async function named(
  catalogue: TemplateCatalogue,
  { ref, language }: TemplateRequest,
  pair: Pair,
): Promise<readonly Template[]> {
  const matches = (template: Template) =>
    template.name === ref && (language === null || template.language === language);
  try {
    const remembered = withSandbox(await catalogue.all(), pair).filter(matches);
    if (remembered.length > 0) return remembered;
    // It may have been created since the catalogue was read.
    return (await catalogue.all(true)).filter(matches);
  } catch (error) {
    const known = withSandbox([], pair).filter(
      (template) => matches(template) && template.contentSid !== null,
    );
    if (isUnavailable(error) && known.length > 0) return known;
    throw error;
  }
}

function check(
  template: Template,
  variables: TemplateRequest['variables'],
  pair: Pair,
  where: Where,
): ReadyTemplate | Extract<Preflight, { ok: false }> {
  const result = preflight(template, variables, pair.user, where);
  if (template.contentSid === null) {
    const problem: Problem = {
      field: 'template',
      message: `The template "${template.name}" cannot be sent: ${CREATE_LESSON_TEMPLATES}.`,
    };
    return { ok: false, problems: [problem, ...(result.ok ? [] : result.problems)] };
  }
  if (!result.ok) return result;
  return {
    message: { kind: 'template', contentSid: template.contentSid, contentVariables: result.variables },
    name: template.name,
    category: template.category,
    text: result.rendered,
    ...(result.isTextOnly && { isTextOnly: result.isTextOnly }),
  };
}

function unknownTemplate(message: string): Failure {
  return templateProblem([
    { field: 'template', message: `${message} GET /templates lists those that can be used.` },
  ]);
}

function templateProblem(problems: readonly Problem[]): Failure {
  const count = problems.length === 1 ? '1 problem' : `${problems.length} problems`;
  return new Failure('TEMPLATE_PROBLEM', `The template cannot be sent as asked: ${count}.`, problems);
}
