/**
 * Writes to the chosen user. It turns to templates by itself when the window is not open and back when it is, says what
 * will happen before the click and what happened after it. The service decides; nothing is decided here.
 */

import * as drafts from './draft';
import { type Draft, EMPTY_DRAFT, MAX_BODY_CHARACTERS, type Mode } from './draft';
import { el, replaceChildren, setAttribute, setText } from './element';
import { withLocalTimes } from './local-time';
import { bubble, templateContent } from './message-bubble';
import type { Pair } from './pair-book';
import { type Service, ServiceError } from './service';
import type { SendAnswer, TemplateAnswer } from './service-answers';
import type { SendRequest } from './service-requests';
import { TemplateChooser } from './template-chooser';
import { TemplateFields } from './template-fields';
import { previewVerdict, problemsByPlaceholder, resultVerdict, type Verdict } from './verdict';

/** Typing is over when it has paused this long. */
const PAUSE_MS = 250;

const MODE_WORDS: Readonly<Record<'open' | 'not-open', Readonly<Partial<Record<Mode, string>>>>> = {
  open: { text: 'Free text', template: 'Template' },
  'not-open': { template: 'Template', text: 'Hold text', both: 'Template + text' },
};

const BUTTON_WORDS = {
  text: 'Send message',
  template: 'Send template',
  both: 'Send template, hold text',
} as const;

export interface ComposerPorts {
  readonly service: () => Service;
  readonly now: () => number;
  readonly templates: () => Promise<readonly TemplateAnswer[]>;
  /** After something was sent or held. */
  readonly onSent: () => void;
  readonly onError: (error: unknown) => void;
}

export class Composer {
  readonly element: HTMLElement;
  private readonly modes = el('fieldset', { class: 'modes' });
  private readonly notice = el('p', { class: 'turned', role: 'status' });
  private readonly textPart: HTMLElement;
  private readonly textLabel = el('label', { for: 'text', class: 'label' });
  private readonly text = el('textarea', {
    id: 'text',
    class: 'field',
    rows: 4,
    dir: 'auto',
    'aria-describedby': 'text-left',
  });
  private readonly textLeft = el('p', { id: 'text-left', class: 'hint' });
  private readonly templatePart = el('div', { class: 'template-part' });
  private readonly chooser = new TemplateChooser((template) => {
    this.edit(drafts.withTemplate(this.draft, template));
    this.fields.focus();
  });
  private readonly fields = new TemplateFields((name, value) =>
    this.edit(drafts.withVariable(this.draft, name, value)),
  );
  private readonly chosenName = el('p', { class: 'chosen-name', dir: 'auto' });
  private readonly templateProblems = el('p', { class: 'problem', role: 'status' });
  private readonly preview = el('div', { class: 'preview', role: 'group', 'aria-label': 'Preview' });
  private readonly chosen: HTMLElement;
  private readonly verdict = el('div', { class: 'verdict', role: 'status' });
  private readonly button = el('button', { type: 'submit', class: 'button primary' }, 'Send message');
  private readonly result = el('div', { class: 'result', role: 'status' });

  private readonly drafts = new Map<string, Draft>();
  private pair: Pair | null = null;
  private isOpen: boolean | null = null;
  private templates: readonly TemplateAnswer[] = [];
  private templateTrouble: string | null = 'Reading the templates…';
  private timer: ReturnType<typeof setTimeout> | undefined;
  /** Counts the questions, so that a late answer to an earlier one is told from the last. */
  private asked = 0;
  /** What the verdict on display was asked for. */
  private previewed: {
    readonly request: SendRequest;
    readonly answer: SendAnswer;
    readonly optedOut: boolean;
  } | null = null;
  private sending = false;
  /** One per message that a person means to send: a click that is repeated after a failure sends no second one. */
  private idempotencyKey: string | null = null;

