import { once } from "node:events";
import * as http2 from "node:http2";
import * as https from "node:https";

export interface SteadyResponse {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly text: string;
}

/** A client that sends all its requests, one after the other, on one connection. */
export interface SteadyClient {
  get(path: string, headers?: Record<string, string>): Promise<SteadyResponse>;
  close(): void;
}

export interface SteadyOptions {
  readonly port: number;
  readonly token?: string;
  /** PEM of a client certificate. */
  readonly certificate?: string;
  readonly key?: string;
}

const accept = "application/json";

function authorization(token: string | undefined): Record<string, string> {
  return token === undefined ? {} : { authorization: `Bearer ${token}` };
}

/** However it is cut into pieces. */
async function textOf(body: AsyncIterable<unknown>): Promise<string> {
  const parts: Uint8Array[] = [];
  for await (const part of body) parts.push(part as Uint8Array);
  return Buffer.concat(parts).toString("utf8");
}

/** Over HTTP/1.1. */
export function steadyHttp1({ port, token, certificate, key }: SteadyOptions): SteadyClient {
  const pair = certificate === undefined ? {} : { cert: certificate, key };
  const agent = new https.Agent({ keepAlive: true, maxSockets: 1, ...pair });
  return {
    get: async (path, headers = {}) => {
      const request = https.get({
        ...{ host: "127.0.0.1", port, path, agent, rejectUnauthorized: false },
        headers: { accept, ...authorization(token), ...headers },
      });
      const [response] = (await once(request, "response")) as [import("node:http").IncomingMessage];
      const text = await textOf(response);
      return { status: response.statusCode ?? 0, headers: response.headers, text };
    },
    close: () => agent.destroy(),
  };
}

/** Over HTTP/2. */
export function steadyHttp2({ port, token, certificate, key }: SteadyOptions): SteadyClient {
  const pair = certificate === undefined ? {} : { cert: certificate, key };
  const session = http2.connect(`https://127.0.0.1:${port}`, {
    rejectUnauthorized: false,
    ...pair,
  });
  session.on("error", () => undefined);
  return {
    get: async (path, headers = {}) => {
      const more = { accept, ...authorization(token), ...headers };
      const stream = session.request({ ":path": path, ...more });
      const [head] = (await once(stream, "response")) as [http2.IncomingHttpHeaders];
      const text = await textOf(stream);
      return { status: Number(head[":status"]), headers: head, text };
    },
    close: () => session.destroy(),
  };
}
