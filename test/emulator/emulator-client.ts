/**
 * Lets a test use the emulator through the real SDK without the preload, and has a small client for control. It must not know what any answer should be.
 */
import type { Twilio } from 'twilio';
import twilio from 'twilio';
import { createEmulator, type Emulator, type EmulatorOptions } from '../../emulator/emulator';
import { EmulatorRequestClient } from '../../scripts/offline/emulator-request-client';

/** `timeoutMs` as low as a test of a hanging call needs it. */
export function clientOf(
  emulator: Pick<Emulator, 'accountSid' | 'authToken' | 'url'>,
  timeoutMs = 10_000,
): Twilio {
  return twilio(emulator.accountSid, emulator.authToken, {
    httpClient: new EmulatorRequestClient(() => emulator.url, timeoutMs),
  });
}

export class Control {
  constructor(private readonly emulator: Emulator) {}

  async call(method: string, path: string, body?: unknown): Promise<{ status: number; body: unknown }> {
    const response = await fetch(`${this.emulator.url}/_emulator/${path}`, {
      method,
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    return { status: response.status, body: await response.json() };
  }

  /** Fails the test where control refuses, so that nobody has to check. */
  async get<T>(path: string): Promise<T> {
    return this.succeed<T>('GET', path);
  }

  async post<T>(path: string, body: unknown = {}): Promise<T> {
    return this.succeed<T>('POST', path, body);
  }

  async idle(): Promise<void> {
    await this.succeed('GET', 'idle');
  }

  private async succeed<T>(method: string, path: string, body?: unknown): Promise<T> {
    const answer = await this.call(method, path, body);
    if (answer.status !== 200) throw new Error(`${method} ${path}: ${JSON.stringify(answer)}`);
    return answer.body as T;
  }
}

export interface UnderTest {
  emulator: Emulator;
  client: Twilio;
  control: Control;
}

/** One emulator for a file, on a port of its own, reset before each test. */
export function useEmulator(options: EmulatorOptions = {}): UnderTest {
  const emulator = createEmulator({ port: 0, statusCallbackDelayMs: 0, ...options });
  const under: UnderTest = { emulator, client: clientOf(emulator), control: new Control(emulator) };
  beforeAll(() => emulator.start());
  afterAll(() => emulator.stop());
  beforeEach(() => under.control.post('reset'));
  return under;
}

export interface Refusal {
  status: unknown;
  code: unknown;
}

/** Status and code of the SDK's error; "succeeded" if there was none. */
export async function refusal(call: Promise<unknown>): Promise<Refusal | 'succeeded'> {
  try {
    await call;
    return 'succeeded';
  } catch (error) {
    const found = error as Partial<Refusal>;
    return { status: found.status, code: found.code };
  }
}
