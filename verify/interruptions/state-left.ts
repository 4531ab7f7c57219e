/**
 * What an interruption left behind, as one text: what Sync holds, what was handed to Twilio, and what was answered. Two
 * interruptions that leave the same are one case for whatever comes next. Ids count by where they stand, times by how long
 * ago they are.
 */
import type { Story } from './story';

/** No lease, claim or waiting time is shorter. */
const ALIKE_MS = 10_000;

export function stateLeft(story: Story): string {
  const { stage } = story;
  const now = stage.now();
  const names = new Map<string, string>();
  const nameOf = (id: string) => {
    const known = names.get(id) ?? `id-${names.size}`;
    names.set(id, known);
    return known;
  };
  const aged = (time: number) => `age-${now - time < ALIKE_MS ? 0 : Math.round((now - time) / 60_000)}`;
  const plain = (text: string) =>
    text
      .replace(/\d{4}-\d\d-\d\dT[\d:.]+Z/g, (iso) => aged(Date.parse(iso)))
      .replace(/\b1[78]\d{11}\b/g, (time) => aged(Number(time)))
      .replace(/(?:SM|MM)?[0-9a-f]{24,64}/g, nameOf);
  const stored = stage
    .stored()
    .map(([name, data]) => JSON.stringify([name.replace(/[0-9a-f]{24,64}/, '…'), data]));
  const messages = stage
    .outbound()
    .map(({ sid, body, to, sendAt, statusCallback }) => [sid, body, to, sendAt, statusCallback]);
  const answers = stage.invocations.map(({ path, answer }) => [
    path,
    answer?.status ?? null,
    codeIn(answer?.body),
  ]);
  return plain(JSON.stringify([messages, stored.sort(), answers]));
}

function codeIn(body: unknown): unknown {
  if (typeof body !== 'object' || body === null) return null;
  const { outcome = null, error = null } = body as { outcome?: unknown; error?: { code?: unknown } | null };
  return [outcome, error?.code ?? null];
}
