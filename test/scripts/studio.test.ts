/**
 * `npm run studio` in this process: the flows of this project filled in from what is deployed, flows of others
 * checked, every kind of mistake named with its widget and field.
 */
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ROOT } from '../../scripts/offline/twilio-run';
import { main } from '../../scripts/studio';
import { type MainRun, runMain, settingsFile } from './run-main';
import { type FakeAccount, serverlessFake } from './serverless-fake';

const hex = (digit: string) => digit.repeat(32);
const DOMAIN = 'whatsapp-window-1234-dev.twil.io';
const ACCOUNT: FakeAccount = {
  services: [
    { sid: `ZS${hex('1')}`, unique_name: 'another' },
    { sid: `ZS${hex('2')}`, unique_name: 'whatsapp-window' },
  ],
  environments: [
    {
      sid: `ZE${hex('3')}`,
      unique_name: 'dev-environment',
      domain_suffix: 'dev',
      domain_name: DOMAIN,
      build_sid: `ZB${hex('4')}`,
    },
  ],
  functions: [
    { path: '/studio/window', function_sid: `ZH${hex('5')}` },
    { path: '/studio/send-message', function_sid: `ZH${hex('6')}` },
    { path: '/send-message', function_sid: `ZH${hex('7')}` },
  ],
};

let folder: string;
let env: ReturnType<typeof settingsFile>;
beforeAll(() => {
  env = settingsFile({ ACCOUNT_SID: `AC${hex('0')}`, AUTH_TOKEN: 'the-auth-token-of-the-test' });
});
afterAll(() => env.remove());
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'studio-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

interface Problem {
  readonly level: string;
  readonly widget: string | null;
  readonly field: string;
  readonly message: string;
}
interface Answer {
  readonly flows: readonly { file: string; written: string | null; problems: readonly Problem[] }[];
}

function studio(args: readonly string[], emulatorUrl = 'http://localhost:1'): Promise<MainRun> {
  return runMain(main, ['--env', env.path, '--out', join(folder, 'out'), ...args], { emulatorUrl });
}

/** With an account of this content. */
async function studioOf(account: FakeAccount, args: readonly string[]): Promise<MainRun> {
  const fake = await serverlessFake(account);
  try {
    return await studio(args, fake.url);
  } finally {
    await fake.stop();
  }
}

const written = (name: string): unknown => JSON.parse(readFileSync(join(folder, 'out', name), 'utf8'));
const own = (name: string): Definition => JSON.parse(readFileSync(join(ROOT, 'flows', name), 'utf8'));

interface Widget {
  name?: string;
  type?: string;
  transitions?: { event?: string; next?: string; conditions?: object[] }[];
  properties?: Record<string, unknown>;
}
interface Definition {
  initial_state?: string;
  states?: Widget[];
  flags?: object;
}

