/**
 * The floor of a send: the state is read unless this container did so a minute ago or less, and the message goes out.
 * Parameters: to, body, template (a Content SID), contentVariables (JSON text).
 */
const seen = new Map();

exports.handler = async (context, event, callback) => {
  const client = context.getTwilioClient();
  const response = new Twilio.Response();
  response.appendHeader('Content-Type', 'application/json');
  const user = event.to.slice('whatsapp:+'.length);
  try {
    const { lastInboundAt } = (Date.now() - seen.get(user)?.at < 60_000 && seen.get(user)) || (await read());
    const isOpen = Date.now() - lastInboundAt < 24 * 60 * 60 * 1000;
    if (isOpen) seen.set(user, { lastInboundAt, at: Date.now() });
    if (!isOpen && !event.template) {
      response.setStatusCode(409);
      return callback(null, response.setBody({ outcome: 'refused' }));
    }
    const { sid, status } = await client.messages.create({
      to: event.to,
      from: context.WHATSAPP_SENDER,
      ...(isOpen
        ? { body: event.body }
        : { contentSid: event.template, contentVariables: event.contentVariables }),
    });
    return callback(null, response.setBody({ outcome: 'sent', message: { sid, status } }));
  } catch (error) {
    return callback(error);
  }

  async function read() {
    const document = client.sync.v1.services(context.SYNC_SERVICE_SID).documents(`floor.${user}`);
    try {
      return { lastInboundAt: Date.parse((await document.fetch()).data.lastInboundAt) };
    } catch (error) {
      if (error.status === 404) return { lastInboundAt: 0 };
      throw error;
    }
  }
};
