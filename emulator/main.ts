/**
 * The emulator as a command: settings from the environment, one line when it is ready, gone at Ctrl-C.
 * It must not hold anything that a test could not start without it; that is `emulator.ts`.
 */
import { createEmulator, type EmulatorOptions } from './emulator';

function optionsFrom(env: NodeJS.ProcessEnv): EmulatorOptions {
  const port = Number(env.EMULATOR_PORT ?? 4010);
  if (!Number.isInteger(port) || port < 0 || port > 65_535) {
    throw new Error(`EMULATOR_PORT must be a port number, not "${env.EMULATOR_PORT}".`);
  }
  return {
    port,
    ...(env.FUNCTIONS_URL ? { functionsUrl: env.FUNCTIONS_URL } : {}),
    ...(env.ACCOUNT_SID ? { accountSid: env.ACCOUNT_SID } : {}),
    ...(env.AUTH_TOKEN ? { authToken: env.AUTH_TOKEN } : {}),
    ...(env.SYNC_SERVICE_SID ? { syncServiceSid: env.SYNC_SERVICE_SID } : {}),
    ...(env.MESSAGING_SERVICE_SID ? { messagingServiceSid: env.MESSAGING_SERVICE_SID } : {}),
    ...(env.WHATSAPP_SENDER ? { sender: env.WHATSAPP_SENDER } : {}),
    ...(env.EMULATOR_CLOCK_FILE ? { clockFile: env.EMULATOR_CLOCK_FILE } : {}),
  };
}

async function main(): Promise<void> {
  const emulator = createEmulator(optionsFrom(process.env));
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.once(signal, () => {
      void emulator.stop().then(() => process.exit(0));
    });
  }
  await emulator.start();
  console.log(`emulator ready ${emulator.url}`);
}

main().catch((error: unknown) => {
  console.error(error instanceof Error ? error.message : error);
  process.exit(1);
});
