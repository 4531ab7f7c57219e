/** Port: the account's templates with their approval. */
import type { Template } from '../../domain/message-template';
import type { ContentSid } from '../../domain/twilio-sid';

/** Both methods throw a Failure `STATE_UNAVAILABLE` where the Content API cannot be read and nothing usable is remembered. */
export interface TemplateCatalogue {
  /** All templates. @param fresh ask Twilio even if the answer is remembered */
  all(fresh?: boolean): Promise<readonly Template[]>;
  /** One template, or undefined where the account has none of this SID. @param fresh as above */
  bySid(sid: ContentSid, fresh?: boolean): Promise<Template | undefined>;
}
