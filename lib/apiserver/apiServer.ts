import { descriptorSet } from "../api/descriptorSet.js";
import { mediaTypes } from "../api/mediaTypes.js";
import { addProcessMetrics } from "../api/metrics/processMetrics.js";
import { Scheme } from "../api/scheme.js";
import { gitVersion } from "../api/versions.js";
import type { HttpListener, TlsServerOptions } from "../platform/network.js";
import type { PeerRule } from "../platform/peerOwner.js";
import type { RpcChannel, RpcListener } from "../platform/rpc.js";
import type {
  ApiServerOptions,
  PlainListenOptions,
  SecureListenOptions,
} from "./apiServerOptions.js";
import { Compactor } from "./compactor.js";
import { ConnectHandler } from "./connectHandler.js";
import { isProxied, proxiedPaths } from "./connector/proxyPath.js";
import { Discovery } from "./discovery.js";
import { type FlowControl, MaxInFlight } from "./flowControl.js";
import { HealthChecks } from "./healthChecks.js";
import { DirectRequests } from "./http/directRequests.js";
import { HttpFront, type HttpFrontOptions, maxBodyBytes } from "./http/httpFront.js";
import { InProcessHttp } from "./http/inProcessHttp.js";
import { type UserInfo, unsecuredUser } from "./identity.js";
import { localPeerRule } from "./localPeerRule.js";
import { ApiServerMetrics } from "./metrics/apiServerMetrics.js";
import { ObjectCounts } from "./metrics/objectCounts.js";
import { NonResourceHandler } from "./nonResource.js";
import { OpenApiHandler, openApiPaths } from "./openapiDocuments.js";
import { Pipeline } from "./pipeline.js";
import { PostStartHooks } from "./postStartHooks.js";
import { AdmissionChain } from "./registry/admissionChain.js";
import { KeyedMutex } from "./registry/keyedMutex.js";
import { LeaseManager } from "./registry/leaseManager.js";
import { Registry } from "./registry/registry.js";
import { RequestLog } from "./requestLog.js";
import { InProcessChannel } from "./rpc/inProcessChannel.js";
import { makeRpcHandler, makeRpcHandlers, type RpcHandlersOptions } from "./rpc/rpcHandlers.js";
import type { RpcIdentities } from "./rpc/rpcServerRequest.js";
import type { ServerAddresses } from "./serverAddresses.js";
import { ServerClient } from "./serverClient.js";
import type { ServerObjects } from "./serverObjects.js";
import { ServingState } from "./servingState.js";

const defaultReadOnlyInFlight = 400;
const defaultMutatingInFlight = 200;
const defaultRequestTimeoutSeconds = 60;
const defaultEventTtlSeconds = 3600;
/** How long /readyz waits for caches that are being read before it says so. */
const cacheWaitMilliseconds = 1_000;
/**
 * Of one gRPC connection: a client's watches share it with its calls, which must not wait for
 * them.
 */
const maxConcurrentStreams = 10_000;

type ListenWhere =
  | SecureListenOptions
  | { address: string; port: number; peerRule: PeerRule | undefined };

/** The API server: usable in process as soon as it is made, over the network once it listens. */
export class ApiServer {
  readonly metrics: ApiServerMetrics;
  /** The kinds that it serves; whoever changes them changes what it serves at once. */
  readonly scheme: Scheme;
  readonly registry: Registry;
  readonly pipeline: Pipeline;
  readonly objects: ServerObjects;
  readonly #options: ApiServerOptions;
  readonly #health: HealthChecks;
  readonly #serving: ServingState;
  readonly #objectCounts: ObjectCounts;
  readonly #flowControl: FlowControl;
  readonly #hooks: PostStartHooks;
  readonly #requestLog: RequestLog | undefined;
  readonly #directRequests: DirectRequests | undefined;
  readonly #compactor: Compactor;
  readonly #forgetScheme: () => void;
  readonly #stopping = new AbortController();
  /** Streams to end when the server stops: bounded by the connections and their streams. */
  readonly #stopCallbacks = new Set<() => void>();
  readonly #http: HttpListener[] = [];
  readonly #rpc: RpcListener[] = [];
  #addresses: ServerAddresses = {};

