/**
 * The templates to choose from, found by typing; one that may not be sent now is shown with the reason. It must not
 * decide what may be sent: the service has said so for each.
 */
import { useSignal } from '@preact/signals';
import type { JSX } from 'preact';
import type { TemplateAnswer } from '../service/answers';
import type { ComposerModel } from '../state/composer-model';
import * as drafts from '../state/draft';
import { plain } from '../words/plain-text';
import { TemplateText } from './template-text';

/** An account may have thousands; whoever needs one further down types a part of its name. */
const MOST_SHOWN = 40;

export function TemplateChooser({ model }: { readonly model: ComposerModel }): JSX.Element {
  const query = useSignal('');
  const templates = model.templates.value;
  const chosen = model.draft.value.template;
  const isOpen = model.isOpen.value;
  const words = query.value.trim().toLowerCase();
  const found = templates
    .filter(({ name, text }) => `${name} ${text}`.toLowerCase().includes(words))
    .map((template) => ({ template, isUsable: isOpen ? template.usableInside : template.usableOutside }))
    .sort(
      (a, b) =>
        Number(b.isUsable) - Number(a.isUsable) || a.template.name.localeCompare(b.template.name, 'en'),
    );
  const more = found.length - MOST_SHOWN;
  const none = templates.length === 0 ? 'This account has no templates yet.' : 'No template like this.';
  const note = more > 0 ? `${more} more: type a part of the name.` : found.length === 0 ? none : '';
  const choose = (template: TemplateAnswer) => {
    model.edit(drafts.withTemplate(model.draft.peek(), template));
    requestAnimationFrame(() => document.getElementById('placeholder-0')?.focus());
  };
  return (
    <div class="chooser" hidden={chosen !== null}>
      <label for="template-search" class="label">
        Choose a template
      </label>
      <input
        id="template-search"
        class="field"
        type="search"
        autocomplete="off"
        spellcheck={false}
        placeholder="Name or words of the template"
        value={query.value}
        onInput={(event) => (query.value = event.currentTarget.value)}
      />
      {found.length > 0 && (
        <div class="templates" role="radiogroup" aria-label="Templates">
          {found.slice(0, MOST_SHOWN).map(({ template, isUsable }) => (
            <Option
              key={idOf(template)}
              template={template}
              isUsable={isUsable}
              isChosen={chosen !== null && idOf(chosen) === idOf(template)}
              onChoose={choose}
            />
          ))}
        </div>
      )}
      <p class="hint" role="status">
        {model.templateTrouble.value ?? note}
      </p>
    </div>
  );
}

function idOf(template: TemplateAnswer): string {
  return template.contentSid ?? `${template.name} ${template.language}`;
}

function Option({
  template,
  isUsable,
  isChosen,
  onChoose,
}: {
  readonly template: TemplateAnswer;
  readonly isUsable: boolean;
  readonly isChosen: boolean;
  readonly onChoose: (template: TemplateAnswer) => void;
}): JSX.Element {
  const id = `template-${idOf(template)}`.replace(/\s/g, '-');
  const facts = [template.language, template.category?.toLowerCase(), template.type.replace(/^twilio\//, '')];
  return (
    <div class="template" data-usable={isUsable}>
      <input
        type="radio"
        name="template"
        id={id}
        value={idOf(template)}
        checked={isChosen}
        disabled={!isUsable}
        aria-describedby={`${id}-about`}
        onChange={() => onChoose(template)}
      />
      <label for={id}>
        <span class="template-name" dir="auto">
          {plain(template.name)}
        </span>
        <span class="template-facts">{facts.filter(Boolean).join(' · ')}</span>
      </label>
      <div id={`${id}-about`} class="template-about">
        <p class="template-text" dir="auto">
          <TemplateText text={template.text} variables={{}} />
        </p>
        {!isUsable && <p class="template-reason">Not now: {template.reason ?? 'it cannot be sent now'}.</p>}
      </div>
    </div>
  );
}