  constructor(private readonly ports: ComposerPorts) {
    this.textPart = el('div', { class: 'text-part' }, this.textLabel, this.text, this.textLeft);
    const another = el('button', { type: 'button', class: 'button quiet' }, 'Choose another');
    another.addEventListener('click', () => {
      this.edit(drafts.withTemplate(this.draft, null));
      this.chooser.focus();
    });
    this.chosen = el(
      'div',
      { class: 'chosen' },
      el('div', { class: 'chosen-head' }, this.chosenName, another),
      this.fields.element,
      this.templateProblems,
    );
    this.templatePart.append(
      el('div', { class: 'template-side' }, this.chooser.element, this.chosen),
      this.preview,
    );
    const form = el(
      'form',
      { class: 'card composer', 'aria-labelledby': 'composer-title' },
      el('h3', { id: 'composer-title', class: 'visually-hidden' }, 'Write'),
      this.modes,
      this.notice,
      this.templatePart,
      this.textPart,
      el('div', { class: 'act' }, this.verdict, this.button),
      this.result,
    );
    this.element = form;
    this.text.addEventListener('input', () => this.edit(drafts.withText(this.draft, this.text.value)));
    this.modes.addEventListener('change', (event) => {
      if (!(event.target instanceof HTMLInputElement)) return;
      this.edit(drafts.withMode(this.draft, event.target.value as Mode));
    });
    form.addEventListener('keydown', (event) => {
      if (event.key === 'Enter' && (event.ctrlKey || event.metaKey)) form.requestSubmit();
    });
    form.addEventListener('submit', (event) => {
      event.preventDefault();
      void this.send();
    });
  }

  /** Begins writing to someone, or goes on where it was left. */
  show(pair: Pair, isOpen: boolean): void {
    const isOther = pair.key !== this.pair?.key;
    this.pair = pair;
    if (!isOther) {
      this.turn(isOpen);
      return;
    }
    this.isOpen = isOpen;
    this.previewed = null;
    this.asked += 1;
    this.idempotencyKey = null;
    replaceChildren(this.result);
    this.edit(drafts.turned(this.draft, isOpen, null));
    void this.loadTemplates();
  }

  /** Whether free-form messages are allowed, by the latest tick. */
  turn(isOpen: boolean): void {
    const wasOpen = this.isOpen;
    if (!this.pair || wasOpen === isOpen) return;
    this.isOpen = isOpen;
    this.edit(drafts.turned(this.draft, isOpen, wasOpen));
    void this.loadTemplates();
  }

  /** After a poll: the service may meanwhile see the window differently than when it was asked. */
  recheck(): void {
    const seen = this.previewed;
    if (!seen?.answer.window) return;
    const isOpen = seen.answer.window.state === 'open';
    if (isOpen !== this.isOpen || seen.optedOut !== this.pair?.optedOut) void this.ask();
  }

  private get draft(): Draft {
    return this.drafts.get(this.pair?.key ?? '') ?? EMPTY_DRAFT;
  }

  private edit(draft: Draft): void {
    if (!this.pair) return;
    if (draft !== this.draft) {
      this.idempotencyKey = null;
      replaceChildren(this.result);
    }
    this.drafts.set(this.pair.key, draft);
    this.render();
    clearTimeout(this.timer);
    this.timer = setTimeout(() => void this.ask(), PAUSE_MS);
  }

  private async loadTemplates(): Promise<void> {
    try {
      this.templates = await this.ports.templates();
      this.templateTrouble = null;
    } catch (error) {
      this.templateTrouble = `Templates cannot be read now. ${error instanceof ServiceError ? error.message : ''}`;
      this.ports.onError(error);
    }
    this.render();
    void this.ask();
  }

  /** Asks the service what would happen. */
  private async ask(): Promise<void> {
    const { pair, draft } = this;
    if (!pair || this.sending) return;
    const { optedOut } = pair;
    const isOpen = this.isOpen === true;
    this.asked += 1;
    const question = this.asked;
    const recognition = drafts.recognitionOf(draft, pair, isOpen);
    const request = drafts.requestOf(draft, pair, isOpen);
    if (!recognition && (!request || draft.text.length > MAX_BODY_CHARACTERS)) {
      this.previewed = null;
      this.renderVerdict(null);
      return;
    }
    try {
      const answer = await this.ports
        .service()
        .send({ ...(recognition ?? request ?? neverAsked()), dryRun: true });
      if (question !== this.asked) return;
      if (recognition) this.recognise(answer);
      else if (request) {
        this.previewed = { request, answer, optedOut };
        this.renderVerdict(previewVerdict(answer, optedOut));
      }
    } catch (error) {
      if (question !== this.asked) return;
      this.previewed = null;
      this.renderVerdict({
        tone: 'stop',
        headline: 'What would happen cannot be said now',
        explanation: error instanceof ServiceError ? error.message : '',
      });
      this.ports.onError(error);
    }
  }

