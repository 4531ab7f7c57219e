/** The options that every command takes. */
export interface CommonOptions {
  /** One JSON object on standard output instead of words. */
  readonly json: boolean;
  /** Against the running `npm start`. */
  readonly offline: boolean;
  /** Say what would be done, and do nothing. */
  readonly dryRun: boolean;
  /** Do it without asking. */
  readonly yes: boolean;
  /** The file with the settings; undefined where the person named none. */
  readonly env?: string;
}
