/**
 * WhatsApp's verdict as Twilio's message log keeps it: the error 63016 of a free-form message that was sent to the user.
 * That of a template message says nothing about the window, and must not be taken for one that does.
 */
import { OUTSIDE_WINDOW } from '../../domain/error-class';
import { hasWordsOfItsOwn, matchTemplate } from '../../domain/message-template';
import type { Pair } from '../../domain/whatsapp-address';
import type { MessageLog } from '../ports/message-log';
import type { TemplateCatalogue } from '../ports/template-catalogue';
import { withSandbox } from '../send/choose-template';

export interface VerdictSources {
  readonly messageLog: MessageLog;
  readonly templates: TemplateCatalogue;
}

/** How many of our own messages are looked at. */
const HISTORY = 50;

/**
 * Whether WhatsApp said that the window is closed, of a message that left at this moment or later.
 * @param since milliseconds since the epoch
 * @throws Failure `STATE_UNAVAILABLE` where the log cannot be read
 */
export async function wasRefusedSince(sources: VerdictSources, pair: Pair, since: number): Promise<boolean> {
  const sent = await sources.messageLog.newestOutbound(pair, HISTORY);
  const refused = sent.filter(({ errorCode, at }) => errorCode === OUTSIDE_WINDOW && at >= since);
  if (refused.length === 0) return false;
  // The log does not tell a template message from a free-form one; its text does.
  const templates = withSandbox(await sources.templates.all().catch(() => []), pair);
  const isTemplate = (body: string) =>
    templates.some(({ text }) => hasWordsOfItsOwn(text) && matchTemplate(text, body) !== undefined);
  return refused.some(({ body }) => !isTemplate(body));
}
