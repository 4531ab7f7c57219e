/**
 * Jest gives tests a copy of `process`, on which Node works this list out again each time it is read. axios reads it for
 * every request, so a fourth of the time of a request to Twilio went there.
 */
Object.defineProperty(process, 'allowedNodeEnvironmentFlags', { value: process.allowedNodeEnvironmentFlags });
