/**
 * The file from which twilio-run takes the variables of a deploy. The credentials have an empty line each: twilio-run
 * fills them from its environment (`--load-system-env`), so they are neither written down nor seen on a command line,
 * and it does not deploy them.
 */
import { ScriptFailure } from '../command/script-failure';

/** @throws ScriptFailure where a value cannot be written in such a file */
export function variablesFile(variables: Readonly<Record<string, string>>): string {
  const lines = Object.entries(variables).map(([name, value]) => `${name}=${quoted(name, value)}\n`);
  return ['ACCOUNT_SID=\n', 'AUTH_TOKEN=\n', ...lines].join('');
}

/**
 * twilio-run reads with dotenv 6.2, line by line: it takes one quotation mark off either end and leaves the rest as it
 * is, where without them a `#` or a space at the end would depend on its version.
 */
function quoted(name: string, value: string): string {
  if (!/[\r\n]/.test(value)) return `'${value}'`;
  throw new ScriptFailure(
    `The value of ${name} has a line break, which twilio-run cannot read.`,
    'Write it on one line.',
  );
}
