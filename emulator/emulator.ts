/**
 * Makes an offline Twilio that can be started and stopped inside a test or from the command line. It must not read the
 * environment or write to the console, and shares no code with the software it is used to test.
 */
import type { ServerResponse } from 'node:http';
import { ABOUT_PATH, aboutPage } from './about/about-page';
import { Account } from './account';
import { Clock, type ClockMoves } from './clock';
import { type ControlContext, isControl, serveControl } from './control/control';
import { type Deployment, shownDeployments } from './control/deployments';
import { deployedDomainOf, serveDeployedDomain } from './server/deployed-domain';
import { preloadFrom } from './server/own-files';
import { isPhonePage, PHONE_PATH, servePhonePage } from './server/phone-page';
import type { Route } from './server/router';
import { serveApi } from './server/serve-api';
import { Server } from './server/server';
import { type EmulatorOptions as SettingsOptions, settingsFrom } from './settings';
import { readState, restoreAccount, writtenState } from './state/account-state';

export type { DeployedFile, Deployment } from './control/deployments';

export interface EmulatorOptions extends SettingsOptions {
  /** Told all that is live, whenever something goes live, is no longer live, or has other variables. */
  readonly onDeployment?: (live: readonly Deployment[]) => void;
}

export interface Emulator {
  /** Resolves once it listens. */
  start(): Promise<void>;
  /** Ends every connection and everything under way. */
  stop(): Promise<void>;
  /** `http://localhost:PORT`, known once started. */
  readonly url: string;
  readonly port: number;
  readonly accountSid: string;
  readonly authToken: string;
  readonly syncServiceSid: string;
  readonly messagingServiceSid: string;
  readonly sender: string;
  /** Tells where something runs that was deployed here; null: nowhere, for now. Until it is told, with the functions. */
  serve(domain: string, url: string | null): void;
  /** Everything that the account knows, as a text. */
  exportState(): string;
  /** Goes on with what `exportState` gave. @throws StateError where it is none; then nothing has changed */
  importState(text: string): void;
  /** Whether nothing was under way within this time, such as a webhook. */
  idle(timeoutMs: number): Promise<boolean>;
  /** What is imitated: everything else answers 501. */
  readonly routes: readonly Pick<Route, 'service' | 'method' | 'path' | 'query' | 'body'>[];
}

export function createEmulator(options: EmulatorOptions = {}): Emulator {
  const settings = settingsFrom(options);
  const clock = new Clock(settings.clockFile);
  let account = new Account(settings, clock, settings.functionsUrl);
  let port: number | null = null;

  const control: ControlContext = {
    account: () => account,
    clock,
    reset(functionsUrl) {
      beginAnew({ offsetMs: 0, frozenAt: null }, functionsUrl ?? account.wiring.functionsUrl);
      options.onDeployment?.([]);
    },
  };

  const beginAnew = (moves: ClockMoves, functionsUrl: string) => {
    account.retire();
    clock.restore(moves);
    account = new Account(settings, clock, functionsUrl);
    watchDeployments();
  };

  const watchDeployments = () => {
    account.serverless.onChange(() => options.onDeployment?.(shownDeployments(account.serverless)));
  };
  watchDeployments();

  const server = new Server(async (request, body, response) => {
    const path = new URL(request.url ?? '/', 'http://emulator').pathname;
    const domain = deployedDomainOf(request);
    if (domain !== null) {
      const runsAt = account.serverless.runsAt(domain, account.wiring.functionsUrl);
      await serveDeployedDomain(domain, runsAt, request, body, response);
    } else if (request.method === 'GET' && (path === '/' || path === ABOUT_PATH)) {
      serveFront(path, response);
    } else if (isPhonePage(request.method ?? 'GET', path)) await servePhonePage(path, response);
    else if (isControl(path)) await serveControl(control, request, body, response);
    else {
      const { method = 'GET', url = '/', headers } = request;
      await serveApi(
        account,
        settings,
        clock,
        { method, url, headers, body },
        {
          send: (status, answerHeaders, text) => response.writeHead(status, answerHeaders).end(text),
          cut: () => response.destroy(),
        },
      );
    }
  });

  const serveFront = (path: string, response: ServerResponse) => {
    if (path === '/' && settings.frontPage === 'phone') {
      response.writeHead(302, { Location: PHONE_PATH }).end();
      return;
    }
    const url = `http://localhost:${listening()}`;
    const page = aboutPage({ account, clock, settings, url, preload: preloadFrom(process.cwd()) });
    response.writeHead(200, { 'Content-Type': 'text/html; charset=utf-8', 'Cache-Control': 'no-store' });
    response.end(page);
  };

  const listening = (): number => {
    if (port === null) throw new Error('The emulator is not started.');
    return port;
  };

  return {
    async start() {
      port = await server.listen(settings.port);
    },
    async stop() {
      account.retire();
      await server.close();
      clock.close();
    },
    get url() {
      return `http://localhost:${listening()}`;
    },
    get port() {
      return listening();
    },
    accountSid: settings.accountSid,
    authToken: settings.authToken,
    syncServiceSid: settings.syncServiceSid,
    messagingServiceSid: settings.messagingServiceSid,
    sender: settings.sender,
    serve: (domain, url) => account.serverless.serve(domain, url),
    exportState: () => writtenState(account, clock, settings.accountSid),
    importState(text) {
      const state = readState(text, settings.accountSid);
      beginAnew(state.clock, account.wiring.functionsUrl);
      restoreAccount(account, state);
      account.serverless.changed();
    },
    idle: (timeoutMs) => account.activity.idle(timeoutMs),
    get routes() {
      return account.router.routes;
    },
  };
}
