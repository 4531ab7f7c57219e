/**
 * The file from which twilio-run takes variables, for a local run and for a deploy: written from what was read from the file
 * of settings, so that both have the same values.
 */
import { ScriptFailure } from '../command/script-failure';

/** @throws ScriptFailure where a value cannot be written in such a file */
export function variablesFile(variables: Readonly<Record<string, string | undefined>>): string {
  return Object.entries(variables)
    .map(([name, value = '']) => `${name}=${quoted(name, value)}\n`)
    .join('');
}

/**
 * The same for a deploy. The credentials have an empty line each: twilio-run fills them from its environment
 * (`--load-system-env`), so they are neither written down nor seen on a command line, and it does not deploy them.
 */
export function deployedVariablesFile(variables: Readonly<Record<string, string>>): string {
  return `ACCOUNT_SID=\nAUTH_TOKEN=\n${variablesFile(variables)}`;
}

/**
 * twilio-run reads with dotenv 6.2, line by line: it takes one quotation mark off either end and leaves the rest as it
 * is, where without them a `#` or a space at the end would depend on its version.
 */
function quoted(name: string, value: string): string {
  if (!/[\r\n\u2028\u2029]/.test(value)) return `'${value}'`;
  throw new ScriptFailure(
    `The value of ${name} has a line break, which twilio-run cannot read.`,
    'Write it on one line. In double quotes \\n is a line break: take single quotes or none.',
  );
}
