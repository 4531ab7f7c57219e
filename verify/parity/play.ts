/**
 * Plays the scenario of `npm run parity` once, against Twilio or an emulator: whichever the client speaks to. It records
 * and removes what was made; it must not judge.
 */
import { setTimeout as pause } from 'node:timers/promises';
import type { TwilioSdk } from '../../scripts/account/account';
import type { FactName } from './facts';
import { type ApiAnswer, type ApiRequest, Known, NotReached, type Step } from './step';
import { CLEAN_UP } from './steps';
import { asBody, type Entry, Transcript } from './transcript';

/** Of a minute in all: most messages are through within seconds. */
const PAUSES_MS = [200, 500, 1000, 2000, 4000, ...Array.from({ length: 10 }, () => 5000)];

export interface Player {
  readonly sdk: TwilioSdk;
  readonly sender: string;
  readonly user: string | null;
  /** Returns once the user has written to the sender, recently enough for the window to be open. */
  readonly inbound: () => Promise<void>;
  readonly onStep: (done: number, name: string) => void;
  /** What could not be removed afterwards. */
  readonly onLeftOver: (name: string) => void;
}

export interface Played {
  readonly entries: readonly Entry[];
  /** What each fact's steps told; none where none was reached. */
  readonly facts: ReadonlyMap<FactName, readonly boolean[]>;
}

export async function play(steps: readonly Step[], player: Player): Promise<Played> {
  const known = new Known(player.sdk.accountSid, player.sender, player.user);
  const transcript = new Transcript(known);
  const facts = new Map<FactName, readonly boolean[]>();
  try {
    for (const [done, step] of steps.entries()) {
      player.onStep(done, step.name);
      if (step.afterInbound) await player.inbound();
      const made = await perform(step, known, player.sdk);
      if (!made) {
        transcript.addNotReached(step);
        continue;
      }
      const body = asBody(made.answer.body);
      step.note?.(body, known);
      transcript.add(step, made.request, made.answer);
      for (const [name, holds] of Object.entries(step.facts ?? {})) {
        const fact = name as FactName;
        facts.set(fact, [...(facts.get(fact) ?? []), holds(made.answer, body, known)]);
      }
    }
  } finally {
    await cleanUp(known, player);
  }
  return { entries: transcript.entries, facts };
}

async function perform(
  step: Step,
  known: Known,
  sdk: TwilioSdk,
): Promise<{ readonly request: ApiRequest; readonly answer: ApiAnswer } | undefined> {
  try {
    const request = step.request(known);
    let answer = await ask(sdk, request);
    for (const ms of PAUSES_MS) {
      if (!step.until || step.until(asBody(answer.body))) break;
      await pause(ms);
      answer = await ask(sdk, request);
    }
    return { request, answer };
  } catch (error) {
    if (error instanceof NotReached) return undefined;
    throw error;
  }
}

/** Whatever was thrown before, everything is tried. */
async function cleanUp(known: Known, { sdk, onLeftOver }: Player): Promise<void> {
  for (const step of CLEAN_UP) {
    const made = await perform(step, known, sdk).catch(() => null);
    const isGone = made === undefined || made?.answer.status === 204 || made?.answer.status === 404;
    if (!isGone) onLeftOver(step.name);
  }
}

/** The SDK's own request, below the classes that would turn a refusal into an exception and hide what they do not know. */
export async function ask(sdk: TwilioSdk, request: ApiRequest): Promise<ApiAnswer> {
  const { method, url, query, form, json, ifMatch } = request;
  const answer: { readonly statusCode: number; readonly body: unknown } = await sdk.request({
    method,
    uri: url,
    headers: {
      ...(json && { 'Content-Type': 'application/json' }),
      ...(ifMatch !== undefined && { 'If-Match': ifMatch }),
    },
    ...(query && { params: query }),
    ...((form ?? json) && { data: form ?? json }),
  });
  return { status: answer.statusCode, body: parsed(answer.body) };
}

function parsed(body: unknown): unknown {
  if (typeof body !== 'string') return body ?? null;
  if (body === '') return null;
  try {
    return JSON.parse(body);
  } catch {
    return body;
  }
}
