/**
 * Services of Twilio Functions, and what is kept in one: https://www.twilio.com/docs/serverless/api/resource/service
 * A deployment is a build of uploaded versions, put live in an environment; nothing of it is run here. The functions run
 * where the emulator was told they are.
 */
import type { Clock } from '../../clock';
import { PAGING_PARAMETERS, pageRequest, v1Page } from '../../server/paging';
import type { Call, Route } from '../../server/router';
import { newSid } from '../../server/sids';
import { isoDate } from '../../server/twilio-dates';
import { notFound, TwilioError } from '../../server/twilio-error';
import type { Build, Environment, Upload } from './deployed-things';

export interface ServerlessService {
  readonly sid: string;
  readonly uniqueName: string;
  readonly friendlyName: string;
  readonly includeCredentials: boolean;
  readonly uiEditable: boolean;
  /** The first part of every domain of the service. */
  readonly domainBase: string;
  readonly createdAt: number;
  readonly environments: Map<string, Environment>;
  readonly functions: Map<string, Upload>;
  readonly assets: Map<string, Upload>;
  readonly builds: Map<string, Build>;
}

export const BASE = 'https://serverless.twilio.com/v1/Services';

export class ServerlessServices {
  private readonly services = new Map<string, ServerlessService>();
  private readonly servedAt = new Map<string, string | null>();
  private readonly listeners = new Set<() => void>();

  constructor(
    readonly clock: Clock,
    readonly accountSid: string,
  ) {}

  add(
    uniqueName: string,
    rest: Pick<ServerlessService, 'friendlyName' | 'includeCredentials' | 'uiEditable'>,
  ) {
    if (this.all().some((service) => service.uniqueName === uniqueName)) {
      throw new TwilioError(409, 20409, `A service with the unique name "${uniqueName}" exists already.`);
    }
    const service: ServerlessService = {
      ...rest,
      sid: newSid('ZS'),
      uniqueName,
      // Twilio appends four digits. One service of a name is enough to make them fixed, so that examples can be pasted.
      domainBase: `${uniqueName}-1234`,
      createdAt: this.clock.now(),
      environments: new Map(),
      functions: new Map(),
      assets: new Map(),
      builds: new Map(),
    };
    this.services.set(service.sid, service);
    return service;
  }

  restore(services: readonly ServerlessService[]): void {
    for (const service of services) this.services.set(service.sid, service);
  }

  all(): ServerlessService[] {
    return [...this.services.values()];
  }

  /** The service that a request's path names. */
  of(call: Call): ServerlessService {
    const service = this.services.get(call.at('ServiceSid'));
    if (!service) throw notFound(`/v1/Services/${call.at('ServiceSid')}`);
    return service;
  }

  /** With its environments, and all that was uploaded to it. */
  delete(service: ServerlessService): void {
    this.services.delete(service.sid);
    this.changed();
  }

  /** Whether an environment with something live in it has this domain. */
  isDeployed(host: string): boolean {
    return this.all().some((service) =>
      [...service.environments.values()].some(
        (environment) => environment.domainName === host && environment.buildSid !== null,
      ),
    );
  }

  /** From now on, what is deployed under this domain runs at this address; null: nowhere, for now. */
  serve(domain: string, url: string | null): void {
    this.servedAt.set(domain, url);
  }

  /**
   * @param elsewhere where the functions run that nobody said more of
   * @returns null where nothing is deployed under this domain, or it does not run
   */
  runsAt(host: string, elsewhere: string): string | null {
    if (!this.isDeployed(host)) return null;
    const own = this.servedAt.get(host);
    return own === undefined ? elsewhere : own;
  }

  onChange(listener: () => void): void {
    this.listeners.add(listener);
  }

  /** Something went live, is no longer live, or has other variables. */
  changed(): void {
    for (const listener of this.listeners) listener();
  }
}

/** A page of the things that a service keeps by their SIDs, in the order of their creation. */
export function pageOf<T extends { readonly sid: string }>(
  call: Call,
  url: string,
  key: string,
  things: Iterable<T>,
  show: (thing: T) => unknown,
) {
  const request = pageRequest(call.query, 100);
  const all = [...things];
  const from = all.findIndex((thing) => thing.sid === request.after) + 1;
  const items = all
    .slice(from, from + request.size + 1)
    .map((thing) => ({ token: thing.sid, value: show(thing) }));
  return { status: 200, body: v1Page(url, key, call.query, request, items) };
}

export function serverlessServiceRoutes(services: ServerlessServices): Route[] {
  const shown = (service: ServerlessService): Record<string, unknown> => ({
    sid: service.sid,
    account_sid: services.accountSid,
    friendly_name: service.friendlyName,
    unique_name: service.uniqueName,
    include_credentials: service.includeCredentials,
    ui_editable: service.uiEditable,
    domain_base: service.domainBase,
    date_created: isoDate(service.createdAt),
    date_updated: isoDate(service.createdAt),
    url: `${BASE}/${service.sid}`,
    links: {
      environments: `${BASE}/${service.sid}/Environments`,
      functions: `${BASE}/${service.sid}/Functions`,
      assets: `${BASE}/${service.sid}/Assets`,
      builds: `${BASE}/${service.sid}/Builds`,
    },
  });

  return [
    {
      service: 'serverless',
      method: 'GET',
      path: '/v1/Services',
      label: 'Services',
      query: PAGING_PARAMETERS,
      handle: (call) => pageOf(call, BASE, 'services', services.all(), shown),
    },
    {
      service: 'serverless',
      method: 'POST',
      path: '/v1/Services',
      label: 'Services',
      body: ['UniqueName', 'FriendlyName', 'IncludeCredentials', 'UiEditable'],
      handle(call) {
        const uniqueName = call.form.get('UniqueName') ?? '';
        if (!/^[A-Za-z0-9-]{1,50}$/.test(uniqueName)) {
          throw new TwilioError(400, 20001, 'UniqueName must have 1 to 50 letters, digits and hyphens.');
        }
        const service = services.add(uniqueName, {
          friendlyName: call.form.get('FriendlyName') ?? uniqueName,
          includeCredentials: call.form.get('IncludeCredentials') !== 'false',
          uiEditable: call.form.get('UiEditable') === 'true',
        });
        return { status: 201, body: shown(service) };
      },
    },
    {
      service: 'serverless',
      method: 'GET',
      path: '/v1/Services/{ServiceSid}',
      label: 'Services/{sid}',
      handle: (call) => ({ status: 200, body: shown(services.of(call)) }),
    },
    {
      service: 'serverless',
      method: 'DELETE',
      path: '/v1/Services/{ServiceSid}',
      label: 'Services/{sid}',
      handle(call) {
        services.delete(services.of(call));
        return { status: 204 };
      },
    },
  ];
}
