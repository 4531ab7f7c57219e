/**
 * Studio's flows, as far as their definitions: https://www.twilio.com/docs/studio/rest-api/v2/flow and
 * https://www.twilio.com/docs/studio/rest-api/v2/flow-revision. It must not run a flow, nor judge its definition.
 */
import type { Clock } from '../clock';
import { PAGING_PARAMETERS, pageRequest, v1Page } from '../server/paging';
import type { Parameters } from '../server/parameters';
import type { Call, Route } from '../server/router';
import { newSid } from '../server/sids';
import { isoDate } from '../server/twilio-dates';
import { notFound, TwilioError } from '../server/twilio-error';

const BASE = 'https://studio.twilio.com/v2/Flows';
const MAX_PAGE = 1000;
const SETTABLE = ['FriendlyName', 'Status', 'Definition', 'CommitMessage', 'AuthorSid'];

export const FLOW_STATUSES = ['draft', 'published'] as const;

export interface FlowRevision {
  readonly friendlyName: string;
  readonly status: (typeof FLOW_STATUSES)[number];
  readonly definition: Readonly<Record<string, unknown>>;
  readonly commitMessage: string | null;
  readonly authorSid: string | null;
  readonly createdAt: number;
}

export interface StudioFlow {
  readonly sid: string;
  readonly createdAt: number;
  /** Oldest first; the first is number 1. */
  readonly revisions: FlowRevision[];
}

export class StudioFlows {
  private readonly bySid = new Map<string, StudioFlow>();

  all(): readonly StudioFlow[] {
    return [...this.bySid.values()];
  }

  get(sid: string): StudioFlow | undefined {
    return this.bySid.get(sid);
  }

  set(flow: StudioFlow): void {
    this.bySid.set(flow.sid, flow);
  }

  remove(sid: string): void {
    this.bySid.delete(sid);
  }
}

function definitionIn(form: Parameters): FlowRevision['definition'] | undefined {
  const text = form.get('Definition');
  if (text === undefined) return undefined;
  const parsed = parsedJson(text);
  if (typeof parsed === 'object' && parsed !== null && !Array.isArray(parsed)) {
    return Object.fromEntries(Object.entries(parsed));
  }
  throw new TwilioError(400, 20001, 'Definition must be a JSON object.');
}

function parsedJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

function statusIn(form: Parameters): FlowRevision['status'] {
  const status = FLOW_STATUSES.find((known) => known === form.get('Status'));
  if (status) return status;
  throw new TwilioError(400, 20001, `Status must be one of ${FLOW_STATUSES.join(', ')}.`);
}

export function studioFlowRoutes(flows: StudioFlows, clock: Clock, accountSid: string): Route[] {
  const whole = (flow: StudioFlow, revision: FlowRevision): Record<string, unknown> => {
    const number = flow.revisions.indexOf(revision) + 1;
    return {
      sid: flow.sid,
      account_sid: accountSid,
      author_sid: revision.authorSid,
      friendly_name: revision.friendlyName,
      status: revision.status,
      revision: number,
      commit_message: revision.commitMessage,
      valid: true,
      errors: [],
      definition: revision.definition,
      date_created: isoDate(flow.createdAt),
      date_updated: isoDate(revision.createdAt),
    };
  };
  const wholeFlow = (flow: StudioFlow): Record<string, unknown> => {
    const url = `${BASE}/${flow.sid}`;
    return {
      ...whole(flow, newest(flow)),
      warnings: [],
      webhook_url: `https://webhooks.twilio.com/v1/Accounts/${accountSid}/Flows/${flow.sid}`,
      url,
      links: {
        test_users: `${url}/TestUsers`,
        revisions: `${url}/Revisions`,
        executions: `${url}/Executions`,
      },
    };
  };
  const found = (call: Call): StudioFlow => {
    const flow = flows.get(call.at('Sid'));
    if (!flow) throw notFound(`/Flows/${call.at('Sid')}`);
    return flow;
  };
  const revised = (form: Parameters, before: FlowRevision | undefined): FlowRevision => {
    const friendlyName = form.get('FriendlyName') ?? before?.friendlyName;
    const definition = definitionIn(form) ?? before?.definition;
    if (friendlyName === undefined || definition === undefined)
      throw new TwilioError(400, 20001, 'FriendlyName and Definition are required.');
    return {
      ...{ friendlyName, status: statusIn(form), definition, createdAt: clock.now() },
      commitMessage: form.get('CommitMessage') ?? null,
      authorSid: form.get('AuthorSid') ?? null,
    };
  };

  return [
    {
      service: 'studio',
      method: 'GET',
      path: '/v2/Flows',
      label: 'Flows',
      query: PAGING_PARAMETERS,
      handle(call) {
        const request = pageRequest(call.query, MAX_PAGE);
        const all = flows.all();
        const from = all.findIndex(({ sid }) => sid === request.after) + 1;
        // Definitions come with one flow at a time.
        const items = all
          .slice(from, from + request.size + 1)
          .map((flow) => ({ token: flow.sid, value: { ...wholeFlow(flow), definition: null } }));
        return { status: 200, body: v1Page(BASE, 'flows', call.query, request, items) };
      },
    },
    {
      service: 'studio',
      method: 'POST',
      path: '/v2/Flows',
      label: 'Flows',
      body: SETTABLE,
      handle(call) {
        const revision = revised(call.form, undefined);
        const flow = { sid: newSid('FW'), createdAt: revision.createdAt, revisions: [revision] };
        flows.set(flow);
        return { status: 201, body: wholeFlow(flow) };
      },
    },
    {
      service: 'studio',
      method: 'GET',
      path: '/v2/Flows/{Sid}',
      label: 'Flows/{sid}',
      handle: (call) => ({ status: 200, body: wholeFlow(found(call)) }),
    },
    {
      service: 'studio',
      method: 'POST',
      path: '/v2/Flows/{Sid}',
      label: 'Flows/{sid}',
      body: SETTABLE,
      handle(call) {
        const flow = found(call);
        flow.revisions.push(revised(call.form, newest(flow)));
        return { status: 200, body: wholeFlow(flow) };
      },
    },
    {
      service: 'studio',
      method: 'DELETE',
      path: '/v2/Flows/{Sid}',
      label: 'Flows/{sid}',
      handle(call) {
        flows.remove(found(call).sid);
        return { status: 204 };
      },
    },
    {
      service: 'studio',
      method: 'GET',
      path: '/v2/Flows/{Sid}/Revisions/{Revision}',
      label: 'Flows/{sid}/Revisions/{revision}',
      handle(call) {
        const flow = found(call);
        const wanted = call.at('Revision');
        const revision =
          wanted === 'LatestPublished'
            ? flow.revisions.findLast(({ status }) => status === 'published')
            : flow.revisions[Number(wanted) - 1];
        if (!revision) throw notFound(`/Flows/${flow.sid}/Revisions/${wanted}`);
        return {
          status: 200,
          body: { ...whole(flow, revision), url: `${BASE}/${flow.sid}/Revisions/${wanted}` },
        };
      },
    },
  ];
}

function newest({ sid, revisions }: StudioFlow): FlowRevision {
  const last = revisions.at(-1);
  if (!last) throw new Error(`The flow ${sid} has no revision.`);
  return last;
}
