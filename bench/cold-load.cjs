/** Run in a process of its own: prints the milliseconds that loading one file takes, and nothing else. */
'use strict';

const file = process.argv[2] ?? '';
const startedAt = performance.now();
require(file);
process.stdout.write(String(performance.now() - startedAt));
