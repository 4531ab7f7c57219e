/** The baseline's question: did this user write within 24 hours? One read of the Sync Map. Parameter: to. */
exports.handler = async (context, event, callback) => {
  const response = new Twilio.Response();
  response.appendHeader('Content-Type', 'application/json');
  if (event.request.headers.authorization !== `Bearer ${context.API_TOKEN}`) {
    response.setStatusCode(401);
    return callback(null, response.setBody({ error: 'Unauthorized' }));
  }
  const sync = Runtime.getSync({ serviceName: context.SYNC_SERVICE_SID });
  try {
    const item = await sync.maps(context.SYNC_MAP).syncMapItems(event.to).fetch();
    const closesAt = Date.parse(item.data.lastInboundAt) + 24 * 60 * 60 * 1000;
    return callback(null, response.setBody({ freeFormAllowed: Date.now() < closesAt }));
  } catch (error) {
    if (error.status === 404) return callback(null, response.setBody({ freeFormAllowed: false }));
    console.error(error.message);
    return callback(error);
  }
};
