/**
 * `npm run setup -- --token NAME` and `--revoke NAME`: changes the tokens of the settings file and nothing else. A token is
 * printed only where `--show` asks for it: what a command prints ends up in logs.
 */
import { existsSync, readFileSync } from 'node:fs';
import type { SettingsFile } from '../account/account';
import type { Ended, Run } from '../command/command';
import { npmRun } from '../command/npm-run';
import type { CommonOptions } from '../command/options';
import { ScriptFailure, WrongLine } from '../command/script-failure';
import { drawToken, renewedToken, revokedToken, type TokenChange } from './api-tokens';
import { withoutSettings, withSettings, writeSettingsFile } from './settings-file';

export interface TokenOptions extends CommonOptions {
  readonly token?: string;
  readonly revoke?: string;
  readonly show: boolean;
}

export function isAboutTokens({ token, revoke }: TokenOptions): boolean {
  return token !== undefined || revoke !== undefined;
}

export async function changeToken(run: Run<TokenOptions>, settings: SettingsFile): Promise<Ended> {
  const { token, revoke } = run.options;
  if (!existsSync(settings.path)) {
    throw new ScriptFailure(
      `${settings.file} does not exist.`,
      `${npmRun(run.options, 'setup')} first: it makes the settings.`,
    );
  }
  if (token !== undefined && revoke !== undefined) {
    throw new WrongLine(
      '--token and --revoke exclude each other.',
      'The new one has to be deployed before the old one goes.',
    );
  }
  return token === undefined ? revokeToken(run, settings, revoke ?? '') : makeToken(run, settings, token);
}

async function makeToken(run: Run<TokenOptions>, settings: SettingsFile, spec: string): Promise<Ended> {
  const { options, output } = run;
  const drawn = drawToken();
  const change = renewedToken(settings.env, spec, drawn);
  output.hide(drawn);
  const { name, readOnly, former } = change;
  const worksOn = former === null ? '' : ' The one before works on.';
  const question = `Put the new token of ${name} into ${settings.file}?${worksOn}`;
  const isWritten = await write(run, settings, change, question);
  if (isWritten === 'declined') return { ok: false, json: { declined: true } };
  const deploy = npmRun(options, 'deploy');
  const nextSteps = [
    `${deploy}, then give the new token to its caller`,
    ...(former === null
      ? []
      : [
          `once the log of the functions names no caller ${former} any more: ${npmRun(options, 'setup', `--revoke ${former}`)}, then ${deploy}`,
        ]),
  ];
  if (isWritten === 'written') {
    const place = name === 'API_TOKEN' ? 'API_TOKEN' : `API_TOKENS, after ${name}:`;
    output.say(`done: the new token of ${name} is in ${settings.file}, at ${place}`);
    if (former !== null) output.say(`the one before works on, under the name ${former}`);
    if (options.show) {
      output.reveal(drawn);
      output.say(drawn);
    }
  }
  for (const step of nextSteps) output.say(`next: ${step}`);
  const made = { name, readOnly, former };
  return {
    ok: true,
    json: {
      dryRun: options.dryRun,
      token: { ...made, ...(options.show && isWritten === 'written' && { value: drawn }) },
      settings: Object.keys(change.values),
      nextSteps,
    },
  };
}

async function revokeToken(run: Run<TokenOptions>, settings: SettingsFile, name: string): Promise<Ended> {
  const { options, output } = run;
  const change = revokedToken(settings.env, name);
  const question = `Take the token of ${name} out of ${settings.file}? It works until the next deploy.`;
  const isWritten = await write(run, settings, change, question);
  if (isWritten === 'declined') return { ok: false, json: { declined: true } };
  const nextSteps = [`${npmRun(options, 'deploy')}: until then the token of ${name} works`];
  for (const step of nextSteps) output.say(`next: ${step}`);
  return {
    ok: true,
    json: { dryRun: options.dryRun, revoked: name, settings: Object.keys(change.values), nextSteps },
  };
}

async function write(
  { options, output }: Run<TokenOptions>,
  { path, file }: SettingsFile,
  { values }: Pick<TokenChange, 'values'>,
  question: string,
): Promise<'written' | 'dry-run' | 'declined'> {
  const emptied = withoutSettings(readFileSync(path, 'utf8'), Object.keys(values));
  const filled = Object.fromEntries(Object.entries(values).filter(([, value]) => value !== ''));
  output.say(`${file}:`);
  for (const [name, value] of Object.entries(values)) output.say(`  + ${name}=${value}`);
  if (options.dryRun) return 'dry-run';
  if (!(await output.agreed(question))) {
    output.say('Nothing was changed.');
    return 'declined';
  }
  writeSettingsFile(path, withSettings(emptied, filled));
  return 'written';
}
