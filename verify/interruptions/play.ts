/**
 * Plays one case: work that is interrupted at one of its requests, what comes next, and then what comes by itself; at the
 * end the person writes, so that whatever is still held shows. The oracle judges.
 */
import { type Fault, MEETINGS, type Meeting } from './faults';
import type { NextEvent } from './next-events';
import { type Finding, isOptedOut, judge, judgeWaiting, noteTruth, truthNow } from './oracle';
import { Stage } from './stage';
import { stateLeft } from './state-left';
import { Story } from './story';
import type { Work } from './works';

export interface Case {
  readonly work: Work;
  /** The request of the work, counted from 1. */
  readonly at: number;
  readonly how: Fault | Meeting;
  readonly next: NextEvent;
}

export interface Verdict {
  /** False where the work made fewer requests: there is no such case. */
  readonly isPlayed: boolean;
  readonly findings: readonly Finding[];
}

const isMeeting = (how: Fault | Meeting): how is Meeting => MEETINGS.some((meeting) => meeting === how);

export function playCase({ work, at, how, next }: Case, told?: (story: Story) => void): Promise<Verdict> {
  return Stage.play(work.environment ?? {}, async (stage) => {
    const story = new Story(stage);
    await work.prepare(story);
    let met: Promise<unknown> = Promise.resolve();
    let hasMet = false;
    const meet = async () => {
      hasMet = true;
      met = next.happen(story);
      if (how === 'between') await met;
    };
    stage.interrupt({ isFor: work.isFor, at, what: isMeeting(how) ? meet : how });
    await work.begin(story);
    await met;
    const interrupted = stage.invocations.find((invocation) => invocation.isInterrupted);
    if (!interrupted || interrupted.requests < at) return { isPlayed: false, findings: [] };
    await stage.pause(200);
    if (!hasMet) await next.happen(story);
    const findings = await judgeAtTheEnd(story);
    told?.(story);
    return { isPlayed: true, findings };
  });
}

/** Waits for what comes by itself, lets the person write once more, and judges. */
export async function judgeAtTheEnd(story: Story): Promise<readonly Finding[]> {
  const waiting = await comeToRest(story);
  await writeOnceMore(story);
  return [...waiting, ...judge(story)];
}

/** @returns what is left behind, or null where the work makes fewer requests */
export function interruptOnly({ work, at, how }: Omit<Case, 'next'>): Promise<string | null> {
  return Stage.play(work.environment ?? {}, async (stage) => {
    const story = new Story(stage);
    await work.prepare(story);
    stage.interrupt({ isFor: work.isFor, at, what: isMeeting(how) ? async () => undefined : how });
    await work.begin(story);
    const interrupted = stage.invocations.find((invocation) => invocation.isInterrupted);
    if (!interrupted || interrupted.requests < at) return null;
    await stage.pause(200);
    return stateLeft(story);
  });
}

/** What comes by itself: Twilio delivers again, callers with a key call again, somebody reads. */
async function comeToRest(story: Story): Promise<readonly Finding[]> {
  const { stage } = story;
  await stage.pause(1000);
  await story.deliverInboundsLeft();
  for (const pause of [2000, 12_000, 16_000]) {
    await stage.pause(pause);
    await callAgain(story);
  }
  await story.deliverInboundsLeft();
  await stage.pause(30_000);
  await readWindow(story);
  await stage.pause(30_000);
  await readWindow(story);
  return judgeWaiting(story);
}

async function callAgain(story: Story): Promise<void> {
  for (const intent of story.intents) {
    const last = intent.calls.at(-1);
    const isOpen = last?.status === null || (last?.status ?? 0) >= 500 || last?.status === 429;
    if (intent.parameters.idempotencyKey !== undefined && isOpen) await story.again(intent);
  }
}

async function readWindow(story: Story): Promise<void> {
  const truth = truthNow(story);
  await story.readWindow();
  const { call } = story.reads.at(-1) ?? {};
  if (call) noteTruth(call.invocation, truth);
}

async function writeOnceMore(story: Story): Promise<void> {
  const { stage } = story;
  if (isOptedOut(story)) {
    await story.send();
    await stage.pause(1000);
    await story.write('START');
  } else {
    await story.write('and then');
  }
  story.isWindowKnown = true;
  await stage.pause(30_000);
  await readWindow(story);
  await stage.pause(30_000);
  await story.send();
  await stage.pause(15 * 3_600_000);
}
