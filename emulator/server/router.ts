/**
 * Finds the route that serves a request to a Twilio API. The list of routes is the list of what is imitated: whatever
 * is not in it answers 501 and says so. It must not know what any route does.
 */
import type { Parameters } from './parameters';
import { notImitatedHere, type TwilioError } from './twilio-error';

const SERVICES = [
  'sync',
  'api',
  'content',
  'messaging',
  'serverless',
  'serverless-upload',
  'webhooks',
  'conversations',
  'studio',
] as const;
export type Service = (typeof SERVICES)[number];

/** One request, its parameters already checked. */
export interface Call {
  /** A part of the path, by the name it has in the route. */
  at(name: string): string;
  query: Parameters;
  form: Parameters;
  json: unknown;
  ifMatch: string | undefined;
}

export interface Answer {
  status: number;
  body?: unknown;
  headers?: Record<string, string>;
  /** What begins only once the caller has the answer: a message never leaves before its SID is known. */
  after?: () => void;
}

export interface Route {
  service: Service;
  method: 'GET' | 'POST' | 'PUT' | 'DELETE';
  path: string;
  /** The short name under which requests are counted. */
  label: string;
  query?: readonly string[];
  /** Known form parameters, or `json` where the body is JSON. */
  body?: readonly string[] | 'json';
  /** The form comes as `multipart/form-data`, as files do. */
  isMultipart?: true;
  /** The form may come as `multipart/form-data` as well as in the usual encoding. */
  takesMultipart?: true;
  handle(call: Call): Answer;
}

export interface Match {
  route: Route;
  at(name: string): string;
}

function decode(segment: string): string {
  try {
    return decodeURIComponent(segment);
  } catch {
    return segment;
  }
}

interface Compiled {
  route: Route;
  segments: string[];
}

export class Router {
  private readonly byLength = new Map<string, Compiled[]>();

  constructor(readonly routes: readonly Route[]) {
    for (const route of routes) {
      const segments = route.path.split('/');
      const key = `${route.service} ${route.method} ${segments.length}`;
      const group = this.byLength.get(key) ?? [];
      group.push({ route, segments });
      this.byLength.set(key, group);
    }
  }

  find(service: Service | null, method: string, path: string): Match | null {
    const asked = path.split('/');
    for (const { route, segments } of this.byLength.get(`${service} ${method} ${asked.length}`) ?? []) {
      const found = new Map<string, string>();
      const fits = segments.every((segment, index) => {
        const actual = asked[index] ?? '';
        const variable = /^\{(\w+)\}(\.json)?$/.exec(segment);
        if (!variable) return actual === segment;
        const suffix = variable[2] ?? '';
        if (!actual.endsWith(suffix)) return false;
        const value = decode(actual.slice(0, actual.length - suffix.length));
        found.set(variable[1] ?? '', value);
        return value !== '';
      });
      if (!fits) continue;
      return {
        route,
        at(name) {
          const value = found.get(name);
          if (value === undefined) throw new Error(`Route ${route.path} has no {${name}}.`);
          return value;
        },
      };
    }
    return null;
  }
}

/** Loud on purpose: a silent empty answer would teach people something that is not so. */
export function notImitated(method: string, host: string, path: string): TwilioError {
  return notImitatedHere(
    `${method} ${host}${path} is not imitated by this emulator. emulator/README.md lists what is.`,
  );
}

/** By host where it is known, else by the first segments of the path; what several products share is then Sync's. */
export function serviceOf(host: string | undefined, path: string): Service | null {
  if (host) return SERVICES.find((service) => service === host.split('.')[0]) ?? null;
  if (path.startsWith('/2010-04-01/')) return 'api';
  if (path === '/v1/Services' || path.startsWith('/v1/Services/')) return 'sync';
  if (/^\/v1\/Content(AndApprovals)?(\/|$)/.test(path)) return 'content';
  if (path.startsWith('/v2/Channels/')) return 'messaging';
  if (/^\/v2\/Flows(\/|$)/.test(path)) return 'studio';
  if (path.startsWith('/v1/Webhooks/')) return 'webhooks';
  if (/^\/v1\/(?:Conversations|Configuration)(\/|$)/.test(path)) return 'conversations';
  return null;
}
