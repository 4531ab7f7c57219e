/**
 * Holds what was asked of Twilio and what was answered against Twilio's OpenAPI documents. Requests may hold what the
 * documents name and nothing else; answers are held to a strict twin of the documents, in which every key that an answer
 * may have must be there and no other may: as published, `{}` is a valid answer to anything. It must not excuse anything
 * by itself; `known-faults.ts` does, by name.
 */
import Ajv, { type ValidateFunction } from 'ajv';
import addFormats from 'ajv-formats';
import type { KnownFault } from './known-faults';
import {
  forEachSchema,
  type OpenApiDocument,
  operationsOf,
  type Parameter,
  type Place,
  type Schema,
} from './openapi-document';
import type { OpenApiPackage } from './openapi-package';
import type { Exchange } from './recording-proxy';

/** https://www.twilio.com/docs/usage/api and https://www.twilio.com/docs/glossary/what-e164 */
const TWILIO_FORMATS: Readonly<Record<string, RegExp>> = {
  'phone-number': /^\+[1-9]\d{1,14}$/,
  'channel-address': /^(?:whatsapp:)?(?:\+[1-9]\d{1,14}|[A-Z]{2}\.(?:ENT\.)?[A-Za-z0-9]{1,128})$/,
  'date-time-rfc-2822': /^[A-Z][a-z]{2}, \d\d [A-Z][a-z]{2} \d{4} \d\d:\d\d:\d\d \+0000$/,
  'http-method': /^(?:GET|POST)$/,
  currency: /^[A-Z]{3}$/i,
  twiml: /^<[\s\S]+>$/,
};
/** What stands beside the keywords of JSON Schema: in a document's root, in its schemas, and our own. Any other word is an error. */
const ANNOTATIONS = ['openapi', 'info', 'servers', 'tags', 'security', 'paths', 'components'];
ANNOTATIONS.push('x-twilio', 'example', 'x-may-be-missing');

type Asked = Pick<Exchange, 'method' | 'host' | 'path'>;

interface Api {
  readonly name: string;
  readonly places: readonly Place[];
  readonly asked: OpenApiDocument;
  readonly answered: OpenApiDocument;
}

interface Found extends Place {
  readonly api: Api;
  readonly pathParameters: Readonly<Record<string, string>>;
}

export class TwilioDocuments {
  private readonly apis = new Map<string, readonly Api[]>();
  private readonly ajv: Ajv;

  /** @param faults what is excused */
  constructor(
    private readonly source: OpenApiPackage,
    private readonly faults: readonly KnownFault[],
  ) {
    this.ajv = new Ajv({ allErrors: true, strictTypes: false, strictRequired: false });
    addFormats(this.ajv);
    for (const [name, pattern] of Object.entries(TWILIO_FORMATS)) this.ajv.addFormat(name, pattern);
    this.ajv.addVocabulary(ANNOTATIONS);
  }

  /** @returns such as `CreateDocument`, under its document; undefined where no document names it */
  operationOf(asked: Asked): string | undefined {
    const found = this.find(asked);
    return found && `${found.api.name} ${found.operation.operationId}`;
  }

  /** The names of the parameters in the query and the body, sorted. @param asked its path may hold the variables' names */
  parametersOf(asked: Asked): readonly string[] {
    const found = this.find(asked);
    const inQuery = (found?.operation.parameters ?? []).filter((parameter) => parameter.in === 'query');
    const bodies = Object.values(found?.operation.requestBody?.content ?? {});
    const inBody = bodies.flatMap(({ schema }) =>
      found ? Object.keys(this.resolved(found.api.asked, schema).properties ?? {}) : [],
    );
    return [...inQuery.map(({ name }) => name), ...inBody].sort();
  }

  /** Everything that is wrong with the request and its answer, as sentences; none where both are as documented. */
  complaints(exchange: Exchange): readonly string[] {
    const { method, host, path, answer } = exchange;
    const found = this.find(exchange);
    const told = found
      ? [...this.ofRequest(found, exchange), ...this.ofAnswer(found, exchange)]
      : ['no document names this path and method'];
    return told.map((complaint) => `${method} ${host}${path} -> ${answer.status}: ${complaint}`);
  }

