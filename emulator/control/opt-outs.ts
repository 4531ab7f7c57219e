/** Who Twilio has opted out, and the words by which a Messaging Service tells. It must not read messages. */
import { type AdvancedOptOut, OPT_OUT_TYPES, type OptOutWords } from '../whatsapp/advanced-opt-out';
import type { OptOuts } from '../whatsapp/opt-outs';
import { ControlError, type Fields } from './fields';

export function setOptOut(
  body: Fields,
  optOuts: OptOuts,
  senders: readonly string[],
): { user: string; sender: string; optedOut: boolean } {
  const user = body.requiredText('user');
  const sender = body.text('sender') ?? senders[0] ?? '';
  const optedOut = body.boolean('optedOut') ?? true;
  body.done();
  optOuts.set(user, sender, optedOut);
  return { user, sender, optedOut };
}

export function setOptOutWords(body: Fields, advancedOptOut: AdvancedOptOut): { words: OptOutWords } {
  const words: Partial<Record<keyof OptOutWords, string[]>> = {};
  for (const type of OPT_OUT_TYPES) {
    const list = body.list(type)?.map((word) => {
      if (typeof word === 'string' && word.trim() !== '') return word;
      throw body.wrong(type, 'must be a list of words, none of them empty');
    });
    if (list !== undefined) words[type] = list;
  }
  body.done();
  try {
    advancedOptOut.setWords(words);
  } catch (error) {
    throw new ControlError(400, error instanceof Error ? error.message : String(error));
  }
  return { words: advancedOptOut.words };
}
