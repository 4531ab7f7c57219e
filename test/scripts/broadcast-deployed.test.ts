/**
 * `npm run broadcast` without `--url`: it sends by what is deployed in the account, and says so where that is nothing, or
 * more than one. The functions answer under the domain that the account gives them.
 */
import { main } from '../../scripts/broadcast';
import { clientOf } from '../emulator/emulator-client';
import { errorOf, onceEach, useBroadcast } from './broadcast-stage';
import { runMain, settingsFile } from './run-main';

const stage = useBroadcast();
const { service } = stage;
/** Nothing listens there: the functions are found by their domain, or not at all. */
const NO_PORT = '9';

/** The domain of an environment in which something is live. */
async function deploy(domainSuffix: string): Promise<string> {
  const { emulator } = service.offline;
  const { services } = clientOf(emulator).serverless.v1;
  const [known] = await services.list();
  const { sid } =
    known ?? (await services.create({ uniqueName: 'whatsapp-window', friendlyName: 'whatsapp-window' }));
  const inService = services(sid);
  const environment = await inService.environments.create({ uniqueName: domainSuffix, domainSuffix });
  const build = await inService.builds.create({ runtime: 'node22' });
  await inService.environments(environment.sid).deployments.create({ buildSid: build.sid });
  emulator.serve(environment.domainName, service.url);
  return environment.domainName;
}

async function broadcast(file: string, ...args: readonly string[]) {
  const { emulator } = service.offline;
  const settings = settingsFile({
    API_TOKEN: service.token,
    ACCOUNT_SID: emulator.accountSid,
    AUTH_TOKEN: emulator.authToken,
    SYNC_SERVICE_SID: emulator.syncServiceSid,
  });
  const run = await runMain(main, ['--env', settings.path, '--json', ...args, file], {
    ...stage.twilio,
    env: { PORT: NO_PORT },
  });
  settings.remove();
  return { ...run, error: run.code === 0 ? null : errorOf(run), settings: settings.path };
}

test('it sends by what is deployed, with the token of the settings and nothing else said', async () => {
  await deploy('dev');
  const { file, users } = await stage.manyRows(2);
  const { code, json } = await broadcast(file, '--offline');
  expect([code, json]).toMatchObject([0, { sent: 2, failed: 0 }]);
  expect(await stage.texts()).toEqual(onceEach(users));
});

test('it says that nothing is deployed, and what to do', async () => {
  const { file } = await stage.manyRows(1);
  const { code, error, settings } = await broadcast(file, '--yes');
  expect([code, error, await stage.texts()]).toEqual([
    1,
    {
      message: 'Nothing is deployed in the Functions service whatsapp-window.',
      nextStep: `Run npm run deploy -- --env ${settings} first, or name the running service with --url.`,
    },
    {},
  ]);
});

test('it asks which one is meant, where several environments are live', async () => {
  const domains = [await deploy('dev'), await deploy('stage')];
  const { file } = await stage.manyRows(1);
  const { code, error } = await broadcast(file, '--yes');
  expect([code, error, await stage.texts()]).toEqual([
    1,
    {
      message: `The functions are deployed in several environments: ${domains.join(', ')}.`,
      nextStep: 'Say which one is meant with --url.',
    },
    {},
  ]);
});
