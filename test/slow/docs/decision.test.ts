/**
 * docs/internals/decision.md against the offline service: its commands are run in order, and what /send-message answers is what stands
 * below them. It has every pair of an action and a reason that a decision can have. UPDATE_DOCS=1 writes the answers.
 */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { ROOT } from '../../../scripts/offline/twilio-run';
import { windowAt } from '../../../src/domain/customer-service-window';
import { type Content, decide, WHEN_CLOSED } from '../../../src/domain/send-decision';
import { type SendAnswer, useService } from '../../functions/service';
import { documentText } from './document';
import { Shell } from './shell';

const FILE = 'docs/internals/decision.md';
const BOTH = [true, false] as const;
const service = useService();
let shell: Shell;
let played: string;
const pairs = new Set<string>();

/** A key a line, and no SID that is another at every run. */
function shown(answer: SendAnswer): string {
  const lines = Object.entries(answer).map(
    ([key, value]) => `  ${JSON.stringify(key)}: ${JSON.stringify(value)}`,
  );
  return `{\n${lines.join(',\n')}\n}`.replace(/"SM[0-9a-f]{32}"/g, '"SM…"');
}

beforeAll(async () => {
  shell = new Shell(service);
  // Each block of commands, with the answer that stands below it, if one does.
  const parts = documentText(FILE).split(/(^```sh\n.*?^```\n(?:\n```json\n.*?^```\n)?)/ms);
  const written: string[] = [];
  for (const part of parts) {
    const commands = /^```sh\n(.*?)^```\n/ms.exec(part)?.[1];
    if (commands === undefined) {
      written.push(part);
      continue;
    }
    const answers = (await shell.run(commands)).map((line) => JSON.parse(line) as SendAnswer);
    const [answer] = answers.filter(({ outcome }) => outcome !== undefined).slice(-1);
    if (answer?.decision) pairs.add(`${answer.decision.action} ${answer.decision.reason}`);
    written.push(
      `\`\`\`sh\n${commands}\`\`\`\n`,
      ...(answer ? [`\n\`\`\`json\n${shown(answer)}\n\`\`\`\n`] : []),
    );
  }
  played = written.join('');
  if (process.env.UPDATE_DOCS) writeFileSync(join(ROOT, FILE), played);
});
afterAll(() => shell.close());

test('every command of docs/internals/decision.md runs and answers what the page says', () => {
  expect(documentText(FILE)).toBe(played);
});

test('docs/internals/decision.md shows every action and reason that can be decided', () => {
  const decidable = new Set<string>(['template BODY_MATCHES_TEMPLATE']);
  const states = [
    { known: false } as const,
    ...[null, 0].flatMap((lastInboundAt) =>
      [0, 86_200_000, 86_400_000].flatMap((now) =>
        BOTH.flatMap((closedByWhatsApp) =>
          BOTH.map((optedOut) => ({
            known: true as const,
            window: windowAt({ lastInboundAt, closedByWhatsApp, source: 'sync' }, now, 300),
            optedOut,
          })),
        ),
      ),
    ),
  ];
  const message = { kind: 'free-form', body: 'Hello', mediaUrls: [] } as const;
  const contents: readonly Content<string>[] = [
    { kind: 'template', template: 'greeting' },
    ...['greeting', null].map((template) => ({ kind: 'free-form', message, template }) as const),
  ];
  for (const content of contents) {
    for (const whenClosed of WHEN_CLOSED) {
      for (const state of states) {
        const { action, reason } = decide(content, whenClosed, state);
        decidable.add(`${action} ${reason}`);
      }
    }
  }
  expect([...pairs].sort()).toEqual([...decidable].sort());
});
