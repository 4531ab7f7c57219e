/** What the doctor tells a person: what hurts most comes first, each with what it is, why it matters and what to do. */
import { counted } from '../command/counted';
import type { Colour, Output } from '../command/output';
import type { Mark } from './check';
import type { Result } from './checks';

/** In the order in which they are told. */
const SIGNS: Readonly<Record<Mark, { readonly sign: string; readonly colour: Colour }>> = {
  broken: { sign: '✗ broken', colour: 'red' },
  warning: { sign: '! warning', colour: 'yellow' },
  'not checked': { sign: '– not checked', colour: 'dim' },
  ok: { sign: '✓ ok', colour: 'green' },
};
const MARKS = Object.keys(SIGNS) as readonly Mark[];
/** Of the names of checks, where their findings stand below one another. */
const NAME_WIDTH = 28;
/** Of what stands under a name. */
const INDENT = 4;

export function report(results: readonly Result[], output: Output): void {
  for (const mark of MARKS) {
    const found = results.filter((result) => result.mark === mark);
    for (const result of found) tell(result, output);
    if (found.length > 0) output.say('');
  }
  const count = (mark: Mark) => results.filter((result) => result.mark === mark).length;
  output.say(
    `${count('ok')} ok, ${counted(count('warning'), 'warning')}, ${count('broken')} broken, ${count('not checked')} not checked`,
  );
}

/** One result, as where it has changed since it was told. */
export function tell({ check, mark, found, why, fix }: Result, output: Output): void {
  const { sign, colour } = SIGNS[mark];
  const begin = output.coloured(colour, sign);
  if (mark === 'ok' || (mark === 'not checked' && fix === null)) {
    output.say(`${begin}  ${check.padEnd(NAME_WIDTH)}${found}`, INDENT);
    return;
  }
  output.say(`${begin}  ${output.coloured('bold', check)}`, INDENT);
  const parts = [['what', found], ...(mark === 'not checked' ? [] : [['why', why]]), ['do', fix ?? '']];
  for (const [part = '', sentence] of parts) {
    const label = part.padEnd(6);
    output.say(`${' '.repeat(INDENT)}${output.coloured('dim', label)}${sentence}`, INDENT + label.length);
  }
}
