import type {
  Container,
  ExecAction,
  HTTPGetAction,
  LifecycleHandler,
  Pod,
  TCPSocketAction,
} from "../../api/gen/types/coreV1.js";
import type { IntOrString } from "../../api/gen/types/intstr.js";
import type { HttpAnswer, HttpClient } from "../../platform/network.js";
import type { Platform } from "../../platform/platform.js";
import type { ContainerRuntime } from "../cri/runtime.js";

/** Answers are read only so far. */
const maxAnswerBytes = 10 * 1024;

export interface HandlerResult {
  readonly succeeded: boolean;
  readonly output: string;
}

/** A port by number or by the name that the container gives it. */
export function resolvePort(port: IntOrString, container: Container): number {
  if (typeof port === "number") return port;
  const named = (container.ports ?? []).find((candidate) => candidate.name === port);
  const number = named?.containerPort ?? Number(port);
  if (!Number.isInteger(number) || number < 1 || number > 65_535) {
    throw new Error(`couldn't find port: ${port} in container ${container.name}`);
  }
  return number;
}

/** Runs the actions that probes and lifecycle hooks share. */
export class HandlerRunner {
  readonly #platform: Platform;
  readonly #runtime: ContainerRuntime;
  readonly #client: HttpClient;

  constructor(platform: Platform, runtime: ContainerRuntime) {
    this.#platform = platform;
    this.#runtime = runtime;
    this.#client = platform.network.httpClient();
  }

  async exec(
    action: ExecAction,
    containerId: string,
    timeoutSeconds: number,
  ): Promise<HandlerResult> {
    const result = await this.#runtime.execSync(containerId, action.command ?? [], timeoutSeconds);
    const bytes = Buffer.concat([result.stdout, result.stderr]).subarray(0, maxAnswerBytes);
    return { succeeded: result.exitCode === 0, output: bytes.toString("utf8") };
  }

  /** Redirects to the same host are followed by nobody: a 3xx counts as success, as upstream. */
  async httpGet(
    action: HTTPGetAction,
    container: Container,
    podIp: string,
    timeoutMilliseconds: number,
    userAgent: string,
  ): Promise<HandlerResult & { status: number }> {
    const port = resolvePort(action.port as IntOrString, container);
    const host = action.host || podIp;
    const scheme = (action.scheme ?? "HTTP").toLowerCase();
    const path = action.path ?? "/";
    const shown = host.includes(":") ? `[${host}]` : host;
    const headers: Record<string, string> = {
      "user-agent": userAgent,
      accept: "*/*",
      connection: "close",
    };
    for (const header of action.httpHeaders ?? [])
      headers[header.name.toLowerCase()] = header.value;
    const answer: HttpAnswer = await this.#client.call({
      url: `${scheme}://${shown}:${port}${path.startsWith("/") ? path : `/${path}`}`,
      headers,
      tls: { insecureSkipVerify: true },
      timeoutMilliseconds,
    });
    const parts: Buffer[] = [];
    let length = 0;
    for await (const part of answer.body as AsyncIterable<Buffer>) {
      parts.push(part);
      length += part.length;
      if (length >= maxAnswerBytes) break;
    }
    answer.body.destroy();
    const succeeded = answer.status >= 200 && answer.status < 400;
    return { succeeded, status: answer.status, output: Buffer.concat(parts).toString("utf8") };
  }

  async tcpSocket(
    action: TCPSocketAction,
    container: Container,
    podIp: string,
    timeoutMilliseconds: number,
  ): Promise<HandlerResult> {
    const port = resolvePort(action.port as IntOrString, container);
    try {
      const host = action.host || podIp;
      const socket = await this.#platform.network.connect({ host, port }, { timeoutMilliseconds });
      socket.destroy();
      return { succeeded: true, output: "" };
    } catch (error) {
      return { succeeded: false, output: error instanceof Error ? error.message : String(error) };
    }
  }

  /** A postStart or preStop hook. Throws with what failed. */
  async hook(
    handler: LifecycleHandler,
    pod: Pod,
    container: Container,
    containerId: string,
    podIp: string,
    timeoutSeconds: number,
  ): Promise<void> {
    const limit = timeoutSeconds > 0 ? timeoutSeconds * 1000 : 120_000;
    if (handler.exec) {
      const result = await this.exec(handler.exec, containerId, timeoutSeconds);
      if (!result.succeeded) {
        const command = JSON.stringify(handler.exec.command ?? []);
        throw new Error(
          `Exec lifecycle hook (${command}) for Container "${container.name}" in Pod "${pod.metadata.name}" failed - message: ${JSON.stringify(result.output)}`,
        );
      }
    } else if (handler.httpGet) {
      const agent = "kube-lifecycle/1.37";
      const result = await this.httpGet(handler.httpGet, container, podIp, limit, agent);
      if (!result.succeeded) {
        throw new Error(
          `Http lifecycle hook (${handler.httpGet.path ?? "/"}) for Container "${container.name}" in Pod "${pod.metadata.name}" failed - status ${result.status}`,
        );
      }
    } else if (handler.tcpSocket) {
      const result = await this.tcpSocket(handler.tcpSocket, container, podIp, limit);
      if (!result.succeeded) throw new Error(`TCP lifecycle hook failed: ${result.output}`);
    } else if (handler.sleep) {
      await this.#platform.clock.sleep(handler.sleep.seconds * 1000);
    }
  }

  close(): void {
    this.#client.close();
  }
}
