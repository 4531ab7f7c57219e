/** The audit in words: one line for each count, for the command line and the page alike. */
import type { AuditReport } from './replay';

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
