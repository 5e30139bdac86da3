import type { Duplex } from "node:stream";
import type { Pod } from "../../api/gen/types/coreV1.js";
import type { Headers, HttpClient, HttpRequest } from "../../platform/network.js";
import { RpcCode } from "../../platform/rpc.js";
import { channelProtocols } from "../../platform/streaming/channelProtocol.js";
import {
  acceptWebSocket,
  isWebSocketRequest,
  type MessageSocket,
  webSocketProtocol,
} from "../../platform/streaming/messageSocket.js";
import {
  bridgePortForward,
  portForwardChannelProtocols,
  portForwardProtocol,
  tunnelledPortForwardProtocol,
} from "../../platform/streaming/portForward.js";
import {
  bridgeRemoteCommand,
  type RemoteCommandStreams,
  remoteCommandProtocols,
} from "../../platform/streaming/remoteCommand.js";
import { SpdyConnection } from "../../platform/streaming/spdyConnection.js";
import { joinStreams } from "../../platform/streaming/streamCopy.js";
import { bridgeTunnel } from "../../platform/streaming/tunnel.js";
import { type ContainerRuntime, RuntimeError } from "../cri/runtime.js";
import { HttpError } from "./httpResponses.js";

/** What the streams need to know of pods. */
export interface StreamPods {
  findPod(namespace: string, name: string, uid?: string): Pod | undefined;
  containerIdOf(pod: Pod, container: string): string | undefined;
  sandboxIdOf(pod: Pod): string | undefined;
}

export interface UpgradeCall {
  readonly request: HttpRequest;
  readonly socket: Duplex;
  readonly head: Uint8Array;
  /** What follows the endpoint: namespace, pod, perhaps its uid, container. */
  readonly parts: readonly string[];
  readonly query: URLSearchParams;
}

interface RuntimeStream {
  readonly socket: Duplex;
  readonly headers: Headers;
  readonly head: Uint8Array;
}

const maxErrorBytes = 64 * 1024;
const protocolHeader = "x-stream-protocol-version";
const runtimeCodes: Readonly<Record<number, number>> = {
  [RpcCode.notFound]: 404,
  [RpcCode.resourceExhausted]: 429,
};

function isSpdyRequest(headers: Headers): boolean {
  const upgrade = headers.upgrade;
  return typeof upgrade === "string" && upgrade.toLowerCase().includes("spdy/3.1");
}

function protocolsOf(headers: Headers): string[] {
  const value = headers[protocolHeader];
  const text = typeof value === "string" ? value : (value ?? []).join(",");
  return text
    .split(",")
    .map((one) => one.trim())
    .filter((one) => one !== "");
}

/**
 * exec, attach and port-forward: joins the client's connection to the runtime's streaming server.
 */
export class StreamHandler {
  readonly #pods: StreamPods;
  readonly #runtime: ContainerRuntime;
  readonly #http: HttpClient;

  constructor(pods: StreamPods, runtime: ContainerRuntime, http: HttpClient) {
    this.#pods = pods;
    this.#runtime = runtime;
    this.#http = http;
  }

