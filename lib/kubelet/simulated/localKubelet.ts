import { Readable } from "node:stream";
import type {
  HttpClient,
  HttpClientResponse,
  HttpRequest,
  HttpResponse,
} from "../../platform/network.js";
import type { Platform } from "../../platform/platform.js";
import { Exchange } from "../../platform/streaming/exchange.js";
import { ContainerLogHandler } from "../server/containerLogHandler.js";
import {
  asHttpError,
  HttpError,
  refuseUpgrade,
  sendJson,
  sendText,
} from "../server/httpResponses.js";
import { parseTarget } from "../server/kubeletServer.js";
import { runningPods } from "../server/runningPods.js";
import { StreamHandler, type StreamPods, type UpgradeCall } from "../server/streamHandler.js";
import type { SimulatedRuntime } from "./simulatedRuntime.js";

/** What the server of a simulated node shows of its kubelet. */
export interface LocallyServed extends StreamPods {
  readonly pods: readonly object[];
  readonly problem: string | undefined;
}

type Transport = Pick<UpgradeCall, "request" | "socket" | "head">;

/** Of a request that only says what is asked and for how long. */
const connection = {
  ...{ id: 0, remoteAddress: "127.0.0.1", remotePort: 0, localAddress: "127.0.0.1" },
  ...{ localPort: 0, secure: true, peerCertificate: undefined, cache: undefined },
};

/**
 * What a simulated node's kubelet serves (logs, exec, attach, health, its pods) without a port: the
 * API server of the same process is its only client, so nobody is authenticated here.
 */
export class LocalKubelet {
  readonly #kubelet: LocallyServed;
  readonly #runtime: SimulatedRuntime;
  readonly #logs: ContainerLogHandler;
  readonly #streams: StreamHandler;

  constructor(platform: Platform, kubelet: LocallyServed, runtime: SimulatedRuntime) {
    this.#kubelet = kubelet;
    this.#runtime = runtime;
    this.#logs = new ContainerLogHandler({ platform, kubelet, runtime });
    this.#streams = new StreamHandler(kubelet, runtime, runtimeStreams(runtime));
  }

  /** Answers a GET. Resolves when the response's head is there; the signal ends what goes on. */
  call(target: string, signal: AbortSignal): Promise<HttpClientResponse> {
    const exchange = new Exchange(() => new Error("the answer was cut"));
    const cancel = (): void => exchange.cancel(signal.reason);
    if (signal.aborted) cancel();
    signal.addEventListener("abort", cancel, { once: true });
    exchange.onOver(() => signal.removeEventListener("abort", cancel));
    const { response } = exchange;
    const request: HttpRequest = {
      ...{ connection, method: "GET", target, httpVersion: "1.1", headers: {} },
      ...{ signal: exchange.signal, body: Readable.from([]) },
      readBody: async () => new Uint8Array(),
    };
    this.#answer(request, response).catch((error: unknown) => {
      if (response.headersSent) {
        response.abort();
        return;
      }
      const { code, message } = asHttpError(error);
      sendText(response, code, message);
    });
    return exchange.answer;
  }

  /** Takes over a client's connection for exec, attach or port-forward; a refusal is sent on it. */
  async upgrade(target: string, transport: Transport): Promise<void> {
    const { endpoint, parts, query } = parseTarget(target);
    const call = { ...transport, parts, query };
    try {
      if (endpoint === "exec") await this.#streams.exec(call);
      else if (endpoint === "attach") await this.#streams.attach(call);
      else if (endpoint === "portForward") await this.#streams.portForward(call);
      else throw new HttpError(404, "404 page not found\n");
    } catch (error) {
      if (!transport.socket.destroyed) refuseUpgrade(transport.socket, asHttpError(error));
    }
  }

  async #answer(request: HttpRequest, response: HttpResponse): Promise<void> {
    const { endpoint, parts, query } = parseTarget(request.target);
    const { pods, problem } = this.#kubelet;
    switch (endpoint) {
      case "containerLogs":
        return this.#logs.handle({ request, response, parts, query });
      case "healthz":
        if (problem !== undefined) throw new HttpError(500, `syncloop failed: ${problem}\n`);
        return sendText(response, 200, "ok");
      case "pods":
        return sendJson(response, { kind: "PodList", apiVersion: "v1", metadata: {}, items: pods });
      case "runningpods":
        return sendJson(response, await runningPods(this.#runtime));
      default:
        throw new HttpError(404, "a simulated node does not serve this\n");
    }
  }
}

const spdyProtocol = "x-stream-protocol-version";
/** What the simulated runtime's Status is in. */
const ownProtocol = "v4.channel.k8s.io";

/** How StreamHandler reaches the runtime's streams: by their URL, without a network. */
function runtimeStreams(runtime: SimulatedRuntime): HttpClient {
  return {
    call: () => Promise.reject(new HttpError(404, "404 page not found\n")),
    upgrade: async ({ url, headers = {} }) => {
      const offered = headers[spdyProtocol] ?? [];
      if (!offered.includes(ownProtocol)) {
        throw new HttpError(403, `unable to upgrade: server accepts [${ownProtocol}]`);
      }
      return {
        upgraded: true,
        socket: runtime.openStream(url),
        headers: { [spdyProtocol]: ownProtocol },
        head: new Uint8Array(),
      };
    },
    close: () => undefined,
  };
}
