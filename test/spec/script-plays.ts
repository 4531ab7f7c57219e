/**
 * What the command-line scripts do with Twilio, each as a process of its own. A script that is new gets its line here.
 * Before each, the account is as a reset leaves it, and `USER` has just written.
 */

export interface ScriptPlay {
  /** Such as `doctor`. */
  readonly script: string;
  readonly args: readonly string[];
  /** What the script asks wrongly on purpose, to see it refused. */
  readonly onPurpose: readonly RegExp[];
}

export const USER = 'whatsapp:+4915112345678';

export const SCRIPT_PLAYS: readonly ScriptPlay[] = [
  {
    script: 'parity',
    args: ['--live', '--yes', '--user', USER],
    onPurpose: [/Messages\.json -> 400: the body\/To must match format "channel-address"/],
  },
];
