/** Twilio's own page tokens, wrapped so that nobody builds on their form. */
import { Failure } from '../use-cases/failure';

export function cursorOf(nextPageUrl: string): string {
  const query = new URL(nextPageUrl).searchParams;
  const token = { token: query.get('PageToken'), page: query.get('Page') };
  return Buffer.from(JSON.stringify(token)).toString('base64url');
}

/** @throws Failure `INVALID_REQUEST` where the text is no cursor */
export function positionOf(cursor: string | null): { pageToken?: string; pageNumber?: number } {
  if (cursor === null) return {};
  try {
    const parsed: unknown = JSON.parse(Buffer.from(cursor, 'base64url').toString('utf8'));
    if (typeof parsed !== 'object' || parsed === null || Array.isArray(parsed)) throw invalidCursor();
    const { token, page } = parsed as { token?: unknown; page?: unknown };
    return {
      ...(typeof token === 'string' && { pageToken: token }),
      ...(typeof page === 'string' && /^\d{1,9}$/.test(page) && { pageNumber: Number(page) }),
    };
  } catch {
    throw invalidCursor();
  }
}

/** Also where Twilio itself does not take the page token that the cursor stands for. */
export function invalidCursor(): Failure {
  return new Failure('INVALID_REQUEST', 'The request has 1 problem.', [
    { field: 'cursor', message: 'Give the nextCursor of an earlier answer, unchanged, or leave it out.' },
  ]);
}
