import type { Duplex } from "node:stream";
import type { Pod } from "../../api/gen/types/coreV1.js";
import { type ZPages, zPage } from "../../api/introspection/zpages.js";
import type { Client } from "../../client/client.js";
import type { Logger } from "../../platform/logger.js";
import type {
  HttpClient,
  HttpListener,
  HttpRequest,
  HttpResponse,
  TlsServerOptions,
} from "../../platform/network.js";
import type { Platform } from "../../platform/platform.js";
import type { ContainerRuntime } from "../cri/runtime.js";
import type { StatsPages } from "../stats/statsPages.js";
import { ContainerLogHandler } from "./containerLogHandler.js";
import { asHttpError, HttpError, refuseUpgrade, sendJson, sendText } from "./httpResponses.js";
import { KubeletAuthenticator } from "./kubeletAuthenticator.js";
import { KubeletAuthorizer } from "./kubeletAuthorizer.js";
import { RunHandler } from "./runHandler.js";
import { runningPods } from "./runningPods.js";
import { StreamHandler, type StreamPods } from "./streamHandler.js";

/** The part of the kubelet that its server shows. */
export interface ServedKubelet extends StreamPods {
  readonly pods: readonly Pod[];
  /** Undefined while healthy. */
  readonly problem: string | undefined;
}

export interface KubeletServerOptions {
  readonly platform: Platform;
  readonly logger: Logger;
  readonly client: Client;
  readonly kubelet: ServedKubelet;
  readonly runtime: ContainerRuntime;
  readonly stats: StatsPages;
  readonly nodeName: string;
  readonly address: string;
  /** 0 takes a free one. */
  readonly port: number;
  readonly tls: TlsServerOptions;
  readonly authentication: {
    readonly tokenWebhook: boolean;
    readonly anonymous: boolean;
    readonly tokenCacheMilliseconds: number;
  };
  readonly authorization: {
    readonly mode: "AlwaysAllow" | "Webhook";
    readonly allowedMilliseconds: number;
    readonly deniedMilliseconds: number;
  };
  /**
   * --read-only-port: no TLS, no authentication, nothing that changes or reads a container.
   * Undefined: off.
   */
  readonly readOnlyPort?: number;
  /** --healthz-port on --healthz-bind-address. */
  readonly healthz?: { readonly address: string; readonly port: number };
  /** --enable-debugging-handlers: logs, exec, attach, port-forward, run, runningpods, configz. */
  readonly debuggingHandlers: boolean;
  /** For /statusz and /flagz. */
  readonly zPages: ZPages;
  /** KubeletConfiguration as it is in effect, for /configz. */
  readonly configuration: () => object;
}

interface ServerCall {
  readonly request: HttpRequest;
  readonly response: HttpResponse;
  readonly parts: readonly string[];
  readonly query: URLSearchParams;
}

type Handler = (call: ServerCall) => Promise<void> | void;

interface ParsedTarget {
  readonly path: string;
  readonly endpoint: string;
  readonly parts: readonly string[];
  readonly query: URLSearchParams;
}

function decode(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}

/** Path, endpoint, what follows it, and the query of what a kubelet is asked for. */
export function parseTarget(target: string): ParsedTarget {
  const question = target.indexOf("?");
  const path = question < 0 ? target : target.slice(0, question);
  const parts = path.split("/").slice(1);
  if (parts.at(-1) === "") parts.pop();
  return {
    path,
    endpoint: parts[0] ?? "",
    parts: parts.slice(1).map(decode),
    query: new URLSearchParams(question < 0 ? "" : target.slice(question + 1)),
  };
}

const streamEndpoints = new Set(["exec", "attach", "portForward"]);

/** The kubelet's own server: logs, streams, stats, metrics and health of one node. */
export class KubeletServer {
  readonly #options: KubeletServerOptions;
  readonly #http: HttpClient;
  readonly #authenticator: KubeletAuthenticator;
  readonly #authorizer: KubeletAuthorizer;
  readonly #streams: StreamHandler;
  readonly #open: ReadonlyMap<string, Handler>;
  readonly #debugging: ReadonlyMap<string, Handler>;
  readonly #listeners: HttpListener[] = [];
  /** PEM that TLS checks clients by now. */
  #authorities: string | undefined;