  private find({ host, method, path }: Asked): Found | undefined {
    const candidates = this.apisOf(host.split('.')[0]?.replace(/-upload$/, '') ?? '').flatMap((api) =>
      api.places.flatMap((place): Found[] => {
        const pathParameters = method.toLowerCase() === place.method ? matched(place.path, path) : undefined;
        return pathParameters ? [{ ...place, api, pathParameters }] : [];
      }),
    );
    // `…/ApprovalRequests/whatsapp` before `…/ApprovalRequests/{Name}`.
    return candidates.sort((a, b) => variablesIn(a.path) - variablesIn(b.path))[0];
  }

  private apisOf(subdomain: string): readonly Api[] {
    const known = this.apis.get(subdomain);
    if (known) return known;
    const apis = this.source.namesFor(subdomain).map((name): Api => {
      const document = this.source.read(name);
      for (const fault of this.faults) fault.mend(document, name);
      const asked = closed(structuredClone(document));
      const answered = demanding(closed(structuredClone(document)), name);
      this.ajv.addSchema(asked, idOf(name, 'asked')).addSchema(answered, idOf(name, 'answered'));
      return { name, places: operationsOf(document), asked, answered };
    });
    this.apis.set(subdomain, apis);
    return apis;
  }

  private ofRequest(found: Found, exchange: Exchange): readonly string[] {
    const { operation, pathParameters } = found;
    const parameters = operation.parameters ?? [];
    const query = new URLSearchParams(exchange.query);
    const ifMatch = exchange.headers['if-match'];
    const given = [
      ...Object.entries(pathParameters).map(([name, value]) => ({ kind: 'path', name, values: [value] })),
      ...[...new Set(query.keys())].map((name) => ({ kind: 'query', name, values: query.getAll(name) })),
      ...(ifMatch === undefined ? [] : [{ kind: 'header', name: 'If-Match', values: [ifMatch] }]),
    ];
    const missing = parameters
      .filter(
        ({ name, required, ...parameter }) =>
          required && !given.some((one) => one.kind === parameter.in && one.name === name),
      )
      .map(({ name }) => `the parameter ${name} is required`);
    const wrong = given.flatMap(({ kind, name, values }) => {
      const index = parameters.findIndex((parameter) => parameter.in === kind && parameter.name === name);
      const parameter: Parameter | undefined = parameters[index];
      if (!parameter) return [`the ${kind} parameter ${name} is unknown`];
      const value = this.coerced(found.api.asked, parameter.schema, values);
      return this.violations(
        found,
        'asked',
        ['parameters', String(index), 'schema'],
        value,
        `the ${kind} parameter ${name}`,
      );
    });
    return [...missing, ...wrong, ...this.ofBody(found, exchange)];
  }

  private ofBody(found: Found, { body, headers }: Exchange): readonly string[] {
    const documented = found.operation.requestBody;
    const type = (headers['content-type'] ?? '').split(';')[0] ?? '';
    const content = documented?.content[type];
    if (body === '' && !documented?.required) {
      const needed = Object.values(documented?.content ?? {}).flatMap(
        ({ schema }) => this.resolved(found.api.asked, schema).required ?? [],
      );
      return needed.map((name) => `the body's ${name} is required`);
    }
    if (!documented || !content) return [`a body of type "${type}" is not documented`];
    const fields = () => (type === 'multipart/form-data' ? partsOf(body) : new URLSearchParams(body));
    const value =
      type === 'application/json' ? JSON.parse(body) : this.form(found.api.asked, content.schema, fields());
    return this.violations(found, 'asked', ['requestBody', 'content', type, 'schema'], value, 'the body');
  }

  private ofAnswer(found: Found, { answer }: Exchange): readonly string[] {
    const status = [String(answer.status), `${String(answer.status)[0]}XX`].find(
      (key) => key in found.operation.responses,
    );
    const documented = status === undefined ? undefined : found.operation.responses[status];
    if (!documented || status === undefined) return ['this status is not documented'];
    const headers = Object.keys(documented.headers ?? {})
      .filter((name) => name === 'ETag' && answer.headers.etag === undefined)
      .map((name) => `the header ${name} is missing`);
    if (!documented.content)
      return [...headers, ...(answer.body === '' ? [] : ['the answer must have no body'])];
    const type = (answer.headers['content-type'] ?? '').split(';')[0] ?? '';
    if (!documented.content[type]) return [...headers, `an answer of type "${type}" is not documented`];
    const place = ['responses', status, 'content', type, 'schema'];
    return [...headers, ...this.violations(found, 'answered', place, JSON.parse(answer.body), 'the answer')];
  }

