/** A message as the user will see it in WhatsApp. Placeholders that are still empty stay visible as such. */
import { parseTemplateText } from '../../domain/message-template';
import { type Child, el } from './element';

/** @param tone `later`: it does not leave yet */
export function bubble(content: readonly Child[], foot: string, tone: 'now' | 'later' = 'now'): HTMLElement {
  return el(
    'div',
    { class: 'bubble', 'data-tone': tone },
    el('p', { class: 'bubble-text', dir: 'auto' }, ...content),
    el('span', { class: 'bubble-foot' }, foot),
  );
}

export function templateContent(text: string, variables: Readonly<Record<string, string>>): readonly Child[] {
  return parseTemplateText(text).map((part) => {
    if ('literal' in part) return part.literal;
    const value = Object.hasOwn(variables, part.placeholder) ? variables[part.placeholder] : '';
    return value
      ? el('span', { class: 'bubble-value' }, value)
      : el('span', { class: 'bubble-gap' }, `{{${part.placeholder}}}`);
  });
}