  private constructor(options: ApiServerOptions) {
    const { platform, storage, codec } = options;
    const { clock, random } = platform;
    this.#options = options;
    this.scheme = options.scheme ?? new Scheme();
    const { requestLogger } = options;
    this.#requestLog = requestLogger && new RequestLog(clock, requestLogger);
    this.metrics = new ApiServerMetrics();
    this.metrics.watchStorage(storage);
    options.claims?.countIn(this.metrics.registry);
    addProcessMetrics(this.metrics.registry, platform.host, clock.now());
    const admission = new AdmissionChain(options.admission, this.metrics.admission, clock);
    const leases = new LeaseManager(storage, clock, options.leaseReuseSeconds ?? 60);
    this.registry = new Registry(
      {
        storage,
        codec,
        clock,
        random,
        admission,
        authorizer: options.authorizer,
        leases,
        mutex: new KeyedMutex(clock),
        claims: options.claims,
        eventTtlSeconds: options.eventTtlSeconds ?? defaultEventTtlSeconds,
        minRequestTimeoutSeconds: options.minRequestTimeoutSeconds ?? 1800,
        metrics: this.metrics,
        componentChecks: options.componentChecks ?? [],
      },
      this.scheme,
      options.strategyFor,
      options.createHandlers ?? [],
    );
    this.#objectCounts = new ObjectCounts(
      this.metrics.registry,
      storage,
      () => this.registry.all(),
      clock,
      options.countPeriodMilliseconds,
    );
    const userAgent = `steersman-apiserver/${gitVersion}`;
    const objects = new ServerClient(this.registry, () => this.pipeline, userAgent);
    this.objects = objects;
    this.#hooks = new PostStartHooks(
      { platform, objects, signal: this.#stopping.signal },
      options.postStartHooks ?? [],
      (message, error) => this.#log(message, error),
    );
    this.#health = this.#healthChecks();
    this.#serving = new ServingState(clock, () => this.#health.passes("readyz"));
    this.#compactor = new Compactor(storage, clock, options.compactionIntervalSeconds ?? 300);
    this.#flowControl = this.#makeFlowControl();
    this.pipeline = this.#makePipeline();
    const { directGets: direct } = storage;
    // Whoever logs or audits requests wants to see each of them.
    if (direct !== undefined && options.audit === undefined && requestLogger === undefined) {
      const parts = { registry: this.registry, metrics: this.metrics, clock };
      const flowControl = this.#flowControl;
      this.#directRequests = new DirectRequests({ storage, direct, flowControl, ...parts });
    }
    this.#forgetScheme = this.scheme.listen(({ removed }) => {
      if (removed.length > 0) this.forgetDecisions();
    });
  }

  /** Listens, runs the hooks in the background. Rejects when a port cannot be had. */
  static async start(options: ApiServerOptions): Promise<ApiServer> {
    const server = new ApiServer(options);
    try {
      await server.#flowControl.start?.();
      await server.#listen();
    } catch (error) {
      await server.stop();
      throw error;
    }
    server.#serving.setReady(true);
    if (options.countPeriodMilliseconds !== 0) server.#objectCounts.refresh();
    server.#compactor.start();
    server.#hooks.start();
    return server;
  }

  get addresses(): ServerAddresses {
    return this.#addresses;
  }

  /**
   * Other certificates and client authorities for new connections to the ports with TLS. Throws
   * where they do not fit each other.
   */
  reloadTls(tls: TlsServerOptions): void {
    for (const listener of [...this.#http, ...this.#rpc]) listener.reloadTls(tls);
  }

  /**
   * Has listeners ask again about every request of which they know the result. To be called when
   * something has changed who somebody is or what they may do, and is not in storage.
   */
  forgetDecisions(): void {
    this.#directRequests?.endAll();
  }

  /** Resolves once every hook has run. */
  whenReady(): Promise<void> {
    return this.#hooks.done;
  }

  /**
   * Ends watches, lets running requests finish, closes the listeners. Storage stays the caller's.
   */
  async stop(): Promise<void> {
    if (this.#stopping.signal.aborted) {
      return;
    }
    this.#serving.setReady(false);
    this.#stopping.abort();
    this.#compactor.stop();
    this.#forgetScheme();
    this.registry.stop();
    this.#flowControl.stop?.();
    for (const callback of [...this.#stopCallbacks]) {
      callback();
    }
    const graceMilliseconds = (this.#options.shutdownGraceSeconds ?? 10) * 1000;
    await Promise.all([
      ...this.#http.map((listener) => listener.close(graceMilliseconds)),
      ...this.#rpc.map((listener) => listener.close(graceMilliseconds)),
    ]);
    await this.#hooks.stop();
    this.pipeline.stop();
    await this.#options.connector?.close();
  }

  /**
   * gRPC's services for a caller in this process. A component comes as the user that it is and is
   * authorized; without a user the caller is the owner, who may do everything.
   */
  channel(user?: UserInfo): RpcChannel {
    const identities =
      user === undefined
        ? { trustedUser: unsecuredUser, knownUser: undefined }
        : { trustedUser: undefined, knownUser: user };
    const options = this.#rpcOptions(identities);
    const { clock } = this.#options.platform;
    return new InProcessChannel((method) => makeRpcHandler(options, method), clock);
  }

  /** REST for a caller in this process, who comes as that user and is authorized. */
  http(user: UserInfo, userAgent: string): InProcessHttp {
    const front = this.#front({ trustedUser: undefined, knownUser: user });
    return new InProcessHttp(front, this.#options.platform, userAgent);
  }

  #front(
    identities: Pick<HttpFrontOptions, "trustedUser" | "knownUser" | "anyHostName">,
  ): HttpFront {
    const { platform, codec } = this.#options;
    return new HttpFront({
      ...identities,
      pipeline: this.pipeline,
      codec,
      random: platform.random,
      isJsonAlone: (info) => this.registry.isJsonAlone(info),
      onStop: (callback) => this.onStop(callback),
      ...(this.#directRequests === undefined ? {} : { directRequests: this.#directRequests }),
      requestLog: this.#requestLog,
      log: (message, error) => this.#log(message, error),
    });
  }

  #rpcOptions(identities: RpcIdentities): RpcHandlersOptions {
    return {
      ...identities,
      pipeline: this.pipeline,
      onStop: (callback) => this.onStop(callback),
      requestLog: this.#requestLog,
    };
  }

  /** Calls back when the server stops; returns what forgets it. */
  onStop(callback: () => void): () => void {
    if (this.#stopping.signal.aborted) {
      callback();
      return () => undefined;
    }
    this.#stopCallbacks.add(callback);
    return () => this.#stopCallbacks.delete(callback);
  }

  #makeFlowControl(): FlowControl {
    const options = this.#options;
    const { metrics, registry, objects } = this;
    const { clock } = options.platform;
    const limits = {
      maxReadOnly: options.maxRequestsInFlight ?? defaultReadOnlyInFlight,
      maxMutating: options.maxMutatingRequestsInFlight ?? defaultMutatingInFlight,
    };
    const made = options.flowControl?.({
      ...limits,
      clock,
      storage: options.storage,
      metrics,
      registry,
      objects,
      requestTimeoutMilliseconds: requestTimeoutOf(options),
      log: (message, error) => this.#log(message, error),
    });
    return made ?? new MaxInFlight(limits, clock, metrics.seats);
  }

  #makePipeline(): Pipeline {
    const options = this.#options;
    const { metrics, registry } = this;
    const discovery = new Discovery(this.scheme, options.advertiseAddress ?? "");
    const openApi = new OpenApiHandler(this.scheme);
    return new Pipeline({
      clock: options.platform.clock,
      random: options.platform.random,
      authentication: {
        authenticators: options.authenticators,
        allowAnonymous: options.allowAnonymous ?? true,
      },
      authorizer: options.authorizer,
      flowControl: this.#flowControl,
      requestTimeoutMilliseconds: requestTimeoutOf(options),
      registry,
      nonResource: new NonResourceHandler({
        host: options.platform.host,
        health: this.#health,
        metrics: metrics.registry,
        zPages: {
          component: "apiserver",
          startedMilliseconds: options.platform.clock.now(),
          paths: ["/healthz", "/livez", "/metrics", "/readyz", "/version"],
          ...(options.flags === undefined ? {} : { flags: options.flags }),
        },
        clock: options.platform.clock,
        sources: [
          (request, path) => discovery.serve(request, path),
          (request, path) => openApi.serve(request, path),
          (_request, path) => this.#endpoints(path),
          ({ query }, path) => textDocument(this.#flowControl.debugPage?.(path, query)),
          ...(options.documents ?? []),
        ],
        paths: () => [...discovery.paths(), ...openApiPaths, ...(options.documentPaths ?? [])],
      }),
      connect: new ConnectHandler(registry, this.objects, options.authorizer, options.connector),
      metrics,
      audit: options.audit,
      log: (message, error) => this.#log(message, error),
    });
  }

  /** Where gRPC is served, for components that know only the REST address. */
  #endpoints(path: string) {
    if (path !== "/.well-known/steersman-endpoints") {
      return undefined;
    }
    const { secureRpc, insecureRpc } = this.#addresses;
    // Whoever asks got here by an address that gRPC is served on as well, if there are several.
    const more = this.#options.secureRpc?.moreAddresses ?? [];
    const told = secureRpc && more.length > 0 ? { ...secureRpc, address: "0.0.0.0" } : secureRpc;
    return {
      kind: "document",
      code: 200,
      contentType: mediaTypes.json,
      body: JSON.stringify({
        grpc: {
          ...(told === undefined ? {} : { secure: hostAndPort(told) }),
          ...(insecureRpc === undefined ? {} : { insecure: hostAndPort(insecureRpc) }),
        },
      }),
    } as const;
  }

  #healthChecks(): HealthChecks {
    const health = new HealthChecks((message) => this.#log(message));
    const everywhere = ["healthz", "livez", "readyz"] as const;
    const { storage, storageTimeouts: timeouts } = this.#options;
    health.add(
      { name: "ping", endpoints: everywhere, check: () => undefined },
      { name: "log", endpoints: everywhere, check: () => this.#checkLog() },
      {
        name: "etcd",
        endpoints: everywhere,
        check: () => storage.health(timeouts?.healthMilliseconds),
      },
      {
        name: "etcd-readiness",
        endpoints: ["readyz"],
        check: () => storage.health(timeouts?.readyMilliseconds),
      },
      { name: "informer-sync", endpoints: ["readyz"], check: () => this.#checkCaches() },
      ...this.#hooks.healthChecks(),
      ...(this.#options.healthChecks ?? []),
      {
        name: "shutdown",
        endpoints: ["readyz"],
        check: () => {
          if (!this.#serving.isReady) {
            throw new Error("process is shutting down");
          }
        },
      },
    );
    return health;
  }

  #checkLog(): void {
    const problem = this.#options.platform.host.outputProblem();
    if (problem !== undefined) throw new Error(`the log cannot be written: ${problem}`);
  }

  async #checkCaches(): Promise<void> {
    const { syncCaches, platform } = this.#options;
    if (syncCaches === undefined) return;
    const late = platform.clock.sleep(cacheWaitMilliseconds).then(() => ["reading takes long"]);
    const missing = await Promise.race([syncCaches(), late]);
    if (missing.length > 0) throw new Error(`informers not synced: [${missing.join(" ")}]`);
  }

  async #listen(): Promise<void> {
    const { secure, insecure, secureRpc, insecureRpc } = this.#options;
    // gRPC first: a component that asks over HTTP where it is must not be told that there is none.
    if (secureRpc !== undefined) {
      const listener = await this.#listenRpc(secureRpc, undefined);
      this.#addresses = { ...this.#addresses, secureRpc: addressOf(listener) };
      for (const address of secureRpc.moreAddresses ?? []) {
        await this.#listenRpc({ ...secureRpc, address, port: listener.port }, undefined);
      }
    }
    if (insecureRpc !== undefined) {
      const listener = await this.#unlessTaken(insecureRpc, () =>
        this.#listenPlainRpc(insecureRpc),
      );
      if (listener) this.#addresses = { ...this.#addresses, insecureRpc: addressOf(listener) };
    }
    if (secure !== undefined) {
      const listener = await this.#listenHttp(secure, undefined);
      this.#addresses = { ...this.#addresses, secure: addressOf(listener) };
      for (const address of secure.moreAddresses ?? []) {
        await this.#listenHttp({ ...secure, address, port: listener.port }, undefined);
      }
    }
    if (insecure !== undefined) {
      const listener = await this.#unlessTaken(insecure, () => this.#listenPlainHttp(insecure));
      if (listener) this.#addresses = { ...this.#addresses, insecure: addressOf(listener) };
    }
  }

  async #unlessTaken<T>(
    where: PlainListenOptions,
    listen: () => Promise<T>,
  ): Promise<T | undefined> {
    try {
      return await listen();
    } catch (error) {
      if (where.optional !== true || (error as { code?: string }).code !== "EADDRINUSE")
        throw error;
      this.#log(`${hostAndPort(where)} is in use: the server goes on without this insecure port`);
      return undefined;
    }
  }

  #listenPlainRpc({ address, port, allowAnyUser }: PlainListenOptions): Promise<RpcListener> {
    const peerRule = this.#peerRule(allowAnyUser);
    return this.#listenRpc({ address, port, peerRule }, unsecuredUser);
  }

  #listenPlainHttp({ address, port, allowAnyUser }: PlainListenOptions): Promise<HttpListener> {
    const peerRule = this.#peerRule(allowAnyUser);
    return this.#listenHttp({ address, port, peerRule }, unsecuredUser);
  }

  #peerRule(allowAnyUser: boolean | undefined): PeerRule | undefined {
    return allowAnyUser === true ? undefined : localPeerRule(this.#options.platform.host.userId);
  }

  async #listenRpc(where: ListenWhere, trustedUser: UserInfo | undefined): Promise<RpcListener> {
    const listener = await this.#options.platform.network.listenRpc({
      ...where,
      handlers: makeRpcHandlers(this.#rpcOptions({ trustedUser, knownUser: undefined })),
      reflection: await descriptorSet(),
      maxConcurrentStreams,
      health: this.#serving,
    });
    this.#rpc.push(listener);
    return listener;
  }

  async #listenHttp(where: ListenWhere, trustedUser: UserInfo | undefined): Promise<HttpListener> {
    const anyHostName = "peerRule" in where && where.peerRule === undefined;
    const front = this.#front({ trustedUser, anyHostName });
    const { platform, httpLimits } = this.#options;
    const listener = await platform.network.listenHttp({
      ...where,
      // Whoever's body stays away has no seat and holds no memory here.
      collectBodies: { maxBytes: maxBodyBytes, exceptPaths: proxiedPaths },
      ...(httpLimits ? { limits: httpLimits } : {}),
      onRequest: (request, response) => front.onRequest(request, response),
      waits: front.waits,
      onUpgrade: (request, socket, head) => front.onUpgrade(request, socket, head),
      mayUpgradeToAny: isProxied,
    });
    this.#http.push(listener);
    return listener;
  }

  #log(message: string, error?: unknown): void {
    this.#options.log?.(message, error);
  }
}

function requestTimeoutOf({ requestTimeoutSeconds }: ApiServerOptions): number {
  return (requestTimeoutSeconds ?? defaultRequestTimeoutSeconds) * 1000;
}

function textDocument(body: string | undefined) {
  const contentType = "text/plain; charset=utf-8";
  return body === undefined
    ? undefined
    : ({ kind: "document", code: 200, contentType, body } as const);
}

function addressOf(listener: { address: string; port: number }) {
  return { address: listener.address, port: listener.port };
}

function hostAndPort({ address, port }: { address: string; port: number }): string {
  return address.includes(":") ? `[${address}]:${port}` : `${address}:${port}`;
}
