/** All checks, in the order in which they are made. The credentials come first: they open the account to the others. */

import { sentenceOf } from '../command/script-failure';
import { credentials } from './account/credentials';
import { disagreements } from './account/disagreements';
import { functionsAnswer, functionsRefuse } from './account/functions';
import { scheduledMessages } from './account/scheduled-messages';
import { sender } from './account/sender';
import { studioFlows } from './account/studio-flows';
import { syncService } from './account/sync-service';
import { fallbackTemplate, lessonTemplates } from './account/templates';
import { variables } from './account/variables';
import { type Check, type CheckedAccount, type Finding, Lacking, notChecked } from './check';
import { blindWindow } from './inbound/blind-window';
import { conversations } from './inbound/conversations';
import { storedWindows } from './inbound/stored-windows';
import { webhook } from './inbound/webhook';
import { webhookRules } from './inbound/webhook-rules';
import { environmentSize } from './settings/environment-size';
import { region } from './settings/region';
import { secrets } from './settings/secrets';
import { settings } from './settings/settings-file';
import { token } from './settings/token';

export const CHECKS: readonly Check[] = [
  credentials,
  region,
  settings,
  token,
  secrets,
  environmentSize,
  syncService,
  sender,
  webhook,
  webhookRules,
  conversations,
  functionsAnswer,
  functionsRefuse,
  variables,
  studioFlows,
  lessonTemplates,
  fallbackTemplate,
  blindWindow,
  storedWindows,
  scheduledMessages,
  disagreements,
];

/** What may be mended while somebody waits for the first message. */
export const CHECKS_OF_THE_CONNECTION: readonly Check[] = [
  sender,
  webhook,
  webhookRules,
  conversations,
  functionsAnswer,
];

/** One check's result, as `--json` has it. */
export interface Result extends Finding {
  readonly check: string;
  readonly why: string;
}

export async function look(check: Check, account: CheckedAccount): Promise<Result> {
  return { check: check.name, ...(await findingOf(check, account)), why: check.why };
}

async function findingOf(check: Check, account: CheckedAccount): Promise<Finding> {
  try {
    return await check.look(account);
  } catch (error) {
    if (error instanceof Lacking) return notChecked(error.message);
    const { message, nextStep } = sentenceOf(error);
    return notChecked(message, nextStep);
  }
}
