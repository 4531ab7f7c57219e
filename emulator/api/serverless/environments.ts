/**
 * Environments of a Functions service, the builds that were put live in them, and their variables:
 * https://www.twilio.com/docs/serverless/api/resource/environment, …/deployment, …/variable
 */
import { PAGING_PARAMETERS } from '../../server/paging';
import type { Call, Route } from '../../server/router';
import { newSid } from '../../server/sids';
import { isoDate } from '../../server/twilio-dates';
import { notFound, TwilioError } from '../../server/twilio-error';
import type { Environment, Variable } from './deployed-things';
import { BASE, pageOf, type ServerlessService, type ServerlessServices } from './services';

/** https://www.twilio.com/docs/serverless/functions-assets/functions/variables: 450 bytes a value. */
const MAX_VALUE_BYTES = 450;

export function environmentRoutes(services: ServerlessServices): Route[] {
  const { clock, accountSid } = services;

  const found = (call: Call): { service: ServerlessService; environment: Environment } => {
    const service = services.of(call);
    const environment = service.environments.get(call.at('EnvironmentSid'));
    if (!environment) throw notFound(`/v1/Services/${service.sid}/Environments/${call.at('EnvironmentSid')}`);
    return { service, environment };
  };

  const variable = (call: Call): Variable => {
    const { service, environment } = found(call);
    const kept = environment.variables.get(call.at('VariableSid'));
    if (kept) return kept;
    throw notFound(
      `/v1/Services/${service.sid}/Environments/${environment.sid}/Variables/${call.at('VariableSid')}`,
    );
  };

  const shown = (service: ServerlessService, environment: Environment): Record<string, unknown> => {
    const url = `${BASE}/${service.sid}/Environments/${environment.sid}`;
    return {
      sid: environment.sid,
      account_sid: accountSid,
      service_sid: service.sid,
      build_sid: environment.buildSid,
      unique_name: environment.uniqueName,
      domain_suffix: environment.domainSuffix,
      domain_name: environment.domainName,
      date_created: isoDate(environment.createdAt),
      date_updated: isoDate(environment.createdAt),
      url,
      links: { variables: `${url}/Variables`, deployments: `${url}/Deployments`, logs: `${url}/Logs` },
    };
  };

  const shownVariable = (call: Call, kept: Variable): Record<string, unknown> => {
    const { service, environment } = found(call);
    return {
      sid: kept.sid,
      account_sid: accountSid,
      service_sid: service.sid,
      environment_sid: environment.sid,
      key: kept.key,
      value: kept.value,
      date_created: isoDate(kept.createdAt),
      date_updated: isoDate(kept.updatedAt),
      url: `${BASE}/${service.sid}/Environments/${environment.sid}/Variables/${kept.sid}`,
    };
  };

  const path = '/v1/Services/{ServiceSid}/Environments';
  const one = `${path}/{EnvironmentSid}`;

  return [
    {
      service: 'serverless',
      method: 'GET',
      path,
      label: 'Environments',
      query: PAGING_PARAMETERS,
      handle(call) {
        const service = services.of(call);
        return pageOf(
          call,
          `${BASE}/${service.sid}/Environments`,
          'environments',
          service.environments.values(),
          (environment) => shown(service, environment),
        );
      },
    },
    {
      service: 'serverless',
      method: 'POST',
      path,
      label: 'Environments',
      // The toolkit sends a FriendlyName as well, which the real resource does not know either and ignores.
      body: ['UniqueName', 'DomainSuffix', 'FriendlyName'],
      handle(call) {
        const service = services.of(call);
        const uniqueName = call.form.get('UniqueName') ?? '';
        const domainSuffix = call.form.get('DomainSuffix') ?? null;
        if (uniqueName === '') throw new TwilioError(400, 20001, 'UniqueName is required.');
        const domainName = `${service.domainBase}${domainSuffix === null ? '' : `-${domainSuffix}`}.twil.io`;
        const environment: Environment = {
          sid: newSid('ZE'),
          uniqueName,
          domainSuffix,
          domainName,
          createdAt: clock.now(),
          buildSid: null,
          variables: new Map(),
        };
        service.environments.set(environment.sid, environment);
        return { status: 201, body: shown(service, environment) };
      },
    },
    {
      service: 'serverless',
      method: 'GET',
      path: one,
      label: 'Environments/{sid}',
      handle(call) {
        const { service, environment } = found(call);
        return { status: 200, body: shown(service, environment) };
      },
    },
    {
      service: 'serverless',
      method: 'DELETE',
      path: one,
      label: 'Environments/{sid}',
      handle(call) {
        const { service, environment } = found(call);
        service.environments.delete(environment.sid);
        services.changed();
        return { status: 204 };
      },
    },
    {
      service: 'serverless',
      method: 'POST',
      path: `${one}/Deployments`,
      label: 'Environments/{sid}/Deployments',
      body: ['BuildSid'],
      handle(call) {
        const { service, environment } = found(call);
        const build = service.builds.get(call.form.get('BuildSid') ?? '');
        if (build?.status !== 'completed') {
          throw new TwilioError(400, 20001, 'BuildSid must be that of a completed build of this service.');
        }
        environment.buildSid = build.sid;
        services.changed();
        const sid = newSid('ZD');
        const now = isoDate(clock.now());
        return {
          status: 201,
          body: {
            sid,
            account_sid: accountSid,
            service_sid: service.sid,
            environment_sid: environment.sid,
            build_sid: build.sid,
            date_created: now,
            date_updated: now,
            url: `${BASE}/${service.sid}/Environments/${environment.sid}/Deployments/${sid}`,
          },
        };
      },
    },
    {
      service: 'serverless',
      method: 'GET',
      path: `${one}/Variables`,
      label: 'Environments/{sid}/Variables',
      query: PAGING_PARAMETERS,
      handle(call) {
        const { service, environment } = found(call);
        return pageOf(
          call,
          `${BASE}/${service.sid}/Environments/${environment.sid}/Variables`,
          'variables',
          environment.variables.values(),
          (kept) => shownVariable(call, kept),
        );
      },
    },
    {
      service: 'serverless',
      method: 'POST',
      path: `${one}/Variables`,
      label: 'Environments/{sid}/Variables',
      body: ['Key', 'Value'],
      handle(call) {
        const { environment } = found(call);
        const now = clock.now();
        const kept = { sid: newSid('ZV'), createdAt: now, updatedAt: now, ...keyAndValue(call) };
        environment.variables.set(kept.sid, kept);
        services.changed();
        return { status: 201, body: shownVariable(call, kept) };
      },
    },
    {
      service: 'serverless',
      method: 'POST',
      path: `${one}/Variables/{VariableSid}`,
      label: 'Environments/{sid}/Variables/{sid}',
      body: ['Key', 'Value'],
      handle(call) {
        // What is not given stays as it is: the resource requires neither.
        const { key, value } = variable(call);
        const kept = Object.assign(variable(call), keyAndValue(call, { key, value }), {
          updatedAt: clock.now(),
        });
        services.changed();
        return { status: 200, body: shownVariable(call, kept) };
      },
    },
    {
      service: 'serverless',
      method: 'DELETE',
      path: `${one}/Variables/{VariableSid}`,
      label: 'Environments/{sid}/Variables/{sid}',
      handle(call) {
        found(call).environment.variables.delete(variable(call).sid);
        services.changed();
        return { status: 204 };
      },
    },
  ];
}

function keyAndValue(call: Call, before = { key: '', value: '' }): Pick<Variable, 'key' | 'value'> {
  const key = call.form.get('Key') ?? before.key;
  const value = call.form.get('Value') ?? before.value;
  if (!/^[A-Za-z_]\w{0,127}$/.test(key)) throw new TwilioError(400, 20001, `Key is not a name: "${key}".`);
  if (Buffer.byteLength(value) > MAX_VALUE_BYTES) {
    throw new TwilioError(400, 20001, `The value of ${key} is longer than ${MAX_VALUE_BYTES} bytes.`);
  }
  return { key, value };
}
