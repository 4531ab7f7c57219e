/**
 * The baseline's sender: reads the user's item from the Sync Map, then sends the text if they wrote within 24 hours and
 * the template otherwise. Parameters are those of /send-message that the lesson needs: to, body, template (a Content
 * SID), contentVariables (JSON text), and idempotencyKey, for which it keeps a Sync Document each.
 */
exports.handler = async (context, event, callback) => {
  const response = new Twilio.Response();
  response.appendHeader('Content-Type', 'application/json');
  if (event.request.headers.authorization !== `Bearer ${context.API_TOKEN}`) {
    response.setStatusCode(401);
    return callback(null, response.setBody({ error: 'Unauthorized' }));
  }
  const sync = Runtime.getSync({ serviceName: context.SYNC_SERVICE_SID });
  const client = context.getTwilioClient();
  try {
    const key = event.idempotencyKey && `key-${event.idempotencyKey}`;
    // A Document of this name is the lock, and keeps the answer.
    if (key) await sync.documents.create({ uniqueName: key, data: {}, ttl: 172800 });
    const item = await fetchItem(sync.maps(context.SYNC_MAP).syncMapItems, event.to);
    const isOpen = item !== null && Date.now() - Date.parse(item.data.lastInboundAt) < 24 * 60 * 60 * 1000;
    const message = { to: event.to, from: context.WHATSAPP_SENDER };
    if (isOpen && event.body) message.body = event.body;
    else if (event.template) {
      message.contentSid = event.template;
      message.contentVariables = event.contentVariables;
    } else {
      response.setStatusCode(409);
      return callback(null, response.setBody({ outcome: 'refused' }));
    }
    const { sid, status } = await client.messages.create(message);
    const answer = { outcome: 'sent', message: { sid, status } };
    if (key) await sync.documents(key).update({ data: answer });
    return callback(null, response.setBody(answer));
  } catch (error) {
    console.error(error.message);
    return callback(error);
  }
};

const fetchItem = async (users, key) => {
  try {
    return await users(key).fetch();
  } catch (error) {
    if (error.status === 404) return null;
    throw error;
  }
};
