/**
 * Foreign text that cannot turn the text around it. What names and messages may hold are the characters that open and
 * close directions (https://www.unicode.org/reports/tr9/#Directional_Formatting_Characters); one that is left open, or a
 * closing one too many, would reach beyond its element.
 */

const DIRECTIONS = /[\u202a-\u202e\u2066-\u2069]/g;

export function plain(text: string): string {
  return text.replace(DIRECTIONS, '');
}

/** For a row, a title, a notification. */
export function firstLine(text: string): string {
  return (
    plain(text)
      .split(/\r?\n/)
      .map((line) => line.trim())
      .find((line) => line !== '') ?? ''
  );
}
