/**
 * Hands a built folder to `twilio-run deploy` and believes only what it shows for it: that command has been seen to end
 * well with nothing uploaded.
 */
import { type ExecFileException, execFile } from 'node:child_process';
import { join } from 'node:path';
import type { Io } from '../command/io';
import { ScriptFailure } from '../command/script-failure';
import { ROOT } from '../offline/twilio-run';

export interface Resource {
  readonly access: string;
  readonly path: string;
}

export interface UploadRequest {
  /** With `dist/functions`, `dist/assets`, `package.json` and the file of variables in it. */
  readonly folder: string;
  readonly variablesFile: string;
  readonly accountSid: string;
  readonly authToken: string;
  readonly serviceName: string;
  /** The suffix of the domain; null for none. */
  readonly environment: string | null;
  readonly runtime: string;
  /** What has to be live afterwards. */
  readonly expected: { readonly functions: readonly Resource[]; readonly assets: readonly Resource[] };
}

export interface Uploaded {
  readonly domain: string;
  readonly serviceSid: string;
  readonly environmentSid: string;
  readonly buildSid: string;
  readonly functions: readonly (Resource & { readonly url: string })[];
  readonly assets: readonly (Resource & { readonly url: string })[];
}

/** A refused rate is tried again this often, with pauses that double: half a minute in all. */
const RETRIES = '5';

/** The tool waits for a build for five minutes, and for an answer to any other request for ever. */
const MAX_MS = 10 * 60_000;

/** @throws ScriptFailure with what twilio-run says, or where something is missing in what it deployed */
export async function upload(io: Io, request: UploadRequest): Promise<Uploaded> {
  const { stdout, stderr, error } = await twilioRun(io, request);
  if (error) {
    throw new ScriptFailure(
      error.killed
        ? `twilio-run did not end within ${MAX_MS / 60_000} minutes, and was ended.`
        : `twilio-run could not deploy: ${sentence(stderr)}`,
      'What was live before is live still. Correct what is named, then run npm run deploy again.',
    );
  }
  const uploaded = parse(stdout);
  const missing = [
    ...absent(request.expected.functions, uploaded?.functions ?? []),
    ...absent(request.expected.assets, uploaded?.assets ?? []),
  ];
  if (!uploaded || missing.length > 0) {
    throw new ScriptFailure(
      `twilio-run ended without an error, but did not deploy ${missing.join(', ') || 'anything'}.`,
      'Run npm run deploy again; if it comes back, please report it.',
    );
  }
  return uploaded;
}

function twilioRun(
  { env: own, twilio, stopped }: Io,
  request: UploadRequest,
): Promise<{ readonly stdout: string; readonly stderr: string; readonly error: ExecFileException | null }> {
  const args = [
    ...twilio.nodeArgs,
    join(ROOT, 'node_modules/twilio-run/bin/twilio-run.js'),
    'deploy',
    ...['--cwd', request.folder],
    // It names the folders. The file is searched upwards from the folder, and might be anybody's, so it is named here.
    ...['--config', join(ROOT, '.twilioserverlessrc')],
    ...['--env', request.variablesFile, '--load-system-env'],
    ...['--service-name', request.serviceName, '--override-existing-project'],
    ...(request.environment === null ? ['--production'] : ['--environment', request.environment]),
    ...['--runtime', request.runtime, '--output-format', 'json'],
  ];
  const env = {
    TWILIO_SERVERLESS_API_RETRY_LIMIT: RETRIES,
    ...own,
    ...twilio.nodeEnv,
    ACCOUNT_SID: request.accountSid,
    AUTH_TOKEN: request.authToken,
    // Else it asks the registry whether there is a newer one of itself.
    NO_UPDATE_NOTIFIER: '1',
  };
  return new Promise((resolve) => {
    const child = execFile(
      process.execPath,
      args,
      { cwd: ROOT, env, timeout: MAX_MS, killSignal: 'SIGKILL' },
      (error, stdout, stderr) => {
        stopped.removeEventListener('abort', end);
        resolve({ stdout, stderr, error });
      },
    );
    // Left alone it would go on uploading from a folder that is gone.
    const end = () => child.kill('SIGKILL');
    stopped.addEventListener('abort', end, { once: true });
  });
}

/** Without colours, spinner and frames. */
function sentence(stderr: string): string {
  const lines = stderr
    // biome-ignore lint/suspicious/noControlCharactersInRegex: a terminal's colours begin with one
    .replace(/\u001b\[[0-9;?]*[A-Za-z]/g, '')
    .split('\n')
    .map((line) => line.replace(/^[\s│┌└─✖✔×-]+/u, '').trim())
    .filter((line) => line !== '' && !/^(?:Deploying Function|Failed Deployment)/.test(line));
  return lines.join(' ').slice(0, 600) || 'it gave no reason.';
}

function absent(expected: readonly Resource[], live: readonly Resource[]): readonly string[] {
  return expected
    .filter(({ access, path }) => !live.some((other) => other.access === access && other.path === path))
    .map(({ path }) => path);
}

function parse(stdout: string): Uploaded | undefined {
  try {
    const parsed: unknown = JSON.parse(stdout);
    return isUploaded(parsed) ? parsed : undefined;
  } catch {
    return undefined;
  }
}

function isUploaded(value: unknown): value is Uploaded {
  if (typeof value !== 'object' || value === null) return false;
  const fields = value as Readonly<Record<string, unknown>>;
  return (
    ['domain', 'serviceSid', 'environmentSid', 'buildSid'].every(
      (name) => typeof fields[name] === 'string',
    ) &&
    Array.isArray(fields.functions) &&
    Array.isArray(fields.assets)
  );
}
