/** What is live of the functions that were deployed here, read out in one piece. It changes nothing. */
import { versionIn } from '../api/serverless/builds';
import type { Upload } from '../api/serverless/deployed-things';
import type { ServerlessServices } from '../api/serverless/services';

export interface Deployment {
  readonly service: string;
  readonly environment: string;
  readonly domain: string;
  readonly runtime: string;
  readonly dependencies: unknown;
  readonly functions: readonly DeployedFile[];
  readonly assets: readonly DeployedFile[];
  readonly variables: Readonly<Record<string, string>>;
}

export interface DeployedFile {
  readonly path: string;
  readonly visibility: string;
  readonly content: string;
}

export function shownDeployments(services: ServerlessServices): readonly Deployment[] {
  return services.all().flatMap((service) =>
    [...service.environments.values()].flatMap((environment) => {
      const build = service.builds.get(environment.buildSid ?? '');
      if (!build) return [];
      const files = (uploads: ReadonlyMap<string, Upload>, sids: readonly string[]) =>
        sids
          .flatMap((sid) => versionIn(uploads, sid)?.version ?? [])
          .map(({ path, visibility, content }) => ({ path, visibility, content }))
          .sort((a, b) => (a.path < b.path ? -1 : 1));
      return [
        {
          service: service.uniqueName,
          environment: environment.uniqueName,
          domain: environment.domainName,
          runtime: build.runtime,
          dependencies: build.dependencies,
          functions: files(service.functions, build.functionVersions),
          assets: files(service.assets, build.assetVersions),
          variables: Object.fromEntries(
            [...environment.variables.values()].map(({ key, value }) => [key, value]),
          ),
        },
      ];
    }),
  );
}
