/**
 * What a test file runs in. Jest gives each a realm of its own (other `Date`, other `Error`), so nothing that is loaded can
 * serve two of them, and the packages that a test of the built functions needs are some thousand files. Here all test files
 * of a process share Node's own realm, and packages are loaded once (see package.cjs). What a file changes about the process
 * is put right when it ends; our own modules are loaded anew for each file, as ever.
 */
import { AsyncLocalStorage } from 'node:async_hooks';
import vm from 'node:vm';
import { ModernFakeTimers } from '@jest/fake-timers';
import { ModuleMocker } from 'jest-mock';

/** Stands for Node's own realm, of which Node has no such object. */
const OWN_REALM = vm.createContext({});

const { compileFunction } = vm;
Object.assign(vm, {
  compileFunction(code: string, params: readonly string[], options: vm.CompileFunctionOptions = {}) {
    const { parsingContext, ...elsewhere } = options;
    return compileFunction(code, params, parsingContext === OWN_REALM ? elsewhere : options);
  },
});

/** Those that were used: Node 20 and 22 ask each at every promise, for good, and Jest makes one for every test file. */
const storages = new Set<AsyncLocalStorage<unknown>>();
const { run } = AsyncLocalStorage.prototype;
Object.assign(AsyncLocalStorage.prototype, {
  run(this: AsyncLocalStorage<unknown>, ...call: Parameters<typeof run>) {
    storages.add(this);
    return run.apply(this, call);
  },
});

/** What a test file may change about the process, as it is now. */
function processNow() {
  const { env, exitCode, exit } = process;
  const globals = Object.getOwnPropertyDescriptors(globalThis);
  const listeners = new Map(process.eventNames().map((name) => [name, process.rawListeners(name)] as const));
  return { globals, env: { ...env }, folder: process.cwd(), exitCode, exit, listeners };
}

function restore({ globals, env, folder, exitCode, exit, listeners }: ReturnType<typeof processNow>): void {
  for (const [key, { configurable }] of Object.entries(Object.getOwnPropertyDescriptors(globalThis)))
    if (configurable && !(key in globals)) Reflect.deleteProperty(globalThis, key);
  Object.defineProperties(globalThis, globals);
  for (const name of Object.keys(process.env)) if (!(name in env)) delete process.env[name];
  Object.assign(process.env, env);
  process.chdir(folder);
  Object.assign(process, { exitCode, exit });
  for (const name of process.eventNames()) {
    const before = listeners.get(name) ?? [];
    for (const listener of process.rawListeners(name))
      if (!before.includes(listener)) process.off(name, listener as () => void);
  }
}

type FakeTimersOptions = ConstructorParameters<typeof ModernFakeTimers>[0];

export default class OneRealmEnvironment {
  readonly global = globalThis;
  readonly fakeTimers = null;
  readonly fakeTimersModern: ModernFakeTimers;
  readonly moduleMocker = new ModuleMocker(globalThis);
  private readonly before = processNow();
  private realm: vm.Context | null = OWN_REALM;

  constructor({ projectConfig }: { readonly projectConfig: FakeTimersOptions['config'] }) {
    this.fakeTimersModern = new ModernFakeTimers({ config: projectConfig, global: globalThis });
    Object.assign(globalThis, { requireOnce: require });
  }

  async setup(): Promise<void> {}

  async teardown(): Promise<void> {
    this.fakeTimersModern.dispose();
    this.moduleMocker.restoreAllMocks();
    restore(this.before);
    for (const storage of storages) storage.disable();
    storages.clear();
    this.realm = null;
  }

  exportConditions(): string[] {
    return ['node', 'node-addons'];
  }

  getVmContext(): vm.Context | null {
    return this.realm;
  }
}
