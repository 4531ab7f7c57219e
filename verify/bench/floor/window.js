/** The floor of the question whether the window is open: one read. Parameter: to. */
exports.handler = async (context, event, callback) => {
  const { documents } = context.getTwilioClient().sync.v1.services(context.SYNC_SERVICE_SID);
  try {
    const { data } = await documents(`floor.${event.to.slice('whatsapp:+'.length)}`).fetch();
    const closesAt = Date.parse(data.lastInboundAt) + 24 * 60 * 60 * 1000;
    return callback(null, { freeFormAllowed: Date.now() < closesAt });
  } catch (error) {
    if (error.status === 404) return callback(null, { freeFormAllowed: false });
    return callback(error);
  }
};
