/**
 * `npm run broadcast`: sends the rows of a CSV through /send-message of a running service, each once, after a preview and
 * an agreement. It decides nothing about a message: the service does.
 */
import { readFileSync } from 'node:fs';
import { basename, resolve } from 'node:path';
import { InvalidArgumentError } from 'commander';
import { staleness } from '../src/domain/prices';
import { connect, demandSettings, readEnv, type SettingsFile } from './account/account';
import { deployedDomains, SERVICE_NAME, theOnly } from './account/functions-domain';
import { readPriceFile } from './account/price-file';
import { Journal, type Result } from './broadcast/journal';
import { bySoonestClosing, type Planned, planned, sentences, totals } from './broadcast/preview';
import { type ResultLine, writeResults } from './broadcast/result-file';
import { type Row, readRows } from './broadcast/rows';
import { type SendAnswer, type Service, serviceAt } from './broadcast/service';
import { command, type Ended, type Run } from './command/command';
import { inTurn } from './command/in-turn';
import { offlineAddresses } from './command/offline-io';
import type { CommonOptions } from './command/options';
import { runProgram } from './command/program';
import { ScriptFailure } from './command/script-failure';

interface Options extends CommonOptions {
  readonly url?: string;
  readonly serviceName: string;
  readonly campaign?: string;
  readonly prices?: string;
  readonly encoding: string;
  readonly perSecond: number;
}

const UNKNOWN: Result = {
  outcome: 'unknown',
  form: '',
  sid: null,
  heldUntil: null,
  detail:
    'It is not known whether this was sent. Run the same command again within 48 hours: it sends only what was not.',
};
const TOO_OLD = 'It may have been sent, too long ago to ask by its key: look it up in the Console.';

const NOT_IN_ORDER = ['MISCONFIGURED', 'STATE_UNAVAILABLE', 'RATE_LIMITED', 'INTERNAL_ERROR'];

export const main = command<Options>(
  {
    name: 'broadcast',
    summary: 'Send the rows of a CSV file through /send-message, each once.',
    examples: [
      ['--dry-run customers.csv', 'what would go out, in which form, at what cost; nothing is sent'],
      ['--offline customers.csv', 'the same against the running npm start, and sent there once you agree'],
    ],
    changes: true,
    own: (line) =>
      line
        .argument('<file>', 'CSV with a column "to" and others of the parameters of /send-message')
        .option(
          '--url <address>',
          'the running service, such as https://whatsapp-window-1234-dev.twil.io; default: what Twilio says is live',
        )
        .option('--service-name <name>', 'the Functions service to look for', SERVICE_NAME)
        .option('--encoding <name>', 'how the file is encoded, such as windows-1252', encodingOf, 'utf-8')
        .option('--campaign <name>', "what the rows' keys begin with; without it, the file's name")
        .option('--prices <file>', 'a price file, such as prices.example.json')
        .option('--per-second <rows>', 'how many rows are handed over in a second', rateOf, 5),
  },
  broadcast,
);

function encodingOf(name: string): string {
  try {
    return new TextDecoder(name).encoding;
  } catch {
    throw new InvalidArgumentError('It must be an encoding such as utf-8 or windows-1252.');
  }
}

function rateOf(text: string): number {
  const rate = Number(text);
  if (Number.isInteger(rate) && rate >= 1 && rate <= 80) return rate;
  throw new InvalidArgumentError('It must be a whole number from 1 to 80.');
}

