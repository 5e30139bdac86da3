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
  /** A body that is no bytes is sent as JSON; so of put. */
  post(
    path: string,
    body: object | Uint8Array,
    headers?: Record<string, string>,
  ): Promise<SteadyResponse>;
  put: SteadyClient["post"];
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

const contentType = { "content-type": "application/json" };

function bytesOf(body: object | Uint8Array): Uint8Array {
  return body instanceof Uint8Array ? body : Buffer.from(JSON.stringify(body));
}

/** However it is cut into pieces. */
async function textOf(body: AsyncIterable<unknown>): Promise<string> {
  const parts: Uint8Array[] = [];
  for await (const part of body) parts.push(part as Uint8Array);
  return Buffer.concat(parts).toString("utf8");
}

type Call = (
  method: string,
  path: string,
  headers: Record<string, string>,
  body?: Uint8Array,
) => Promise<SteadyResponse>;

function clientOf(call: Call, close: () => void): SteadyClient {
  const withBody =
    (method: string): SteadyClient["post"] =>
    (path, body, headers = {}) =>
      call(method, path, { ...contentType, ...headers }, bytesOf(body));
  return {
    get: (path, headers = {}) => call("GET", path, headers),
    post: withBody("POST"),
    put: withBody("PUT"),
    close,
  };
}

/** Over HTTP/1.1. */
export function steadyHttp1({ port, token, certificate, key }: SteadyOptions): SteadyClient {
  const pair = certificate === undefined ? {} : { cert: certificate, key };
  const agent = new https.Agent({ keepAlive: true, maxSockets: 1, ...pair });
  const call: Call = async (method, path, headers, body) => {
    const request = https.request({
      ...{ method, host: "127.0.0.1", port, path, agent, rejectUnauthorized: false },
      headers: { accept, ...authorization(token), ...headers },
    });
    request.end(body);
    const [response] = (await once(request, "response")) as [import("node:http").IncomingMessage];
    const text = await textOf(response);
    return { status: response.statusCode ?? 0, headers: response.headers, text };
  };
  return clientOf(call, () => agent.destroy());
}

/** Over HTTP/2. */
export function steadyHttp2({ port, token, certificate, key }: SteadyOptions): SteadyClient {
  const pair = certificate === undefined ? {} : { cert: certificate, key };
  const session = http2.connect(`https://127.0.0.1:${port}`, {
    rejectUnauthorized: false,
    ...pair,
  });
  session.on("error", () => undefined);
  const call: Call = async (method, path, headers, body) => {
    const more = { accept, ...authorization(token), ...headers };
    const stream = session.request({ ":method": method, ":path": path, ...more });
    stream.end(body);
    const [head] = (await once(stream, "response")) as [http2.IncomingHttpHeaders];
    const text = await textOf(stream);
    return { status: Number(head[":status"]), headers: head, text };
  };
  return clientOf(call, () => session.destroy());
}
