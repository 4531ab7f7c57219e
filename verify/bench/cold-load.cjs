/**
 * Run in a process of its own: prints the milliseconds of CPU that loading one file takes, and nothing else. CPU and not
 * time of day, because loading waits for nothing, and what else the machine does must not count.
 */
'use strict';

const file = process.argv[2] ?? '';
const before = process.cpuUsage();
require(file);
const { user, system } = process.cpuUsage(before);
process.stdout.write(String((user + system) / 1000));
