/**
 * How long `npm run audit` takes for a million rows, and how much memory, as the process that a person starts. The rows
 * are in no order, as many exports put one after the other are.
 */
import { execFile } from 'node:child_process';
import { createWriteStream, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { promisify } from 'node:util';
import { ROOT } from '../../scripts/offline/twilio-run';
import type { Row } from './row';

const ROWS = 1_000_000;
const PEOPLE = 300_000;
const MONTH_SECONDS = 30 * 24 * 3600;
const START = Date.parse('2026-11-01T00:00:00Z');
const HEADER =
  'From,To,Body,Status,SentDate,ApiVersion,NumSegments,ErrorCode,AccountSid,Sid,Direction,Price,PriceUnit\n';

export async function measureAudit(): Promise<readonly Row[]> {
  const folder = mkdtempSync(join(tmpdir(), 'bench-audit-'));
  try {
    const file = join(folder, 'million.csv');
    await pipeline(Readable.from(csv()), createWriteStream(file));
    const peak = join(folder, 'peak');
    const startedAt = performance.now();
    const { stdout } = await promisify(execFile)(
      process.execPath,
      [
        ...['-r', join(ROOT, 'verify/bench/peak-memory.cjs'), '--import', 'tsx', 'scripts/audit.ts'],
        ...['--csv', file, '--templates', 'src/assets/audit/sample-templates.json', '--json'],
      ],
      { cwd: ROOT, env: { ...process.env, PEAK_MEMORY_FILE: peak } },
    );
    const seconds = (performance.now() - startedAt) / 1000;
    const { inbound, outbound } = JSON.parse(stdout);
    if (inbound + outbound !== ROWS) throw new Error(`It counted ${inbound + outbound} of ${ROWS} rows.`);
    const mebibytes = Number(readFileSync(peak, 'utf8')) / 1024;
    const what = `an audit of ${ROWS.toLocaleString('en')} rows in no order`;
    return [
      { what: `${what}, from start to end`, unit: 's', figures: { ours: seconds } },
      { what: `${what}, most memory`, unit: 'MiB', figures: { ours: mebibytes } },
    ];
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function* csv(): Generator<string> {
  yield HEADER;
  for (let begun = 0; begun < ROWS; begun += 1000)
    yield Array.from({ length: 1000 }, (_, index) => line(begun + index)).join('');
}

/** Spread by multiplication with a prime: the same file each time, in no order. */
function line(index: number): string {
  const mixed = (index * 7_919 + 104_729) % 1_000_003;
  const at = new Date(START + (mixed % MONTH_SECONDS) * 1000).toISOString().replace('.000', '');
  const user = `whatsapp:+1555${String((mixed * 31) % PEOPLE).padStart(7, '0')}`;
  const isInbound = index % 5 < 2;
  const [from, to] = isInbound ? [user, 'whatsapp:+14155238886'] : ['whatsapp:+14155238886', user];
  const body =
    index % 10 === 3
      ? 'Your appointment is coming up on 7 November at 11:00'
      : `Hello number ${index}, this is a text with some words in it\nand a second line`;
  const code = !isInbound && index % 20 === 4 ? '63016' : '';
  const sid = `SM${String(index).padStart(32, '0')}`;
  const fields = [
    ...[from, to, body, isInbound ? 'received' : 'delivered', at, '2010-04-01', '1', code],
    ...['AC00000000000000000000000000000000', sid, isInbound ? 'inbound' : 'outbound-api', '-0.005', 'USD'],
  ];
  return `${fields.map((field) => `"${field}"`).join(',')}\n`;
}
