/** The SDK's HTTP client, aimed at an emulator in this very process, where there is no preload to do it. It must change nothing else. */
import twilio from 'twilio';

type RequestOptions<TData> = Parameters<typeof twilio.RequestClient.prototype.request<TData>>[0];

export class EmulatorRequestClient extends twilio.RequestClient {
  /**
   * @param baseUrl asked at each request: an emulator has none before it is started
   * @param maxRetries of what was refused for its rate (429)
   */
  constructor(
    private readonly baseUrl: () => string,
    timeout: number,
    maxRetries = 0,
  ) {
    super({ timeout, ...(maxRetries > 0 && { autoRetry: true, maxRetries }) });
  }

  override request<TData>(options: RequestOptions<TData>) {
    const asked = new URL(options.uri);
    return super.request<TData>({
      ...options,
      uri: `${this.baseUrl()}${asked.pathname}${asked.search}`,
      headers: { ...options.headers, 'x-emulator-host': asked.hostname },
    });
  }
}
