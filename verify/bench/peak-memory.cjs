/** Preloaded into a process that is measured: at its end it writes its largest memory, in KiB, into the file that PEAK_MEMORY_FILE names. */
const { writeFileSync } = require('node:fs');

process.on('exit', () => {
  const file = process.env.PEAK_MEMORY_FILE;
  if (file) writeFileSync(file, String(process.resourceUsage().maxRSS));
});
