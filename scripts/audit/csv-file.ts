/** Hands the rows of a CSV file to an audit, piece by piece. */
import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { consoleCsv, UnreadableFile } from '../../src/assets/audit/console-csv';
import type { Audit } from '../../src/domain/audit/replay';
import type { Output } from '../command/output';
import { ScriptFailure } from '../command/script-failure';

/**
 * @param name of the file, as the person gave it
 * @returns whether the file says which messages were refused
 * @throws ScriptFailure where there is no such file, or it is no export of a message log
 */
export async function readCsvFile(
  file: string,
  name: string,
  audit: Audit,
  progress: Output['progress'],
): Promise<{ readonly hasErrorCodes: boolean }> {
  const found = await stat(file).catch(() => null);
  if (!found?.isFile()) {
    throw new ScriptFailure(
      `There is no file ${name}.`,
      'Give the path of the CSV that the Console exports from its message log.',
    );
  }
  const bar = progress(`Reading ${name}`, found.size);
  const csv = consoleCsv(audit);
  let bytes = 0;
  try {
    for await (const piece of createReadStream(file, { highWaterMark: 1 << 20 })) {
      csv.push(piece);
      bytes += piece.length;
      bar.at(bytes, `${Math.round(bytes / 1e6)} of ${Math.round(found.size / 1e6)} MB`);
    }
    return csv.end();
  } catch (error) {
    if (!(error instanceof UnreadableFile)) throw error;
    throw new ScriptFailure(
      `${name}: ${error.message}`,
      'In the Console: Monitor, Logs, Messaging, then Export to CSV.',
    );
  } finally {
    bar.end('Read.');
  }
}
