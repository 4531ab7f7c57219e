/**
 * Held messages in Twilio Sync: a List of its own per pair, so that no blind write of a window can touch it. The item's
 * index is its place in the queue, and makes its id. This file must not decide when something is released.
 */
import { randomBytes } from 'node:crypto';
import { parseMessageSid } from '../../domain/twilio-sid';
import {
  filingName,
  isParentId,
  isPhone,
  type Pair,
  parseExternalUserId,
  parseWhatsAppAddress,
  type WhatsAppAddress,
} from '../../domain/whatsapp-address';
import { inChunks } from '../../use-cases/in-chunks';
import {
  type HeldMessage,
  type HeldQueues,
  isHeldUnknown,
  type Joint,
  MAX_HELD,
  mayHaveLeft,
} from '../../use-cases/ports/held-messages';
import type { FallbackTemplate } from '../../use-cases/send/choose-template';
import { asFailure, isOutcomeUnknown, isStatus, type TwilioSdk } from '../client';
import { cursorOf, invalidCursor, positionOf } from '../page-cursor';
import { noSuchService, underLock } from './documents';

const SERVICE = 'Twilio Sync';
const PREFIX = 'held.';
const LISTS_PER_PAGE = 20;
/** Twice the limit, where a person had a queue under each of two names. */
const MAX_LISTED = 2 * MAX_HELD + 1;

