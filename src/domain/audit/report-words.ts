/** The audit in words: one line for each count, for the command line and the page alike. */
import { WINDOW_MS } from '../customer-service-window';
import { type AuditReport, FINDINGS, type ReplayedRow } from './replay';

export interface ReportLine {
  readonly name: string;
  readonly count: number;
  /** What it means, or what to do about it. */
  readonly meaning: string;
}

/** In the order of what they cost a business. */
export function reportLines(report: AuditReport): readonly ReportLine[] {
  const { rejectedForWindow, falselyRejected, bursts } = report;
  const service = report.serviceMessages.reduce((sum, { count }) => sum + count, 0);
  return [
    {
      name: 'Lost to error 63016',
      count: rejectedForWindow,
      meaning: 'Outbound messages that WhatsApp refused because the window was not open.',
    },
    {
      name: '… though the window was open',
      count: falselyRejected,
      meaning: 'The user had written less than 24 hours before: sent once more, such a message arrives.',
    },
    {
      name: 'Near misses',
      count: report.nearMisses,
      meaning: 'Sent in the last five minutes of a window.',
    },
    {
      name: 'Templates while a text was allowed',
      count: report.templatesWhileOpen,
      meaning: 'In an open window, with the text of a template. A marketing template costs more than a text.',
    },
    {
      name: 'Avoidable messages',
      count: bursts.avoidable,
      meaning: `${bursts.messages} messages went out in runs, with at most 10 seconds from one to the next: each run could have been one.`,
    },
    {
      name: 'Windows closed unanswered',
      count: report.unanswered,
      meaning: 'The last message of the window was the user’s.',
    },
    {
      name: 'Of unknown form',
      count: report.unknownForm,
      meaning: 'Outbound with neither text nor media in the log, such as a template of a Messaging Service.',
    },
    {
      name: 'Free-form messages',
      count: service,
      meaning: 'Delivered inside a window, which Meta charges as service messages.',
    },
  ];
}

/** What the counts rest on where something was missing. */
export function reportNotes(known: {
  readonly hasErrorCodes: boolean;
  readonly hasTemplates: boolean;
}): readonly string[] {
  return [
    ...(known.hasErrorCodes
      ? []
      : ['The file has no column ErrorCode: which messages were lost to 63016 is not known.']),
    ...(known.hasTemplates
      ? []
      : ['No templates were given: a template’s text in an open window counts as a free-form message.']),
  ];
}

/** What stands out about a row, in words; empty where nothing does. */
export function findingWords({ findings }: Pick<ReplayedRow, 'findings'>): string {
  return FINDING_WORDS.filter(([finding]) => (findings & FINDINGS[finding]) > 0)
    .map(([, words]) => words)
    .join(' ');
}

/** In the order in which they are told, and offered as filters. */
export const FINDING_WORDS: readonly (readonly [keyof typeof FINDINGS, string])[] = [
  ['lost', 'Lost: the window was not open (63016).'],
  ['falselyRejected', 'Refused though the window was open (63016).'],
  ['nearMiss', 'Nearly too late.'],
  ['templateWhileOpen', 'A template while a text was allowed.'],
  ['unknownForm', 'Form unknown: neither text nor media.'],
  ['burst', 'Part of a burst.'],
  ['unanswered', 'Its window closed unanswered.'],
];

/** What this service would have done with a row, as a sentence. */
export function decisionWords({ decision, at, lastInboundAt }: ReplayedRow): string {
  switch (decision) {
    case 'none':
      return 'Open the window for 24 hours.';
    case 'free-form':
      return 'Send the text: the window is open.';
    case 'again':
      return 'Send the text, and once more after the refusal.';
    case 'template':
      return 'Send it as its template.';
    case 'refuse':
      return 'Send nothing: the user said STOP.';
    case 'hold':
      return `Hold the text until the user answers, and ask with a template: ${whyNotOpen(at, lastInboundAt)}.`;
  }
}

function whyNotOpen(at: number, lastInboundAt: number | null): string {
  if (lastInboundAt === null) return 'no message from the user is in the log before it';
  const left = lastInboundAt + WINDOW_MS - at;
  return left > 0
    ? `the window closes in ${durationWords(left)}`
    : left === 0
      ? 'the window closes at that moment'
      : `the window had been closed for ${durationWords(-left)}`;
}

/** @param ms milliseconds @returns in its largest unit, such as `3 h` */
export function durationWords(ms: number): string {
  const seconds = Math.ceil(ms / 1000);
  if (seconds < 60) return `${seconds} s`;
  if (seconds < 3600) return `${Math.floor(seconds / 60)} min`;
  return seconds < 48 * 3600 ? `${Math.floor(seconds / 3600)} h` : `${Math.floor(seconds / (24 * 3600))} d`;
}

/** An address without its middle, for whoever looks over a shoulder: `+49…567`, `US.1…918`. */
export function shortAddress(address: string): string {
  const bare = address.replace(/^whatsapp:/, '');
  // A dot before the ellipsis would read as a fourth one.
  const begin = bare.startsWith('+') ? 3 : 4;
  return bare.length <= begin + 3 ? bare : `${bare.slice(0, begin)}…${bare.slice(-3)}`;
}
