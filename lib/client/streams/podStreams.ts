import type { Duplex } from "node:stream";
import { apiErrors } from "../../api/status.js";
import type { Messages } from "../../platform/streaming/messages.js";
import { tunnelledPortForwardProtocol } from "../../platform/streaming/portForward.js";
import { SpdyConnection } from "../../platform/streaming/spdyConnection.js";
import type { Transport } from "../transport.js";
import { errorOfResponse } from "../transportClient.js";
import { type ContainerStreams, WebSocketStreams } from "./containerStreams.js";
import { ForwardedPort } from "./forwardedPort.js";
import { MessageDuplex } from "./messageDuplex.js";

/** What exec and attach want of a container. */
export interface StreamOptions {
  /** Default: the client's, see `Client.inNamespace`. */
  readonly namespace?: string;
  /** Default: the only one of the pod. */
  readonly container?: string;
  /** Whether something will be sent. Default false. */
  readonly stdin?: boolean;
  /** A terminal: standard error comes with the output. Default false. */
  readonly tty?: boolean;
  /** Cuts the streams with its reason, also later. */
  readonly signal?: AbortSignal;
}

/** Where a port of a pod is asked for. */
export interface PortForwardOptions {
  /** Default: the client's, see `Client.inNamespace`. */
  readonly namespace?: string;
  /** Cuts the connection with its reason, also later. */
  readonly signal?: AbortSignal;
}

/** A pod of a namespace that is known. */
export interface PodPath {
  readonly namespace: string;
  readonly name: string;
}

/** Clients older than this protocol cannot end their input; servers have it since 1.30. */
const commandProtocol = "v5.channel.k8s.io";
const maxErrorBytes = 64 * 1024;
const mostPort = 65_535;
const pods = { group: "", resource: "pods" } as const;

function pathOf({ namespace, name }: PodPath, subresource: string, query: URLSearchParams): string {
  const path = `/api/v1/namespaces/${encodeURIComponent(namespace)}/pods/${encodeURIComponent(name)}`;
  return `${path}/${subresource}?${query}`;
}

async function open(
  transport: Transport,
  pod: PodPath,
  path: string,
  protocol: string,
  signal: AbortSignal | undefined,
): Promise<Messages> {
  const request = { path, protocols: [protocol], ...(signal === undefined ? {} : { signal }) };
  const answer = await transport.webSocket(request);
  if (answer.opened) return answer.socket;
  const body = Buffer.from(await answer.answer.readAll(maxErrorBytes)).toString("utf8");
  throw errorOfResponse(answer.answer.status, "get", pods, pod.name, body);
}

/** exec, or attach where there is no command. Rejects with ApiError where it is refused. */
export async function openContainer(
  transport: Transport,
  pod: PodPath,
  command: readonly string[] | undefined,
  options: StreamOptions,
): Promise<ContainerStreams> {
  const { container, stdin = false, tty = false, signal } = options;
  const query = new URLSearchParams({ stdout: "true" });
  if (!tty) query.set("stderr", "true");
  if (stdin) query.set("stdin", "true");
  if (tty) query.set("tty", "true");
  if (container !== undefined) query.set("container", container);
  for (const word of command ?? []) query.append("command", word);
  const path = pathOf(pod, command === undefined ? "attach" : "exec", query);
  const socket = await open(transport, pod, path, commandProtocol, signal);
  return new WebSocketStreams(socket, { command: command ?? [], stdin, tty, signal });
}

/** One connection to a port of a pod. Rejects with ApiError where it is refused. */
export async function openPort(
  transport: Transport,
  pod: PodPath,
  port: number,
  { signal }: PortForwardOptions,
): Promise<Duplex> {
  if (!Number.isInteger(port) || port < 1 || port > mostPort) {
    throw apiErrors.badRequest(`${String(port)} is no port: give a number from 1 to ${mostPort}`);
  }
  const path = pathOf(pod, "portforward", new URLSearchParams({ ports: String(port) }));
  const socket = await open(transport, pod, path, tunnelledPortForwardProtocol, signal);
  const connection = new SpdyConnection(new MessageDuplex(socket), { role: "client" });
  const headers = { port: String(port), requestid: "0" };
  const errors = connection.open({ ...headers, streamtype: "error" });
  const data = connection.open({ ...headers, streamtype: "data" });
  errors.end();
  const forwarded = new ForwardedPort(data, errors, () => connection.close());
  const abort = (): void => {
    const { reason } = signal as AbortSignal;
    forwarded.destroy(reason instanceof Error ? reason : new Error(String(reason)));
  };
  signal?.addEventListener("abort", abort, { once: true });
  if (signal?.aborted === true) abort();
  forwarded.once("close", () => signal?.removeEventListener("abort", abort));
  return forwarded;
}
