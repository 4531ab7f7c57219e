/**
 * Whether a secret stands in the definition of a Studio flow, where everybody reads it who may look at flows, and every
 * execution repeats it. Which secret and in which flow is said, never the secret itself.
 */
import { isStatus } from '../../../src/twilio/client';
import type { TwilioSdk } from '../../account/account';
import { type Secret, secretsFoundIn, secretsIn } from '../../account/secrets';
import { inTurn } from '../../command/in-turn';
import { broken, type Check, ok, warning } from '../check';

const MAX_FLOWS = 100;
const MAX_NAMED = 3;
const PER_SECOND = 20;

export const studioFlows: Check = {
  name: 'secrets in Studio',
  why: 'Whoever may look at a flow or at its executions reads what stands in it.',
  async look(account) {
    const known = secretsIn(account.env);
    const sdk = account.sdk();
    const flows = await sdk.studio.v2.flows.list({ limit: MAX_FLOWS + 1, pageSize: MAX_FLOWS });
    if (flows.length === 0) return ok('There is no flow.');
    const looked = flows.slice(0, MAX_FLOWS);
    const read = async ({ sid }: { sid: string }) => ({ sid, names: await secretsOf(sdk, sid, known) });
    const found = (await inTurn(looked, PER_SECOND, read, () => undefined)).filter(
      ({ names }) => names.length > 0,
    );
    if (found.length > 0) return finding(found);
    const rest = flows.length > MAX_FLOWS ? `; only the first ${MAX_FLOWS} were looked at` : '';
    return ok(`${looked.length === 1 ? 'The one flow has' : `${looked.length} flows have`} none${rest}.`);
  },
};

interface Found {
  readonly sid: string;
  readonly names: readonly string[];
}

function finding(found: readonly Found[]) {
  const named = found.slice(0, MAX_NAMED).map(({ sid, names }) => `${names.join(' and ')} in ${sid}`);
  const more = found.length > MAX_NAMED ? `, and in ${found.length - MAX_NAMED} more` : '';
  const told = `${named.join(', ')}${more}.`;
  const fix =
    'Let the flow call /studio/… by Run Function, which needs no token; then draw a new one in its place: it has been shown.';
  const isAccount = found.some(({ names }) => names.includes('AUTH_TOKEN'));
  return isAccount ? broken(told, fix) : warning(told, fix);
}

/** In what is published, and in a draft that comes after it. */
async function secretsOf(sdk: TwilioSdk, sid: string, known: readonly Secret[]): Promise<readonly string[]> {
  const { definition, status } = await sdk.studio.v2.flows(sid).fetch();
  const published =
    status === 'published'
      ? null
      : await sdk.studio.v2
          .flows(sid)
          .revisions('LatestPublished')
          .fetch()
          .catch((error: unknown) => {
            // It was never published.
            if (isStatus(error, 404)) return null;
            throw error;
          });
  const texts = [definition, published?.definition].flatMap(textsIn);
  return [...new Set(texts.flatMap((text) => secretsFoundIn(text, known)))];
}

function textsIn(value: unknown): readonly string[] {
  if (typeof value === 'string') return [value];
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([name, inner]) => [name, ...textsIn(inner)]);
}