  private violations(
    { api, path, method }: Found,
    side: 'asked' | 'answered',
    place: readonly string[],
    value: unknown,
    what: string,
  ): readonly string[] {
    const pointer = ['paths', path, method, ...place].map(escaped).join('/');
    const validate: ValidateFunction | undefined = this.ajv.getSchema(`${idOf(api.name, side)}#/${pointer}`);
    if (!validate) throw new Error(`${api.name} has no ${pointer}.`);
    validate(value);
    return (validate.errors ?? []).map(
      ({ instancePath, message, params }) => `${what}${instancePath} ${message} ${JSON.stringify(params)}`,
    );
  }

  private form(document: OpenApiDocument, schema: Schema, form: URLSearchParams): Record<string, unknown> {
    const { properties = {} } = this.resolved(document, schema);
    const names = [...new Set(form.keys())];
    return Object.fromEntries(
      names.map((name) => [name, this.coerced(document, properties[name] ?? {}, form.getAll(name))]),
    );
  }

  /** Texts of a form or a query as what the schema takes them for; what cannot be that stays text, and is found wrong. */
  private coerced(document: OpenApiDocument, schema: Schema, texts: readonly string[]): unknown {
    const { type, items } = this.resolved(document, schema);
    if (type === 'array') return texts.map((text) => this.coerced(document, items ?? {}, [text]));
    // A repeated parameter that is no list stays a list, and is found wrong.
    const [text = ''] = texts;
    if (texts.length > 1) return texts;
    if ((type === 'integer' || type === 'number') && /^-?\d+(?:\.\d+)?$/.test(text)) return Number(text);
    if (type === 'boolean' && /^(?:true|false)$/.test(text)) return text === 'true';
    return text;
  }

  private resolved(document: OpenApiDocument, schema: Schema): Schema {
    const name = schema.$ref?.replace('#/components/schemas/', '');
    const target = name === undefined ? undefined : document.components.schemas[name];
    return target ? this.resolved(document, target) : schema;
  }
}

/** No keys but those that are named, in requests and in answers. */
function closed(document: OpenApiDocument): OpenApiDocument {
  forEachSchema(document, (schema) => {
    if (schema.properties) schema.additionalProperties ??= false;
  });
  return document;
}

/** All keys that are named. A map of links holds links: relative ones in the 2010 API, by its own words. */
function demanding(document: OpenApiDocument, name: string): OpenApiDocument {
  forEachSchema(document, (schema) => {
    if (schema.properties) {
      schema.required = Object.entries(schema.properties)
        .filter(([, property]) => !property['x-may-be-missing'])
        .map(([key]) => key);
    }
    if (schema.format === 'uri-map') {
      delete schema.format;
      schema.additionalProperties = {
        type: 'string',
        format: name === 'api_v2010' ? 'uri-reference' : 'uri',
      };
    }
  });
  return document;
}

/** The fields of a multipart body, each as text. */
function partsOf(body: string): URLSearchParams {
  const [boundary = ''] = body.split('\r\n', 1);
  const parts = body.split(boundary).flatMap((part): [string, string][] => {
    const [headers = '', ...content] = part.split('\r\n\r\n');
    const name = /[; ]name="(\w+)"/.exec(headers)?.[1];
    return name === undefined ? [] : [[name, content.join('\r\n\r\n').replace(/\r\n$/, '')]];
  });
  return new URLSearchParams(parts);
}

function idOf(name: string, side: 'asked' | 'answered'): string {
  return `https://${side}.invalid/${name}.json`;
}

function escaped(segment: string): string {
  return encodeURIComponent(segment.replaceAll('~', '~0').replaceAll('/', '~1'));
}

function variablesIn(path: string): number {
  return path.split('{').length;
}

/** @returns the variables of the path by their names; undefined where it does not fit */
function matched(template: string, path: string): Readonly<Record<string, string>> | undefined {
  const names = [...template.matchAll(/\{(\w+)\}/g)].map(([, name = '']) => name);
  const pattern = template
    .split(/\{\w+\}/)
    .map((part) => part.replace(/[.*+?^${}()|[\]\\]/g, '\\$&'))
    .join('([^/]+)');
  const values = new RegExp(`^${pattern}$`).exec(path)?.slice(1);
  return (
    values && Object.fromEntries(names.map((name, index) => [name, decodeURIComponent(values[index] ?? '')]))
  );
}
