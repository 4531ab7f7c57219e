/**
 * Keeps the state of an emulator in a file: at the end, and now and then, so that a kill loses little. The file is written
 * beside and then renamed, so that it is whole at every moment.
 */
import {
  closeSync,
  existsSync,
  fsyncSync,
  openSync,
  readFileSync,
  realpathSync,
  renameSync,
  writeFileSync,
} from 'node:fs';
import type { Emulator } from '../emulator';
import { StateError } from './account-state';

const SAVE_EVERY_MS = 2000;
/** For what is under way at the end, such as a status callback. */
const SETTLE_MS = 2000;

export class StateFile {
  private readonly path: string;
  private saved = '';
  private timer: NodeJS.Timeout | undefined;

  /** @param path of a file that need not be there */
  constructor(
    path: string,
    private readonly emulator: Pick<Emulator, 'exportState' | 'importState' | 'idle'>,
  ) {
    this.path = existsSync(path) ? realpathSync(path) : path;
  }

  /**
   * Has the emulator go on with the state of the file, where there is one.
   * @returns whether there is one
   * @throws Error that names the file, and has changed neither it nor the emulator
   */
  load(): boolean {
    if (!existsSync(this.path)) return false;
    const text = this.onFile('read', () => readFileSync(this.path, 'utf8'));
    try {
      this.emulator.importState(text);
    } catch (error) {
      if (!(error instanceof StateError)) throw error;
      throw new Error(
        `The state in ${this.path} cannot be used: ${error.message}. Nothing was changed; move the file away to begin anew.`,
      );
    }
    return true;
  }

  /** Saves at once, so that a place that takes no file is told at the beginning. @param onError each later time */
  keep(onError: (error: unknown) => void): void {
    this.save();
    this.timer = setInterval(() => {
      try {
        this.save();
      } catch (error) {
        onError(error);
      }
    }, SAVE_EVERY_MS);
  }

  /** Saves a last time. */
  async end(): Promise<void> {
    clearInterval(this.timer);
    await this.emulator.idle(SETTLE_MS);
    this.save();
  }

  private save(): void {
    const state = this.emulator.exportState();
    if (state === this.saved) return;
    this.onFile('written', () => {
      const beside = `${this.path}.part`;
      // It holds what people wrote, and the settings of what was deployed.
      const file = openSync(beside, 'w', 0o600);
      try {
        writeFileSync(file, state);
        fsyncSync(file);
      } finally {
        closeSync(file);
      }
      renameSync(beside, this.path);
    });
    this.saved = state;
  }

  private onFile<Result>(what: 'read' | 'written', act: () => Result): Result {
    try {
      return act();
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      throw new Error(`The state cannot be ${what}: ${reason}`);
    }
  }
}
