/**
 * The floor of an inbound webhook: one write, a second only where nothing was there to overwrite. It checks nothing, so
 * it must never be more than a measure.
 */
exports.handler = async (context, event, callback) => {
  const client = context.getTwilioClient();
  const { documents } = client.sync.v1.services(context.SYNC_SERVICE_SID);
  const uniqueName = `floor.${event.From.slice('whatsapp:+'.length)}`;
  const data = { lastInboundAt: new Date().toISOString() };
  try {
    await documents(uniqueName).update({ data });
  } catch (error) {
    if (error.status !== 404) return callback(error);
    await documents.create({ uniqueName, data });
  }
  return callback(null, new Twilio.twiml.MessagingResponse());
};
