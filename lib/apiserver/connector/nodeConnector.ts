import { Readable } from "node:stream";
import { apiErrors } from "../../api/status.js";
import type { HttpClient, HttpClientResponse, TlsClientOptions } from "../../platform/network.js";
import type { Platform } from "../../platform/platform.js";
import { isWebSocketRequest } from "../../platform/streaming/messageSocket.js";
import type {
  ConnectObjects,
  ConnectRequest,
  ConnectTransport,
  KubeletConnector,
} from "../connect.js";
import { isTrue } from "../http/parseRequestInfo.js";
import { type Backend, BackendCall, copyResponse, urlOf } from "./backendCall.js";
import { dialMessage, failedLog, plainFailure } from "./backendErrors.js";
import { parsePodLogOptions } from "./logOptions.js";
import { defaultPreferredAddressTypes, joinHostPort, kubeletEndpoint } from "./nodeAddress.js";
import { chooseContainer, type PodTree } from "./podContainer.js";
import { withResponseLimit } from "./responseLimit.js";
import { type SchemeNamePort, splitSchemeNamePort } from "./schemeNamePort.js";
import { pickEndpoint } from "./servicePort.js";
import { readerProtocol, sendToWebSocket } from "./webSocketReader.js";

/** The kubelet of a simulated node, which lives in this process and listens nowhere. */
export interface LocalKubelet {
  /** Serves a GET; the signal ends what goes on. */
  call(target: string, signal: AbortSignal): Promise<HttpClientResponse>;
  /** Takes over a client's connection; errors are sent on it. Resolves when it is over. */
  upgrade(target: string, transport: ConnectTransport & { kind: "upgrade" }): Promise<void>;
}

export interface NodeConnectorOptions {
  readonly platform: Platform;
  /** Nodes of this process; absent: there are none. */
  readonly localKubelet?: (nodeName: string) => LocalKubelet | undefined;
  /** --kubelet-certificate-authority, PEM; without it kubelets' certificates are not verified. */
  readonly certificateAuthorities?: string;
  /** --kubelet-client-certificate and --kubelet-client-key, PEM. */
  readonly certificate?: string;
  readonly key?: string;
  /** --kubelet-preferred-address-types. */
  readonly preferredAddressTypes?: readonly string[];
  /** Where a node does not say; default 10250. */
  readonly defaultPort?: number;
}

const maxErrorBytes = 64 * 1024;
const pods = { group: "", resource: "pods" } as const;

/** Not a loopback, link-local, multicast or unspecified address: the proxy leads to pods alone. */
function isGlobalUnicast(address: string): boolean {
  if (address === "" || address === "0.0.0.0" || address === "255.255.255.255") return false;
  if (address.includes(":")) return !/^(::1?$|fe[89ab]|ff)/i.test(address);
  const [first = 0, second = 0] = address.split(".").map(Number);
  return first !== 127 && !(first === 169 && second === 254) && !(first >= 224 && first < 240);
}

/** Reaches kubelets, pods and services on behalf of the API server's clients. */
export class NodeConnector implements KubeletConnector {
  readonly #options: NodeConnectorOptions;
  readonly #http: HttpClient;
  readonly #backend: BackendCall;
  readonly #tls: TlsClientOptions;

