/**
 * An account with many thousands of people, as webhooks would leave it in hours: two people write through the functions, one
 * of them STOP, one is answered, and all others are put into Sync and into the message log like these.
 */
import { type AccountState, readState } from '../../../emulator/state/account-state';
import { type OfflineService, SENDER, TOKEN } from './offline-service';

const MODEL = 'whatsapp:+4915100000001';
const STOPPED_MODEL = 'whatsapp:+4915100000002';
const HOUR = 60 * 60 * 1000;
/** From one to the next: the last of 20,000 wrote 23 hours ago. */
const PAUSE_MS = 4000;

export interface Multitude {
  readonly count: number;
  readonly isStopped: (index: number) => boolean;
  readonly isAnswered: (index: number) => boolean;
}

/** Person 0 wrote an hour ago, each other before the one of a smaller index. */
export async function populate(offline: OfflineService, people: Multitude): Promise<void> {
  await offline.inbound(MODEL, { profileName: 'Model', body: 'Hello' });
  const answered = await fetch(`${offline.url}/send-message`, {
    method: 'POST',
    headers: { Authorization: `Bearer ${TOKEN}`, 'Content-Type': 'application/json' },
    body: JSON.stringify({ to: MODEL, body: 'Answer' }),
  });
  if (!answered.ok) throw new Error(`The answer failed: ${await answered.text()}`);
  await offline.inbound(STOPPED_MODEL, { profileName: 'Model', body: 'STOP' });
  await offline.control('idle');
  const state = readState(offline.emulator.exportState(), offline.emulator.accountSid);
  offline.emulator.importState(JSON.stringify({ ...state, ...multiplied(state, people) }));
}

function multiplied(state: AccountState, { count, isStopped, isAnswered }: Multitude): Partial<AccountState> {
  const [service] = state.sync;
  const documentOf = (user: string) =>
    found(service?.documents.find(({ data }) => data.user === user && 'lastInboundAt' in data));
  const [plain, restricted] = [documentOf(MODEL), documentOf(STOPPED_MODEL)];
  const inbound = found(state.messages.find(({ direction }) => direction === 'inbound'));
  const outbound = found(state.messages.find(({ direction }) => direction !== 'inbound'));
  const documents: AccountState['sync'][number]['documents'] = [];
  const messages: AccountState['messages'] = [];
  const now = Date.now();
  // The log lists in the order in which its messages were made.
  for (let index = count - 1; index >= 0; index -= 1) {
    const digits = `4917${String(index).padStart(8, '0')}`;
    const user = `whatsapp:+${digits}`;
    const at = now - HOUR - index * PAUSE_MS;
    const like = isStopped(index) ? restricted : plain;
    const sid = (kind: string) => `${kind}${String(index).padStart(31, '0')}`;
    const times = (time: number) => ({ createdAt: time, updatedAt: time, sentAt: time, statuses: [] });
    documents.push({
      ...like,
      sid: sid('ETa'),
      uniqueName: (like.uniqueName ?? '').replace(/\d+$/, digits),
      data: {
        ...like.data,
        ...{ user, profileName: `Person ${index}`, messageSid: sid('SMa') },
        lastInboundAt: new Date(at).toISOString(),
      },
    });
    const body = isStopped(index) ? 'STOP' : `The text of number ${index}.`;
    messages.push({ ...inbound, ...times(at), sid: sid('SMa'), from: user, to: SENDER, body });
    if (isAnswered(index)) messages.push({ ...outbound, ...times(at + 1000), sid: sid('SMb'), to: user });
  }
  const sync = state.sync.map((one) => (one === service ? { ...one, documents } : one));
  return { sync, messages, people: [], inboundEvents: {} };
}

function found<T>(value: T | undefined): T {
  if (value === undefined) throw new Error('The functions stored nothing to be multiplied.');
  return value;
}
