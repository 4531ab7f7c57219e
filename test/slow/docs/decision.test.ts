/**
 * docs/internals/decision.md against the stand: its commands are run in order, and what /send-message answers is what stands
 * below them. It has every pair of an action and a reason that a decision can have. UPDATE_DOCS=1 writes the answers.
 */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { ROOT } from '../../../scripts/offline/twilio-run';
import { windowAt } from '../../../src/domain/customer-service-window';
import { decide, WHEN_CLOSED } from '../../../src/domain/send-decision';
import { type SendAnswer, useService } from '../../functions/service';
import { documentText } from './document';
import { Shell } from './shell';

const FILE = 'docs/internals/decision.md';
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
}, 60_000);
afterAll(() => shell.close());

test('every command runs, and answers what the document says', () => {
  expect(documentText(FILE)).toBe(played);
});

test('every pair of action and reason that can be decided is there', () => {
  const decidable = new Set<string>(['template BODY_MATCHES_TEMPLATE']);
  const wish = fc.record({
    freeForm: fc.boolean(),
    template: fc.boolean(),
    whenClosed: fc.constantFrom(...WHEN_CLOSED),
  });
  const window = fc
    .record({
      lastInboundAt: fc.constantFrom(null, 0),
      closedByWhatsApp: fc.boolean(),
      source: fc.constant('sync' as const),
      now: fc.constantFrom(0, 86_200_000, 86_400_000),
    })
    .map(({ now, ...facts }) => windowAt(facts, now, 300));
  const standing = fc.oneof(
    fc.constant({ known: false } as const),
    fc.record({ known: fc.constant(true as const), window, optedOut: fc.boolean() }),
  );
  fc.assert(
    fc.property(wish, standing, (asked, known) => {
      // The parameters are refused before anything is decided where there is nothing to send.
      if (!asked.freeForm && !asked.template) return;
      const { action, reason } = decide(asked, known);
      decidable.add(`${action} ${reason}`);
    }),
    { numRuns: 2000 },
  );
  expect([...pairs].sort()).toEqual([...decidable].sort());
});
