/**
 * Reads the CSV that Twilio's Console exports, piece by piece, in the browser and in Node.js alike. One broken line costs
 * that line and no other: papaparse reads whole pieces, and where one is not in order, line by line.
 */
import Papa from 'papaparse';
import { type Columns, columnsOf, readLogRow } from '../../domain/audit/log-row';
import type { Audit } from '../../domain/audit/replay';

/** The file as a whole is of no use. */
export class UnreadableFile extends Error {
  override readonly name = 'UnreadableFile';
}

/** A record that is longer has a quote that nobody closed: a message has at most 4,096 characters. */
const MAX_RECORD = 64 * 1024;
/** Bytes that are worked through at once. */
const PIECE = 512 * 1024;
/** Records that are parsed at once, as long as all is in order. */
const BATCH = 4096;
const QUOTE = 34;
const LINE_FEED = 10;

export interface ConsoleCsv {
  /** The next piece of the file, cut anywhere. */
  push(bytes: Uint8Array): void;
  /** @throws UnreadableFile where the file has no header that can be used */
  end(): { readonly hasErrorCodes: boolean };
}

/**
 * Hands every row of a CSV to an audit, and names every line that cannot be read.
 * @throws UnreadableFile from `push` or `end`
 */
export function consoleCsv(audit: Pick<Audit, 'add' | 'addProblem'>): ConsoleCsv {
  let decode: ((bytes?: Uint8Array) => string) | undefined;
  let header: Header | undefined;
  const records = new Records(
    (fields, line) => {
      if (header === undefined) header = readHeader(fields);
      else readRecord(header, fields, line);
    },
    (line, message) => {
      if (header === undefined)
        throw new UnreadableFile('The first line cannot be read: look at its quotes.');
      audit.addProblem({ line, message });
    },
  );

  function readRecord({ columns, count }: Header, fields: readonly string[], line: number): void {
    if (fields.every((field) => field.trim() === '')) return;
    if (fields.length !== count) {
      const message = `This line has ${fields.length} ${fields.length === 1 ? 'field' : 'fields'}, the first line has ${count}.`;
      audit.addProblem({ line, message });
      return;
    }
    const read = readLogRow(columns, fields, line);
    if (read.kind === 'row') audit.add(read.row);
    else if (read.kind === 'problem') audit.addProblem({ line, message: read.message });
  }

  return {
    push(bytes) {
      decode ??= decoderFor(bytes);
      for (let at = 0; at < bytes.length; at += PIECE) records.push(decode(bytes.subarray(at, at + PIECE)));
    },
    end() {
      records.push(decode?.() ?? '');
      records.end();
      if (!header) throw new UnreadableFile('The file is empty.');
      return { hasErrorCodes: header.columns.errorCode >= 0 };
    },
  };
}

interface Header {
  readonly columns: Columns;
  readonly count: number;
}

function readHeader(fields: readonly string[]): Header {
  const read = columnsOf(fields);
  if (read.ok) return read;
  throw new UnreadableFile(`${read.message} Give the CSV that the Console exports from its message log.`);
}

/** Spreadsheets save "Unicode text" as UTF-16, with a byte order mark. */
function decoderFor([first, second]: Uint8Array): (bytes?: Uint8Array) => string {
  const isLittle = first === 0xff && second === 0xfe;
  const isBig = first === 0xfe && second === 0xff;
  const decoder = new TextDecoder(isLittle ? 'utf-16le' : isBig ? 'utf-16be' : 'utf-8');
  return (bytes) => (bytes ? decoder.decode(bytes, { stream: true }) : decoder.decode());
}

/** One record of the text, from its first line to the end of its last. */
interface Span {
  readonly start: number;
  /** After the line break. */
  readonly end: number;
  readonly line: number;
}

/** Cuts text into records at the line breaks outside of quotes, and mends where the quotes are broken. */
class Records {
  #text = '';
  /** Of the file, at the beginning of `#text`. */
  #line = 1;
  #delimiter: string | undefined;
  #onlyCarriageReturns = false;
  /** Falls to 1 where something is wrong, so that the lines after it are not cut in vain again and again. */
  #batch = BATCH;

  constructor(
    private readonly onRecord: (fields: readonly string[], line: number) => void,
    private readonly onProblem: (line: number, message: string) => void,
  ) {}