const trigger = (next: Readonly<Record<string, string>>): Widget => ({
  name: 'Trigger',
  type: 'trigger',
  transitions: Object.entries(next).map(([event, to]) => ({ event, next: to })),
  properties: {},
});
const freeForm = (name: string, next?: string): Widget => ({
  name,
  type: 'send-message',
  transitions: [{ event: 'sent', ...(next && { next }) }, { event: 'failed' }],
  properties: { from: '{{flow.channel.address}}', body: 'Hello' },
});
const ask = (name: string, timeout: string, next: Readonly<Record<string, string>>): Widget => ({
  name,
  type: 'send-and-wait-for-reply',
  transitions: Object.entries(next).map(([event, to]) => ({ event, next: to })),
  properties: {
    from: '{{flow.channel.address}}',
    message_type: 'content_template',
    content_sid: `HX${hex('a')}`,
    timeout,
  },
});
const elsewhere = (name: string, type: string, next: Readonly<Record<string, string>>): Widget => ({
  name,
  type,
  transitions: Object.entries(next).map(([event, to]) => ({ event, next: to })),
  properties: {},
});
const call = (path: string, parameters: Readonly<Record<string, string>>, next?: string): Widget => ({
  name: 'call',
  type: 'run-function',
  transitions: [{ event: 'success', ...(next && { next }) }, { event: 'fail' }],
  properties: {
    url: `https://YOUR_DOMAIN${path}`,
    service_sid: 'YOUR_SERVICE_SID',
    environment_sid: 'YOUR_ENVIRONMENT_SID',
    function_sid: 'YOUR_FUNCTION_SID',
    parameters: Object.entries(parameters).map(([key, value]) => ({ key, value })),
  },
});
const split = (input: string, matches: Readonly<Record<string, string>>, noMatch?: string): Widget => ({
  name: 'split',
  type: 'split-based-on',
  transitions: [
    { event: 'noMatch', ...(noMatch && { next: noMatch }) },
    ...Object.entries(matches).map(([value, next]) => ({
      event: 'match',
      next,
      conditions: [{ friendly_name: value, arguments: [input], type: 'equal_to', value }],
    })),
  ],
  properties: { input },
});
const flow = (...states: Widget[]): Definition => ({
  initial_state: 'Trigger',
  states,
  flags: { allow_concurrent_calls: true },
});

function save(definition: unknown, name = 'flow.json'): string {
  const file = join(folder, name);
  writeFileSync(file, typeof definition === 'string' ? definition : JSON.stringify(definition));
  return file;
}

interface Checked {
  readonly hasErrors: boolean;
  /** Level, widget and field. */
  readonly problems: readonly string[];
}

/** All definitions checked by one process; what came of each, by its position. */
async function checkAll(definitions: readonly unknown[]): Promise<readonly Checked[]> {
  const files = definitions.map((definition, index) => save(definition, `${index}.json`));
  const run = await studio(['--check', '--json', ...files]);
  return (run.json as Answer).flows.map(({ problems }) => ({
    hasErrors: problems.some(({ level }) => level === 'error'),
    problems: problems.map(({ level, widget, field }) => [level, widget ?? 'flow', field].join(' ')),
  }));
}

const TO = { to: '{{contact.channel.address}}', from: '{{flow.channel.address}}' };

describe('the flows of this project', () => {
  test('have no mistake, which can be checked without an account', async () => {
    const run = await studio(['--check', '--json']);
    expect(run.text).toBe(run.stdout);
    expect([run.code, run.json]).toEqual([
      0,
      {
        flows: [
          { file: 'flows/answer-by-window.json', written: null, problems: [] },
          { file: 'flows/send-and-hold.json', written: null, problems: [] },
        ],
      },
    ]);
  });

  test('are filled in with what is deployed, and otherwise unchanged', async () => {
    const run = await studioOf(ACCOUNT, ['--json']);
    expect([run.code, (run.json as Answer).flows.map(({ problems }) => problems)]).toEqual([0, [[], []]]);
    for (const [name, widget, path, sid] of [
      ['answer-by-window.json', 'window', '/studio/window', hex('5')],
      ['send-and-hold.json', 'send', '/studio/send-message', hex('6')],
    ] as const) {
      const { states = [], ...rest } = own(name);
      expect(written(name)).toEqual({
        ...rest,
        states: states.map((state) =>
          state.name === widget
            ? {
                ...state,
                properties: {
                  ...state.properties,
                  url: `https://${DOMAIN}${path}`,
                  service_sid: `ZS${hex('2')}`,
                  environment_sid: `ZE${hex('3')}`,
                  function_sid: `ZH${sid}`,
                },
              }
            : state,
        ),
      });
      expect(readFileSync(join(folder, 'out', name), 'utf8')).not.toContain('YOUR_');
    }
  });

  test('are unchanged by a second filling', async () => {
    await studioOf(ACCOUNT, []);
    const once = readdirSync(join(folder, 'out')).map((name) => written(name));
    const run = await studioOf(ACCOUNT, [
      join(folder, 'out/answer-by-window.json'),
      join(folder, 'out/send-and-hold.json'),
    ]);
    expect([run.code, readdirSync(join(folder, 'out')).map((name) => written(name))]).toEqual([0, once]);
  });

  test('are not written by a dry run', async () => {
    const run = await studioOf(ACCOUNT, ['--dry-run']);
    expect([run.code, readdirSync(folder)]).toEqual([0, []]);
  });
});

