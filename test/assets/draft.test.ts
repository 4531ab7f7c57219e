/** How a half-written message turns with the window, and what the service is asked. */
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
} from '../../src/assets/dashboard/draft';
import type { SendAnswer, TemplateAnswer } from '../../src/assets/dashboard/service-answers';

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
  ...{ placeholders, text: '', usableInside: true, usableOutside: true, reason: null },
});
const CODE = template('HX1', ['1', '2']);

const answer = (contentSid: string | null): SendAnswer => ({
  ...{ outcome: 'sent', decision: null, window: null, held: null, preview: null, cost: null, error: null },
  message: { sid: 'SM1', status: 'queued', contentSid },
});

describe('the window closes', () => {
  const written = withText(EMPTY_DRAFT, 'half');

  test('free text turns to templates and stays as it is written', () => {
    expect(turned(written, false, true)).toEqual({ ...written, mode: 'template', turnedByWindow: true });
  });

  test('and back when it opens', () => {
    expect(turned(turned(written, false, true), true, false)).toEqual(written);
  });

  test('a template stays a template, also when it opens again', () => {
    const chosen = withMode(written, 'template');
    expect(turned(turned(chosen, false, true), true, false)).toEqual(chosen);
  });

  test('a person who chose to hold while it was closed is not turned again by the next tick', () => {
    const held = withMode(turned(written, false, true), 'text');
    expect(turned(held, false, false)).toEqual(held);
  });

  test('"template and text" makes no sense once it is open', () => {
    expect(turned(withMode(written, 'both'), true, false).mode).toBe('text');
  });
});

describe('what is asked', () => {
  const filled = withVariable(withVariable(withTemplate(EMPTY_DRAFT, CODE), '1', 'hacker'), '2', '1337');
  const rows: readonly [string, Draft, boolean, object | null][] = [
    ['nothing is written', EMPTY_DRAFT, true, null],
    ['blanks only', withText(EMPTY_DRAFT, ' \n'), true, null],
    [
      'free text, open',
      withText(EMPTY_DRAFT, 'Hi'),
      true,
      { ...ADDRESSED, body: 'Hi', whenClosed: 'refuse' },
    ],
    [
      'free text, not open',
      withText(EMPTY_DRAFT, 'Hi'),
      false,
      { ...ADDRESSED, body: 'Hi', whenClosed: 'hold' },
    ],
    [
      'a template',
      withMode(withText(filled, 'kept'), 'template'),
      false,
      { ...ADDRESSED, template: 'HX1', contentVariables: { 1: 'hacker', 2: '1337' } },
    ],
    [
      'a template with an empty field: named, so that Twilio cannot fill in its sample',
      withMode(withTemplate(EMPTY_DRAFT, CODE), 'template'),
      false,
      { ...ADDRESSED, template: 'HX1', contentVariables: { 1: '', 2: '' } },
    ],
    [
      'both',
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
    ['both, without a text', withMode(filled, 'both'), false, null],
    ['no template chosen', withMode(EMPTY_DRAFT, 'template'), false, null],
  ];
  test.each(rows)('%s', (_, draft, isOpen, request) => {
    expect(requestOf(draft, PAIR, isOpen)).toEqual(request);
  });

  test('whether a kept text is a template, only where that helps', () => {
    const kept = turned(withText(EMPTY_DRAFT, 'Your hacker code is 1337.'), false, true);
    const question = { ...ADDRESSED, body: kept.text, whenClosed: 'refuse', dryRun: true };
    expect(recognitionOf(kept, PAIR, false)).toEqual(question);
    expect(recognitionOf(kept, PAIR, true)).toBeNull();
    expect(recognitionOf(withTemplate(kept, CODE), PAIR, false)).toBeNull();
    expect(recognitionOf(withText(kept, 'x'.repeat(1601)), PAIR, false)).toBeNull();
  });
});

describe('templates and values', () => {
  test('choosing another keeps the values that it has a placeholder for', () => {
    const draft = withVariable(withVariable(withTemplate(EMPTY_DRAFT, CODE), '1', 'a'), '2', 'b');
    expect(withTemplate(draft, template('HX2', ['2', 'name'])).variables).toEqual({ 2: 'b' });
  });

  test('a placeholder named like something every object has is just a name', () => {
    const draft = withTemplate(withMode(EMPTY_DRAFT, 'template'), template('HX3', ['constructor']));
    expect(requestOf(draft, PAIR, false)).toMatchObject({ contentVariables: { constructor: '' } });
  });
});

describe('after sending', () => {
  const kept = turned(withText(EMPTY_DRAFT, 'kept'), false, true);

  test('a text that was sent is gone', () => {
    expect(afterSending(withText(EMPTY_DRAFT, 'Hi'), answer(null)).text).toBe('');
  });

  test('a text that was kept beside a template stays', () => {
    expect(afterSending(withTemplate(kept, CODE), answer('HX1'))).toEqual({ ...kept, template: null });
  });

  test('a text that went out as the template it was recognised as is gone', () => {
    expect(afterSending(withRecognised(kept, CODE, { 1: 'a', 2: 'b' }), answer('HX1')).text).toBe('');
  });
});