  private recognise(answer: SendAnswer): void {
    const { preview } = answer;
    const template = preview && this.templates.find((known) => known.contentSid === preview.contentSid);
    if (preview && template) this.edit(drafts.withRecognised(this.draft, template, preview.contentVariables));
    else this.renderVerdict(null);
  }

  private async send(): Promise<void> {
    const { pair, previewed: said, draft } = this;
    if (!pair || !said || this.sending || setOff(this.button)) return;
    this.sending = true;
    const wasOpen = this.isOpen;
    this.asked += 1;
    clearTimeout(this.timer);
    this.idempotencyKey ??= crypto.randomUUID();
    this.renderButton();
    try {
      const answer = await this.ports
        .service()
        .send({ ...said.request, idempotencyKey: this.idempotencyKey });
      const worked = ['sent', 'scheduled', 'held'].includes(answer.outcome);
      // What was typed while it was on its way is another message.
      if (worked && this.drafts.get(pair.key)?.text === draft.text) {
        this.drafts.set(
          pair.key,
          drafts.turned(drafts.afterSending(draft, answer), this.isOpen === true, wasOpen),
        );
      }
      // A definite answer ends this message; the next click is another.
      if (answer.error?.code !== 'OUTCOME_UNKNOWN') this.idempotencyKey = null;
      if (this.pair?.key === pair.key) this.renderResult(answer);
      this.ports.onSent();
    } catch (error) {
      const message = error instanceof ServiceError ? error.message : '';
      this.showIn(this.result, {
        tone: 'stop',
        headline: 'It is not known whether this was sent.',
        explanation: `${message} Sending again is safe: the same message goes out once.`,
      });
      this.ports.onError(error);
    } finally {
      this.sending = false;
      this.previewed = null;
      this.render();
      this.result.scrollIntoView({ block: 'nearest' });
      void this.ask();
    }
  }

  private render(): void {
    const { draft } = this;
    const isOpen = this.isOpen === true;
    this.renderModes(isOpen, draft);
    const kept = draft.text.trim() !== '';
    setText(
      this.notice,
      draft.turnedByWindow
        ? draft.recognised
          ? 'The window is not open, but your text is a template: it is filled in below.'
          : kept
            ? 'The window is not open, so only a template can go out now. Your text is kept below.'
            : 'The window is not open, so only a template can go out now.'
        : '',
    );
    const isTemplate = draft.mode !== 'text';
    this.templatePart.hidden = !isTemplate;
    this.textPart.hidden = draft.mode === 'template' && !kept;
    setText(
      this.textLabel,
      isTemplate
        ? draft.mode === 'both'
          ? 'Text to hold until they answer'
          : 'Your text, kept'
        : isOpen
          ? 'Message'
          : 'Text to hold until they answer',
    );
    this.text.rows = draft.mode === 'text' ? 4 : 2;
    if (this.text.value !== draft.text) this.text.value = draft.text;
    const left = MAX_BODY_CHARACTERS - draft.text.length;
    setText(
      this.textLeft,
      left < 0 ? `${-left} characters too many` : `${left.toLocaleString('en-GB')} characters left`,
    );
    setAttribute(this.textLeft, 'data-tone', left < 0 ? 'stop' : null);
    setAttribute(this.text, 'aria-invalid', left < 0 ? 'true' : null);
    this.renderTemplate(draft, isOpen);
    this.renderButton();
  }

