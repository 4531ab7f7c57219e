/** `npm run bench`: the measurements as a table and as bench/results.json. Trust the ratios: both sides run side by side. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { measureBodyMatching } from './body-matching';
import { measureDashboardFrames } from './dashboard-frames';

async function main(): Promise<void> {
  const matching = measureBodyMatching();
  const dashboard = await measureDashboardFrames();
  const round = (value: number) => Number(value.toFixed(1));
  console.table({
    'dashboard, main-thread ms per second, 1,000 rows': {
      ours: round(dashboard.dashboard.busyMsPerSecond),
      naive: round(dashboard.naive.busyMsPerSecond),
      ratio: round(dashboard.ratio),
    },
    'dashboard, longest frame in ms': {
      ours: round(dashboard.dashboard.longestFrameMs),
      naive: round(dashboard.naive.longestFrameMs),
    },
    'body against 1,000 templates, ms: ordinary': { ours: round(matching.ordinaryMs) },
    'body against 1,000 templates, ms: made to be slow': {
      ours: round(matching.hostileMs),
      ratio: round(matching.ratio),
    },
    'a quarter of that body against one template by regular expression, ms': {
      naive: round(matching.hostileByRegexMs),
    },
  });
  writeFileSync(join(__dirname, 'results.json'), `${JSON.stringify({ dashboard, matching }, null, 2)}\n`);
}

main().catch((error: unknown) => {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
});