export function syncHeldMessages(sdk: TwilioSdk, serviceSid: string): HeldQueues {
  const lists = sdk.sync.v1.services(serviceSid).syncLists;
  /** Where an item stands, and the revision at which it was read, so that a claim fails where somebody else was faster. */
  const places = new WeakMap<HeldMessage, { readonly index: number; readonly revision: string }>();

  return {
    async append(held, wasReleased = async () => false) {
      // The token tells this call's item from all others, also from one with the same text.
      const token = newToken();
      const waiting = { ...held, token, sendingSince: null, notThese: [], joint: null };
      const data = toItem(waiting);
      const itemTtl = Math.max(1, Math.ceil((held.expiresAt - held.heldAt) / 1000));
      try {
        const item = await createItem(held.pair, data, itemTtl);
        return { ...waiting, id: idOf(held.pair.user, item.index) };
      } catch (error) {
        if (!isOutcomeUnknown(error)) throw asFailure(error, SERVICE);
        // It may be held for all that. Held once more by the caller's next call, it would be sent twice.
        const index = await indexOf(nameOf(held.pair), token).catch(() => {
          throw isHeldUnknown();
        });
        if (index === undefined) throw (await wasReleased()) ? mayHaveLeft() : asFailure(error, SERVICE);
        return { ...waiting, id: idOf(held.pair.user, index) };
      }
    },

    newName: newToken,

    async adopt(held, pair, now) {
      const itemTtl = Math.max(1, Math.ceil((held.expiresAt - now) / 1000));
      try {
        await createItem(pair, toItem({ ...held, pair }, held.id), itemTtl);
      } catch (error) {
        throw asFailure(error, SERVICE);
      }
    },

    async list(pair) {
      try {
        return await itemsOf(nameOf(pair), pair);
      } catch (error) {
        throw asFailure(error, SERVICE);
      }
    },

    async mark(held, sendingSince, notThese, joint = null) {
      try {
        const place = places.get(held);
        const index = place?.index ?? indexIn(held.id);
        const formerId = idOf(held.pair.user, index) === held.id ? null : held.id;
        const data = toItem({ ...held, sendingSince, notThese, joint }, formerId);
        const item = await lists(nameOf(held.pair))
          .syncListItems(index)
          .update({ data, ...(place && { ifMatch: place.revision }) });
        places.set(held, { index, revision: item.revision });
        return true;
      } catch (error) {
        if (isStatus(error, 404) || isStatus(error, 412)) return false;
        throw asFailure(error, SERVICE);
      }
    },

    async settle(pair, { id, token, isJoint }) {
      if (isJoint) return settleJoint(pair, token);
      try {
        const index = await indexOfId(pair, id);
        if (index === undefined) return;
        const item = lists(nameOf(pair)).syncListItems(index);
        const current = await item.fetch();
        if (fromItem(current.data, index)?.token === token) await item.remove();
      } catch (error) {
        if (!isStatus(error, 404)) throw asFailure(error, SERVICE);
      }
    },

    async remove(pair, id, evenWhileSending) {
      try {
        const index = await indexOfId(pair, id);
        if (index === undefined) return false;
        const item = lists(nameOf(pair)).syncListItems(index);
        if (evenWhileSending) return await item.remove();
        const current = await item.fetch();
        if (fromItem(current.data, index)?.sendingSince !== null) return false;
        return await item.remove({ ifMatch: current.revision });
      } catch (error) {
        if (isStatus(error, 404) || isStatus(error, 412)) return false;
        throw asFailure(error, SERVICE);
      }
    },

    async erase(pair) {
      try {
        const items = await itemsOf(nameOf(pair), pair);
        await lists(nameOf(pair)).remove();
        return items.length;
      } catch (error) {
        if (isStatus(error, 404)) return 0;
        throw asFailure(error, SERVICE);
      }
    },

    async page(cursor) {
      try {
        const page = await lists.page({ pageSize: LISTS_PER_PAGE, ...positionOf(cursor) });
        const names = page.instances.flatMap(({ uniqueName }) =>
          uniqueName?.startsWith(PREFIX) ? [uniqueName] : [],
        );
        const queues = await Promise.all(names.map((name) => itemsOf(name)));
        return { held: queues.flat(), nextCursor: page.nextPageUrl ? cursorOf(page.nextPageUrl) : null };
      } catch (error) {
        if (isStatus(error, 400) && cursor !== null) throw invalidCursor();
        if (isStatus(error, 404)) throw noSuchService();
        throw asFailure(error, SERVICE);
      }
    },
  };

  async function settleJoint(pair: Pair, token: string): Promise<void> {
    try {
      const items = await itemsOf(nameOf(pair), pair);
      const parts = items.filter(({ joint }) => joint?.token === token);
      await inChunks(parts, async (held) => {
        await lists(nameOf(pair))
          .syncListItems(places.get(held)?.index ?? indexIn(held.id))
          .remove()
          .catch((error: unknown) => {
            if (!isStatus(error, 404)) throw error;
          });
      });
    } catch (error) {
      throw asFailure(error, SERVICE);
    }
  }

  /** The List is created with its first item, and again where the person was erased meanwhile. */
  function createItem(pair: Pair, data: object, itemTtl: number): Promise<{ readonly index: number }> {
    const create = () =>
      lists(nameOf(pair))
        .syncListItems.create({ data, itemTtl })
        .catch((error: unknown) => {
          if (!isStatus(error, 404)) throw error;
          return undefined;
        });
    return underLock(async () => {
      const created = await create();
      if (created) return created;
      await lists.create({ uniqueName: nameOf(pair) }).catch((taken: unknown) => {
        if (isStatus(taken, 404)) throw noSuchService();
        if (!isStatus(taken, 409)) throw taken;
      });
      return create();
    });
  }

  /** The id tells the place, save of a message that came from another queue. */
  async function indexOfId(pair: Pair, id: string): Promise<number | undefined> {
    if (idOf(pair.user, indexIn(id)) === id) return indexIn(id);
    const held = (await itemsOf(nameOf(pair), pair)).find((one) => one.id === id);
    return held && places.get(held)?.index;
  }

  async function indexOf(name: string, token: string): Promise<number | undefined> {
    try {
      const items = await lists(name).syncListItems.list({ order: 'desc', limit: MAX_HELD, pageSize: 100 });
      return items.find(({ data }) => Object(data).mark === token)?.index;
    } catch (error) {
      if (isStatus(error, 404)) return undefined;
      throw error;
    }
  }

  async function itemsOf(name: string, pair?: Pair): Promise<readonly HeldMessage[]> {
    try {
      const items = await lists(name).syncListItems.list({
        order: 'asc',
        limit: MAX_LISTED,
        pageSize: 100,
      });
      return items.flatMap((item) => {
        const held = fromItem(item.data, item.index, pair);
        if (held) places.set(held, { index: item.index, revision: item.revision });
        return held ?? [];
      });
    } catch (error) {
      if (isStatus(error, 404)) return [];
      throw error;
    }
  }
}

const newToken = () => randomBytes(12).toString('hex');
const nameOf = (pair: Pair) => `${PREFIX}${filingName(pair.sender)}.${filingName(pair.user)}`;

/** One person may have had a queue under each of their names: no id may be in two. */
function idOf(user: WhatsAppAddress, index: number): string {
  if (isPhone(user)) return String(index);
  return `${isParentId(user) ? 'p' : 'b'}${index}`;
}

