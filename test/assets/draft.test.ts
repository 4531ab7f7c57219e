/** How a half-written message turns with the window, and what the service is asked. */

import type { SendAnswer, TemplateAnswer } from '../../src/assets/dashboard/service/answers';
import {
  afterSending,
  type Draft,
  EMPTY_DRAFT,
  recognitionOf,
  requestOf,
  turned,
  withMode,
  withRecognised,
  withTemplate,
  withText,
  withVariable,
} from '../../src/assets/dashboard/state/draft';

const PAIR = { sender: 'whatsapp:+14155238886', user: 'whatsapp:+491701234567' };
const ADDRESSED = { from: PAIR.sender, to: PAIR.user };

const template = (contentSid: string, placeholders: readonly string[]): TemplateAnswer => ({
  ...{
    name: 'lesson',
    contentSid,
    language: 'en',
    category: 'UTILITY',
    type: 'twilio/text',
    status: 'approved',
  },
  ...{ placeholders, samples: {}, text: '', usableInside: true, usableOutside: true, reason: null },
});
const CODE = template('HX1', ['1', '2']);

const answer = (contentSid: string | null): SendAnswer => ({
  ...{ outcome: 'sent', decision: null, window: null, held: null, preview: null, cost: null, error: null },
  message: { sid: 'SM1', status: 'queued', contentSid },
});

describe('the draft when the window closes', () => {
  const written = withText(EMPTY_DRAFT, 'half');

  test('turns from free text to a template and keeps the text', () => {
    expect(turned(written, false, true)).toEqual({ ...written, mode: 'template', turnedByWindow: true });
  });

  test('turns back to free text when the window opens', () => {
    expect(turned(turned(written, false, true), true, false)).toEqual(written);
  });

  test('stays a template, also when the window opens again', () => {
    const chosen = withMode(written, 'template');
    expect(turned(turned(chosen, false, true), true, false)).toEqual(chosen);
  });

  test('keeps "hold" when the person chose it, whatever the next tick says', () => {
    const held = withMode(turned(written, false, true), 'text');
    expect(turned(held, false, false)).toEqual(held);
  });

  test('turns from "template and text" to free text once the window is open', () => {
    expect(turned(withMode(written, 'both'), true, false).mode).toBe('text');
  });
});

describe('the request made from a draft', () => {
  const filled = withVariable(withVariable(withTemplate(EMPTY_DRAFT, CODE), '1', 'hacker'), '2', '1337');
  const rows: readonly [string, Draft, boolean, object | null][] = [
    ['there is none without a text', EMPTY_DRAFT, true, null],
    ['there is none with only spaces', withText(EMPTY_DRAFT, ' \n'), true, null],
    [
      'free text in an open window is refused when it closes',
      withText(EMPTY_DRAFT, 'Hi'),
      true,
      { ...ADDRESSED, body: 'Hi', whenClosed: 'refuse' },
    ],
    [
      'free text in a closed window is held',
      withText(EMPTY_DRAFT, 'Hi'),
      false,
      { ...ADDRESSED, body: 'Hi', whenClosed: 'hold' },
    ],
    [
      'a template leaves out the free text',
      withMode(withText(filled, 'kept'), 'template'),
      false,
      { ...ADDRESSED, template: 'HX1', contentVariables: { 1: 'hacker', 2: '1337' } },
    ],
    [
      'a template has its empty field, so that Twilio cannot fill in its sample',
      withMode(withTemplate(EMPTY_DRAFT, CODE), 'template'),
      false,
      { ...ADDRESSED, template: 'HX1', contentVariables: { 1: '', 2: '' } },
    ],
    [
      'a template with a text has both',
      withMode(withText(filled, 'later'), 'both'),
      false,
      {
        ...ADDRESSED,
        body: 'later',
        template: 'HX1',
        contentVariables: { 1: 'hacker', 2: '1337' },
        whenClosed: 'hold',
      },
    ],
    [
      'there is none for a template with a text while the text is empty',
      withMode(filled, 'both'),
      false,
      null,
    ],
    ['there is none where no template was chosen', withMode(EMPTY_DRAFT, 'template'), false, null],
  ];
  test.each(rows)('has what the person wrote and chose: %s', (_, draft, isOpen, request) => {
    expect(requestOf(draft, PAIR, isOpen)).toEqual(request);
  });

  test('asks whether a kept text matches a template only where that helps', () => {
    const kept = turned(withText(EMPTY_DRAFT, 'Your hacker code is 1337.'), false, true);
    const question = { ...ADDRESSED, body: kept.text, whenClosed: 'refuse', dryRun: true };
    expect(recognitionOf(kept, PAIR, false)).toEqual(question);
    expect(recognitionOf(kept, PAIR, true)).toBeNull();
    expect(recognitionOf(withTemplate(kept, CODE), PAIR, false)).toBeNull();
    expect(recognitionOf(withText(kept, 'x'.repeat(1601)), PAIR, false)).toBeNull();
  });
});

describe('the template of a draft', () => {
  test('keeps the values of placeholders that another template has as well', () => {
    const draft = withVariable(withVariable(withTemplate(EMPTY_DRAFT, CODE), '1', 'a'), '2', 'b');
    expect(withTemplate(draft, template('HX2', ['2', 'name'])).variables).toEqual({ 2: 'b' });
  });

  test('may have a placeholder named like a property of every object', () => {
    const draft = withTemplate(withMode(EMPTY_DRAFT, 'template'), template('HX3', ['constructor']));
    expect(requestOf(draft, PAIR, false)).toMatchObject({ contentVariables: { constructor: '' } });
  });
});

describe('the draft after sending', () => {
  const kept = turned(withText(EMPTY_DRAFT, 'kept'), false, true);

  test('loses the text that was sent', () => {
    expect(afterSending(withText(EMPTY_DRAFT, 'Hi'), answer(null)).text).toBe('');
  });

  test('keeps the text that was kept beside a template', () => {
    expect(afterSending(withTemplate(kept, CODE), answer('HX1'))).toEqual({ ...kept, template: null });
  });

  test('loses the text that was sent as the template it matches', () => {
    expect(afterSending(withRecognised(kept, CODE, { 1: 'a', 2: 'b' }), answer('HX1')).text).toBe('');
  });
});