async function broadcast(run: Run<Options>): Promise<Ended> {
  const { options, args, output, io } = run;
  const file = resolve(io.cwd, args[0] ?? '');
  const rows = readFile(file, run);
  const prices =
    options.prices === undefined ? null : readPriceFile(resolve(io.cwd, options.prices), options.prices);
  const old = prices && staleness(prices, io.now());
  if (old !== null) output.warn(old);
  const settings = readEnv(run);
  const { API_TOKEN } = demandSettings(settings.env, settings.file, ['API_TOKEN']);
  const service = serviceAt(await serviceAddress(run, settings), API_TOKEN, { fetch: io.fetch });
  const campaign = campaignOf(options.campaign, file);
  const keyOf = (row: Row) => `${campaign}:${row.fingerprint}`;
  const journal = new Journal(`${file}.${campaign}.journal`);

  const todo = rows.filter(
    (row) => !journal.isSettled(keyOf(row)) && !journal.isTooOld(keyOf(row), io.now()),
  );
  if (todo.length < rows.length)
    output.say(`${rows.length - todo.length} of ${rows.length} rows are settled by an earlier run.`);
  const plans = await preview(service, todo, run);
  const figures = totals(plans, prices);
  for (const line of sentences(figures)) output.say(line);
  for (const { row, explanation } of plans.filter(({ isMistake }) => isMistake))
    output.warn(`Line ${row.line} is skipped: ${explanation}`);
  const isFlawless = plans.every(({ isMistake }) => !isMistake);
  if (options.dryRun) return { ok: isFlawless, json: { dryRun: true, preview: figures } };

  const going = bySoonestClosing(plans.filter(({ form }) => form !== 'skipped'));
  if (going.length > 0 && !(await output.agreed(`Send these ${going.length} messages?`)))
    return { ok: false, json: { preview: figures, sent: false } };
  const resultFile = `${file}.${campaign}.results.csv`;
  const lines = () => rows.map((row) => resultLine(row, plans, journal, keyOf(row), io.now()));
  try {
    await sendAll(service, going, journal, keyOf, run);
  } finally {
    writeResults(resultFile, lines());
    output.say(`What became of each row is in ${resultFile}.`);
  }
  const count = (...outcomes: readonly string[]) =>
    lines().filter(({ outcome }) => outcomes.includes(outcome)).length;
  const json = {
    preview: figures,
    sent: count('sent', 'scheduled'),
    held: count('held'),
    skipped: count('skipped'),
    failed: count('failed'),
    unknown: count('unknown'),
    results: resultFile,
  };
  const { sent, held, skipped, failed, unknown } = json;
  output.say(`Sent ${sent}, held ${held}, skipped ${skipped}, failed ${failed}, unknown ${unknown}.`);
  return { ok: isFlawless && failed + unknown === 0, json };
}

/**
 * What is not of the encoding that was named becomes U+FFFD, and a problem with its line.
 * @throws ScriptFailure with every problem of every line
 */
function readFile(file: string, { options, output, io }: Run<Options>): readonly Row[] {
  let text: string;
  try {
    text = new TextDecoder(options.encoding, { ignoreBOM: true }).decode(readFileSync(file));
  } catch {
    throw new ScriptFailure(`There is no file ${file}.`, 'Give the path of a CSV file.');
  }
  const { rows, problems, repeated } = readRows(text, io.now());
  for (const { line, message } of repeated) output.warn(`Line ${line} is left out. ${message}`);
  if (problems.length === 0) return rows;
  const lines = problems.map(
    ({ line, field, message }) => `  line ${line}${field && `, ${field}`}: ${message}`,
  );
  throw new ScriptFailure(
    `Nothing was sent: ${file} has ${problems.length === 1 ? '1 problem' : `${problems.length} problems`}.\n${lines.join('\n')}`,
    'Correct the file, then run the same command again.',
  );
}

/** @throws ScriptFailure where it would send the token in clear, or is not known */
async function serviceAddress(run: Run<Options>, settings: SettingsFile): Promise<string> {
  const { options, io } = run;
  if (options.url !== undefined) return addressOf(options.url);
  const domain = theOnly(await deployedDomains(connect(settings, io), options.serviceName), '--url');
  if (domain !== undefined) return `https://${domain}`;
  if (options.offline) return offlineAddresses(io.env).functions;
  throw new ScriptFailure(
    `Nothing is deployed in the Functions service ${options.serviceName}.`,
    'Run npm run deploy first, or name the running service with --url.',
  );
}

function addressOf(url: string): string {
  const { protocol = '', hostname = '' } = URL.canParse(url) ? new URL(url) : {};
  const isHere = /^(?:localhost|127\.0\.0\.1|\[::1\])$/.test(hostname);
  if (protocol === 'https:' || (protocol === 'http:' && isHere)) return url.replace(/\/+$/, '');
  if (protocol === 'http:') {
    throw new ScriptFailure(
      '--url begins with http://, and would send the API token in clear.',
      'Give the address with https:// before it; http:// is for localhost only.',
    );
  }
  throw new ScriptFailure(
    '--url is no web address.',
    'Give the address of the service, with https:// before it.',
  );
}

