/**
 * What the last deploy put live, as fingerprints in a document of the Sync service: so that the next one can say what has
 * changed, or that nothing did. No content and no value is in it.
 */
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { z } from 'zod';
import type { TwilioSdk } from '../account/account';
import { isNotFound } from '../account/former-webhooks';

const FINGERPRINTS = z.record(z.string(), z.string());
const DEPLOY = z.object({
  buildSid: z.string(),
  /** By what is shown to a person, such as `function /window`. */
  parts: FINGERPRINTS,
});

export type Parts = z.infer<typeof FINGERPRINTS>;
export type LastDeploy = z.infer<typeof DEPLOY>;

interface Uploadable {
  readonly path: string;
  readonly filePath?: string;
}

export function partsOf(what: {
  readonly functions: readonly Uploadable[];
  readonly assets: readonly Uploadable[];
  readonly variables: Readonly<Record<string, string>>;
  readonly dependencies: Readonly<Record<string, string>>;
  readonly runtime: string;
}): Parts {
  const files = (kind: string, list: readonly Uploadable[]) =>
    list.map(({ path, filePath }) => [`${kind} ${path}`, print(readFileSync(filePath ?? path))] as const);
  return Object.fromEntries([
    ...files('function', what.functions),
    ...files('asset', what.assets),
    ...Object.entries(what.variables).map(([name, value]) => [`variable ${name}`, print(value)] as const),
    ...Object.entries(what.dependencies).map(([name, version]) => [`package ${name}`, version] as const),
    ['runtime', what.runtime] as const,
  ]);
}

/** @returns a line for each part that is new, changed or gone */
export function changesBetween(before: Parts, after: Parts): readonly string[] {
  const names = [...new Set([...Object.keys(before), ...Object.keys(after)])].sort();
  return names.flatMap((name) => {
    if (before[name] === after[name]) return [];
    if (before[name] === undefined) return [`new: ${name}`];
    return [after[name] === undefined ? `gone: ${name}` : `changed: ${name}`];
  });
}

const documentOf = (service: string, environment: string | null) =>
  `setup.deploy.${service}.${environment ?? 'production'}`;

/** @returns the Functions service that a document of Sync notes a deploy to; undefined for any other document */
export function deployedServiceIn(documentName: string | null): string | undefined {
  return /^setup\.deploy\.([^.]+)\.[^.]+$/.exec(documentName ?? '')?.[1];
}

/** @returns null where it is not known, or something else was put live since */
export async function readLastDeploy(
  sdk: TwilioSdk,
  syncServiceSid: string,
  service: string,
  environment: string | null,
): Promise<LastDeploy | null> {
  const kept = await sdk.sync.v1
    .services(syncServiceSid)
    .documents(documentOf(service, environment))
    .fetch()
    .catch((error: unknown) => {
      if (isNotFound(error)) return null;
      throw error;
    });
  const read = DEPLOY.safeParse(kept?.data);
  if (!read.success) return null;
  const live = await liveBuild(sdk, service, environment);
  return live === read.data.buildSid ? read.data : null;
}

export async function rememberDeploy(
  sdk: TwilioSdk,
  syncServiceSid: string,
  service: string,
  environment: string | null,
  data: LastDeploy,
): Promise<void> {
  const { documents } = sdk.sync.v1.services(syncServiceSid);
  const uniqueName = documentOf(service, environment);
  try {
    await documents(uniqueName).update({ data });
  } catch (error) {
    if (!isNotFound(error)) throw error;
    await documents.create({ uniqueName, data });
  }
}

async function liveBuild(
  sdk: TwilioSdk,
  serviceName: string,
  environment: string | null,
): Promise<string | null> {
  const services = await sdk.serverless.v1.services.list({ pageSize: 100 });
  const service = services.find(({ uniqueName }) => uniqueName === serviceName);
  if (!service) return null;
  const environments = await sdk.serverless.v1.services(service.sid).environments.list({ pageSize: 100 });
  return environments.find(({ domainSuffix }) => (domainSuffix ?? null) === environment)?.buildSid ?? null;
}

function print(content: Buffer | string): string {
  return createHash('sha256').update(content).digest('hex').slice(0, 16);
}
