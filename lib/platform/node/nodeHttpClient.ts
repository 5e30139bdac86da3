import { createHash } from "node:crypto";
import * as http from "node:http";
import * as https from "node:https";
import { isIP } from "node:net";
import { type Duplex, Readable } from "node:stream";
import type * as tls from "node:tls";
import { checkServerIdentity } from "node:tls";
import type {
  Headers,
  HttpCall,
  HttpClient,
  HttpClientResponse,
  TlsClientOptions,
} from "../network.js";

/** Origins and TLS identities whose agents are kept; the oldest unused one goes first. */
const maxAgents = 256;
const defaultMaxResponseBytes = 512 * 1024 * 1024;
/** Connections that nobody uses end after this, as those of Go's clients do. */
const kept = { keepAlive: true, timeout: 90_000 } as const;

interface Target {
  readonly secure: boolean;
  /** Of the URL, whatever is dialled. */
  readonly name: string;
  readonly options: http.RequestOptions;
}

function targetOf(call: HttpCall): Target {
  if (call.url.startsWith("unix:")) {
    const separator = call.url.indexOf(":/", 5);
    const socketPath = call.url.slice(5, separator < 0 ? undefined : separator);
    const path = separator < 0 ? "/" : call.url.slice(separator + 1);
    const headers = { host: "localhost" };
    return { secure: false, name: "", options: { socketPath, path, headers } };
  }
  const url = new URL(call.url);
  const hostname = url.hostname.replace(/^\[|\]$/g, "");
  const secure = url.protocol === "https:";
  const port = url.port === "" ? (secure ? 443 : 80) : Number(url.port);
  return {
    secure,
    name: hostname,
    options: {
      host: call.dialAddress ?? hostname,
      port,
      path: `${url.pathname}${url.search}`,
      headers: { host: url.host },
    },
  };
}

/** Of a connection that checks that the server is called so, whatever is dialled. */
export function tlsOptions(tls: TlsClientOptions | undefined, host: string): tls.ConnectionOptions {
  const name = tls?.serverName ?? host;
  return { ...identityOptions(tls), ...serverNameOf(name), ...checkOf(name) };
}

/** What connections to all servers have in common: their names are none of it. */
function identityOptions(tls: TlsClientOptions | undefined): https.AgentOptions {
  return {
    ...(tls?.certificateAuthorities ? { ca: tls.certificateAuthorities } : {}),
    ...(tls?.certificate ? { cert: tls.certificate } : {}),
    ...(tls?.key ? { key: tls.key } : {}),
    rejectUnauthorized: !tls?.insecureSkipVerify,
  };
}

/** An address is no name that a client could send; without a word Node sends what Host says. */
function serverNameOf(name: string): { readonly servername: string } {
  return { servername: isAddress(name) ? "" : name };
}

const isAddress = (name: string): boolean => isIP(name.replace(/^\[|\]$/g, "")) !== 0;

/** Without a server name Node checks what is dialled, which may be elsewhere. */
function checkOf(name: string): Pick<tls.ConnectionOptions, "checkServerIdentity"> {
  if (!isAddress(name)) return {};
  return { checkServerIdentity: (_dialled, peer) => checkServerIdentity(name, peer) };
}

/** What a server answered, read as it comes. */
export class HttpMessageResponse implements HttpClientResponse {
  readonly status: number;
  readonly headers: Headers;
  readonly body: Readable;
  constructor(message: http.IncomingMessage) {
    this.status = message.statusCode ?? 0;
    this.headers = message.headers;
    this.body = message;
  }
  readAll(maxBytes = defaultMaxResponseBytes): Promise<Uint8Array> {
    const { body } = this;
    const cut = (): Error => body.errored ?? new Error("the answer ended before its end");
    return new Promise((resolve, reject) => {
      // What has happened before is not told again.
      if (body.readableEnded) resolve(Buffer.alloc(0));
      else if (body.destroyed) reject(cut());
      const parts: Buffer[] = [];
      let length = 0;
      body.on("data", (part: Buffer) => {
        length += part.length;
        if (length <= maxBytes) parts.push(part);
        else body.destroy(new Error(`the answer is larger than ${maxBytes} bytes`));
      });
      body.on("end", () => resolve(parts.length === 1 ? parts[0]! : Buffer.concat(parts)));
      body.on("error", reject);
      body.on("close", () => reject(cut()));
    });
  }
}

/** Of a client's TLS, once for each set of options: names what connections are shared by. */
class TlsIdentities {
  readonly #known = new WeakMap<TlsClientOptions, string>();

  of(tls: TlsClientOptions | undefined): string {
    if (tls === undefined) return "";
    let identity = this.#known.get(tls);
    if (identity === undefined) {
      const { certificateAuthorities, certificate, key, insecureSkipVerify } = tls;
      const all = JSON.stringify([certificateAuthorities, certificate, key, insecureSkipVerify]);
      identity = createHash("sha256").update(all).digest("base64");
      this.#known.set(tls, identity);
    }
    return identity;
  }
}

