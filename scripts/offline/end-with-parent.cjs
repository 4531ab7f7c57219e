/**
 * Given to `twilio-run` and so to the processes that it forks, one per request: each ends with the one that started it, also
 * where that was killed. Left alone by a Ctrl-C in the middle of a request, it would try for good to report the broken channel over
 * the broken channel, with all of a processor.
 */
'use strict';

if (process.send) process.once('disconnect', () => process.exit());
