/** One field per placeholder of the chosen template, each with its problems beside it. It must not check values itself. */
import { el, replaceChildren, setAttribute, setText } from './element';
import type { TemplateAnswer } from './service-answers';

interface Field {
  readonly input: HTMLInputElement;
  readonly problem: HTMLElement;
  /** An empty field that nobody has come to yet is not a mistake. */
  touched: boolean;
}

export class TemplateFields {
  readonly element = el('div', { class: 'fields' });
  private readonly fields = new Map<string, Field>();
  private shownFor: string | null = null;

  constructor(private readonly onInput: (name: string, value: string) => void) {}

  show(template: TemplateAnswer, variables: Readonly<Record<string, string>>): void {
    const identity = JSON.stringify([template.contentSid, template.placeholders]);
    if (identity !== this.shownFor) this.build(template, identity);
    for (const [name, { input }] of this.fields) {
      const value = Object.hasOwn(variables, name) ? (variables[name] ?? '') : '';
      if (input.value !== value) input.value = value;
    }
  }

  problems(byPlaceholder: ReadonlyMap<string, readonly string[]>): void {
    for (const [name, field] of this.fields) {
      const problems = byPlaceholder.get(name) ?? [];
      setText(field.problem, problems.join(' '));
      const isWrong = problems.length > 0 && (field.touched || field.input.value !== '');
      setAttribute(field.input, 'aria-invalid', isWrong ? 'true' : null);
    }
  }

  focus(): void {
    const [first] = this.fields.values();
    first?.input.focus();
  }

  private build(template: TemplateAnswer, identity: string): void {
    this.shownFor = identity;
    this.fields.clear();
    const rows = template.placeholders.map((name, index) => {
      const id = `placeholder-${index}`;
      const input = el('input', {
        id,
        class: 'field',
        type: 'text',
        autocomplete: 'off',
        dir: 'auto',
        'aria-describedby': `${id}-problem`,
      });
      const problem = el('p', { id: `${id}-problem`, class: 'problem' });
      const field: Field = { input, problem, touched: false };
      this.fields.set(name, field);
      input.addEventListener('input', () => this.onInput(name, input.value));
      input.addEventListener('blur', () => {
        field.touched = true;
        if (field.problem.textContent !== '') setAttribute(input, 'aria-invalid', 'true');
      });
      const label = el('label', { for: id, class: 'placeholder' }, `{{${name}}}`);
      return el('div', { class: 'field-row' }, label, el('div', {}, input, problem));
    });
    replaceChildren(this.element, ...rows);
  }
}