const indexIn = (id: string) => Number(id.replace(/^[bp]/, ''));

/** @param formerId of a message that came from another queue */
function toItem(held: Omit<HeldMessage, 'id'>, formerId: string | null = null): object {
  const iso = (time: number) => new Date(time).toISOString();
  return {
    sender: held.pair.sender,
    user: held.pair.user,
    to: held.to,
    body: held.message.body,
    mediaUrls: held.message.mediaUrls,
    mark: held.token,
    ...(formerId !== null && { formerId }),
    group: held.group,
    ...(held.template && { template: held.template }),
    ...(held.repairs !== null && { repairs: held.repairs }),
    ...(held.attempt && { attempt: held.attempt }),
    ...(held.statusCallback !== null && { statusCallback: held.statusCallback }),
    ...(held.acceptedAt !== held.heldAt && { acceptedAt: iso(held.acceptedAt) }),
    heldAt: iso(held.heldAt),
    expiresAt: iso(held.expiresAt),
    ...(held.sendAt !== null && { sendAt: iso(held.sendAt) }),
    ...(held.externalUserId && { externalUserId: held.externalUserId }),
    ...(held.key !== null && { key: held.key }),
    ...(held.sendingSince !== null && {
      ...{ sendingSince: iso(held.sendingSince), notThese: held.notThese },
      ...(held.joint && { joint: held.joint }),
    }),
  };
}

function fromItem(data: unknown, index: number, asked?: Pair): HeldMessage | undefined {
  if (typeof data !== 'object' || data === null) return undefined;
  const item = data as Readonly<Record<string, unknown>>;
  const { text, texts, time } = readersOf(item);
  const sender = parseWhatsAppAddress(text('sender'));
  const user = parseWhatsAppAddress(text('user'));
  if (!sender || !user) return undefined;
  return {
    id: text('formerId') || idOf(user, index),
    pair: asked ?? { sender, user },
    // Held for one spelling or name, asked for under another: the message goes to the address it was meant for.
    to: parseWhatsAppAddress(text('to')) ?? user,
    message: { kind: 'free-form', body: text('body'), mediaUrls: texts('mediaUrls') },
    template: templateIn(item.template),
    // Version 0.1 held every message by itself.
    group: text('group') || text('mark'),
    token: text('mark'),
    acceptedAt: time('acceptedAt') ?? time('heldAt') ?? 0,
    repairs: parseMessageSid(text('repairs')) ?? null,
    ...attemptIn(item.attempt),
    statusCallback: text('statusCallback') || null,
    heldAt: time('heldAt') ?? 0,
    expiresAt: time('expiresAt') ?? Number.MAX_SAFE_INTEGER,
    sendAt: time('sendAt'),
    externalUserId: parseExternalUserId(text('externalUserId')) ?? null,
    key: text('key') || null,
    sendingSince: time('sendingSince'),
    notThese: texts('notThese').flatMap((sid) => parseMessageSid(sid) ?? []),
    joint: jointIn(item.joint),
  };
}

/** What an item has under a name; nothing where it has something of another kind. */
function readersOf(item: Readonly<Record<string, unknown>>) {
  const text = (name: string) => (typeof item[name] === 'string' ? item[name] : '');
  return {
    text,
    texts(name: string): readonly string[] {
      const list = item[name];
      return Array.isArray(list) ? list.filter((one) => typeof one === 'string') : [];
    },
    time(name: string): number | null {
      const parsed = Date.parse(text(name));
      return Number.isNaN(parsed) ? null : parsed;
    },
  };
}

function attemptIn(value: unknown): Pick<HeldMessage, 'attempt'> {
  return typeof value === 'number' ? { attempt: value } : {};
}

/** Written by `toItem` only. */
function jointIn(value: unknown): Joint | null {
  if (typeof value !== 'object' || value === null) return null;
  const { token, textHash } = value as Partial<Joint>;
  return typeof token === 'string' && typeof textHash === 'string' ? { token, textHash } : null;
}

/** Written by `toItem` only. */
function templateIn(value: unknown): FallbackTemplate | null {
  if (typeof value !== 'object' || value === null) return null;
  const { ref, language, variables, holdsText } = value as Partial<FallbackTemplate>;
  return typeof ref === 'string'
    ? { ref, language: language ?? null, variables: variables ?? {}, ...(holdsText && { holdsText }) }
    : null;
}
