/**
 * What a person is about to write to one user, and how it turns when the window closes or opens. Pure: the composer
 * shows it, the service decides about it.
 */

import type { SendAnswer, TemplateAnswer } from '../service/answers';
import type { PairName, SendRequest } from '../service/requests';

/** `text`: free-form while the window is open, held otherwise. `both`: a template now, the text once they answer. */
export type Mode = 'text' | 'template' | 'both';

export interface Draft {
  readonly mode: Mode;
  readonly text: string;
  readonly template: TemplateAnswer | null;
  readonly variables: Readonly<Record<string, string>>;
  /** The window's closing chose the mode, so its opening may take it back; a person's choice stays. */
  readonly turnedByWindow: boolean;
  /** The template and its values were read out of the text: sending it sends the text. */
  readonly recognised: boolean;
}

export const EMPTY_DRAFT: Draft = {
  mode: 'text',
  text: '',
  template: null,
  variables: {},
  turnedByWindow: false,
  recognised: false,
};

/** More makes Twilio refuse a body (21617). Counted as Twilio counts: in UTF-16 units. */
export const MAX_BODY_CHARACTERS = 1600;

/** The draft after the window has changed, or when it is first seen. */
export function turned(draft: Draft, isOpen: boolean, wasOpen: boolean | null): Draft {
  if (isOpen && (draft.turnedByWindow || draft.mode === 'both')) {
    return { ...draft, mode: 'text', turnedByWindow: false };
  }
  if (!isOpen && wasOpen !== false && draft.mode === 'text')
    return { ...draft, mode: 'template', turnedByWindow: true };
  return draft;
}

export function withMode(draft: Draft, mode: Mode): Draft {
  return { ...draft, mode, turnedByWindow: false };
}

export function withText(draft: Draft, text: string): Draft {
  return { ...draft, text, recognised: false };
}

/** Values stay where the next template has a placeholder of the same name: choosing again loses no work. */
export function withTemplate(draft: Draft, template: TemplateAnswer | null): Draft {
  const kept = (template?.placeholders ?? []).flatMap((name) => {
    const value = Object.hasOwn(draft.variables, name) ? draft.variables[name] : undefined;
    return value === undefined ? [] : [[name, value] as const];
  });
  const variables = template === null ? draft.variables : Object.fromEntries(kept);
  return { ...draft, template, variables, recognised: false };
}

export function withVariable(draft: Draft, name: string, value: string): Draft {
  return { ...draft, variables: { ...draft.variables, [name]: value }, recognised: false };
}

export function withRecognised(
  draft: Draft,
  template: TemplateAnswer,
  variables: Readonly<Record<string, string>>,
): Draft {
  return { ...draft, template, variables, recognised: true };
}

/** Every placeholder with its value; an empty one as well, because Twilio would fill a missing one with its sample. */
export function allVariables(draft: Draft): Readonly<Record<string, string>> {
  const names = draft.template?.placeholders ?? [];
  return Object.fromEntries(
    names.map((name) => [
      name,
      (Object.hasOwn(draft.variables, name) ? draft.variables[name] : undefined) ?? '',
    ]),
  );
}

/** What to ask the service, or null while there is nothing to send. */
export function requestOf(draft: Draft, pair: PairName, isOpen: boolean): SendRequest | null {
  const hasText = draft.text.trim() !== '';
  const template = draft.template?.contentSid ?? null;
  const addressed = { to: pair.user, from: pair.sender };
  const filled = template !== null && { template, contentVariables: allVariables(draft) };
  switch (draft.mode) {
    case 'text':
      // While it is open the person was told "free-form": should it close before the click, nothing else may happen.
      return hasText ? { ...addressed, body: draft.text, whenClosed: isOpen ? 'refuse' : 'hold' } : null;
    case 'template':
      return filled ? { ...addressed, ...filled } : null;
    case 'both':
      return filled && hasText ? { ...addressed, body: draft.text, ...filled, whenClosed: 'hold' } : null;
  }
}

/** The question whether the kept text is a template's, where that would help. */
export function recognitionOf(draft: Draft, pair: PairName, isOpen: boolean): SendRequest | null {
  if (isOpen || draft.mode !== 'template' || draft.template !== null || draft.text.trim() === '') return null;
  if (draft.text.length > MAX_BODY_CHARACTERS) return null;
  return {
    to: pair.user,
    from: pair.sender,
    body: draft.text,
    whenClosed: 'refuse',
    dryRun: true,
  };
}

/** What is left of a draft after it went out. */
export function afterSending(draft: Draft, answer: SendAnswer): Draft {
  const textLeft = draft.mode === 'template' && !draft.recognised;
  const templateLeft = draft.mode === 'text' && answer.message?.contentSid === null;
  return {
    ...draft,
    text: textLeft ? draft.text : '',
    template: templateLeft ? draft.template : null,
    variables: templateLeft ? draft.variables : {},
    recognised: false,
  };
}