function campaignOf(name: string | undefined, file: string): string {
  const campaign =
    name ??
    basename(file)
      .replace(/\.csv$/i, '')
      .replace(/[^A-Za-z0-9_.-]+/g, '-')
      .slice(0, 60);
  if (/^[A-Za-z0-9_.-]{1,60}$/.test(campaign)) return campaign;
  throw new ScriptFailure('--campaign is malformed.', 'Use 1 to 60 of the characters A-Z a-z 0-9 _ . -');
}

async function preview(
  service: Service,
  rows: readonly Row[],
  { options, output }: Run<Options>,
): Promise<readonly Planned[]> {
  if (rows.length === 0) return [];
  const categories = await service.categories();
  const bar = output.progress('Asking what would be sent', rows.length);
  const ask = async (row: Row): Promise<Planned> => {
    const answer = await service.send({ ...row.parameters, dryRun: true });
    if (!answer)
      throw new ScriptFailure(
        'The service does not answer.',
        'Nothing was sent. Run the same command again.',
      );
    demandWillingness(answer);
    return planned(row, answer, categories);
  };
  try {
    return await inTurn(rows, options.perSecond, ask, (done) => bar.at(done, `${done} of ${rows.length}`));
  } finally {
    bar.end('Nothing is sent yet.');
  }
}

/** Where the service itself is not in order, no row is to blame; and who said STOP is not known while Sync is away. */
function demandWillingness({ decision, error }: SendAnswer): void {
  const isInOrder = decision?.reason !== 'STATE_UNAVAILABLE' && !(error && NOT_IN_ORDER.includes(error.code));
  if (isInOrder) return;
  throw new ScriptFailure(
    `The service says: ${error?.message ?? decision?.explanation}`,
    'Nothing was sent. Run the same command again once it is in order.',
  );
}

async function sendAll(
  service: Service,
  plans: readonly Planned[],
  journal: Journal,
  keyOf: (row: Row) => string,
  { options, output, io }: Run<Options>,
): Promise<void> {
  const bar = output.progress('Sending', plans.length);
  const counts: Record<string, number> = {};
  const send = async ({ row }: Planned) => {
    const key = keyOf(row);
    journal.begin(key, io.now());
    const result = resultOf(await service.send({ ...row.parameters, idempotencyKey: key }));
    journal.end(key, result);
    const what = result.outcome === 'sent' ? result.form : result.outcome;
    counts[what] = (counts[what] ?? 0) + 1;
  };
  const soFar = () =>
    Object.entries(counts)
      .map(([what, count]) => `${what} ${count}`)
      .join(', ');
  try {
    await inTurn(plans, options.perSecond, send, (done) => bar.at(done, soFar()));
  } finally {
    bar.end(soFar());
  }
}

function resultOf(answer: SendAnswer | null): Result {
  if (!answer || answer.error?.code === 'OUTCOME_UNKNOWN') return UNKNOWN;
  const { outcome, decision, message, held, error } = answer;
  const form = decision?.action ?? '';
  if (outcome === 'sent' || outcome === 'scheduled' || outcome === 'held') {
    const detail = decision?.reason ?? 'found in the message log';
    return { outcome, form, sid: message?.sid ?? null, heldUntil: held?.expiresAt ?? null, detail };
  }
  const problems = (error?.problems ?? []).map((problem) => problem.message).join(' ');
  return {
    outcome: 'failed',
    form,
    sid: null,
    heldUntil: null,
    detail: `${error?.code ?? outcome}: ${problems || error?.message || ''}`,
  };
}

function resultLine(
  row: Row,
  plans: readonly Planned[],
  journal: Journal,
  key: string,
  now: number,
): ResultLine {
  const { line, to } = row;
  const nothing = { line, to, form: '', sid: null, heldUntil: null };
  const result = journal.resultOf(key);
  if (result && journal.isSettled(key)) return { line, to, ...result };
  if (journal.isTooOld(key, now)) return { ...nothing, outcome: 'unknown', detail: TOO_OLD };
  const skipped = plans.find((plan) => plan.row === row && plan.form === 'skipped');
  if (skipped) return { ...nothing, outcome: 'skipped', detail: `${skipped.reason}: ${skipped.explanation}` };
  if (result) return { line, to, ...result };
  if (journal.hasBegun(key)) return { line, to, ...UNKNOWN };
  return { ...nothing, outcome: 'not sent', detail: 'Run the same command again.' };
}

if (require.main === module) runProgram(main);
