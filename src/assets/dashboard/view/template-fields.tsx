/** One field per placeholder of the chosen template, each with its problems beside it. It must not check values itself. */
import { useSignal } from '@preact/signals';
import type { JSX } from 'preact';
import type { TemplateAnswer } from '../service/answers';
import type { ComposerModel } from '../state/composer-model';
import * as drafts from '../state/draft';
import { firstLine } from '../words/plain-text';
import { withoutCodes } from '../words/verdict';

interface Fields {
  readonly model: ComposerModel;
  readonly template: TemplateAnswer;
  readonly problems: ReadonlyMap<string, readonly string[]>;
}

export function TemplateFields({ model, template, problems }: Fields): JSX.Element {
  return (
    <div class="fields">
      {template.placeholders.map((name, index) => (
        <Field
          key={name}
          model={model}
          name={name}
          id={`placeholder-${index}`}
          problems={problems.get(name) ?? []}
          sample={sampleOf(template, name)}
        />
      ))}
    </div>
  );
}

interface FieldProps {
  readonly model: ComposerModel;
  readonly name: string;
  readonly id: string;
  readonly problems: readonly string[];
  /** What was submitted as an example. */
  readonly sample: string;
}

function Field({ model, name, id, problems, sample }: FieldProps): JSX.Element {
  // An empty field that nobody has come to yet is not a mistake.
  const isTouched = useSignal(false);
  const { variables } = model.draft.value;
  const value = Object.hasOwn(variables, name) ? (variables[name] ?? '') : '';
  const put = (text: string) => model.edit(drafts.withVariable(model.draft.peek(), name, text));
  const isWrong = problems.length > 0 && (isTouched.value || value !== '');
  const profileName = firstLine(model.person.value?.profileName ?? '');
  return (
    <div class="field-row">
      <label for={id} class="placeholder">{`{{${name}}}`}</label>
      <div>
        <div class="field-line">
          <input
            id={id}
            class="field"
            type="text"
            autocomplete="off"
            dir="auto"
            placeholder={sample === '' ? '' : `Such as ${sample}`}
            value={value}
            aria-describedby={`${id}-problem`}
            aria-invalid={isWrong ? 'true' : undefined}
            onInput={(event) => put(event.currentTarget.value)}
            onBlur={() => (isTouched.value = true)}
          />
          {value === '' && profileName !== '' && (
            <button type="button" class="button small offer" onClick={() => put(profileName)}>
              <bdi>{profileName}</bdi>
            </button>
          )}
        </div>
        <p id={`${id}-problem`} class="problem" title={problems.join(' ')}>
          {withoutCodes(problems.join(' '))}
        </p>
      </div>
    </div>
  );
}

function sampleOf({ samples }: TemplateAnswer, name: string): string {
  return Object.hasOwn(samples, name) ? firstLine(samples[name] ?? '') : '';
}
