/** All functions in twilio-run, reached by HTTP as it goes over the wire, in one world for as long as it stands. It must not judge. */
import { request as httpRequest } from 'node:http';
import { Service } from '../functions/service';
import { dress, type HostileRequest, type Keys } from './hostile-requests';
import { START } from './hostile-values';
import type { Exchange, Holdings } from './verdict';

/** The promise is 8 s. */
const HANGS_AFTER_MS = 8000;

export class HttpHost {
  private readonly service = new Service({ inProcess: true });

  async start(): Promise<void> {
    await this.service.start();
    await this.service.freeze(START);
    await this.service.control('config', { rateLimits: false });
  }

  stop(): Promise<void> {
    return this.service.stop();
  }

  get keys(): Keys {
    const { AUTH_TOKEN: authToken = '' } = this.service.stand.env;
    return { baseUrl: this.service.url, apiToken: this.service.token, authToken };
  }

  /** Everything that was logged. */
  get log(): readonly string[] {
    return this.service.stand.log;
  }

  async exchange(request: HostileRequest): Promise<Exchange> {
    const { headers, url } = dress(request, this.keys);
    const before = await this.holdings();
    const { answer, requests } = await this.service.requestsOf(() => this.send(request, url, headers));
    return { ...answer, log: null, requests: requests.length, before, after: await this.holdings() };
  }

  /** A user writes. @returns the statuses that the webhook got */
  async writes(from: string, body: string): Promise<readonly (number | null)[]> {
    return (await this.service.inbound(from, { body })).webhooks.map(({ status }) => status);
  }

  private send({ method, body }: HostileRequest, path: string, headers: Readonly<Record<string, string>>) {
    return new Promise<Pick<Exchange, 'status' | 'headers' | 'body'>>((resolve, reject) => {
      const signal = AbortSignal.timeout(HANGS_AFTER_MS);
      const { hostname, port } = new URL(this.service.url);
      const request = httpRequest({ hostname, port, method, path, headers, signal }, (response) => {
        const chunks: Buffer[] = [];
        response.on('data', (chunk: Buffer) => chunks.push(chunk));
        response.on('error', reject);
        response.on('end', () => {
          const text = Buffer.concat(chunks).toString('utf8');
          const isJson = response.headers['content-type']?.startsWith('application/json');
          resolve({
            status: response.statusCode ?? 0,
            headers: response.headers as Record<string, string>,
            body: isJson ? JSON.parse(text) : text,
          });
        });
      });
      request.on('error', reject);
      request.end(body ?? undefined);
    });
  }

  private async holdings(): Promise<Holdings> {
    const sent = (await this.service.outbound()).map(({ sid, usedSampleValues }) => ({
      sid,
      usedSampleValues,
    }));
    const { documents, ...others } = await this.service.control<Pick<Holdings, 'documents'>>('sync');
    return { sent, documents, others };
  }
}
