/**
 * The rows of a broadcast, read from CSV and checked as /send-message itself would check them, all problems at once and
 * by line, before anything is asked of anybody. It must not send.
 */
import { createHash } from 'node:crypto';
import { CsvError, parse } from 'csv-parse/sync';
import { filingName, parseWhatsAppAddress, SANDBOX_SENDER } from '../../src/domain/whatsapp-address';
import { Parameters } from '../../src/http/parameters';
import { readSendParameters, SEND_PARAMETERS } from '../../src/http/send-parameters';
import { Failure } from '../../src/use-cases/failure';

export interface Row {
  /** Of the file, as an editor counts; the header is line 1. */
  readonly line: number;
  readonly to: string;
  /** What goes to /send-message, without a key. */
  readonly parameters: Readonly<Record<string, string | readonly string[]>>;
  /** The same for the same parameters, and for no others; 32 hexadecimal digits. */
  readonly fingerprint: string;
}

export interface LineProblem {
  readonly line: number;
  readonly field: string;
  readonly message: string;
}

export interface Rows {
  readonly rows: readonly Row[];
  readonly problems: readonly LineProblem[];
  /** Rows left out, because an earlier one says the same to the same person under another spelling of the number. */
  readonly repeated: readonly LineProblem[];
}

/** The keys are made from the rows, and --dry-run is for all. */
const NOT_OF_A_ROW: readonly string[] = ['idempotencyKey', 'dryRun'];
const COLUMNS: readonly string[] = SEND_PARAMETERS.filter((name) => !NOT_OF_A_ROW.includes(name));
/** `var.1`, `var.first_name`: one content variable each. */
const VARIABLE = /^var\.(?=.)/;
/** https://www.twilio.com/docs/content/using-variables-with-content-api */
const PLACEHOLDER = /^var\.\w{1,16}$/;

/** @param now milliseconds since the epoch, for `sendAt` */
export function readRows(text: string, now: number): Rows {
  let records: readonly { readonly record: readonly string[]; readonly info: { readonly lines: number } }[];
  try {
    records = parse(text, {
      bom: true,
      // A file that was edited on two systems has both kinds of line ends.
      record_delimiter: ['\r\n', '\n', '\r'],
      info: true,
      relax_column_count: true,
      skip_empty_lines: true,
    }) as never;
  } catch (error) {
    if (!(error instanceof CsvError)) throw error;
    const line = typeof error.lines === 'number' ? error.lines : 1;
    return {
      rows: [],
      problems: [{ line, field: '', message: 'This is no CSV: look at its quotes.' }],
      repeated: [],
    };
  }
  const [header, ...lines] = records;
  const columns = (header?.record ?? []).map((name) => name.trim());
  const problems: LineProblem[] = columnProblems(columns);
  if (lines.length === 0) problems.push({ line: 1, field: '', message: 'There is no row below the header.' });
  if (problems.length > 0) return { rows: [], problems, repeated: [] };

  const rows: Row[] = [];
  const repeated: LineProblem[] = [];
  const firstLines = new Map<string, number>();
  const firstToPerson = new Map<string, number>();
  for (const { record, info } of lines) {
    const line = firstLineOf(record, info.lines);
    const { parameters, problems: found } = readRow(columns, record, now);
    const fingerprint = createHash('sha256').update(JSON.stringify(parameters)).digest('hex').slice(0, 32);
    const before = firstLines.get(fingerprint);
    if (before !== undefined)
      found.push({ field: '', message: `This row repeats line ${before}, word for word.` });
    else firstLines.set(fingerprint, line);
    problems.push(...found.map((problem) => ({ line, ...problem })));
    const samePerson = firstToPerson.get(messageToPerson(parameters));
    if (samePerson !== undefined && before === undefined) {
      const message = `It says the same as line ${samePerson} to the same person, whose number is written otherwise there.`;
      repeated.push({ line, field: 'to', message });
      continue;
    }
    firstToPerson.set(messageToPerson(parameters), line);
    rows.push({ line, to: String(parameters.to ?? ''), parameters, fingerprint });
  }
  return { rows, problems, repeated };
}

/** What a row says and to whom, however the number is written. */
function messageToPerson({ to, ...message }: ReadRow['parameters']): string {
  return JSON.stringify([personOf(String(to ?? '')), message]);
}

/** The same for every spelling of a number: with or without `whatsapp:`, in either of two spellings. */
export function personOf(to: string): string {
  const address = parseWhatsAppAddress(to);
  return address === undefined ? to : filingName(address);
}

function columnProblems(columns: readonly string[]): LineProblem[] {
  const problems: LineProblem[] = [];
  const add = (field: string, message: string) => problems.push({ line: 1, field, message });
  for (const [index, name] of columns.entries()) {
    if (columns.indexOf(name) !== index) add(name, 'This column is there more than once.');
    else if (!COLUMNS.includes(name) && !VARIABLE.test(name))
      add(
        name || `column ${index + 1}`,
        `There is no such column: ${COLUMNS.join(', ')}, or var.NAME for a content variable.`,
      );
  }
  for (const name of columns.filter((column) => VARIABLE.test(column) && !PLACEHOLDER.test(column))) {
    add(
      name,
      'Twilio fills no placeholder of this name: it is a number, or 1 to 16 letters, digits and underscores.',
    );
  }
  if (!columns.includes('to')) add('to', 'This column is missing.');
  if (columns.includes('contentVariables') && columns.some((name) => VARIABLE.test(name)))
    add('contentVariables', 'Give the variables as var.NAME columns or as contentVariables, not both.');
  return problems;
}

/** csv-parse tells the line that a record ends on; a quoted field may have several. */
function firstLineOf(record: readonly string[], lastLine: number): number {
  return lastLine - record.reduce((breaks, field) => breaks + (field.match(/\r\n|\n|\r/g)?.length ?? 0), 0);
}

type ReadRow = {
  readonly parameters: Record<string, string | readonly string[]>;
  readonly problems: { readonly field: string; readonly message: string }[];
};

function readRow(columns: readonly string[], record: readonly string[], now: number): ReadRow {
  if (record.length !== columns.length) {
    const message = `This row has ${record.length} fields, the header has ${columns.length}.`;
    return { parameters: {}, problems: [{ field: '', message }] };
  }
  const given = columns
    .map((name, index) => [name, record[index] ?? ''] as const)
    .filter(([, value]) => value !== '');
  const parameters: ReadRow['parameters'] = Object.fromEntries(
    given.filter(([name]) => !VARIABLE.test(name)),
  );
  if (typeof parameters.mediaUrl === 'string') {
    const urls = parameters.mediaUrl.trim().split(/\s+/);
    parameters.mediaUrl = urls.length === 1 ? (urls[0] ?? '') : urls;
  }
  const variables = given.filter(([name]) => VARIABLE.test(name));
  if (variables.length > 0) {
    parameters.contentVariables = JSON.stringify(
      Object.fromEntries(variables.map(([name, value]) => [name.replace(VARIABLE, ''), value])),
    );
  }
  try {
    readSendParameters(
      new Parameters(parameters),
      { sender: SANDBOX_SENDER, messagingServiceSid: null, ownHost: '' },
      now,
    );
    return { parameters, problems: [] };
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    return { parameters, problems: [...error.problems] };
  }
}
