/**
 * The baseline's inbound webhook, the way Twilio's samples keep state: `Runtime.getSync()`, one Sync Map for everybody,
 * fetch the item, then update or create it. A working function, kept honest by test/bench; it must not borrow from src.
 */
exports.handler = async (context, event, callback) => {
  const twiml = new Twilio.twiml.MessagingResponse();
  const sync = Runtime.getSync({ serviceName: context.SYNC_SERVICE_SID });
  const users = sync.maps(context.SYNC_MAP).syncMapItems;
  const data = { lastInboundAt: new Date().toISOString(), profileName: event.ProfileName };
  try {
    const item = await fetchItem(users, event.From);
    if (item) await users(event.From).update({ data });
    else await users.create({ key: event.From, data });
    return callback(null, twiml);
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