  constructor(options: NodeConnectorOptions) {
    const { certificateAuthorities, certificate, key } = options;
    this.#options = options;
    this.#http = options.platform.network.httpClient();
    this.#backend = new BackendCall(this.#http, options.platform.clock);
    this.#tls = {
      ...(certificateAuthorities ? { certificateAuthorities } : { insecureSkipVerify: true }),
      ...(certificate ? { certificate } : {}),
      ...(key ? { key } : {}),
    };
  }

  async connect(
    request: ConnectRequest,
    transport: ConnectTransport,
    objects: ConnectObjects,
  ): Promise<void> {
    const { resource, subresource } = request.info;
    if (subresource === "proxy") return this.#proxy(request, transport, objects);
    if (resource !== "pods") throw apiErrors.internal(new Error(`cannot connect to ${resource}`));
    if (subresource === "log") return this.#log(request, transport, objects);
    return this.#stream(request, transport, objects);
  }

  async close(): Promise<void> {
    this.#http.close();
  }

  async #pod({ info }: ConnectRequest, objects: ConnectObjects, name = info.name) {
    const pod = await objects.get("", "pods", info.namespace, name);
    if (!pod) throw apiErrors.notFound(pods, name);
    return pod as unknown as PodTree;
  }

  /** The kubelet in this process, or where the node's listens. */
  async #kubelet(
    nodeName: string,
    objects: ConnectObjects,
    target: string,
  ): Promise<{ readonly local: LocalKubelet } | { readonly backend: Backend }> {
    const node = await objects.get("", "nodes", "", nodeName);
    if (!node) throw apiErrors.notFound({ group: "", resource: "nodes" }, nodeName);
    const local = this.#options.localKubelet?.(nodeName);
    if (local !== undefined) return { local };
    if (isSimulated(node)) {
      const why = "is simulated elsewhere: this server has no logs of it and nothing to connect to";
      throw apiErrors.badRequest(`node ${JSON.stringify(nodeName)} ${why}`);
    }
    const { preferredAddressTypes = defaultPreferredAddressTypes, defaultPort = 10_250 } =
      this.#options;
    try {
      const { host, port } = kubeletEndpoint(node, preferredAddressTypes, defaultPort);
      const hostAndPort = joinHostPort(host, port);
      return { backend: { scheme: "https", hostAndPort, target, tls: this.#tls } };
    } catch (error) {
      throw plainFailure((error as Error).message);
    }
  }

  async #log(
    request: ConnectRequest,
    transport: ConnectTransport,
    objects: ConnectObjects,
  ): Promise<void> {
    const { name, namespace } = request.info;
    const protocol = transport.kind === "upgrade" ? logProtocol(transport) : "";
    const options = parsePodLogOptions(name, request.query);
    const pod = await this.#pod(request, objects);
    const container = chooseContainer(pod, options.container);
    const nodeName = pod.spec.nodeName ?? "";
    if (nodeName === "") {
      if (transport.kind === "http") transport.response.send(204, {});
      else await sendToWebSocket(Readable.from([]), transport, protocol);
      return;
    }
    const query = options.kubeletQuery.toString();
    const path = `/containerLogs/${namespace}/${name}/${container}`;
    const target = query === "" ? path : `${path}?${query}`;
    const response = await this.#logResponse(
      await this.#kubelet(nodeName, objects, target),
      target,
      options.insecureSkipTlsVerify ? insecure(this.#tls) : this.#tls,
      transport.request.signal,
    );
    if (response.status < 200 || response.status > 206) {
      const text = Buffer.from(await response.readAll(maxErrorBytes)).toString();
      throw failedLog(response.status, text, name);
    }
    if (transport.kind === "upgrade") {
      await sendToWebSocket(response.body, transport, protocol);
      return;
    }
    transport.response.start(200, { "content-type": "text/plain", "cache-control": "no-cache" });
    await copyResponse(response, transport);
  }

  /** Rejects with an ApiError where the kubelet cannot be reached. */
  async #logResponse(
    kubelet: { readonly local: LocalKubelet } | { readonly backend: Backend },
    target: string,
    tls: TlsClientOptions,
    signal: AbortSignal,
  ): Promise<HttpClientResponse> {
    if ("local" in kubelet) return kubelet.local.call(target, signal);
    const url = urlOf(kubelet.backend);
    const { clock } = this.#options.platform;
    try {
      return await withResponseLimit(clock, signal, (limited) =>
        this.#http.call({ url, tls, signal: limited }),
      );
    } catch (error) {
      throw plainFailure(`Get "${url}": ${dialMessage(error, kubelet.backend.hostAndPort)}`);
    }
  }

  /** exec, attach and port-forward: both WebSocket and SPDY go to the kubelet as they are. */
  async #stream(
    request: ConnectRequest,
    transport: ConnectTransport,
    objects: ConnectObjects,
  ): Promise<void> {
    const { name, namespace, subresource } = request.info;
    const pod = await this.#pod(request, objects);
    const isForward = subresource === "portforward";
    const container = isForward ? "" : chooseContainer(pod, request.query.get("container") ?? "");
    const nodeName = pod.spec.nodeName ?? "";
    if (nodeName === "") {
      throw apiErrors.badRequest(`pod ${name} does not have a host assigned`);
    }
    const query = (
      isForward ? forwardQuery(request.query) : commandQuery(request.query)
    ).toString();
    const path = isForward
      ? `/portForward/${namespace}/${name}`
      : `/${subresource}/${namespace}/${name}/${container}`;
    const target = query ? `${path}?${query}` : path;
    const kubelet = await this.#kubelet(nodeName, objects, target);
    if (transport.kind !== "upgrade") throw apiErrors.badRequest("Upgrade request required");
    if ("local" in kubelet) await kubelet.local.upgrade(target, transport);
    else await this.#backend.upgrade(transport, kubelet.backend);
  }

  async #proxy(
    request: ConnectRequest,
    transport: ConnectTransport,
    objects: ConnectObjects,
  ): Promise<void> {
    const { info } = request;
    const { target: sent, method } = transport.request;
    const question = sent.indexOf("?");
    const search = question < 0 ? "" : sent.slice(question);
    const path = info.subpath;
    const asked = `${path || "/"}${search}`;
    const reached = await this.#proxyBackend(request, objects, asked);
    if ("local" in reached) return proxyToLocal(transport, reached.local, asked);
    const { backend } = reached;
    if (transport.kind === "upgrade") {
      await this.#backend.upgrade(transport, backend);
      return;
    }
    if (path === "" && (method === "GET" || method === "HEAD")) {
      // Links of the page are relative to it: without the slash they would miss the prefix. Only
      // for methods that a client repeats by itself when it is redirected.
      transport.response.send(301, { location: `${info.path}/${search}` });
      return;
    }
    const isBelow = path !== "" && info.path.endsWith(path);
    const prefix = isBelow ? info.path.slice(0, -path.length) : info.path;
    await this.#backend.pass(transport, backend, { prefix, host: backend.hostAndPort });
  }

  async #proxyBackend(
    request: ConnectRequest,
    objects: ConnectObjects,
    target: string,
  ): Promise<{ readonly local: LocalKubelet } | { readonly backend: Backend }> {
    const { resource, name, namespace } = request.info;
    const asked = splitSchemeNamePort(name);
    if (!asked) {
      const kind = resource.replace(/s$/, "");
      throw apiErrors.badRequest(`invalid ${kind} request ${JSON.stringify(name)}`);
    }
    const direct = (hostAndPort: string): { readonly backend: Backend } => ({
      backend: {
        scheme: asked.scheme === "https" ? "https" : "http",
        hostAndPort,
        target,
        tls: { insecureSkipVerify: true },
      },
    });
    if (resource === "nodes") {
      const kubelet = await this.#kubelet(asked.name, objects, target);
      if ("local" in kubelet) return kubelet;
      const { hostAndPort } = kubelet.backend;
      const own = hostAndPort.replace(/^.*:/, "");
      if (asked.port === "" || asked.port === own) return kubelet;
      return direct(hostAndPort.replace(/\d+$/, asked.port));
    }
    if (resource === "pods") {
      const pod = await this.#pod(request, objects, asked.name);
      return direct(podHost(pod, asked));
    }
    const { random } = this.#options.platform;
    const { host, port } = await pickEndpoint(objects, random, namespace, name, asked);
    if (!isGlobalUnicast(host)) throw apiErrors.badRequest("address not allowed");
    return direct(joinHostPort(host, port));
  }
}

