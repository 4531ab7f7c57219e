/** JSON as people save it. It must not know what it says. */

/** Some editors put a byte order mark before the text. @throws SyntaxError where it is no JSON */
export function parseJson(text: string): unknown {
  return JSON.parse(text.replace(/^\ufeff/, ''));
}
