import type { Headers } from "../../../lib/platform/network.js";
import { nodePlatform } from "../../../lib/platform/node/nodePlatform.js";

export interface RestAnswer {
  readonly status: number;
  readonly headers: Headers;
  readonly bytes: Buffer;
  text(): string;
  /** Parsed JSON. */
  json(): Record<string, unknown>;
}

export interface RestCall {
  readonly method?: string;
  readonly accept?: string;
  readonly contentType?: string;
  readonly headers?: Headers;
  readonly body?: string | object;
}

/** Raw HTTP against one server, for what typed clients hide. */
export class RestCaller {
  readonly #url: string;
  readonly #http = nodePlatform.network.httpClient();

  constructor(url: string) {
    this.#url = url;
  }

  async call(path: string, call: RestCall = {}): Promise<RestAnswer> {
    const { method = "GET", accept, contentType, headers, body } = call;
    const answer = await this.#http.call({
      url: this.#url + path,
      method,
      headers: {
        ...(accept === undefined ? {} : { accept }),
        ...(contentType === undefined ? {} : { "content-type": contentType }),
        ...headers,
      },
      ...(body === undefined
        ? {}
        : { body: typeof body === "string" ? body : JSON.stringify(body) }),
    });
    const bytes = Buffer.from(await answer.readAll());
    return {
      status: answer.status,
      headers: answer.headers,
      bytes,
      text: () => bytes.toString("utf8"),
      json: () => JSON.parse(bytes.toString("utf8")) as Record<string, unknown>,
    };
  }

  close(): void {
    this.#http.close();
  }
}
