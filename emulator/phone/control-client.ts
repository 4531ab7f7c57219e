/** The emulator's control routes, as far as the phone needs them. It must not know the page. */

export interface PhoneMessage {
  readonly sid: string;
  readonly direction: 'inbound' | 'outbound-api' | 'outbound-reply';
  readonly from: string | null;
  readonly to: string;
  readonly text: string;
  readonly media: readonly string[];
  readonly status: string;
  readonly delivered: boolean;
  readonly errorCode: number | null;
  readonly contentSid: string | null;
  readonly createdAt: string;
}

export interface PhoneTemplate {
  readonly sid: string;
  readonly types: Readonly<Record<string, unknown>>;
}

/** WhatsApp's own record of a customer service window. */
export interface WindowRecord {
  readonly sender: string;
  readonly users: readonly string[];
  readonly closesAt: string;
  readonly open: boolean;
}

async function call(path: string, body?: object): Promise<unknown> {
  const response = await fetch(`/_emulator/${path}`, {
    method: body ? 'POST' : 'GET',
    ...(body && { body: JSON.stringify(body), headers: { 'Content-Type': 'application/json' } }),
  });
  const answer: unknown = await response.json();
  if (response.ok) return answer;
  throw new Error(
    (answer as { readonly error?: string }).error ?? `The emulator answered ${response.status}.`,
  );
}

export async function readWiring(): Promise<{
  readonly functionsUrl: string;
  readonly senders: readonly string[];
}> {
  return (await call('config')) as { functionsUrl: string; senders: string[] };
}

/** Both directions between a user and the business, oldest first. */
export async function readThread(user: string): Promise<readonly PhoneMessage[]> {
  const asked = encodeURIComponent(user);
  const answers = await Promise.all([call(`messages?to=${asked}`), call(`messages?from=${asked}`)]);
  const all = answers.flatMap(
    (answer) => (answer as { readonly messages: readonly PhoneMessage[] }).messages,
  );
  return all.sort((a, b) => Date.parse(a.createdAt) - Date.parse(b.createdAt));
}

export async function readTemplates(): Promise<readonly PhoneTemplate[]> {
  return ((await call('templates')) as { readonly templates: readonly PhoneTemplate[] }).templates;
}

export async function readWindows(): Promise<readonly WindowRecord[]> {
  return ((await call('windows')) as { readonly windows: readonly WindowRecord[] }).windows;
}

/** Milliseconds since the epoch. */
export async function readClock(): Promise<number> {
  return ((await call('clock')) as { readonly nowMs: number }).nowMs;
}

export async function moveClock(
  move: { readonly advanceSeconds: number } | { readonly set: string },
): Promise<void> {
  await call('clock', move);
}

export async function writeAsUser(message: object): Promise<void> {
  await call('inbound', message);
}

export async function reset(): Promise<void> {
  await call('reset', {});
}
