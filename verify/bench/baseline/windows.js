/** The baseline's list of everybody who wrote, a page at a time, from the Sync Map. Parameters: limit, cursor. */
exports.handler = async (context, event, callback) => {
  const response = new Twilio.Response();
  response.appendHeader('Content-Type', 'application/json');
  if (event.request.headers.authorization !== `Bearer ${context.API_TOKEN}`) {
    response.setStatusCode(401);
    return callback(null, response.setBody({ error: 'Unauthorized' }));
  }
  const sync = Runtime.getSync({ serviceName: context.SYNC_SERVICE_SID });
  try {
    const page = await sync.maps(context.SYNC_MAP).syncMapItems.page({
      pageSize: Number(event.limit),
      pageToken: event.cursor,
    });
    const next = page.nextPageUrl && new URL(page.nextPageUrl).searchParams.get('PageToken');
    const windows = page.instances.map(({ key, data }) => {
      const lastInboundAt = Date.parse(data.lastInboundAt);
      return { user: key, open: Date.now() - lastInboundAt < 24 * 60 * 60 * 1000 };
    });
    return callback(null, response.setBody({ windows, nextCursor: next ?? null }));
  } catch (error) {
    console.error(error.message);
    return callback(error);
  }
};
