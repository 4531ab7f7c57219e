/**
 * The templates to choose from, found by typing; one that may not be sent now is shown with the reason. It must not
 * decide what may be sent: the service has said so for each.
 */
import { el, replaceChildren, setText } from './element';
import { templateContent } from './message-bubble';
import type { TemplateAnswer } from './service-answers';

/** An account may have thousands; whoever needs one further down types a part of its name. */
const MOST_SHOWN = 40;

export class TemplateChooser {
  readonly element: HTMLElement;
  private readonly search = el('input', {
    type: 'search',
    class: 'field',
    id: 'template-search',
    autocomplete: 'off',
    spellcheck: 'false',
    placeholder: 'Name or words of the template',
  });
  private readonly options = el('div', { class: 'templates', role: 'radiogroup', 'aria-label': 'Templates' });
  private readonly status = el('p', { class: 'hint', role: 'status' });
  private templates: readonly TemplateAnswer[] = [];
  private isOpen = false;
  private trouble: string | null = null;
  private shown = '';

  constructor(private readonly onChoose: (template: TemplateAnswer) => void) {
    this.element = el(
      'div',
      { class: 'chooser' },
      el('label', { for: this.search.id, class: 'label' }, 'Choose a template'),
      this.search,
      this.options,
      this.status,
    );
    this.search.addEventListener('input', () => this.render());
    this.options.addEventListener('change', (event) => {
      if (!(event.target instanceof HTMLInputElement)) return;
      const { value } = event.target;
      const template = this.templates.find((known) => idOf(known) === value);
      if (template) this.onChoose(template);
    });
  }

  /** @param trouble why there are none to show, or null */
  show(
    templates: readonly TemplateAnswer[],
    chosen: TemplateAnswer | null,
    isOpen: boolean,
    trouble: string | null,
  ): void {
    this.templates = templates;
    this.isOpen = isOpen;
    this.trouble = trouble;
    this.render();
    // What is marked may have been chosen for someone else, or given up.
    const value = chosen && idOf(chosen);
    for (const input of this.options.querySelectorAll('input')) input.checked = input.value === value;
  }

  focus(): void {
    this.search.focus();
  }

  private render(): void {
    const words = this.search.value.trim().toLowerCase();
    const found = this.templates
      .filter(({ name, text }) => `${name} ${text}`.toLowerCase().includes(words))
      .map((template) => ({
        template,
        isUsable: this.isOpen ? template.usableInside : template.usableOutside,
      }))
      .sort(
        (a, b) =>
          Number(b.isUsable) - Number(a.isUsable) || a.template.name.localeCompare(b.template.name, 'en'),
      );
    // Rebuilt only when something differs, because a radio button that is replaced loses its focus.
    const looks = JSON.stringify([found, this.templates.length, this.trouble]);
    if (looks === this.shown) return;
    this.shown = looks;
    replaceChildren(this.options, ...found.slice(0, MOST_SHOWN).map((entry) => option(entry)));
    const more = found.length - MOST_SHOWN;
    const summary =
      this.templates.length === 0 ? 'This account has no templates yet.' : 'No template like this.';
    const note = more > 0 ? `${more} more: type a part of the name.` : found.length === 0 ? summary : '';
    setText(this.status, this.trouble ?? note);
  }
}

export function idOf(template: TemplateAnswer): string {
  return template.contentSid ?? `${template.name} ${template.language}`;
}

function option({ template, isUsable }: { template: TemplateAnswer; isUsable: boolean }): HTMLElement {
  const id = `template-${idOf(template)}`.replace(/\s/g, '-');
  const facts = [template.language, template.category?.toLowerCase(), template.type.replace(/^twilio\//, '')];
  const reason = isUsable ? null : (template.reason ?? 'it cannot be sent now');
  return el(
    'div',
    { class: 'template', 'data-usable': isUsable },
    el('input', {
      type: 'radio',
      name: 'template',
      id,
      value: idOf(template),
      disabled: !isUsable,
      'aria-describedby': `${id}-about`,
    }),
    el(
      'label',
      { for: id },
      el('span', { class: 'template-name', dir: 'auto' }, template.name),
      el('span', { class: 'template-facts' }, facts.filter(Boolean).join(' · ')),
    ),
    el(
      'div',
      { id: `${id}-about`, class: 'template-about' },
      el('p', { class: 'template-text', dir: 'auto' }, ...templateContent(template.text, {})),
      reason === null ? null : el('p', { class: 'template-reason' }, `Not now: ${reason}.`),
    ),
  );
}
