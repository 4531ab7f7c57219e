/**
 * The play page: a phone beside the dashboard, and a clock that can be pushed forward. It plays the WhatsApp user and
 * nothing else; what the business does is done in the dashboard.
 */
import {
  moveClock,
  type PhoneMessage,
  type PhoneTemplate,
  readClock,
  readTemplates,
  readThread,
  readWindows,
  readWiring,
  reset,
  type WindowRecord,
  writeAsUser,
} from './control-client';
import { find } from './page-element';
import { type Tap, thread } from './thread';

const EVERY_MS = 1000;
const HOUR = 3600;
const DAY = 24 * HOUR;
/** The default of WINDOW_MARGIN_SECONDS, and a moment before it, so that the turn can be watched. */
const MARGIN_SECONDS = 300;
const MOMENT_SECONDS = 6;

const nameField = find('name', HTMLInputElement);
const numberField = find('number', HTMLInputElement);
const messages = find('messages', HTMLElement);
const textField = find('text', HTMLInputElement);
const clockFace = find('clock', HTMLElement);
const windowLine = find('window', HTMLElement);
const problem = find('problem', HTMLElement);
const toMargin = find('to-margin', HTMLButtonElement);
const toEnd = find('to-end', HTMLButtonElement);

let sender = '';
let shown = '';
let window: WindowRecord | undefined;

const clockFormat = new Intl.DateTimeFormat('en-GB', {
  weekday: 'short',
  day: 'numeric',
  month: 'short',
  hour: '2-digit',
  minute: '2-digit',
  second: '2-digit',
});

function user(): string {
  const number = numberField.value.trim().replace(/[\s().-]/g, '');
  return number.startsWith('whatsapp:') ? number : `whatsapp:${number}`;
}

/** Does something as the user or with the clock, and shows at once what came of it. */
async function act(what: () => Promise<void>): Promise<void> {
  try {
    await what();
    await refresh();
  } catch (error) {
    say(error);
  }
}

function write(message: object): Promise<void> {
  return act(() => writeAsUser({ from: user(), to: sender, profileName: nameField.value, ...message }));
}

async function refresh(): Promise<void> {
  const [now, windows, conversation] = await Promise.all([readClock(), readWindows(), readThread(user())]);
  clockFace.textContent = clockFormat.format(now);
  window = windows.find((record) => record.sender === sender && record.users.includes(user()));
  toMargin.disabled = !window?.open;
  toEnd.disabled = !window?.open;
  windowLine.textContent = windowInWords(now);
  windowLine.dataset.open = String(window?.open ?? false);
  const needsButtons = conversation.at(-1)?.contentSid != null;
  show(conversation, needsButtons ? await readTemplates() : []);
  say(null);
}

function windowInWords(now: number): string {
  if (!window) return 'Nothing written yet, so only templates reach this phone.';
  if (!window.open) return 'The 24 hours are over: only templates reach this phone.';
  const minutes = Math.floor((Date.parse(window.closesAt) - now) / 60_000);
  return `Anything reaches this phone for ${Math.floor(minutes / 60)} h ${minutes % 60} min.`;
}

function show(conversation: readonly PhoneMessage[], templates: readonly PhoneTemplate[]): void {
  const looks = JSON.stringify([conversation, templates]);
  if (looks === shown) return;
  shown = looks;
  messages.replaceChildren(...thread(conversation, templates, (tap) => void onTap(tap)));
  messages.scrollTop = messages.scrollHeight;
}

function onTap(tap: Tap): Promise<void> {
  const { type, text, id, messageSid } = tap;
  const reply = { originalRepliedMessageSid: messageSid, originalRepliedMessageSender: sender };
  if (type === 'button') return write({ type, buttonText: text, buttonPayload: id, ...reply });
  return write({ type, listTitle: text, listId: id, ...reply });
}

function say(error: unknown): void {
  const message = error === null ? '' : error instanceof Error ? error.message : String(error);
  if (problem.textContent !== message) problem.textContent = message;
}

function onClick(id: string, what: () => Promise<void>): void {
  find(id, HTMLButtonElement).addEventListener('click', () => void act(what));
}

find('write', HTMLFormElement).addEventListener('submit', (event) => {
  event.preventDefault();
  const body = textField.value.trim();
  textField.value = '';
  if (body !== '') void write({ body });
});
find('location', HTMLButtonElement).addEventListener('click', () => void write({ type: 'location' }));
find('stop', HTMLButtonElement).addEventListener('click', () => void write({ body: 'STOP' }));
find('start', HTMLButtonElement).addEventListener('click', () => void write({ body: 'START' }));
onClick('hour', () => moveClock({ advanceSeconds: HOUR }));
onClick('day', () => moveClock({ advanceSeconds: DAY }));
onClick('to-margin', () => moveTo(MARGIN_SECONDS + MOMENT_SECONDS));
onClick('to-end', () => moveTo(MOMENT_SECONDS));
onClick('reset', reset);
find('copy', HTMLButtonElement).addEventListener('click', () => {
  void navigator.clipboard.writeText(find('token', HTMLElement).textContent ?? '');
});

async function moveTo(secondsBeforeEnd: number): Promise<void> {
  if (window)
    await moveClock({ set: new Date(Date.parse(window.closesAt) - secondsBeforeEnd * 1000).toISOString() });
}

async function watch(): Promise<void> {
  if (!document.hidden) await refresh().catch(say);
  setTimeout(() => void watch(), EVERY_MS);
}

/** The desk asks the page around it; nobody has to copy a token that is no secret. */
function handTokenTo(desk: HTMLIFrameElement, origin: string): void {
  globalThis.addEventListener('message', (event: MessageEvent) => {
    if (event.source !== desk.contentWindow || event.origin !== origin) return;
    if (event.data?.asksFor !== 'apiToken') return;
    desk.contentWindow?.postMessage({ apiToken: find('token', HTMLElement).textContent }, origin);
  });
}

async function begin(): Promise<void> {
  const { functionsUrl, senders } = await readWiring();
  sender = senders[0] ?? '';
  find('sender', HTMLElement).textContent = sender.replace('whatsapp:', '');
  const desk = find('dashboard', HTMLIFrameElement);
  handTokenTo(desk, new URL(functionsUrl).origin);
  desk.src = `${functionsUrl}/index.html`;
  await watch();
}

begin().catch(say);
