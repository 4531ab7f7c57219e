/** The four tools that look and change nothing: a person's window, the templates, a thread, what is held. */
import type { McpServer } from '@modelcontextprotocol/sdk/server/mcp.js';
import { z } from 'zod';
import type { HeldMessage, Template, ThreadMessage } from '../../client/answers.ts';
import { FOREIGN_TEXT_NOTE, quoted, withoutInvisible } from './foreign-text';
import { answerTool, type ToolContext } from './tool';
import { CURSOR, FROM, RULE, TO } from './tool-words';
import { minute, windowSentence } from './window-words';

const ONLY_READS = {
  readOnlyHint: true,
  destructiveHint: false,
  idempotentHint: true,
  openWorldHint: true,
} as const;

export function registerReadingTools(server: McpServer, context: ToolContext): void {
  server.registerTool(
    'whatsapp_window',
    {
      title: 'WhatsApp window of a person',
      description: `${RULE} This tells whether free-form text to a person is allowed now, and until when.`,
      inputSchema: z.strictObject({ to: TO, from: FROM }),
      annotations: ONLY_READS,
    },
    (request) =>
      answerTool(context, 'whatsapp_window', async () => {
        const [answer, now] = await Promise.all([context.client.window(request), context.now()]);
        return {
          text: windowSentence(answer, now),
          structured: { ...answer },
          outcome: answer.window.state,
        };
      }),
  );

  server.registerTool(
    'whatsapp_templates',
    {
      title: 'WhatsApp templates',
      description: `${RULE} This lists the templates, their variables, and whether each may be sent now (inside) or at any time (outside).`,
      inputSchema: z.strictObject({
        name: z.string().optional().describe('Only templates whose name has this in it.'),
      }),
      annotations: ONLY_READS,
    },
    ({ name = '' }) =>
      answerTool(context, 'whatsapp_templates', async () => {
        const all = await context.client.templates();
        const templates = all.filter((template) => template.name.toLowerCase().includes(name.toLowerCase()));
        const text = templates.map(templateLine).join('\n');
        return { text: text || 'There is no such template.', structured: { templates }, outcome: 'listed' };
      }),
  );

  server.registerTool(
    'whatsapp_thread',
    {
      title: 'WhatsApp thread with a person',
      description: `${RULE} This shows what was said with a person, both ways, newest first, and what became of each message. ${FOREIGN_TEXT_NOTE}`,
      inputSchema: z.strictObject({
        to: TO,
        from: FROM,
        limit: z.number().int().min(1).max(100).optional().describe('Messages in a page; default 20.'),
        cursor: CURSOR,
      }),
      annotations: ONLY_READS,
    },
    (request) =>
      answerTool(context, 'whatsapp_thread', async () => {
        const { messages, nextCursor } = await context.client.thread(request);
        const text = [
          ...lines(messages, threadLine, 'No message with this person is known.'),
          more(nextCursor),
        ];
        return {
          text: text.join('\n').trimEnd(),
          structured: { messages: messages.map(cleanBody), nextCursor },
          outcome: 'listed',
        };
      }),
  );

  server.registerTool(
    'whatsapp_held',
    {
      title: 'Held WhatsApp messages',
      description: `${RULE} A text sent with whenClosed: hold waits until the person writes again; this lists what waits, oldest first. ${FOREIGN_TEXT_NOTE}`,
      inputSchema: z.strictObject({
        to: TO.optional().describe('The person; leave it out for everybody.'),
        from: FROM,
        cursor: CURSOR,
      }),
      annotations: ONLY_READS,
    },
    (request) =>
      answerTool(context, 'whatsapp_held', async () => {
        const { held, nextCursor } = await context.client.held(request);
        return {
          text: [...lines(held, heldLine, 'Nothing is held.'), more(nextCursor)].join('\n').trimEnd(),
          structured: { held: held.map(cleanBody), nextCursor },
          outcome: 'listed',
        };
      }),
  );
}

function lines<T>(items: readonly T[], line: (item: T) => string, none: string): readonly string[] {
  return items.length === 0 ? [none] : [FOREIGN_TEXT_NOTE, ...items.map(line)];
}

const more = (cursor: string | null) => (cursor === null ? '' : `There is more: cursor ${cursor}`);

function templateLine(template: Template): string {
  const { name, language, category, contentSid, text, placeholders } = template;
  const variables =
    placeholders.length === 0 ? 'no variables' : `contentVariables ${placeholders.join(', ')}`;
  return `${name} (${[language, category, contentSid].filter(Boolean).join(', ')}): ${quoted(text)}, ${variables}, ${whereUsable(template)}`;
}

function whereUsable({ usableInside, usableOutside, reason }: Template): string {
  if (usableOutside) return 'may be sent at any time';
  const why = reason === null ? '' : ` (${reason})`;
  return usableInside ? `only while the window is open${why}` : `cannot be sent${why}`;
}

function threadLine({ at, direction, status, body, mediaCount, error }: ThreadMessage): string {
  const text = body === null ? 'text no longer known' : quoted(body);
  const media = mediaCount === 0 ? '' : `, ${mediaCount} attached`;
  const failed = error === null ? '' : `, error ${error.code} (${error.class}): ${error.message}`;
  return `${minute(at)} ${direction}, ${status}: ${text}${media}${failed}`;
}

function heldLine({ id, to, body, mediaUrl, expiresAt }: HeldMessage): string {
  const media = mediaUrl.length === 0 ? '' : `, ${mediaUrl.length} attached`;
  return `${id} to ${to}, until ${minute(expiresAt)}: ${quoted(body)}${media}`;
}

function cleanBody<T extends { readonly body: string | null }>(message: T): T {
  return { ...message, body: message.body === null ? null : withoutInvisible(message.body) };
}
