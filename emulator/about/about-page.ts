/**
 * The page on the emulator itself: how a program is sent to it, what it has seen so far, how it is set, what it imitates
 * and how it differs from Twilio. One HTML file, without a script and without anything from elsewhere.
 */
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import type { Account } from '../account';
import type { Clock } from '../clock';
import { shownDeployments } from '../control/deployments';
import { ABOUT_STYLE, README } from '../server/own-files';
import type { Settings } from '../settings';
import { storedSync } from '../state/stored-sync';
import { readmeSections } from './readme-sections';

export const ABOUT_PATH = '/_emulator/';

type Rows = readonly (readonly [name: string, value: string | number])[];

export interface Shown {
  readonly account: Account;
  readonly clock: Clock;
  readonly settings: Settings;
  /** Where the emulator is. */
  readonly url: string;
  /** The preload, as a program of this folder names it. */
  readonly preload: string;
}

export function aboutPage({ account, clock, settings, url, preload }: Shown): string {
  const { html, headings } = readmeSections(readFileSync(README, 'utf8'));
  const style = readFileSync(ABOUT_STYLE, 'utf8');
  const hash = createHash('sha256').update(style).digest('base64');
  const own = [
    { id: 'use-it', text: 'Use it' },
    { id: 'so-far', text: 'So far' },
    { id: 'settings-now', text: 'Settings now' },
  ];
  const links = [...own, ...headings].map(({ id, text }) => `<li><a href="#${id}">${escaped(text)}</a></li>`);
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8" />
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'sha256-${hash}'; img-src data:; base-uri 'none'; form-action 'none'" />
<meta name="viewport" content="width=device-width, initial-scale=1" />
<meta name="color-scheme" content="light dark" />
<title>An offline Twilio, with a WhatsApp behind it</title>
<link rel="icon" href="data:," />
<style>${style}</style>
</head>
<body>
<main>
<h1>An offline Twilio, with a WhatsApp behind it</h1>
<p>It answers as Twilio’s APIs do, on this machine only, and no message leaves it. WhatsApp’s 24 hours are kept, by a clock that can be moved. <a href="/_emulator/phone/">The phone</a> is a page to write from as a person, beside the desk of this project’s functions where they run.</p>
<nav aria-label="On this page"><ul>${links.join('')}</ul></nav>
<h2 id="use-it">Use it</h2>
<p>Give a program that uses the <code>twilio</code> package this preload, and these credentials; the program itself stays as it is.</p>
<pre>EMULATOR_URL=${escaped(url)} node -r ${escaped(preload)} your-program.js</pre>
${table('Credentials', credentials(settings))}
<h2 id="so-far">So far</h2>
<p>Counted when this page was loaded.</p>
${table('Counts', counts(account, clock))}
<h2 id="settings-now">Settings now</h2>
<p>Each is changed by <code>POST ${escaped(url)}/_emulator/config</code>.</p>
${table('Settings', settingsNow(account))}
${html}
</main>
</body>
</html>
`;
}

function credentials({ accountSid, authToken, sender, syncServiceSid, messagingServiceSid }: Settings): Rows {
  return [
    ['account SID', accountSid],
    ['auth token', authToken],
    ['WhatsApp sender', sender],
    ['Sync service', syncServiceSid],
    ['Messaging Service', messagingServiceSid],
  ];
}

function counts(account: Account, clock: Clock): Rows {
  const now = clock.now();
  const messages = account.messages.everything();
  const inbound = messages.filter(({ direction }) => direction === 'inbound').length;
  const windows = account.whatsapp.windows(now);
  const templates = account.templates.all();
  const sync = storedSync(account.sync);
  const documents = sync.flatMap((service) => service.documents).length;
  const collections = sync.flatMap((service) => [...service.lists, ...service.maps]);
  const items = collections.reduce((sum, collection) => sum + collection.items.length, 0);
  const requests = account.requests.totals();
  return [
    ['the clock', `${new Date(now).toISOString()}${clock.frozen ? ', frozen' : ''}`],
    ['messages of people', inbound],
    ['messages to people', messages.length - inbound],
    ['windows', windows.length],
    ['windows that are open', windows.filter(({ open }) => open).length],
    ['templates', templates.length],
    ['templates that are approved', templates.filter(({ status }) => status === 'approved').length],
    ['Sync documents', documents],
    ['Sync lists and maps', collections.length],
    ['items in them', items],
    ['conversations', account.conversations.all().length],
    ['deployments that are live', shownDeployments(account.serverless).length],
    ['webhooks posted', account.webhooks.list().length],
    ['requests to the APIs', requests.total],
    ...Object.entries(requests.byService).map(([name, count]): [string, number] => [
      `requests to ${name}`,
      count,
    ]),
  ];
}

function settingsNow({ wiring }: Account): Rows {
  return Object.entries(wiring).map(([name, value]) => [
    name,
    Array.isArray(value) ? value.join(', ') : String(value ?? 'none'),
  ]);
}

function table(caption: string, rows: Rows): string {
  const lines = rows.map(
    ([name, value]) =>
      `<tr><th scope="row">${escaped(name)}</th><td class="number"><code>${escaped(String(value))}</code></td></tr>`,
  );
  return `<div class="wide" tabindex="0" role="region" aria-label="${caption}"><table>${lines.join('')}</table></div>`;
}

function escaped(text: string): string {
  return text.replace(/[&<>"]/g, (character) => `&#${character.charCodeAt(0)};`);
}
