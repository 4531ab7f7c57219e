/** What was deployed to an account, as it stands in the file of a state. */
import { z } from 'zod';
import {
  type Build,
  type Environment,
  type Upload,
  type Variable,
  type Version,
  VISIBILITIES,
} from '../api/serverless/deployed-things';
import type { ServerlessService, ServerlessServices } from '../api/serverless/services';

const UPLOADS = z.array(
  z.object({
    sid: z.string(),
    friendlyName: z.string(),
    createdAt: z.number(),
    versions: z.array(
      z.object({
        sid: z.string(),
        path: z.string(),
        visibility: z.enum(VISIBILITIES),
        content: z.string(),
        createdAt: z.number(),
      }) satisfies z.ZodType<Version>,
    ),
  }),
);

const VARIABLE = z.object({
  sid: z.string(),
  key: z.string(),
  value: z.string(),
  createdAt: z.number(),
  updatedAt: z.number(),
}) satisfies z.ZodType<Variable>;

const BUILD = z.object({
  sid: z.string(),
  status: z.literal('completed'),
  functionVersions: z.array(z.string()),
  assetVersions: z.array(z.string()),
  dependencies: z.array(z.object({ name: z.string(), version: z.string() })),
  runtime: z.string(),
  createdAt: z.number(),
}) satisfies z.ZodType<Build>;

export const STORED_FUNCTIONS = z.array(
  z.object({
    sid: z.string(),
    uniqueName: z.string(),
    friendlyName: z.string(),
    includeCredentials: z.boolean(),
    uiEditable: z.boolean(),
    domainBase: z.string(),
    createdAt: z.number(),
    environments: z.array(
      z.object({
        sid: z.string(),
        uniqueName: z.string(),
        domainSuffix: z.string().nullable(),
        domainName: z.string(),
        createdAt: z.number(),
        buildSid: z.string().nullable(),
        variables: z.array(VARIABLE),
      }),
    ),
    functions: UPLOADS,
    assets: UPLOADS,
    builds: z.array(BUILD),
  }),
);
type StoredFunctions = z.infer<typeof STORED_FUNCTIONS>;

export function storedFunctions(services: ServerlessServices): StoredFunctions {
  return services.all().map((service) => ({
    ...service,
    environments: [...service.environments.values()].map((environment) => ({
      ...environment,
      variables: [...environment.variables.values()],
    })),
    functions: storedUploads(service.functions),
    assets: storedUploads(service.assets),
    builds: [...service.builds.values()].map((build) => ({
      ...build,
      functionVersions: [...build.functionVersions],
      assetVersions: [...build.assetVersions],
      dependencies: [...build.dependencies],
    })),
  }));
}

function storedUploads(uploads: ReadonlyMap<string, Upload>): z.infer<typeof UPLOADS> {
  return [...uploads.values()].map((upload) => ({ ...upload, versions: [...upload.versions.values()] }));
}

export function restoreFunctions(services: ServerlessServices, stored: StoredFunctions): void {
  services.restore(
    stored.map(
      (service): ServerlessService => ({
        ...service,
        environments: bySid(
          service.environments.map(
            (environment): Environment => ({ ...environment, variables: bySid(environment.variables) }),
          ),
        ),
        functions: restoredUploads(service.functions),
        assets: restoredUploads(service.assets),
        builds: bySid(service.builds),
      }),
    ),
  );
}

function restoredUploads(uploads: z.infer<typeof UPLOADS>): Map<string, Upload> {
  return bySid(uploads.map((upload): Upload => ({ ...upload, versions: bySid(upload.versions) })));
}

function bySid<T extends { readonly sid: string }>(things: readonly T[]): Map<string, T> {
  return new Map(things.map((thing) => [thing.sid, thing]));
}
