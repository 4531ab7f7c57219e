/**
 * Functions and Assets of a service and their versions, which are uploaded as files to a host of their own:
 * https://www.twilio.com/docs/serverless/api/resource/function, …/asset. What was uploaded is kept as text.
 */
import { PAGING_PARAMETERS } from '../../server/paging';
import type { Call, Route } from '../../server/router';
import { newSid } from '../../server/sids';
import { isoDate } from '../../server/twilio-dates';
import { notFound, TwilioError } from '../../server/twilio-error';
import { type Upload, type Version, VISIBILITIES } from './deployed-things';
import { BASE, pageOf, type ServerlessService, type ServerlessServices } from './services';

/** Functions and assets differ in little but their names. */
const KINDS = [
  { plural: 'Functions', key: 'functions', parent: 'function_sid', versions: 'function_versions' },
  { plural: 'Assets', key: 'assets', parent: 'asset_sid', versions: 'asset_versions' },
] as const;
export type Kind = (typeof KINDS)[number];

export function kindOf(key: Kind['key']): Kind {
  return key === 'functions' ? KINDS[0] : KINDS[1];
}

/** A version as its own resource and a build show it. */
export function shownVersion(
  services: ServerlessServices,
  service: ServerlessService,
  kind: Kind,
  upload: Upload,
  version: Version,
): Record<string, unknown> {
  return {
    sid: version.sid,
    account_sid: services.accountSid,
    service_sid: service.sid,
    [kind.parent]: upload.sid,
    path: version.path,
    visibility: version.visibility,
    date_created: isoDate(version.createdAt),
  };
}

export function uploadRoutes(services: ServerlessServices): Route[] {
  return KINDS.flatMap((kind) => routesOf(services, kind));
}

function routesOf(services: ServerlessServices, kind: Kind): Route[] {
  const { clock, accountSid } = services;
  const path = `/v1/Services/{ServiceSid}/${kind.plural}`;

  const shown = (service: ServerlessService, upload: Upload): Record<string, unknown> => {
    const url = `${BASE}/${service.sid}/${kind.plural}/${upload.sid}`;
    return {
      sid: upload.sid,
      account_sid: accountSid,
      service_sid: service.sid,
      friendly_name: upload.friendlyName,
      date_created: isoDate(upload.createdAt),
      date_updated: isoDate(upload.createdAt),
      url,
      links: { [kind.versions]: `${url}/Versions` },
    };
  };

  return [
    {
      service: 'serverless',
      method: 'GET',
      path,
      label: kind.plural,
      query: PAGING_PARAMETERS,
      handle(call) {
        const service = services.of(call);
        const url = `${BASE}/${service.sid}/${kind.plural}`;
        return pageOf(call, url, kind.key, service[kind.key].values(), (upload) => shown(service, upload));
      },
    },
    {
      service: 'serverless',
      method: 'POST',
      path,
      label: kind.plural,
      body: ['FriendlyName'],
      handle(call) {
        const service = services.of(call);
        const friendlyName = call.form.get('FriendlyName') ?? '';
        if (friendlyName === '') throw new TwilioError(400, 20001, 'FriendlyName is required.');
        const upload: Upload = {
          sid: newSid('ZH'),
          friendlyName,
          createdAt: clock.now(),
          versions: new Map(),
        };
        service[kind.key].set(upload.sid, upload);
        return { status: 201, body: shown(service, upload) };
      },
    },
    {
      service: 'serverless-upload',
      method: 'POST',
      path: `${path}/{UploadSid}/Versions`,
      label: `${kind.plural}/{sid}/Versions`,
      body: ['Path', 'Visibility', 'Content'],
      isMultipart: true,
      handle(call) {
        const service = services.of(call);
        const upload = service[kind.key].get(call.at('UploadSid'));
        if (!upload)
          throw notFound(`/v1/Services/${service.sid}/${kind.plural}/${call.at('UploadSid')}/Versions`);
        const version = versionFrom(call, clock.now());
        upload.versions.set(version.sid, version);
        const url = `${BASE}/${service.sid}/${kind.plural}/${upload.sid}/Versions/${version.sid}`;
        return {
          status: 201,
          body: {
            ...shownVersion(services, service, kind, upload, version),
            url,
            // The content of an asset can be had from its own URL; that of a function only here.
            ...(kind.key === 'functions' && { links: { function_version_content: `${url}/Content` } }),
          },
        };
      },
    },
  ];
}

function versionFrom(call: Call, now: number): Version {
  const path = call.form.get('Path') ?? '';
  const visibility = VISIBILITIES.find((known) => known === call.form.get('Visibility'));
  const content = call.form.get('Content');
  if (!path.startsWith('/')) throw new TwilioError(400, 20001, 'Path must begin with "/".');
  if (!visibility) throw new TwilioError(400, 20001, `Visibility must be one of ${VISIBILITIES.join(', ')}.`);
  if (content === undefined) throw new TwilioError(400, 20001, 'Content is required.');
  return { sid: newSid('ZN'), path, visibility, content, createdAt: now };
}
