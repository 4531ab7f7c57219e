/**
 * Reads the two messaging TwiML verbs that a webhook may answer an inbound message with: <Redirect> and <Message>.
 * It must not be mistaken for an XML parser; any other verb is reported, not guessed at.
 */

export type TwimlStep =
  | { verb: 'Redirect'; url: string; method: 'GET' | 'POST' }
  | { verb: 'Message'; body: string; mediaUrls: string[]; statusCallback: string | null };

function unescapeXml(text: string): string {
  return text
    .replace(/<!\[CDATA\[([\s\S]*?)\]\]>/g, '$1')
    .replace(/&#(\d+);/g, (_, digits: string) => String.fromCodePoint(Number(digits)))
    .replace(/&#x([0-9a-f]+);/gi, (_, digits: string) => String.fromCodePoint(Number.parseInt(digits, 16)))
    .replaceAll('&lt;', '<')
    .replaceAll('&gt;', '>')
    .replaceAll('&quot;', '"')
    .replaceAll('&apos;', "'")
    .replaceAll('&amp;', '&');
}

function attribute(attributes: string, name: string): string | null {
  const found = new RegExp(`\\b${name}\\s*=\\s*(?:"([^"]*)"|'([^']*)')`).exec(attributes);
  return found ? unescapeXml(found[1] ?? found[2] ?? '') : null;
}

/** Null if the text is no TwiML at all, which Twilio reports as error 12100. */
export function parseTwiml(text: string): TwimlStep[] | null {
  const response = /<Response\b[^>]*?(?:\/>|>([\s\S]*)<\/Response>)/.exec(text);
  if (!response) return null;
  const steps: TwimlStep[] = [];
  for (const verb of (response[1] ?? '').matchAll(
    /<(Redirect|Message)\b([^>]*?)(?:\/>|>([\s\S]*?)<\/\1>)/g,
  )) {
    const attributes = verb[2] ?? '';
    const content = verb[3] ?? '';
    if (verb[1] === 'Redirect') {
      const method = attribute(attributes, 'method')?.toUpperCase() === 'GET' ? 'GET' : 'POST';
      steps.push({ verb: 'Redirect', url: unescapeXml(content.trim()), method });
    } else {
      const body = /<Body\b[^>]*>([\s\S]*?)<\/Body>/.exec(content)?.[1];
      const media = [...content.matchAll(/<Media\b[^>]*>([\s\S]*?)<\/Media>/g)];
      steps.push({
        verb: 'Message',
        body: unescapeXml(body ?? content.replace(/<Media\b[\s\S]*?<\/Media>/g, '')).trim(),
        mediaUrls: media.map((match) => unescapeXml((match[1] ?? '').trim())),
        statusCallback: attribute(attributes, 'action'),
      });
    }
  }
  return steps;
}