  /**
   * Resolves when the stream is over. An HttpError before anything was answered is the client's
   * answer.
   */
  async exec(call: UpgradeCall): Promise<void> {
    const { containerId, streams } = this.#target(call);
    const command = call.query.getAll("command");
    const stderr = streams.stderr && !streams.tty;
    const url = this.#url(
      this.#runtime.exec({ ...streams, containerId, command, stderr, tty: streams.tty }),
    );
    await this.#remoteCommand(call, await url, streams);
  }

  async attach(call: UpgradeCall): Promise<void> {
    const { containerId, streams } = this.#target(call);
    const stderr = streams.stderr && !streams.tty;
    const url = this.#url(this.#runtime.attach({ ...streams, containerId, stderr }));
    await this.#remoteCommand(call, await url, streams);
  }

  async portForward(call: UpgradeCall): Promise<void> {
    const [namespace = "", name = "", uid] = call.parts;
    const pod = this.#pods.findPod(namespace, name, uid);
    if (!pod) throw new HttpError(404, "pod does not exist");
    const sandboxId = this.#pods.sandboxIdOf(pod);
    if (sandboxId === undefined) {
      throw new HttpError(500, `sandbox of pod "${name}_${namespace}" is not running`);
    }
    const { headers } = call.request;
    if (!isWebSocketRequest(headers)) {
      const url = await this.#url(this.#runtime.portForward(sandboxId, []));
      await this.#passOn(call, url);
      return;
    }
    const isTunnel = webSocketProtocol(headers, [tunnelledPortForwardProtocol]) !== undefined;
    const ports = isTunnel ? [] : portsOf(call.query);
    const protocol = isTunnel
      ? tunnelledPortForwardProtocol
      : this.#webSocketProtocol(headers, portForwardChannelProtocols);
    const url = await this.#url(this.#runtime.portForward(sandboxId, ports));
    const runtime = await this.#openRuntime(call.request, url, [portForwardProtocol]);
    const client = await this.#accept(call, protocol, runtime);
    if (isTunnel) await bridgeTunnel(client, runtime.socket, runtime.head);
    else await bridgePortForward(client, spdyClient(runtime), ports);
  }

  #target({ parts, query }: UpgradeCall): { containerId: string; streams: RemoteCommandStreams } {
    const [namespace = "", name = ""] = parts;
    const uid = parts.length > 3 ? parts[2] : undefined;
    const container = parts.at(-1) ?? "";
    const is = (parameter: string): boolean => /^(1|true)$/.test(query.get(parameter) ?? "");
    const tty = is("tty");
    const streams = { stdin: is("input"), stdout: is("output"), stderr: is("error") && !tty, tty };
    if (!streams.stdin && !streams.stdout && !streams.stderr) {
      throw new HttpError(400, "you must specify at least 1 of stdin, stdout, stderr");
    }
    const pod = this.#pods.findPod(namespace, name, uid);
    if (!pod) throw new HttpError(404, "pod does not exist");
    const containerId = this.#pods.containerIdOf(pod, container);
    if (containerId === undefined) {
      throw new HttpError(500, `container not found (${JSON.stringify(container)})`);
    }
    return { containerId, streams };
  }

  async #url(asked: Promise<{ url: string }>): Promise<string> {
    try {
      return (await asked).url;
    } catch (error) {
      if (!(error instanceof RuntimeError)) throw error;
      throw new HttpError(runtimeCodes[error.code] ?? 500, error.message);
    }
  }

  async #remoteCommand(
    call: UpgradeCall,
    url: string,
    streams: RemoteCommandStreams,
  ): Promise<void> {
    const { headers } = call.request;
    if (!isWebSocketRequest(headers)) {
      await this.#passOn(call, url);
      return;
    }
    const protocol = this.#webSocketProtocol(headers, channelProtocols);
    const runtime = await this.#openRuntime(call.request, url, remoteCommandProtocols);
    const client = await this.#accept(call, protocol, runtime);
    await bridgeRemoteCommand(client, spdyClient(runtime), streams);
  }

  /** Empty where the client asked for none: then it speaks the first version. */
  #webSocketProtocol(headers: Headers, supported: readonly string[]): string {
    const offered = headers["sec-websocket-protocol"];
    if (offered === undefined) return "";
    const protocol = webSocketProtocol(headers, supported);
    if (protocol === undefined) {
      const accepts = `[${supported.join(" ")}]`;
      throw new HttpError(
        403,
        `unable to upgrade: unable to negotiate protocol: client supports [${String(offered)}], ` +
          `server accepts ${accepts}`,
      );
    }
    return protocol;
  }

  async #accept(
    { request, socket, head }: UpgradeCall,
    protocol: string,
    runtime: RuntimeStream,
  ): Promise<MessageSocket> {
    try {
      return await acceptWebSocket({ headers: request.headers, socket, head }, protocol);
    } catch (error) {
      runtime.socket.destroy();
      throw error;
    }
  }

  async #openRuntime(
    request: HttpRequest,
    url: string,
    protocols: readonly string[],
  ): Promise<RuntimeStream> {
    const answer = await this.#http.upgrade({
      url,
      method: "POST",
      headers: { upgrade: "SPDY/3.1", connection: "Upgrade", [protocolHeader]: protocols },
      signal: request.signal,
    });
    if (answer.upgraded) return answer;
    const body = await answer.answer.readAll(maxErrorBytes);
    throw new HttpError(answer.answer.status, Buffer.from(body).toString());
  }

  /** A client of SPDY speaks to the runtime itself. */
  async #passOn({ request, socket, head }: UpgradeCall, url: string): Promise<void> {
    if (!isSpdyRequest(request.headers)) {
      const upgrade = String(request.headers.upgrade ?? "");
      throw new HttpError(400, `unable to upgrade: ${JSON.stringify(upgrade)} is not supported`);
    }
    const runtime = await this.#openRuntime(request, url, protocolsOf(request.headers));
    if (socket.destroyed) {
      runtime.socket.destroy();
      return;
    }
    const lines = ["HTTP/1.1 101 Switching Protocols", "connection: Upgrade", "upgrade: SPDY/3.1"];
    const protocol = runtime.headers[protocolHeader];
    if (typeof protocol === "string") lines.push(`X-Stream-Protocol-Version: ${protocol}`);
    socket.write(`${lines.join("\r\n")}\r\n\r\n`);
    await joinStreams(socket, runtime.socket, { one: head, other: runtime.head });
  }
}

function spdyClient({ socket, head }: RuntimeStream): SpdyConnection {
  return new SpdyConnection(socket, { role: "client", head });
}

function portsOf(query: URLSearchParams): number[] {
  const texts = query.getAll("port").flatMap((text) => text.split(","));
  const ports = texts.filter((text) => text !== "").map(Number);
  if (ports.length === 0) throw new HttpError(400, 'query parameter "port" is required');
  const bad = ports.findIndex((port) => !Number.isInteger(port) || port < 1 || port > 65_535);
  if (bad >= 0) throw new HttpError(400, `unable to parse ${texts[bad]} as a port`);
  return ports;
}