/** A shared agent knows whom it connects to by the request alone. */
function secureOptions(call: HttpCall, target: Target, agent: boolean): tls.ConnectionOptions {
  const name = nameOf(call, target);
  return agent ? serverNameOf(name) : tlsOptions(call.tls, name);
}

/** What the server has to be called. */
function nameOf(call: HttpCall, target: Target): string {
  return call.tls?.serverName ?? target.name;
}

/** As Node's addAbortSignal, for what is known to be a request. */
function endOnAbort(signal: AbortSignal, request: http.ClientRequest): void {
  const abort = (): void => {
    const error = new Error("The operation was aborted", { cause: signal.reason });
    request.destroy(Object.assign(error, { name: "AbortError", code: "ABORT_ERR" }));
  };
  if (signal.aborted) {
    abort();
    return;
  }
  signal.addEventListener("abort", abort);
  request.on("close", () => signal.removeEventListener("abort", abort));
}

/** HTTP/1.1 with kept connections, one agent for each TLS identity. */
class NodeHttpClient implements HttpClient {
  readonly #agents = new Map<string, http.Agent>();
  readonly #open = new Set<http.ClientRequest>();
  readonly #identities = new TlsIdentities();

  #agent(call: HttpCall, target: Target): http.Agent {
    const name = nameOf(call, target);
    // Connections are shared by what they dial and the name that they send, not by an address that
    // they check.
    const address = isAddress(name) && name !== target.options.host ? name : "";
    const identity = `${target.secure} ${address} ${this.#identities.of(call.tls)}`;
    let agent = this.#agents.get(identity);
    if (agent) return agent;
    if (this.#agents.size >= maxAgents) {
      const oldest = this.#agents.keys().next().value as string;
      this.#agents.get(oldest)?.destroy();
      this.#agents.delete(oldest);
    }
    agent = target.secure
      ? new https.Agent({ ...kept, ...identityOptions(call.tls), ...checkOf(address) })
      : new http.Agent(kept);
    this.#agents.set(identity, agent);
    return agent;
  }

  #start(call: HttpCall, extra: http.OutgoingHttpHeaders, agent: boolean): http.ClientRequest {
    const target = targetOf(call);
    const options: https.RequestOptions = {
      ...target.options,
      method: call.method ?? "GET",
      insecureHTTPParser: call.isLenient === true,
      headers: {
        ...target.options.headers,
        ...extra,
        ...(call.headers as http.OutgoingHttpHeaders),
      },
      agent: agent ? this.#agent(call, target) : false,
      ...(target.secure ? secureOptions(call, target, agent) : {}),
    };
    const request = target.secure ? https.request(options) : http.request(options);
    // Not among the options: a request that throws while it is made (a key that does not fit its
    // certificate) would leave its listener on the signal for good.
    if (call.signal) endOnAbort(call.signal, request);
    this.#open.add(request);
    request.on("close", () => this.#open.delete(request));
    if (call.timeoutMilliseconds !== undefined) {
      const timer = setTimeout(() => {
        request.destroy(Object.assign(new Error("timed out"), { code: "ETIMEDOUT" }));
      }, call.timeoutMilliseconds);
      request.on("close", () => clearTimeout(timer));
    }
    return request;
  }

  call(call: HttpCall): Promise<HttpClientResponse> {
    return new Promise((resolve, reject) => {
      const whole = call.body !== undefined && !(call.body instanceof Readable);
      const length = whole ? { "content-length": Buffer.byteLength(call.body as string) } : {};
      const request = this.#start(call, length, true);
      request.on("error", reject);
      request.on("response", (message) => {
        message.on("error", () => undefined);
        resolve(new HttpMessageResponse(message));
      });
      if (call.body instanceof Readable) call.body.pipe(request);
      else request.end(call.body);
    });
  }

  upgrade(
    call: HttpCall,
  ): Promise<
    | { upgraded: true; socket: Duplex; headers: Headers; head: Uint8Array }
    | { upgraded: false; answer: HttpClientResponse }
  > {
    return new Promise((resolve, reject) => {
      const request = this.#start(call, { connection: "Upgrade" }, false);
      request.on("error", reject);
      request.on("response", (message) =>
        resolve({ upgraded: false, answer: new HttpMessageResponse(message) }),
      );
      request.on("upgrade", (message, socket, head) => {
        socket.on("error", () => socket.destroy());
        resolve({ upgraded: true, socket, headers: message.headers, head });
      });
      if (call.body instanceof Readable) call.body.pipe(request);
      else request.end(call.body);
    });
  }

  close(): void {
    for (const request of this.#open) request.destroy();
    for (const agent of this.#agents.values()) agent.destroy();
    this.#agents.clear();
  }
}

export function nodeHttpClient(): HttpClient {
  return new NodeHttpClient();
}
