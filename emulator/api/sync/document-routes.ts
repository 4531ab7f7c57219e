/** The Document resource of Sync: https://www.twilio.com/docs/sync/api/document-resource */
import { PAGING_PARAMETERS, pageRequest, v1Page } from '../../server/paging';
import type { RateLimits } from '../../server/rate-limits';
import type { Answer, Call, Route } from '../../server/router';
import { TwilioError } from '../../server/twilio-error';
import { SyncDocument } from './documents';
import type { SyncServices } from './services';
import {
  etag,
  NO_DATA,
  parseData,
  parseTtl,
  parseUniqueName,
  requireRevision,
  requireSome,
  type SyncData,
} from './stored-object';

export function documentRoutes(services: SyncServices, limits: RateLimits): Route[] {
  const now = (): number => services.clock.now();

  const shown = (document: SyncDocument, serviceSid: string): Record<string, unknown> => {
    const url = `https://sync.twilio.com/v1/Services/${serviceSid}/Documents/${document.sid}`;
    return {
      sid: document.sid,
      unique_name: document.uniqueName,
      account_sid: services.accountSid,
      service_sid: serviceSid,
      url,
      links: { permissions: `${url}/Permissions` },
      revision: document.revision,
      data: document.data.value,
      ...document.dates(),
      created_by: 'system',
    };
  };

  const answer = (status: number, document: SyncDocument, serviceSid: string): Answer => ({
    status,
    body: shown(document, serviceSid),
    headers: etag(document),
  });

  /** 54101: Data may be left out, but not empty. https://www.twilio.com/docs/api/errors/54101 */
  const dataOf = (call: Call): SyncData | undefined => {
    const text = call.form.get('Data');
    if (text === undefined) return undefined;
    if (text === '' || text === 'null')
      throw new TwilioError(400, 54101, 'Invalid Document data: it is null.');
    return parseData(text);
  };

  return [
    {
      service: 'sync',
      method: 'POST',
      path: '/v1/Services/{ServiceSid}/Documents',
      label: 'Documents',
      body: ['UniqueName', 'Data', 'Ttl'],
      handle(call) {
        const service = services.get(call.at('ServiceSid'));
        const uniqueName = parseUniqueName(call.form);
        const data = dataOf(call) ?? NO_DATA;
        const ttl = parseTtl(call.form, 'Ttl');
        service.documents.requireFree(uniqueName, now());
        const document = new SyncDocument(service.documents.newSid(), uniqueName, data, now());
        document.setTtl(ttl, now());
        limits.create(service.creations);
        limits.spend(document.allowance, 'write', data.bytes);
        service.documents.add(document);
        return answer(201, document, service.sid);
      },
    },
    {
      service: 'sync',
      method: 'GET',
      path: '/v1/Services/{ServiceSid}/Documents',
      label: 'Documents',
      query: PAGING_PARAMETERS,
      handle(call) {
        const service = services.get(call.at('ServiceSid'));
        const request = pageRequest(call.query, 100);
        const documents = service.documents.page(request.after, request.size + 1, now());
        const url = `https://sync.twilio.com/v1/Services/${service.sid}/Documents`;
        const items = documents.map((document) => ({
          token: document.sid,
          value: shown(document, service.sid),
        }));
        return { status: 200, body: v1Page(url, 'documents', call.query, request, items) };
      },
    },
    {
      service: 'sync',
      method: 'GET',
      path: '/v1/Services/{ServiceSid}/Documents/{Sid}',
      label: 'Documents/{name}',
      handle(call) {
        const service = services.get(call.at('ServiceSid'));
        const document = service.documents.get(call.at('Sid'), now());
        limits.spend(document.allowance, 'read', document.data.bytes);
        return answer(200, document, service.sid);
      },
    },
    {
      service: 'sync',
      method: 'POST',
      path: '/v1/Services/{ServiceSid}/Documents/{Sid}',
      label: 'Documents/{name}',
      body: ['Data', 'Ttl'],
      handle(call) {
        const service = services.get(call.at('ServiceSid'));
        requireSome(call.form);
        const data = dataOf(call);
        const ttl = parseTtl(call.form, 'Ttl');
        const document = service.documents.get(call.at('Sid'), now());
        limits.spend(document.allowance, 'write', (data ?? document.data).bytes);
        requireRevision(document, call.ifMatch, 54103, 'Document');
        if (data) document.data = data;
        document.setTtl(ttl, now());
        document.changed(now());
        return answer(200, document, service.sid);
      },
    },
    {
      service: 'sync',
      method: 'DELETE',
      path: '/v1/Services/{ServiceSid}/Documents/{Sid}',
      label: 'Documents/{name}',
      handle(call) {
        const service = services.get(call.at('ServiceSid'));
        const document = service.documents.get(call.at('Sid'), now());
        limits.spend(document.allowance, 'write', 0);
        service.documents.delete(document);
        return { status: 204 };
      },
    },
  ];
}
