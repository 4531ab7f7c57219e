/** The template to send: chosen from a list, its placeholders filled, and seen as WhatsApp will show it. */
import type { JSX } from 'preact';
import type { Desk } from '../state/desk';
import * as drafts from '../state/draft';
import { plain } from '../words/plain-text';
import { problemsByPlaceholder, withoutCodes } from '../words/verdict';
import { TemplateChooser } from './template-chooser';
import { TemplateFields } from './template-fields';
import { TemplateText } from './template-text';

export function TemplatePart({ desk }: { readonly desk: Desk }): JSX.Element {
  return (
    <>
      <TemplateChooser model={desk.composer} />
      <Chosen desk={desk} />
    </>
  );
}

function Chosen({ desk }: { readonly desk: Desk }): JSX.Element | null {
  const model = desk.composer;
  const draft = model.draft.value;
  const { template } = draft;
  if (template === null) return null;
  const said = model.previewed.value;
  const problems = said ? problemsByPlaceholder(said.answer) : new Map<string, readonly string[]>();
  const general = (problems.get('') ?? []).join(' ');
  const later = draft.mode === 'both' && draft.text.trim() !== '';
  const another = () => {
    model.edit(drafts.withTemplate(model.draft.peek(), null));
    requestAnimationFrame(() => document.getElementById('template-search')?.focus());
  };
  return (
    <div class="template-part">
      <div class="chosen">
        <div class="chosen-head">
          <p class="chosen-name" dir="auto">
            {plain(template.name)}
          </p>
          <button type="button" class="button quiet" onClick={another}>
            Choose another
          </button>
        </div>
        {draft.recognised && <p class="hint">Your text is this template: it is filled in below.</p>}
        <TemplateFields
          key={JSON.stringify([template.contentSid, template.placeholders])}
          model={model}
          template={template}
          problems={problems}
        />
        <p class="problem" role="status" title={general}>
          {withoutCodes(general)}
        </p>
      </div>
      <section class="preview" aria-label="Preview">
        <div class="bubble">
          <p class="bubble-text" dir="auto">
            <TemplateText text={template.text} variables={drafts.allVariables(draft)} />
          </p>
          <span class="bubble-foot">template, now</span>
        </div>
        {later && (
          <div class="bubble" data-tone="later">
            <p class="bubble-text" dir="auto">
              {plain(draft.text)}
            </p>
            <span class="bubble-foot">once they answer</span>
          </div>
        )}
      </section>
    </div>
  );
}
