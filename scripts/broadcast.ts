/**
 * `npm run broadcast`: sends the rows of a CSV through /send-message of a running service, each once, after a preview and
 * an agreement. It decides nothing about a message: the service does.
 */
import { existsSync, readFileSync } from 'node:fs';
import { basename, resolve } from 'node:path';
import { InvalidArgumentError } from 'commander';
import { type Prices, staleness } from '../src/domain/prices';
import { connect, demandSettings, readEnv, type SettingsFile } from './account/account';
import { envPath } from './account/env-file';
import { deployedDomains, SERVICE_NAME, theOnly } from './account/functions-domain';
import { readPriceFile } from './account/price-file';
import { sentences, totals } from './broadcast/estimate';
import { Journal } from './broadcast/journal';
import type { Message } from './broadcast/messages';
import { bySoonestClosing, type Planned, planned } from './broadcast/preview';
import { type ResultLine, writeResults } from './broadcast/result-file';
import { type Row, type Rows, readRows } from './broadcast/rows';
import { sendAll, UNKNOWN } from './broadcast/sending';
import { type Service, serviceAt } from './broadcast/service';
import { type Todo, todoOf } from './broadcast/todo';
import { command, type Ended, type Run } from './command/command';
import { inTurn } from './command/in-turn';
import { offlineAddresses } from './command/offline-io';
import type { CommonOptions } from './command/options';
import { runProgram } from './command/program';
import { ScriptFailure, WrongLine } from './command/script-failure';
import { demandSyncService } from './setup/sync-service';

interface Options extends CommonOptions {
  readonly url?: string;
  readonly serviceName: string;
  readonly campaign?: string;
  readonly prices?: string;
  readonly encoding: string;
  readonly perSecond: number;
  readonly together?: boolean;
}

const OWN_PRICES = 'prices.json';
const TOO_OLD = 'It may have been sent, too long ago to ask by its key: look it up in the Console.';
const PARTED =
  'It may have been sent in one message with rows that are not in the file any more: put them back as they were and run the same command again, or look it up in the Console.';

