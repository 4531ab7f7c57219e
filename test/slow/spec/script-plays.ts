/**
 * What the command-line scripts do with Twilio, each as a process of its own. A script that is new gets its line here: a
 * test fails until it has one. Before the first, the account has neither a Sync service of ours nor one of the templates,
 * and `USER` has just written; each finds what the ones before it left. `broadcast` asks the functions, and is among their
 * plays.
 */
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export interface ScriptPlay {
  /** Such as `doctor`. */
  readonly script: string;
  /** Where it is not a file of its name in `scripts`. */
  readonly file?: string;
  readonly args: readonly string[];
  /** Its exit code; 0 where none is given. */
  readonly code?: number;
  /** What would be complained of: what it asks wrongly on purpose, to see it refused, or in the way of Twilio's own toolkit. */
  readonly excused?: readonly RegExp[];
}

export const USER = 'whatsapp:+4915112345678';

/** For what one command writes and another reads. */
export const FOLDER = mkdtempSync(join(tmpdir(), 'spec-'));
const BACKUP = join(FOLDER, 'friday.backup');

export const SCRIPT_PLAYS: readonly ScriptPlay[] = [
  { script: 'setup', args: ['--yes', '--submit'] },
  {
    script: 'deploy',
    args: ['--yes'],
    excused: [/Environments -> 201: the body must NOT have additional .*"FriendlyName"/],
  },
  // Once more, now that there is something to point the webhook at.
  { script: 'setup', args: ['--yes'] },
  // And a deploy that finds its service and variables already there.
  { script: 'deploy', args: ['--yes', '--environment', 'dev'] },
  { script: 'studio', args: ['--dry-run'] },
  { script: 'backfill', args: ['--yes'] },
  { script: 'audit', args: ['--days', '2'] },
  // Nothing is served there, and the doctor says so.
  {
    script: 'doctor',
    args: ['--url', 'http://localhost:9'],
    code: 1,
    // That API is newer than the pinned documents.
    excused: [/webhooks\.twilio\.com\/v1\/Webhooks\/(?:Rules|Settings) -> 200: no document names/],
  },
  { script: 'backup', args: ['--file', BACKUP] },
  { script: 'restore', args: ['--file', BACKUP, '--yes'] },
  {
    script: 'parity',
    file: 'verify/parity/parity.ts',
    args: ['--live', '--yes', '--user', USER],
    excused: [
      /Messages\.json -> 400: the body\/To must match format "channel-address"/,
      // That API is newer than the pinned documents.
      /webhooks\.twilio\.com\/v1\/Webhooks\/Rules -> 200: no document names/,
    ],
  },
  { script: 'teardown', args: ['--yes'] },
];

export const commandOf = ({ script, args }: ScriptPlay) => `npm run ${script} -- ${args.join(' ')}`;
