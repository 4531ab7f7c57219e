/** Under the conversation: what to send, one verdict beside the button, and the box that follows what was sent. */
import type { JSX, TargetedKeyboardEvent, TargetedSubmitEvent } from 'preact';
import { useEffect, useRef } from 'preact/hooks';
import { type ComposerModel, isOver } from '../state/composer-model';
import type { Desk } from '../state/desk';
import * as drafts from '../state/draft';
import { type Draft, MAX_BODY_CHARACTERS, type Mode } from '../state/draft';
import { withLocalTimes } from '../words/local-time';
import { maySendAgain, whatNext } from '../words/message-words';
import { allowance } from '../words/state-words';
import { resultVerdict, type Verdict } from '../words/verdict';
import { Say } from './say';
import { TemplatePart } from './template-part';
import { openedAtOf } from './thread-view';
import { useKeptFocus } from './writing-place';

/** The count of what is left is of use near the end only. */
const TELL_LEFT_BELOW = 200;

const MODE_WORDS: Readonly<Record<'open' | 'not-open', readonly (readonly [Mode, string])[]>> = {
  open: [
    ['text', 'Free text'],
    ['template', 'Template'],
  ],
  'not-open': [
    ['template', 'Template'],
    ['text', 'Hold text'],
    ['both', 'Template + text'],
  ],
};

const BUTTON_WORDS = {
  text: 'Send message',
  template: 'Send template',
  both: 'Send template, hold text',
} as const;

export function Composer({ desk }: { readonly desk: Desk }): JSX.Element {
  const model = desk.composer;
  useKeptFocus();
  const form = useRef<HTMLFormElement>(null);
  const submit = (event: TargetedSubmitEvent<HTMLFormElement>) => {
    event.preventDefault();
    void model.send();
  };
  const onKey = (event: TargetedKeyboardEvent<HTMLFormElement>) => {
    if (event.key === 'Enter' && (event.ctrlKey || event.metaKey)) form.current?.requestSubmit();
  };
  const { mode } = model.draft.value;
  return (
    <form
      ref={form}
      class="card composer"
      aria-labelledby="composer-title"
      onSubmit={submit}
      onKeyDown={onKey}
    >
      <h3 id="composer-title" class="visually-hidden">
        Write
      </h3>
      <Result desk={desk} />
      <div class="composer-parts" data-mode={mode}>
        <Modes model={model} />
        {mode !== 'text' && <TemplatePart desk={desk} />}
        <TextPart model={model} />
      </div>
      <div class="act">
        <StandingVerdict desk={desk} />
        <SendButton model={model} />
      </div>
    </form>
  );
}

function Modes({ model }: { readonly model: ComposerModel }): JSX.Element {
  const draft = model.draft.value;
  return (
    <fieldset class="modes">
      <legend class="visually-hidden">What to send</legend>
      {MODE_WORDS[model.isOpen.value ? 'open' : 'not-open'].map(([mode, words]) => (
        <label class="mode" key={mode}>
          <input
            type="radio"
            name="mode"
            value={mode}
            checked={draft.mode === mode}
            onChange={() => model.edit(drafts.withMode(model.draft.peek(), mode))}
          />
          <span class="mode-word">{words}</span>
        </label>
      ))}
    </fieldset>
  );
}

function TextPart({ model }: { readonly model: ComposerModel }): JSX.Element | null {
  const text = useRef<HTMLTextAreaElement>(null);
  const draft = model.draft.value;
  // As high as what is written, up to what the style sheet allows.
  useEffect(() => {
    const area = text.current;
    if (!area) return;
    area.style.blockSize = 'auto';
    area.style.blockSize = `${area.scrollHeight + 2}px`;
  }, [draft.text, draft.mode]);
  const what = purposeOf(draft, model.isOpen.value);
  if (what === null) return null;
  const left = MAX_BODY_CHARACTERS - draft.text.length;
  return (
    <div class="text-part">
      <label for="text" class={what === 'Message' ? 'visually-hidden' : 'label'}>
        {what}
      </label>
      <textarea
        ref={text}
        id="text"
        class="field"
        rows={draft.mode === 'text' ? 2 : 1}
        dir="auto"
        placeholder={what === 'Message' ? what : ''}
        aria-describedby="text-left"
        aria-invalid={left < 0 ? 'true' : undefined}
        value={draft.text}
        onInput={(event) => model.edit(drafts.withText(model.draft.peek(), event.currentTarget.value))}
      />
      <p id="text-left" class="hint" data-tone={left < 0 ? 'stop' : undefined}>
        {leftInWords(left)}
      </p>
    </div>
  );
}