export const main = command<Options>(
  {
    name: 'broadcast',
    summary: 'Send the rows of a CSV file through /send-message, each once.',
    examples: [
      ['--dry-run customers.csv', 'what would go out, in which form, at what cost; nothing is sent'],
      ['--together customers.csv', 'what is for one person leaves as few messages as fit'],
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
        .option('--together', 'join the texts for one person into as few messages as fit')
        .option(
          '--prices <file>',
          `a price file, such as prices.example.json; default: ${OWN_PRICES}, if there is one`,
        )
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
  const { rows, leftOut } = readFile(file, run);
  const prices = pricesFor(run);
  const settings = readEnv(run);
  const { API_TOKEN } = demandSettings(settings.env, settings.file, ['API_TOKEN']);
  const service = serviceAt(await serviceAddress(run, settings), API_TOKEN, { fetch: io.fetch });
  const campaign = campaignOf(options.campaign, file);
  const keyOf = ({ fingerprint }: Row | Message) => `${campaign}:${fingerprint}`;
  const journal = new Journal(`${file}.${campaign}.journal`);

  const open = rows.filter(
    (row) => !journal.isSettled(keyOf(row)) && !journal.isTooOld(keyOf(row), io.now()),
  );
  if (open.length < rows.length)
    output.say(`${rows.length - open.length} of ${rows.length} rows are settled by an earlier run.`);
  const todo = todoOf(open, journal, keyOf, options.together === true);
  const mayBeOut = ({ rows: [first] }: Message) => journal.mayBeOut(keyOf(first));
  if (todo.messages.length === 0) output.nothingToDo('no row is left to send');
  const plans = await preview(service, todo.messages, mayBeOut, run);
  const figures = totals(plans, prices);
  if (plans.length > 0) for (const line of sentences(figures)) output.say(line);
  const mistakes = plans.filter(({ isMistake }) => isMistake);
  for (const { message, explanation } of mistakes)
    output.warn(`Line ${message.rows[0].line} is skipped: ${explanation}`);
  const isFlawless = mistakes.length === 0;
  if (options.dryRun) return { ok: isFlawless, json: { dryRun: true, preview: figures, leftOut } };

  const going = bySoonestClosing(plans.filter((plan) => plan.form !== 'skipped' || mayBeOut(plan.message)));
  if (going.length > 0 && !(await output.agreed(`Send ${callsOf(going)}?`))) {
    output.say('Nothing was sent.');
    return { ok: false, json: { preview: figures, sent: false } };
  }
  const resultFile = `${file}.${campaign}.results.csv`;
  const lines = () => rows.map((row) => resultLine(row, { plans, todo, journal, key: keyOf(row) }, io.now()));
  const messages = going.map(({ message }) => message);
  try {
    const sending = { service, journal, keyOf, now: io.now };
    if (messages.length > 0) await sendAll(sending, messages, options.perSecond, output);
  } finally {
    writeResults(resultFile, lines());
    output.say(`What became of each row is in ${resultFile}.`);
  }
  const count = (...outcomes: readonly string[]) =>
    lines().filter(({ outcome }) => outcomes.includes(outcome)).length;
  const json = {
    preview: figures,
    leftOut,
    sent: count('sent', 'scheduled'),
    held: count('held'),
    skipped: count('skipped'),
    failed: count('failed'),
    unknown: count('unknown'),
    results: resultFile,
  };
  const { sent, held, skipped, failed, unknown } = json;
  output.say(`Rows: sent ${sent}, held ${held}, skipped ${skipped}, failed ${failed}, unknown ${unknown}.`);
  return { ok: isFlawless && failed + unknown === 0, json };
}

/** What is agreed to, in the reader's words: rows, and that they are fewer messages where some are joined. */
function callsOf(going: readonly Planned[]): string {
  const rows = going.flatMap(({ message }) => message.rows).length;
  if (rows === going.length) return rows === 1 ? 'this 1 row' : `these ${rows} rows`;
  return `these ${rows} rows, joined to ${going.length}`;
}

function pricesFor({ options, output, io }: Run<Options>): Prices | null {
  const own = envPath(OWN_PRICES);
  const given = options.prices;
  if (given === undefined && !existsSync(own)) return null;
  const prices = given === undefined ? readPriceFile(own) : readPriceFile(resolve(io.cwd, given), given);
  const old = staleness(prices, io.now());
  if (old !== null) output.warn(old);
  return prices;
}

/**
 * What is not of the encoding that was named becomes U+FFFD, and a problem with its line.
 * @throws ScriptFailure with every problem of every line
 */
function readFile(
  file: string,
  { options, output, io }: Run<Options>,
): { readonly rows: readonly Row[]; readonly leftOut: Rows['repeated'] } {
  let text: string;
  try {
    text = new TextDecoder(options.encoding, { ignoreBOM: true }).decode(readFileSync(file));
  } catch {
    throw new ScriptFailure(`There is no file ${file}.`, 'Give the path of a CSV file.');
  }
  const { rows, problems, repeated } = readRows(text, io.now());
  for (const { line, message } of repeated) output.warn(`Line ${line} is left out. ${message}`);
  if (problems.length === 0) return { rows, leftOut: repeated };
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
  const sdk = connect(settings, io);
  // Else the token of an npm start that has ended would be refused, and nobody knew why.
  if (options.offline) await demandSyncService(sdk, settings.env.SYNC_SERVICE_SID?.trim() ?? '', options);
  const domain = theOnly(await deployedDomains(sdk, options.serviceName), '--url');
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
    throw new WrongLine(
      '--url begins with http://, and would send the API token in clear.',
      'Give the address with https:// before it; http:// is for localhost only.',
    );
  }
  throw new WrongLine(
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
  throw new WrongLine('--campaign is malformed.', 'Use 1 to 60 of the characters A-Z a-z 0-9 _ . -');
}

async function preview(
  service: Service,
  messages: readonly Message[],
  mayBeOut: (message: Message) => boolean,
  { options, output }: Run<Options>,
): Promise<readonly Planned[]> {
  if (messages.length === 0) return [];
  const categories = await service.categories();
  const bar = output.progress('Asking what would be sent', messages.length);
  const ask = (message: Message) => planned(service, message, mayBeOut(message), categories);
  const told = (done: number) => bar.at(done, `${done} of ${messages.length}`);
  try {
    return (await inTurn(messages, options.perSecond, ask, told)).flat();
  } finally {
    bar.end('Nothing is sent yet.');
  }
}

interface Known {
  readonly plans: readonly Planned[];
  readonly todo: Todo;
  readonly journal: Journal;
  readonly key: string;
}

function resultLine(row: Row, { plans, todo, journal, key }: Known, now: number): ResultLine {
  const { line, to } = row;
  const nothing = { line, to, form: '', sid: null, heldUntil: null };
  const result = journal.resultOf(key);
  if (result && journal.isSettled(key)) return { line, to, ...result };
  if (journal.isTooOld(key, now)) return { ...nothing, outcome: 'unknown', detail: TOO_OLD };
  if (todo.parted.includes(row)) return { ...nothing, outcome: 'unknown', detail: PARTED };
  if (journal.mayBeOut(key)) return { line, to, ...UNKNOWN };
  const skipped = plans.find((plan) => plan.form === 'skipped' && plan.message.rows.includes(row));
  if (skipped) return { ...nothing, outcome: 'skipped', detail: `${skipped.reason}: ${skipped.explanation}` };
  if (result) return { line, to, ...result };
  return { ...nothing, outcome: 'not sent', detail: 'Run the same command again.' };
}

if (require.main === module) runProgram(main);