  push(piece: string): void {
    this.#text += piece;
    if (this.#delimiter === undefined) {
      if (this.#text.length < MAX_RECORD) return;
      this.#recognise();
    }
    this.#read(false);
  }

  end(): void {
    if (this.#delimiter === undefined) this.#recognise();
    this.#read(true);
  }

  /** Spreadsheets of some countries put semicolons between fields, old ones break lines with a carriage return. */
  #recognise(): void {
    this.#onlyCarriageReturns = !this.#text.includes('\n');
    const [first = ''] = this.#text.split(/[\r\n]/, 1);
    this.#delimiter = [',', ';', '\t'].find((character) => first.split(character).length > 3) ?? ',';
  }

  #read(isEnd: boolean): void {
    if (this.#onlyCarriageReturns) this.#text = this.#text.replaceAll('\r', '\n');
    const text = isEnd && this.#text !== '' && !this.#text.endsWith('\n') ? `${this.#text}\n` : this.#text;
    let start = 0;
    while (start < text.length) {
      const spans = spansIn(text, start, this.#line, this.#batch);
      this.#batch = Math.min(BATCH, this.#batch * 2);
      start = this.#records(text, spans, start);
      const isWaiting = start < text.length && spans.length === 0;
      if (!isWaiting) continue;
      if (!isEnd && text.length - start <= MAX_RECORD) break;
      start = this.#firstLineAlone(text, start);
    }
    this.#text = text.slice(start);
  }

  /** @returns where the next record begins */
  #records(text: string, spans: readonly Span[], start: number): number {
    const last = spans.at(-1);
    if (!last) return start;
    const whole = this.#parse(text.slice(start, last.end));
    if (whole !== undefined && whole.length === spans.length) {
      for (const [index, { line }] of spans.entries()) this.onRecord(whole[index] ?? [], line);
      this.#line = last.line + linesIn(text, last.start, last.end);
      return last.end;
    }
    this.#batch = 1;
    for (const span of spans) {
      const [fields, ...more] = this.#parse(text.slice(span.start, span.end)) ?? [];
      this.#line = span.line;
      // From here on the quotes are out of step: the lines after this one are cut anew.
      if (!fields || more.length > 0) return this.#firstLineAlone(text, span.start);
      this.onRecord(fields, span.line);
      this.#line = span.line + linesIn(text, span.start, span.end);
    }
    return last.end;
  }

  /** The record that begins here has broken quotes: its first line may still be one by itself. */
  #firstLineAlone(text: string, start: number): number {
    const end = text.indexOf('\n', start) + 1 || text.length;
    const parsed = this.#parse(text.slice(start, end));
    const [fields] = parsed ?? [];
    if (fields) this.onRecord(fields, this.#line);
    else this.onProblem(this.#line, 'The quotes of this line are broken.');
    this.#line += 1;
    return end;
  }

  /** @returns undefined where its quotes are broken */
  #parse(text: string): readonly (readonly string[])[] | undefined {
    const { data, errors } = Papa.parse<string[]>(text.replace(/\r?\n$/, ''), {
      delimiter: this.#delimiter ?? ',',
      newline: '\n',
    });
    if (errors.length > 0) return undefined;
    if (data.length === 0) return [['']];
    return data.map(withoutCarriageReturn);
  }
}

/** Lines may end with both characters. */
function withoutCarriageReturn(fields: string[]): readonly string[] {
  const last = fields.at(-1);
  if (last?.endsWith('\r')) fields[fields.length - 1] = last.slice(0, -1);
  return fields;
}

/** @param most how many are looked for */
function spansIn(text: string, from: number, firstLine: number, most: number): readonly Span[] {
  const spans: Span[] = [];
  let [start, line, recordLine] = [from, firstLine, firstLine];
  let isQuoted = false;
  for (let index = from; index < text.length && spans.length < most; index += 1) {
    const code = text.charCodeAt(index);
    if (code === QUOTE) isQuoted = !isQuoted;
    if (code !== LINE_FEED) continue;
    line += 1;
    if (isQuoted) continue;
    spans.push({ start, end: index + 1, line: recordLine });
    [start, recordLine] = [index + 1, line];
  }
  return spans;
}

function linesIn(text: string, start: number, end: number): number {
  let lines = 0;
  for (let at = text.indexOf('\n', start); at >= 0 && at < end; at = text.indexOf('\n', at + 1)) lines += 1;
  return lines;
}
