/**
 * The Model Context Protocol server (https://modelcontextprotocol.io): five tools over a client of the service. It knows
 * neither the pipe it speaks through nor where the service is.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { McpServer } from '@modelcontextprotocol/sdk/server/mcp.js';
import { ROOT } from '../offline/twilio-run';
import { FOREIGN_TEXT_NOTE } from './foreign-text';
import { registerReadingTools } from './reading-tools';
import { registerSendTool } from './send-tool';
import type { ToolContext } from './tool';
import { RULE } from './tool-words';

export function createWindowServer(context: ToolContext): McpServer {
  const server = new McpServer(
    { name: 'whatsapp-window', version: ownVersion() },
    { instructions: `${RULE} ${FOREIGN_TEXT_NOTE}` },
  );
  registerReadingTools(server, context);
  registerSendTool(server, context);
  return server;
}

function ownVersion(): string {
  const manifest: unknown = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8'));
  const isKnown = typeof manifest === 'object' && manifest !== null && 'version' in manifest;
  return isKnown ? String(manifest.version) : '0.0.0';
}
