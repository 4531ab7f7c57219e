/**
 * `npm run audit`: what the message log of a month says about the 24 hours: what was lost, what nearly was, and what could
 * have been fewer messages. From the CSV that the Console exports, or from the account's own log. It changes nothing.
 */
import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { InvalidArgumentError, Option } from 'commander';
import { Audit, type AuditPeriod, type AuditReport, type ReplayedRows } from '../src/domain/audit/replay';
import { reportLines, reportNotes } from '../src/domain/audit/report-words';
import { readTemplateList } from '../src/domain/audit/template-list';
import type { TemplateText } from '../src/domain/audit/template-texts';
import { type Prices, staleness } from '../src/domain/prices';
import { SANDBOX_TEMPLATES } from '../src/domain/sandbox-templates';
import { SANDBOX_SENDER } from '../src/domain/whatsapp-address';
import { listTemplates } from '../src/twilio/content-templates';
import { connect, readEnv, type TwilioSdk } from './account/account';
import { envPath } from './account/env-file';
import { readJsonFile, readPriceFile } from './account/price-file';
import { readAccountLog } from './audit/account-log';
import { writeAuditPage } from './audit/audit-page';
import { readCsvFile } from './audit/csv-file';
import { watchedProgress } from './audit/progress';
import { command, type Ended, type Run } from './command/command';
import type { Io } from './command/io';
import type { CommonOptions } from './command/options';
import type { Output } from './command/output';
import { runProgram } from './command/program';
import { ScriptFailure } from './command/script-failure';

interface Options extends CommonOptions {
  readonly csv?: string;
  readonly days: number;
  readonly templates?: string;
  readonly prices?: string;
  readonly html?: string;
}

/** Deployed with the service where it exists; read here as well. */
const OWN_PRICES = 'prices.json';
const DAY_MS = 24 * 3_600_000;
/** More would only scroll by; `--json` has them all. */
const PROBLEMS_SHOWN = 20;

export const main = command<Options>(
  {
    name: 'audit',
    summary:
      'Say what last month’s messages lost to the 24 hours, and which of them could have been fewer. It changes nothing.',
    examples: [
      ['--days 30', 'from the account’s own message log'],
      ['--csv messages.csv --html audit.html', 'from the CSV that the Console exports, as a page as well'],
    ],
    changes: false,
    own: (line) =>
      line
        .option('--csv <file>', 'the CSV that the Console exports; without it, the account’s own log is read')
        .addOption(
          new Option('--days <days>', 'how many days of the account’s log')
            .argParser(daysOf)
            .default(30)
            .conflicts('csv'),
        )
        .option('--templates <file>', 'what GET /templates answers; without it, the account’s own are read')
        .option(
          '--prices <file>',
          `a price file, such as prices.example.json; default: ${OWN_PRICES}, if there is one`,
        )
        .option('--html <file>', 'write the page with this audit in it, to look at and to hand on'),
  },
  audit,
);

function daysOf(text: string): number {
  const days = Number(text);
  if (Number.isInteger(days) && days >= 1 && days <= 400) return days;
  throw new InvalidArgumentError('It must be a whole number from 1 to 400.');
}

async function audit(run: Run<Options>): Promise<Ended> {
  const { options, output, io } = run;
  const found = options.csv === undefined ? await ofAccount(run) : await ofFile(options.csv, run);
  const { report, notes } = found;
  tell(report, notes, output);
  if (options.html !== undefined) {
    writeAuditPage(resolve(io.cwd, options.html), found);
    output.say(`The page is in ${options.html}.`);
  }
  return { ok: true, json: { ...report, notes } };
}

interface Found {
  readonly rows: ReplayedRows;
  readonly report: AuditReport;
  readonly notes: readonly string[];
}

async function ofFile(file: string, { options, io }: Run<Options>): Promise<Found> {
  const prices = pricesFor(options, io);
  const templates = givenTemplates(options.templates, io);
  const audit = new Audit({ templates: templates ?? [] });
  const { hasErrorCodes } = await readCsvFile(resolve(io.cwd, file), file, audit, watchedProgress(io));
  const notes = reportNotes({ hasErrorCodes, hasTemplates: templates !== undefined });
  const report = audit.report({ prices });
  return { report, rows: audit.rows, notes: [...notes, ...priceNotes(prices, io.now())] };
}

async function ofAccount(run: Run<Options>): Promise<Found> {
  const { options, io } = run;
  const settings = readEnv(run);
  const sdk = connect(settings, io);
  const prices = pricesFor(options, io);
  const templates =
    givenTemplates(options.templates, io) ??
    (await ownTemplates(sdk, settings.env.WHATSAPP_SENDER?.trim() === SANDBOX_SENDER));
  const audit = new Audit({ templates });
  const now = io.now();
  const period: AuditPeriod = { from: now - options.days * DAY_MS, to: now };
  await readAccountLog(sdk, period, audit, watchedProgress(io));
  const report = audit.report({ period, prices });
  return { report, rows: audit.rows, notes: priceNotes(prices, now) };
}

function pricesFor({ prices }: Options, io: Io): Prices | null {
  const own = envPath(OWN_PRICES);
  if (prices !== undefined) return readPriceFile(resolve(io.cwd, prices), prices);
  return existsSync(own) ? readPriceFile(own) : null;
}

function priceNotes(prices: Prices | null, now: number): readonly string[] {
  const old = prices && staleness(prices, now);
  return old === null ? [] : [old];
}

function givenTemplates(file: string | undefined, io: Io): readonly TemplateText[] | undefined {
  if (file === undefined) return undefined;
  const nextStep = 'Save what GET /templates answers, and give that file.';
  const templates = readTemplateList(readJsonFile(resolve(io.cwd, file), nextStep, file));
  if (templates) return templates;
  throw new ScriptFailure(`${file} is no list of templates, each with its text.`, nextStep);
}

async function ownTemplates(sdk: TwilioSdk, isSandbox: boolean): Promise<readonly TemplateText[]> {
  const own = await listTemplates(sdk);
  return isSandbox ? [...own, ...SANDBOX_TEMPLATES] : own;
}

function tell(report: AuditReport, notes: readonly string[], output: Output): void {
  const { period, inbound, outbound, cost, problems } = report;
  if (period.from === null) {
    output.say('There is no WhatsApp message in it.');
  } else {
    output.say(`From ${period.from} to ${period.to}: ${inbound} inbound and ${outbound} outbound messages.`);
    output.say('');
    for (const { name, count, meaning } of reportLines(report)) {
      output.say(`${String(count).padStart(8)}  ${name}`);
      output.say(`${' '.repeat(10)}${meaning}`);
    }
    output.say('');
    for (const { sender, month, count } of report.serviceMessages)
      output.say(`${month}, ${sender}: ${count} free-form messages`);
    if (cost) {
      output.say(
        `Cost by the price file of ${cost.asOf ?? 'an unknown day'}: ${cost.amount} ${cost.currency}, of it Twilio ${cost.twilio}, Meta ${cost.meta}; avoidable ${cost.avoidable}. Messages without a price: ${cost.messagesWithoutPrice}.`,
      );
    }
  }
  for (const note of notes) output.warn(note);
  for (const { line, message } of problems.slice(0, PROBLEMS_SHOWN)) output.warn(`Line ${line}: ${message}`);
  if (problems.length > PROBLEMS_SHOWN)
    output.warn(`… and ${problems.length - PROBLEMS_SHOWN} lines more; --json names them all.`);
}

if (require.main === module) runProgram(main);