const MISTAKES: readonly (readonly [string, unknown, readonly string[]])[] = [
  ['no JSON', '{', ['error flow ']],
  ['no flow', [], ['error flow ']],
  ['nothing in it', {}, ['error flow initial_state', 'error flow states']],
  ['no widget', { initial_state: 'Trigger', states: [] }, ['error flow states']],
  [
    'a widget without a name, and one of an unknown type',
    {
      initial_state: 'Trigger',
      states: [
        { type: 'trigger', transitions: [], properties: {} },
        { name: 'odd', type: 'send-pigeon', transitions: [], properties: {} },
      ],
    },
    ['error number 1 name', 'error odd type'],
  ],
  [
    'what a widget needs is missing',
    flow(
      { name: 'Trigger', type: 'trigger', transitions: [], properties: {} },
      { name: 'send', type: 'send-message', transitions: [], properties: {} },
      {
        name: 'call',
        type: 'run-function',
        transitions: [{ event: 'done' }],
        properties: { parameters: [{ key: 'to' }] },
      },
    ),
    [
      'error send properties.from',
      'error call properties.url',
      'error call properties.parameters.0.value',
      'error call transitions.0.event',
    ],
  ],
  [
    'a beginning that is not there, and so nothing that is reached',
    { ...flow(trigger({})), initial_state: 'Start' },
    ['error flow initial_state', 'error Trigger name'],
  ],
  [
    'two widgets of one name, a transition into nothing, and a widget that no path leads to',
    flow(
      trigger({ incomingMessage: 'one', incomingCall: 'nowhere' }),
      freeForm('one'),
      freeForm('one'),
      freeForm('island', 'one'),
    ),
    ['error flow states', 'error Trigger transitions.incomingCall', 'error island name'],
  ],
  [
    'parameters that the function does not know, or spells otherwise, or needs',
    flow(trigger({ incomingMessage: 'call' }), call('/studio/window', { From: 'x', body: 'Hello' })),
    [
      'error call properties.parameters.From',
      'error call properties.parameters.body',
      'error call properties.parameters.to',
    ],
  ],
  [
    'values that the function would refuse, all of them',
    flow(
      trigger({ incomingMessage: 'call' }),
      call('/studio/send-message', {
        to: 'Ada',
        body: 'Hello',
        whenClosed: 'wait',
        contentVariables: '{1: 2}',
      }),
    ),
    [
      'error call properties.parameters.to',
      'error call properties.parameters.contentVariables',
      'error call properties.parameters.whenClosed',
      'error call properties.parameters.contentVariables',
    ],
  ],
  [
    'values that are known only when the flow runs',
    flow(
      trigger({ incomingMessage: 'call' }),
      call('/studio/send-message', {
        ...TO,
        body: 'Hello {{flow.variables.name}}',
        template: '{{flow.variables.template}}',
        contentVariables: '{"1": "{{flow.variables.kind}}", "2": {{flow.variables.number}}}',
        whenClosed: '{{flow.variables.when}}',
        sendAt: '{{flow.variables.when}}',
        mediaUrl: '{{trigger.message.MediaUrl0}}',
        dryRun: '{% if flow.variables.x %}true{% endif %}',
        statusCallback: '{{flow.variables.callback}}',
        idempotencyKey: '{{flow.sid}}',
        language: '{{flow.variables.language}}',
      }),
    ),
    [],
  ],
  [
    'variables that a condition and a loop make',
    flow(
      trigger({ incomingMessage: 'call' }),
      call('/studio/send-message', {
        ...TO,
        template: 'greeting',
        contentVariables: '{"1": "a"{% if x %}, "2": "b"{% endif %}{% for y in z %}, "{{y}}": 1{% endfor %}}',
      }),
    ),
    [],
  ],
  [
    'a call that reports a contact',
    flow(
      trigger({ incomingMessage: 'call' }),
      call('/studio/contact', { ...TO, at: '{{flow.variables.startedAt}}' }),
    ),
    [],
  ],
  [
    'a parameter that a report of a contact does not take',
    flow(trigger({ incomingMessage: 'call' }), call('/studio/contact', { ...TO, At: 'now' })),
    ['error call properties.parameters.At'],
  ],
  [
    'nothing to send',
    flow(trigger({ incomingMessage: 'call' }), call('/studio/send-message', { ...TO, body: '' })),
    ['error call properties.parameters.body'],
  ],
  [
    'the function for HTTP callers, which takes a token',
    flow(trigger({ incomingMessage: 'call' }), call('/send-message', TO)),
    ['error call properties.url'],
  ],
  [
    'references to widgets and answers that are not there',
    flow(
      trigger({ incomingMessage: 'call' }),
      call('/studio/window', TO, 'split'),
      split('{{widgets.call.parsed.windowOpen}}', { true: 'send' }),
      {
        ...freeForm('send'),
        properties: {
          from: '{{widgets.nobody.inbound.To}}',
          body: '{{ widgets.call.parsed.window.closesAt | date }} {{widgets.split.parsed.outcome}} {{widgets.call.parsed.window.until}}',
        },
      },
    ),
    [
      'error split properties.input',
      'error split transitions.1.conditions.0.arguments.0',
      'error send properties.from',
      'error send properties.body',
      'error send properties.body',
    ],
  ],
  [
    'references to every part of an answer that is there',
    flow(
      trigger({ incomingMessage: 'call' }),
      call('/studio/send-message', { ...TO, body: 'Hello' }, 'split'),
      split('{{widgets.call.parsed.outcome}}', { sent: 'note' }),
      {
        name: 'note',
        type: 'set-variables',
        transitions: [{ event: 'next' }],
        properties: {
          variables: [
            'decision.reason',
            'window.secondsLeft',
            'message.sid',
            'held.expiresAt',
            'preview.contentVariables.1',
            'error.problems.0.field',
          ].map((key) => ({ key: 'x', value: `{{widgets.call.parsed.${key}}}` })),
        },
      },
    ),
    [],
  ],
];

