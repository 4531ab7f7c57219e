/**
 * `npm run doctor` on an account that has more than one page of everything, and more than it looks at: what it finds there,
 * and that it says where it stopped. The account grows by the emulator's state, which is a text.
 */
import { NOON, SENDER, USER, useDoctor } from './doctor-stage';

const OTHER_SENDER = 'whatsapp:+15550002222';
const stage = useDoctor();

interface Entry {
  readonly sid: string;
  readonly uniqueName?: string | null;
  readonly from?: string | null;
  readonly data?: Readonly<Record<string, unknown>>;
}
interface State {
  messages: Entry[];
  readonly sync: { documents: Entry[] }[];
}

function change(act: (state: State) => void): void {
  const { emulator } = stage.offline();
  const state = JSON.parse(emulator.exportState()) as State;
  act(state);
  emulator.importState(JSON.stringify(state));
}

const sid = (kind: string, count: number) => kind + String(count).padStart(32, '0');
const findingsOf = async (...names: readonly string[]) => {
  const { byName } = await stage.doctor();
  return names.map((name) => [byName.get(name)?.mark, byName.get(name)?.found]);
};

/** So many windows towards another sender, and after them the one window towards this one: Sync lists by SID. */
function windowsElsewhere(count: number): void {
  change(({ sync }) => {
    const service = sync.find(({ documents }) => documents.length > 0);
    const own = service?.documents.find(({ uniqueName }) => uniqueName?.startsWith('window.'));
    if (!service || !own) throw new Error('The account has no window.');
    const others = Array.from({ length: count }, (_, index) => {
      const user = `1555900${1000 + index}`;
      return {
        ...own,
        sid: sid('ET', index),
        uniqueName: `window.15550002222.${user}`,
        data: { ...own.data, sender: OTHER_SENDER, user: `whatsapp:+${user}` },
      };
    });
    service.documents = [...others, { ...own, sid: `ET${'f'.repeat(32)}` }];
  });
}

describe('of more than 100 documents in Sync, the doctor', () => {
  test.each([
    [99, '100 documents: 100 windows'],
    [100, '101 documents: 101 windows'],
    [299, '300 documents: 300 windows'],
  ])('counts all and finds the open window behind %i of another sender', async (others, found) => {
    windowsElsewhere(others);
    expect(await findingsOf('Sync', 'Sync and the log agree')).toEqual([
      ['ok', `It is reachable and keeps ${found}.`],
      ['ok', 'The log has the messages that opened 1 open window of Sync.'],
    ]);
  });

  test('says that it looked at 300 windows, where there are more and none of them is judged', async () => {
    windowsElsewhere(300);
    expect(await findingsOf('Sync', 'Sync and the log agree')).toEqual([
      ['ok', 'It is reachable and keeps 301 documents: 301 windows.'],
      ['not checked', 'No window is open among 300 records of Sync; the others were not looked at.'],
    ]);
  });
});

describe('of a log with 1,000 messages and more, the doctor', () => {
  /** So many newer messages; before them three, one of them scheduled for somebody who opted out. */
  async function newerMessages(count: number): Promise<void> {
    const { client, offline, wrote, advance } = stage;
    await wrote({ body: 'STOP' });
    await client().messages.create({
      ...{ to: USER, messagingServiceSid: offline().emulator.messagingServiceSid, body: 'Later' },
      ...{ scheduleType: 'fixed', sendAt: new Date(Date.parse(NOON) + 3 * 3_600_000) },
    });
    await advance(600);
    await client()
      .messages.create({ from: SENDER, to: USER, body: 'Sold out' })
      .catch(() => undefined);
    await stage.control().idle();
    change((state) => {
      const last = state.messages.at(-1);
      if (!last) throw new Error('The log is empty.');
      state.messages.pop();
      const copies = Array.from({ length: count }, (_, index) => ({ ...last, sid: sid('SM', index) }));
      state.messages.push(...copies);
    });
  }

  test.each([
    [996, 'broken', /^1 is scheduled, 1 of them for people who opted out: SM\w{32}\.$/],
    [999, 'broken', /^1 is scheduled, .* Only the newest 1,000 messages were looked at\.$/],
    [1000, 'ok', /^None is scheduled\. Only the newest 1,000 messages were looked at\.$/],
  ])('looks for scheduled messages behind %i newer ones: %s', async (count, mark, found) => {
    await newerMessages(count);
    expect(await findingsOf('scheduled messages')).toEqual([[mark, expect.stringMatching(found)]]);
  });

  test.each([
    [999, /near its end: 0\.$/],
    [1000, /near its end: 0\. Only the newest 1,000 messages were looked at\.$/],
  ])('says of %i outbound messages of the last week how many it looked at', async (count, found) => {
    await newerMessages(count);
    expect(await findingsOf('WhatsApp agrees')).toEqual([['ok', expect.stringMatching(found)]]);
  });

  test('asks each of its four questions once, for 1,000 messages, however many there are', async () => {
    await newerMessages(1001);
    await stage.control().call('DELETE', 'requests');
    await stage.doctor();
    const { counts } = await stage
      .control()
      .get<{ counts: { byRoute: Readonly<Record<string, number>> } }>('requests');
    expect(counts.byRoute['GET api Messages']).toBe(4);
  });
});
