/**
 * `npm run check`: types, lint and format, as many of them at a time as there are processors. Each says what it found; one
 * that found something does not keep the others from looking.
 */
import { spawn } from 'node:child_process';
import { availableParallelism } from 'node:os';

/** The longest first. More than one checker would look at the same types once more each. */
const CHECKS = [
  'tsc -p . --checkers 1',
  'biome check .',
  'tsc -p src/assets --checkers 1',
  'tsc -p client --checkers 1',
  'tsc -p emulator/phone --checkers 1',
];

/** @param {string} command @returns {Promise<boolean>} whether it found nothing */
function isClean(command) {
  return new Promise((resolve) => {
    // By a shell, because these programs have other names on Windows.
    const child = spawn(command, { shell: true, stdio: 'inherit' });
    child.once('error', () => resolve(false));
    child.once('close', (code) => resolve(code === 0));
  });
}

const left = [...CHECKS];
async function work() {
  for (let command = left.shift(); command !== undefined; command = left.shift()) {
    if (await isClean(command)) continue;
    console.error(`✗ ${command}`);
    process.exitCode = 1;
  }
}
await Promise.all(Array.from({ length: Math.max(2, availableParallelism()) }, work));