test('the check of flows finds every kind of mistake with its widget and field, and nothing in a right flow', async () => {
  const checked = await checkAll(MISTAKES.map(([, definition]) => definition));
  const found = MISTAKES.map(([sentence], index) => [sentence, checked[index]?.problems]);
  expect(found).toEqual(MISTAKES.map(([sentence, , problems]) => [sentence, problems]));
});

test('a flow whose file begins with a byte order mark is read', async () => {
  const definition = flow(trigger({ incomingMessage: 'call' }), call('/studio/window', TO));
  const [checked] = await checkAll([`\ufeff${JSON.stringify(definition)}`]);
  expect(checked?.problems).toEqual([]);
});

describe('a free-form message of a flow that may come too late', () => {
  const late = ['warning late properties.body'];
  const afterTimeout = (...timeouts: string[]) =>
    flow(
      trigger({ incomingMessage: 'ask0' }),
      ...timeouts.map((timeout, index) =>
        ask(`ask${index}`, timeout, { timeout: index + 1 < timeouts.length ? `ask${index + 1}` : 'late' }),
      ),
      freeForm('late'),
    );
  const PATHS: readonly (readonly [string, Definition, readonly string[]])[] = [
    ['right after the user wrote', flow(trigger({ incomingMessage: 'late' }), freeForm('late')), []],
    ['begun over the REST API', flow(trigger({ incomingRequest: 'late' }), freeForm('late')), late],
    ['a second less than 24 hours', afterTimeout('86399'), []],
    ['24 hours', afterTimeout('86400'), late],
    ['a second more', afterTimeout('86401'), late],
    ['two waits that make 24 hours together', afterTimeout('43200', '43200'), late],
    ['a wait that is known only when it runs', afterTimeout('{{flow.variables.wait}}'), late],
    [
      'an answer to it',
      flow(
        trigger({ incomingRequest: 'ask0' }),
        ask('ask0', '604800', { incomingMessage: 'late' }),
        freeForm('late'),
      ),
      [],
    ],
    [
      'waiting again and again',
      flow(
        trigger({ incomingMessage: 'ask0' }),
        ask('ask0', '3600', { timeout: 'again' }),
        ask('again', '3600', { timeout: 'again', deliveryFailure: 'late' }),
        freeForm('late'),
      ),
      late,
    ],
    [
      'handed over to Flex and back, and to another flow',
      flow(
        trigger({ incomingMessage: 'agent', incomingConversationMessage: 'other' }),
        elsewhere('agent', 'send-to-flex', { callComplete: 'late' }),
        elsewhere('other', 'run-subflow', { completed: 'later' }),
        freeForm('late'),
        freeForm('later'),
      ),
      [...late, 'warning later properties.body'],
    ],
    [
      'the window asked in between, and it is open',
      flow(
        trigger({ incomingRequest: 'call' }),
        call('/studio/window', TO, 'split'),
        split('{{widgets.call.parsed.freeFormAllowed}}', { true: 'late' }),
        freeForm('late'),
      ),
      [],
    ],
    [
      'the window asked in between, and it is closed',
      flow(
        trigger({ incomingMessage: 'call' }),
        call('/studio/window', TO, 'split'),
        split('{{widgets.call.parsed.freeFormAllowed}}', { false: 'late' }),
        freeForm('late'),
      ),
      late,
    ],
    [
      'the same, asked the other way round',
      flow(
        trigger({ incomingRequest: 'call' }),
        call('/studio/window', TO, 'split'),
        split('{{widgets.call.parsed.templateRequired}}', { false: 'late' }),
        freeForm('late'),
      ),
      [],
    ],
    [
      'the window asked, and nobody looked at the answer',
      flow(trigger({ incomingRequest: 'call' }), call('/studio/window', TO, 'late'), freeForm('late')),
      late,
    ],
  ];

  test('has a warning on the paths that may take 24 hours without a look at the window, and on no other', async () => {
    const checked = await checkAll(PATHS.map(([, definition]) => definition));
    expect(PATHS.map(([sentence], index) => [sentence, checked[index]])).toEqual(
      PATHS.map(([sentence, , problems]) => [sentence, { hasErrors: false, problems }]),
    );
  });
});