  private constructor(options: KubeletServerOptions) {
    const { platform, client, kubelet, runtime, nodeName } = options;
    this.#options = options;
    this.#http = platform.network.httpClient();
    this.#authenticator = new KubeletAuthenticator({
      ...options.authentication,
      client,
      clock: platform.clock,
      clientCertificates: options.tls.clientCertificateAuthorities !== undefined,
    });
    this.#authorizer = new KubeletAuthorizer({
      ...options.authorization,
      client,
      clock: platform.clock,
      nodeName,
    });
    this.#streams = new StreamHandler(kubelet, runtime, this.#http);
    this.#open = this.#openHandlers();
    this.#debugging = this.#debuggingHandlers();
  }

  /** Rejects when a port cannot be had; then nothing listens. */
  static async start(options: KubeletServerOptions): Promise<KubeletServer> {
    const server = new KubeletServer(options);
    try {
      await server.#listen();
    } catch (error) {
      await server.stop();
      throw error;
    }
    return server;
  }

  /** Of the secure port. */
  get port(): number {
    return this.#listeners[0]?.port ?? 0;
  }

  async stop(): Promise<void> {
    this.#http.close();
    await Promise.all(this.#listeners.map((listener) => listener.close(0)));
  }

  /**
   * A new serving certificate or client authorities; whom the former authorities vouched for has
   * to connect again.
   */
  reloadTls(tls: TlsServerOptions): void {
    const [secure] = this.#listeners;
    secure?.reloadTls(tls);
    const { clientCertificateAuthorities } = tls;
    if (clientCertificateAuthorities !== this.#authorities) secure?.endConnections();
    this.#authorities = clientCertificateAuthorities;
  }

  async #listen(): Promise<void> {
    const { platform, address, port, tls, readOnlyPort, healthz } = this.#options;
    const { network } = platform;
    this.#authorities = tls.clientCertificateAuthorities;
    this.#listeners.push(
      await network.listenHttp({
        address,
        port,
        tls,
        onRequest: (request, response) => this.#onRequest(request, response),
        onUpgrade: (request, socket, head) => this.#onUpgrade(request, socket, head),
      }),
    );
    if (readOnlyPort !== undefined) {
      const onRequest = (request: HttpRequest, response: HttpResponse): void =>
        this.#answer(request, response, this.#open);
      this.#listeners.push(await network.listenHttp({ address, port: readOnlyPort, onRequest }));
    }
    if (healthz) {
      const only = new Map([["healthz", this.#open.get("healthz") as Handler]]);
      const onRequest = (request: HttpRequest, response: HttpResponse): void =>
        this.#answer(request, response, only);
      this.#listeners.push(await network.listenHttp({ ...healthz, onRequest }));
    }
  }

  #openHandlers(): ReadonlyMap<string, Handler> {
    const { kubelet, stats } = this.#options;
    return new Map<string, Handler>([
      ["healthz", (call) => this.#healthz(call)],
      [
        "pods",
        ({ response }) =>
          sendJson(response, {
            kind: "PodList",
            apiVersion: "v1",
            metadata: {},
            items: kubelet.pods,
          }),
      ],
      ["stats", ({ response, parts, query }) => stats.summary(response, parts, query)],
      ["metrics", ({ response, parts }) => stats.metrics(response, parts)],
      ["statusz", (call) => this.#zPage("/statusz", call)],
    ]);
  }

  #debuggingHandlers(): ReadonlyMap<string, Handler> {
    const { platform, kubelet, runtime, configuration } = this.#options;
    if (!this.#options.debuggingHandlers) return new Map();
    const logs = new ContainerLogHandler({ platform, kubelet, runtime });
    const run = new RunHandler(kubelet, runtime);
    const needsUpgrade = ({ request }: ServerCall): void => {
      const upgrade = "missing upgrade headers in request";
      throw new HttpError(400, `unable to upgrade: ${upgrade}: ${request.method}`);
    };
    return new Map<string, Handler>([
      ["containerLogs", (call) => logs.handle(call)],
      ["run", (call) => run.handle(call)],
      ["runningpods", async ({ response }) => sendJson(response, await runningPods(runtime))],
      ["flagz", (call) => this.#zPage("/flagz", call)],
      ["configz", ({ response }) => sendJson(response, { kubeletconfig: configuration() })],
      ...[...streamEndpoints].map((name): [string, Handler] => [name, needsUpgrade]),
    ]);
  }

  #zPage(path: string, { request, response, parts }: ServerCall): void {
    const { zPages, platform } = this.#options;
    const accept = String(request.headers.accept ?? "");
    const page = parts.length > 0 ? undefined : zPage(path, accept, zPages, platform.clock.now());
    if (page === undefined) throw new HttpError(404, "404 page not found\n");
    response.send(page.code, { "content-type": page.contentType }, page.body);
  }

  #healthz({ response, parts }: ServerCall): void {
    const [check] = parts;
    const { problem } = this.#options.kubelet;
    const isOther = check === "ping" || check === "log";
    if (check !== undefined && check !== "syncloop" && !isOther) {
      throw new HttpError(404, "404 page not found");
    }
    if (problem === undefined || isOther) {
      sendText(response, 200, "ok");
      return;
    }
    throw new HttpError(500, `[+]ping ok\n[+]log ok\n[-]syncloop failed: ${problem}\n`);
  }

  #onRequest(request: HttpRequest, response: HttpResponse): void {
    this.#authorized(request)
      .then(() => this.#answer(request, response, this.#open, this.#debugging))
      .catch((error: unknown) => this.#refuse(response, error));
  }

  /** Rejects with 401 or 403. */
  async #authorized(request: HttpRequest): Promise<void> {
    const user = await this.#authenticator.authenticate(request);
    if (!user) throw new HttpError(401, "Unauthorized");
    const { path } = parseTarget(request.target);
    const decision = await this.#authorizer.authorize(user, request.method, path);
    if (!decision.allowed) throw new HttpError(403, decision.message);
  }

  #answer(
    request: HttpRequest,
    response: HttpResponse,
    ...tables: readonly ReadonlyMap<string, Handler>[]
  ): void {
    const { endpoint, parts, query } = parseTarget(request.target);
    const handler = tables.map((table) => table.get(endpoint)).find((one) => one !== undefined);
    if (!handler) {
      sendText(response, 404, "404 page not found\n");
      return;
    }
    Promise.resolve()
      .then(() => handler({ request, response, parts, query }))
      .catch((error: unknown) => this.#refuse(response, error));
  }

  #refuse(response: HttpResponse, error: unknown): void {
    if (response.headersSent) {
      response.abort();
      return;
    }
    const { code, message } = asHttpError(error);
    sendText(response, code, message);
  }

  #onUpgrade(request: HttpRequest, socket: Duplex, head: Uint8Array): void {
    this.#upgrade(request, socket, head).catch((error: unknown) => {
      if (socket.destroyed) return;
      refuseUpgrade(socket, asHttpError(error));
    });
  }

  async #upgrade(request: HttpRequest, socket: Duplex, head: Uint8Array): Promise<void> {
    await this.#authorized(request);
    const { endpoint, parts, query } = parseTarget(request.target);
    if (!this.#options.debuggingHandlers) throw new HttpError(404, "404 page not found\n");
    const call = { request, socket, head, parts, query };
    if (endpoint === "exec") return this.#streams.exec(call);
    if (endpoint === "attach") return this.#streams.attach(call);
    if (endpoint === "portForward") return this.#streams.portForward(call);
    throw new HttpError(404, "404 page not found\n");
  }
}
