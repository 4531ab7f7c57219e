/**
 * Runs what was deployed to the emulator as Twilio would run it: from what was uploaded and with the variables that were
 * set, nothing else. It must not read this project's own `dist` or settings.
 */
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, extname, join } from 'node:path';
import type { DeployedFile, Deployment } from '../../emulator/emulator';
import { freePort, stopChild } from './processes';
import { makeProject, startTwilioRun, type TwilioRun } from './twilio-run';

interface Options {
  /** Where the uploaded files are put. */
  readonly folder: string;
  readonly offline: { readonly emulatorUrl: string; readonly clockFile: string };
  readonly credentials: { readonly ACCOUNT_SID: string; readonly AUTH_TOKEN: string };
  readonly onLine: (line: string) => void;
  /** @param url null while it does not run */
  readonly onServed: (domain: string, url: string | null) => void;
}

interface Served {
  /** What runs, as a text that is another for anything else. */
  readonly what: string;
  readonly run: TwilioRun | null;
}

/** A deploy is a variable after the other, and then the build: all of it is taken together. */
const SETTLED_MS = 200;

export class DeployedFunctions {
  private readonly served = new Map<string, Served>();
  private live: readonly Deployment[] = [];
  private timer: NodeJS.Timeout | undefined;
  private work: Promise<void> = Promise.resolve();

  constructor(private readonly options: Options) {}

  /** @param live all that is live now */
  update(live: readonly Deployment[]): void {
    this.live = live;
    for (const deployment of live) {
      if (this.served.get(deployment.domain)?.what !== JSON.stringify(deployment))
        this.options.onServed(deployment.domain, null);
    }
    clearTimeout(this.timer);
    this.timer = setTimeout(() => {
      this.work = this.work
        .then(() => this.follow())
        .catch((error: unknown) => this.options.onLine(String(error)));
    }, SETTLED_MS);
  }

  async stop(): Promise<void> {
    clearTimeout(this.timer);
    this.live = [];
    await this.work.catch(() => undefined);
    await this.follow();
  }

  private async follow(): Promise<void> {
    const { live } = this;
    for (const [domain, { what, run }] of this.served) {
      if (live.some((deployment) => JSON.stringify(deployment) === what)) continue;
      this.served.delete(domain);
      if (run) await stopChild(run.child);
    }
    for (const deployment of live) {
      if (!this.served.has(deployment.domain)) await this.start(deployment);
    }
  }

  private async start(deployment: Deployment): Promise<void> {
    const { domain, functions, assets, variables } = deployment;
    const { credentials, offline, onLine, onServed } = this.options;
    const folder = join(this.options.folder, domain);
    rmSync(folder, { recursive: true, force: true });
    writeFiles(join(folder, 'dist/functions'), functions, '.js');
    writeFiles(join(folder, 'dist/assets'), assets, '');
    makeProject(folder, domain);
    const envFile = join(folder, 'variables.env');
    const lines = Object.entries({ ...credentials, ...variables }).map(
      ([name, value]) => `${name}='${value}'\n`,
    );
    writeFileSync(envFile, lines.join(''), { mode: 0o600 });
    const run = await startTwilioRun({ port: await freePort(), envFile, offline, onLine, folder });
    this.served.set(domain, { what: JSON.stringify(deployment), run });
    onServed(domain, run.url);
  }
}

/** As the toolkit names them, so that they have the visibility that they were uploaded with. */
function writeFiles(folder: string, files: readonly DeployedFile[], extension: string): void {
  mkdirSync(folder, { recursive: true });
  for (const { path, visibility, content } of files) {
    const ending = extension || extname(path);
    const name = extension === '' && ending !== '' ? path.slice(0, -ending.length) : path;
    const file = join(folder, `${name}${visibility === 'public' ? '' : `.${visibility}`}${ending}`);
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, content);
  }
}
