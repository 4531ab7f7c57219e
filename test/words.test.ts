/**
 * No private word is left: the names and sentences that a stranger could not read, each with what took its place. The
 * patterns are such that ordinary English does not meet them: names as they stand in code, and whole sentences.
 */
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

const ROOT = join(__dirname, '..');

/** What may not be there, and what is said in its place. */
const WORDS: readonly (readonly [pattern: RegExp, instead: string])[] = [
  [/\bneedsCare\b|\bNO_CARE\b|\btakesCare\b/, 'restrictions, isRestricted, UNRESTRICTED'],
  [/\bfast lane (?:of|for) (?:the )?(?:window|record|pair)/, 'plain record'],
  [/\bStoredWindow\b/, 'ContactRecord'],
  [/\botherName\b|\bhomeOf\b|\breadonly (?:home|away): Pair\b/, 'alias, canonical key'],
  [/\bwish(?:es)?\b|\bWish(?:es)?\b/, 'SendIntent, request'],
  [/\bstandings?\b(?=[^a-z ]| [=:)}])|\bstandingOf\b/, 'KnownState, state'],
  [/\bnotAsked\b|\bobey\(|\bleave\(|\blearn\(/, 'clearPrompt, applyConsent, dispatch, recordFromLog'],
  [/\bisAsking\b|\basking: (?:true|false)|\.asking\b|\basking\)/, 'reply prompt, promptedAt'],
  [/'passing'/, 'transient'],
  [/\bforetold\b|\btold[A-Z(]/, 'result, preview'],
  [
    /\bStand\b|\bstartStand\b|\bStandOptions\b|\bstand\.[a-z]|\boffline stand\b|\bthe stand\b|\ba stand\b(?!-)/,
    'offline service',
  ],
  [/\b[Ss]cenes?\b|\bSCENES?\b|[a-z]Scenes?\b/, 'scenarios'],
  [/\b[Ss]trikes?\b|\bSTRIKES?\b|[a-z]Strikes?\b|\bstruck\b|[a-z]Struck\b/, 'fault'],
  [/\brecording door\b|\bRecordingDoor\b|\bdoors\.[a-z]/, 'proxy, overrides'],
  [/\b[Pp]atient\b/, 'account'],
  [/\bworld\b(?! of|wide)/, 'account, state'],
  [/hears what became of a message/, 'receives delivery status callbacks'],
  [/never sent again blindly|not sent again blindly|held again blindly/, 'is never sent a second time'],
  [/is held for this user any more/, 'No held message with this id exists for this user.'],
  [/Nobody here fits/, 'No matches.'],
  [/cannot be said now/, 'Preview unavailable'],
  [/a queue that nobody knows of/, 'Append before setting the flag.'],
];

/** Text that people write here; neither what is generated, nor this file, which has every word. */
const files = execFileSync('git', ['ls-files', '-co', '--exclude-standard'], { cwd: ROOT, encoding: 'utf8' })
  .split('\n')
  .filter((file) => /\.(?:tsx?|[cm]?js|md|ya?ml|html|css|json)$/.test(file))
  .filter((file) => file !== 'package-lock.json' && file !== 'test/words.test.ts');

test('no private word is left in code, tests, pages and what commands print', () => {
  const found = files.flatMap((file) =>
    readFileSync(join(ROOT, file), 'utf8')
      .split('\n')
      .flatMap((line, index) =>
        WORDS.flatMap(([pattern, instead]) => {
          const [word] = pattern.exec(line) ?? [];
          return word === undefined ? [] : [`${file}:${index + 1}: "${word}"; say: ${instead}`];
        }),
      ),
  );
  expect([files.length > 500, found]).toEqual([true, []]);
});