describe('a flow that refers to what is deployed', () => {
  const withCall = (properties: object) => {
    const widget = call('/studio/window', TO);
    return flow(trigger({ incomingMessage: 'call' }), {
      ...widget,
      properties: { ...widget.properties, ...properties },
    });
  };
  const inAccount = async (definition: unknown, account = ACCOUNT, args: readonly string[] = []) => {
    const run = await studioOf(account, ['--json', ...args, save(definition)]);
    const [{ problems, ...rest } = { problems: [], written: null }] = (run.json as Answer).flows;
    return { code: run.code, isWritten: rest.written !== null, problems: problems.map(({ field }) => field) };
  };

  test('is refused with other SIDs than those deployed, and nothing is written', async () => {
    const other = withCall({
      url: `https://${DOMAIN}/studio/window`,
      service_sid: `ZS${hex('9')}`,
      environment_sid: `ZE${hex('9')}`,
      function_sid: `ZH${hex('6')}`,
    });
    expect(await inAccount(other)).toEqual({
      code: 1,
      isWritten: false,
      problems: ['properties.service_sid', 'properties.environment_sid', 'properties.function_sid'],
    });
    expect(readdirSync(folder)).toEqual(['flow.json']);
  });

  test('is refused with another domain than the deployed one', async () => {
    const other = withCall({
      url: 'https://old-1234-dev.twil.io/studio/window',
      service_sid: `ZS${hex('2')}`,
    });
    expect(await inAccount(other)).toMatchObject({
      code: 1,
      problems: expect.arrayContaining(['properties.url']),
    });
  });

  test('is refused with a function that is not deployed', async () => {
    expect(await inAccount(withCall({}), { ...ACCOUNT, functions: [] })).toEqual({
      code: 1,
      isWritten: false,
      problems: ['properties.url'],
    });
  });

  test('may call a function of another service', async () => {
    const widget = call('/weather', {});
    const other = flow(trigger({ incomingMessage: 'call' }), {
      ...widget,
      properties: {
        ...widget.properties,
        url: 'https://weather-1.twil.io/weather',
        service_sid: `ZS${hex('1')}`,
      },
    });
    expect(await inAccount(other)).toEqual({ code: 0, isWritten: true, problems: [] });
    expect(written('flow.json')).toEqual(other);
  });

  test.each<[string, FakeAccount, readonly string[], string]>([
    [
      'no such service',
      { ...ACCOUNT, services: ACCOUNT.services.slice(0, 1) },
      [],
      'This account has no Functions service named whatsapp-window.',
    ],
    [
      'several environments, and none named',
      { ...ACCOUNT, environments: [...ACCOUNT.environments, ...ACCOUNT.environments] },
      [],
      'whatsapp-window has 2 environments.',
    ],
    [
      'an environment that it does not have',
      ACCOUNT,
      ['--environment', 'prod'],
      'whatsapp-window has no such environment.',
    ],
    [
      'nothing deployed',
      { ...ACCOUNT, environments: ACCOUNT.environments.map((one) => ({ ...one, build_sid: null })) },
      [],
      'Nothing is deployed to the environment dev-environment of whatsapp-window.',
    ],
    [
      'wrong credentials',
      { ...ACCOUNT, status: 401 },
      [],
      'Twilio does not accept ACCOUNT_SID and AUTH_TOKEN (error 20003).',
    ],
  ])(
    'ends the command with a sentence and exit code 1, and nothing is written: there is %s',
    async (_sentence, account, args, message) => {
      const run = await studioOf(account, ['--json', ...args]);
      expect([run.code, (run.json as { error: Problem }).error.message, readdirSync(folder)]).toEqual([
        1,
        message,
        [],
      ]);
    },
  );

  test('no network', async () => {
    const run = await studio(['--json']);
    expect([run.code, (run.json as { error: Problem }).error.message]).toEqual([
      1,
      expect.stringContaining('There was no answer over the network'),
    ]);
  });
});

test('the check of flows reports all problems of all flows at once, in words, with widget and field', async () => {
  const wrong = [
    save(flow(trigger({ incomingMessage: 'nowhere' })), 'one.json'),
    save(flow(trigger({ incomingRequest: 'late' }), freeForm('late')), 'two.json'),
  ];
  const run = await studio(['--check', ...wrong]);
  expect(run.code).toBe(1);
  expect(run.text).toContain(
    'Trigger, transitions.incomingMessage: There is no widget "nowhere" to go on to.',
  );
  expect(run.text).toContain('late, properties.body: The user may not have written for 24 hours');
});

test('the check of flows names all files that do not exist', async () => {
  const run = await studio(['--check', '--json', 'no.json', 'nor-this.json']);
  expect([run.code, run.json]).toEqual([
    1,
    { error: { message: 'There is no file no.json, nor-this.json.', nextStep: expect.any(String) } },
  ]);
});
