/** A template's text with its values. Placeholders that are still empty stay visible as such. */
import { Fragment, type JSX } from 'preact';
import { parseTemplateText } from '../../../domain/message-template';
import { plain } from '../words/plain-text';

export function TemplateText({
  text,
  variables,
}: {
  readonly text: string;
  readonly variables: Readonly<Record<string, string>>;
}): JSX.Element {
  return (
    <>
      {parseTemplateText(text).map((part, index) => {
        if ('literal' in part) return <Fragment key={index}>{plain(part.literal)}</Fragment>;
        const value = Object.hasOwn(variables, part.placeholder) ? variables[part.placeholder] : '';
        return value ? (
          <bdi key={index} class="bubble-value">
            {plain(value)}
          </bdi>
        ) : (
          <span key={index} class="bubble-gap">{`{{${part.placeholder}}}`}</span>
        );
      })}
    </>
  );
}