/** What the text is for; null where there is none to show. */
function purposeOf({ mode, text }: Draft, isOpen: boolean): string | null {
  if (mode === 'template') return text.trim() === '' ? null : 'Your text, kept';
  return mode === 'text' && isOpen ? 'Message' : 'Text to hold until they answer';
}

function leftInWords(left: number): string {
  if (left < 0) return `${-left} characters too many`;
  return left < TELL_LEFT_BELOW ? `${left} characters left` : '';
}

/** One sentence: what the click would do by the service's own word, else what may be written now. */
function StandingVerdict({ desk }: { readonly desk: Desk }): JSX.Element {
  const model = desk.composer;
  const verdict = model.verdict.value;
  const said = model.request.value === null && model.trouble.value === null ? null : verdict;
  return (
    <div
      class="verdict"
      role="status"
      data-stale={said === null || model.isSaid.value || model.trouble.value ? undefined : ''}
    >
      {said ? <Say verdict={withTimes(said, desk.now.peek())} /> : <Allowance desk={desk} />}
    </div>
  );
}

function Allowance({ desk }: { readonly desk: Desk }): JSX.Element | null {
  const person = desk.composer.person.value;
  if (!person) return null;
  const now = desk.now.value;
  const window = desk.book.windowOf(person, now);
  return (
    <p class="allowance" data-state={window.state}>
      {allowance(window, now, desk.book.marginSeconds)}
    </p>
  );
}

function SendButton({ model }: { readonly model: ComposerModel }): JSX.Element {
  const { mode } = model.draft.value;
  const action = model.previewed.value?.answer.decision?.action;
  const onlyHolds = mode === 'both' ? action === 'hold' : mode === 'text' && action !== 'template';
  const words = !model.isOpen.value && onlyHolds ? 'Hold message' : BUTTON_WORDS[mode];
  // Not `disabled`: a button that vanishes from the order of the tab key confuses more than one that does nothing.
  return (
    <button
      type="submit"
      class="button primary"
      aria-disabled={model.mayGo.value ? undefined : 'true'}
      title="Ctrl + Enter"
    >
      {model.sending.value ? 'Sending…' : words}
    </button>
  );
}

/** Follows the last message: queued, delivered, read, or why not and what comes next. */
function Result({ desk }: { readonly desk: Desk }): JSX.Element {
  return (
    <div class="result" role="status">
      <Followed desk={desk} />
    </div>
  );
}

function Followed({ desk }: { readonly desk: Desk }): JSX.Element | null {
  const model = desk.composer;
  const person = model.person.value;
  const sent = person ? model.sent.value.get(person.key) : undefined;
  if (!person || !sent) return null;
  const thread = desk.thread.thread.value?.key === person.key ? desk.thread.thread.value.messages : [];
  const sid = 'answer' in sent ? sent.answer.message?.sid : undefined;
  const message = thread.find((known) => known.sid === sid) ?? null;
  // What arrived makes room for the next text.
  if (isOver(sent, message) && model.draft.value.text !== '') return null;
  const held = desk.held.value?.key === person.key ? desk.held.value.held : [];
  const next = message && whatNext(message, thread, held);
  const verdict = 'answer' in sent ? resultVerdict(sent.answer, message, next) : lost(sent.lost);
  const mayRepeat = message !== null && next === null && maySendAgain(message, openedAtOf(desk, person));
  return (
    <Say verdict={withTimes(verdict, desk.now.peek())}>
      <span class="say-acts">
        {mayRepeat && (
          <button
            type="button"
            class="button small"
            aria-disabled={model.sending.value}
            onClick={() => void model.sendAgain(message)}
          >
            Send again
          </button>
        )}
        <button type="button" class="close" aria-label="Close this note" onClick={() => model.dismiss()}>
          ×
        </button>
      </span>
    </Say>
  );
}

function lost(why: string): Verdict {
  return {
    tone: 'stop',
    headline: 'It is not known whether this was sent.',
    explanation: `${why} Sending again is safe: the same message goes out once.`,
    details: '',
  };
}

function withTimes(verdict: Verdict, now: number): Verdict {
  return {
    ...verdict,
    details: withLocalTimes(verdict.details, now),
    explanation: withLocalTimes(verdict.explanation, now),
  };
}
