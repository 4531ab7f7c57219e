/**
 * Builds: the versions that go live together, with what is installed beside them and the runtime:
 * https://www.twilio.com/docs/serverless/api/resource/build. A build is complete at once; nothing is installed.
 */
import type { Route } from '../../server/router';
import { newSid } from '../../server/sids';
import { isoDate } from '../../server/twilio-dates';
import { notFound, TwilioError } from '../../server/twilio-error';
import type { Build, Dependency, Upload, Version } from './deployed-things';
import { BASE, type ServerlessService, type ServerlessServices } from './services';
import { type Kind, kindOf, shownVersion } from './uploads';

export function buildRoutes(services: ServerlessServices): Route[] {
  const { clock, accountSid } = services;
  const path = '/v1/Services/{ServiceSid}/Builds';

  const shown = (service: ServerlessService, build: Build): Record<string, unknown> => {
    const versions = (key: Kind['key'], sids: readonly string[]) =>
      sids.flatMap((sid) => {
        const found = versionIn(service[key], sid);
        return found ? [shownVersion(services, service, kindOf(key), found.upload, found.version)] : [];
      });
    return {
      sid: build.sid,
      account_sid: accountSid,
      service_sid: service.sid,
      asset_versions: versions('assets', build.assetVersions),
      function_versions: versions('functions', build.functionVersions),
      dependencies: build.dependencies,
      runtime: build.runtime,
      status: build.status,
      date_created: isoDate(build.createdAt),
      date_updated: isoDate(build.createdAt),
      url: `${BASE}/${service.sid}/Builds/${build.sid}`,
      links: { build_status: `${BASE}/${service.sid}/Builds/${build.sid}/Status` },
    };
  };

  const found = (service: ServerlessService, sid: string): Build => {
    const build = service.builds.get(sid);
    if (!build) throw notFound(`/v1/Services/${service.sid}/Builds/${sid}`);
    return build;
  };

  return [
    {
      service: 'serverless',
      method: 'POST',
      path,
      label: 'Builds',
      body: ['FunctionVersions', 'AssetVersions', 'Dependencies', 'Runtime'],
      handle(call) {
        const service = services.of(call);
        const functionVersions = call.form.all('FunctionVersions');
        const assetVersions = call.form.all('AssetVersions');
        for (const sid of functionVersions) demand(service.functions, 'FunctionVersions', sid);
        for (const sid of assetVersions) demand(service.assets, 'AssetVersions', sid);
        const build: Build = {
          sid: newSid('ZB'),
          status: 'completed',
          functionVersions,
          assetVersions,
          dependencies: dependenciesFrom(call.form.get('Dependencies')),
          runtime: runtimeFrom(call.form.get('Runtime')),
          createdAt: clock.now(),
        };
        service.builds.set(build.sid, build);
        return { status: 201, body: { ...shown(service, build), status: 'building' } };
      },
    },
    {
      service: 'serverless',
      method: 'GET',
      path: `${path}/{BuildSid}`,
      label: 'Builds/{sid}',
      handle(call) {
        const service = services.of(call);
        return { status: 200, body: shown(service, found(service, call.at('BuildSid'))) };
      },
    },
    {
      service: 'serverless',
      method: 'GET',
      path: `${path}/{BuildSid}/Status`,
      label: 'Builds/{sid}/Status',
      handle(call) {
        const service = services.of(call);
        const build = found(service, call.at('BuildSid'));
        return {
          status: 200,
          body: {
            sid: build.sid,
            account_sid: accountSid,
            service_sid: service.sid,
            status: build.status,
            url: `${BASE}/${service.sid}/Builds/${build.sid}/Status`,
          },
        };
      },
    },
  ];
}

export function versionIn(
  uploads: ReadonlyMap<string, Upload>,
  sid: string,
): { upload: Upload; version: Version } | undefined {
  for (const upload of uploads.values()) {
    const version = upload.versions.get(sid);
    if (version) return { upload, version };
  }
  return undefined;
}

function demand(uploads: ReadonlyMap<string, Upload>, field: string, sid: string): void {
  if (!versionIn(uploads, sid)) throw new TwilioError(400, 20001, `${field}: no such version, ${sid}.`);
}

const RUNTIMES = ['node20', 'node22', 'node24'];

/** 82007: https://www.twilio.com/docs/api/errors/82007. Without a name the build gets Twilio's present default. */
function runtimeFrom(name: string | undefined): string {
  if (name === undefined) return 'node22';
  if (RUNTIMES.includes(name)) return name;
  throw new TwilioError(400, 82007, `Runtime must be one of ${RUNTIMES.join(', ')}, not "${name}".`);
}

/** Versions of the handler that npm has and the platform refuses. */
const REFUSED_HANDLERS = ['2.0.3', '2.1.0'];

/** 20001: a build takes exact versions only, and of the handler only those of the platform. */
function demandInstallable({ name, version }: Dependency): void {
  const isHandler = name === '@twilio/runtime-handler';
  if (isHandler && REFUSED_HANDLERS.includes(version)) {
    throw new TwilioError(400, 20001, `Dependencies: ${name} ${version} is not available.`);
  }
  if (isHandler && !/^\d+\.\d+\.\d+$/.test(version)) {
    throw new TwilioError(400, 20001, `Dependencies: ${name} must have an exact version, not "${version}".`);
  }
}

/** The toolkit sends the list as JSON in quotation marks; without them it is taken as well. */
function dependenciesFrom(text: string | undefined): readonly Dependency[] {
  if (text === undefined || text === '') return [];
  let list: unknown;
  try {
    list = JSON.parse(text.replace(/^"(.*)"$/s, '$1'));
  } catch {
    throw new TwilioError(400, 20001, 'Dependencies is not JSON.');
  }
  const isDependency = (value: unknown): value is Dependency =>
    typeof value === 'object' &&
    value !== null &&
    'name' in value &&
    'version' in value &&
    typeof value.name === 'string' &&
    typeof value.version === 'string';
  if (Array.isArray(list) && list.every(isDependency)) {
    for (const dependency of list) demandInstallable(dependency);
    return list;
  }
  throw new TwilioError(400, 20001, 'Dependencies must be a list of {name, version}.');
}
