/** The floor of a cold start: a function that loads the SDK and nothing else. */
const twilio = require('twilio');

exports.handler = (_context, _event, callback) => callback(null, new twilio.twiml.MessagingResponse());