/** `nodes/proxy` of a simulated node: what its kubelet serves to GET. */
async function proxyToLocal(
  transport: ConnectTransport,
  local: LocalKubelet,
  target: string,
): Promise<void> {
  const { method, signal } = transport.request;
  if (transport.kind === "upgrade" || method !== "GET") {
    throw apiErrors.badRequest("the kubelet of a simulated node answers GET alone");
  }
  const response = await local.call(target, signal);
  transport.response.start(response.status, { ...response.headers });
  await copyResponse(response, transport);
}

function logProtocol(transport: ConnectTransport & { kind: "upgrade" }): string {
  if (isWebSocketRequest(transport.request.headers)) return readerProtocol(transport);
  throw apiErrors.badRequest("logs are upgraded to WebSocket only");
}

/** Simulated nodes listen nowhere; their runtime's name tells them apart. */
function isSimulated(node: object): boolean {
  const { status } = node as { status?: { nodeInfo?: { containerRuntimeVersion?: string } } };
  return status?.nodeInfo?.containerRuntimeVersion?.startsWith("simulated://") === true;
}

function insecure(tls: TlsClientOptions): TlsClientOptions {
  const { certificateAuthorities: _unused, ...rest } = tls;
  return { ...rest, insecureSkipVerify: true };
}

/** Without a port: the first that a container names, else the scheme's own. */
function podHost(pod: PodTree, { port, scheme }: SchemeNamePort): string {
  const address = pod.status?.podIPs?.[0]?.ip || (pod.status?.podIP ?? "");
  if (!isGlobalUnicast(address)) throw apiErrors.badRequest("address not allowed");
  if (port !== "" && !/^\d+$/.test(port)) {
    throw apiErrors.badRequest(`invalid pod request "${pod.metadata.name}:${port}"`);
  }
  const named = pod.spec.containers.find((container) => (container.ports ?? []).length > 0);
  const own = named?.ports?.[0]?.containerPort;
  return joinHostPort(address, port || (own ?? (scheme === "https" ? 443 : 80)));
}

function commandQuery(query: URLSearchParams): URLSearchParams {
  const result = new URLSearchParams();
  for (const [name, parameter] of [
    ["stdin", "input"],
    ["stdout", "output"],
    ["stderr", "error"],
    ["tty", "tty"],
  ] as const) {
    if (isTrue(query.get(name))) result.set(parameter, "1");
  }
  for (const word of query.getAll("command")) result.append("command", word);
  return result;
}

function forwardQuery(query: URLSearchParams): URLSearchParams {
  const ports = query.getAll("ports").flatMap((text) => text.split(","));
  return ports.length === 0
    ? new URLSearchParams()
    : new URLSearchParams({ port: ports.join(",") });
}