  private renderModes(isOpen: boolean, draft: Draft): void {
    const words = MODE_WORDS[isOpen ? 'open' : 'not-open'];
    const offered = Object.keys(words).join(' ') + String(isOpen);
    if (this.modes.dataset.offered !== offered) {
      const hadFocus = this.modes.contains(document.activeElement);
      this.modes.dataset.offered = offered;
      const options = Object.entries(words).map(([mode, word]) =>
        el(
          'label',
          { class: 'mode' },
          el('input', { type: 'radio', name: 'mode', value: mode }),
          el('span', { class: 'mode-word' }, word),
        ),
      );
      replaceChildren(this.modes, el('legend', { class: 'visually-hidden' }, 'What to send'), ...options);
      if (hadFocus) this.modes.querySelector<HTMLInputElement>(`input[value=${draft.mode}]`)?.focus();
    }
    for (const input of this.modes.querySelectorAll('input')) input.checked = input.value === draft.mode;
  }

  private renderTemplate(draft: Draft, isOpen: boolean): void {
    const { template } = draft;
    this.chooser.element.hidden = template !== null;
    this.chosen.hidden = template === null;
    this.preview.hidden = template === null;
    this.chooser.show(this.templates, template, isOpen, this.templateTrouble);
    if (template === null) return;
    setText(this.chosenName, template.name);
    this.fields.show(template, draft.variables);
    const variables = drafts.allVariables(draft);
    const later = draft.mode === 'both' && draft.text.trim() !== '';
    replaceChildren(
      this.preview,
      bubble(templateContent(template.text, variables), 'template, now'),
      later ? bubble([draft.text], 'once they answer', 'later') : null,
    );
  }

  private renderVerdict(verdict: Verdict | null): void {
    const problems = this.previewed
      ? problemsByPlaceholder(this.previewed.answer)
      : new Map<string, readonly string[]>();
    this.fields.problems(problems);
    setText(this.templateProblems, (problems.get('') ?? []).join(' '));
    if (verdict) this.showIn(this.verdict, verdict);
    else replaceChildren(this.verdict);
    this.renderButton();
  }

  private renderButton(): void {
    const { draft } = this;
    const isOpen = this.isOpen === true;
    const action = this.previewed?.answer.decision?.action;
    const onlyHolds =
      draft.mode === 'both' ? action === 'hold' : draft.mode === 'text' && action !== 'template';
    const word = !isOpen && onlyHolds ? 'Hold message' : BUTTON_WORDS[draft.mode];
    setText(this.button, this.sending ? 'Sending…' : word);
    const request = this.pair && drafts.requestOf(draft, this.pair, isOpen);
    const said = this.previewed;
    // Only what the verdict beside the button was about may be sent.
    const isSaid = said !== null && JSON.stringify(said.request) === JSON.stringify(request);
    const mayGo =
      isSaid &&
      previewVerdict(said.answer, said.optedOut).tone !== 'stop' &&
      draft.text.length <= MAX_BODY_CHARACTERS;
    // Not `disabled`: a button that vanishes from the order of the tab key confuses more than one that does nothing.
    setAttribute(this.button, 'aria-disabled', mayGo && !this.sending ? null : 'true');
    if (!isSaid && request === null) replaceChildren(this.verdict);
    setAttribute(this.verdict, 'data-stale', isSaid ? null : '');
  }

  private renderResult(answer: SendAnswer): void {
    this.showIn(this.result, resultVerdict(answer));
  }

  private showIn(place: HTMLElement, verdict: Verdict): void {
    const explanation = withLocalTimes(verdict.explanation, this.ports.now());
    const looks = JSON.stringify([verdict.tone, verdict.headline, explanation]);
    if (place.dataset.looks === looks && place.childElementCount > 0) return;
    place.dataset.looks = looks;
    replaceChildren(
      place,
      el(
        'div',
        { class: 'say', 'data-tone': verdict.tone },
        el('strong', {}, verdict.headline),
        explanation === '' ? null : el('p', {}, explanation),
      ),
    );
  }
}

function setOff(button: HTMLButtonElement): boolean {
  return button.getAttribute('aria-disabled') === 'true';
}

function neverAsked(): never {
  throw new Error('There is nothing to ask about.');
}
