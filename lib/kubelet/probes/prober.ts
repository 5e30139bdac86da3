import type {
  Container,
  ExecAction,
  HTTPGetAction,
  Pod,
  Probe,
  TCPSocketAction,
} from "../../api/gen/types/coreV1.js";
import type { IntOrString } from "../../api/gen/types/intstr.js";
import type { Platform } from "../../platform/platform.js";
import { RpcCode } from "../../platform/rpc.js";
import { type ContainerRuntime, failureText, RuntimeError } from "../cri/runtime.js";
import { expand } from "../pods/expansion.js";
import { containerPort } from "./containerPort.js";
import { dialFailure, hostAndPort } from "./dialFailure.js";
import { grpcProbe } from "./grpcProbe.js";
import { HttpGetError, type HttpGetter } from "./httpGetter.js";

export type ProbeOutcome =
  | { readonly result: "success" }
  /** It counts as a success, and an event says what is odd. */
  | { readonly result: "warning"; readonly output: string }
  | { readonly result: "failure"; readonly output: string }
  /** It could not be asked (the runtime refused, the port has no number): it counts as nothing. */
  | { readonly result: "unknown"; readonly output: string };

/** What could not be asked is asked again at once, up to so many times in all. */
const maxTries = 3;
/** Output of a command is kept only so far. */
const maxOutputBytes = 10 * 1024;

/** Only what the spec says of variables itself is known here. */
function staticCommand(action: ExecAction, container: Container): string[] {
  const values = new Map((container.env ?? []).map(({ name, value }) => [name, value ?? ""]));
  return (action.command ?? []).map((word) => expand(word, (name) => values.get(name)));
}

/** Asks a container how it is, once. */
export class Prober {
  readonly #platform: Pick<Platform, "network">;
  readonly #runtime: ContainerRuntime;
  readonly #http: HttpGetter;

  constructor(platform: Pick<Platform, "network">, runtime: ContainerRuntime, http: HttpGetter) {
    this.#platform = platform;
    this.#runtime = runtime;
    this.#http = http;
  }

  async probe(
    probe: Probe,
    pod: Pod,
    container: Container,
    containerId: string,
  ): Promise<ProbeOutcome> {
    let outcome: ProbeOutcome = { result: "unknown", output: "" };
    for (let tries = 0; tries < maxTries; tries++) {
      try {
        outcome = await this.#once(probe, pod, container, containerId);
      } catch (error) {
        outcome = { result: "unknown", output: failureText(error) };
      }
      if (outcome.result !== "unknown") return outcome;
    }
    return outcome;
  }

  async #once(
    probe: Probe,
    pod: Pod,
    container: Container,
    containerId: string,
  ): Promise<ProbeOutcome> {
    const seconds = probe.timeoutSeconds || 1;
    const podIp = pod.status?.podIP ?? "";
    if (probe.exec) {
      return this.#exec(staticCommand(probe.exec, container), containerId, seconds);
    }
    if (probe.httpGet) return this.#httpGet(probe.httpGet, container, podIp, seconds);
    if (probe.tcpSocket) return this.#tcpSocket(probe.tcpSocket, container, podIp, seconds);
    if (probe.grpc) {
      const target = hostAndPort(podIp, probe.grpc.port);
      return grpcProbe(this.#platform, target, probe.grpc.service ?? "", seconds);
    }
    const { namespace, name } = pod.metadata;
    throw new Error(`missing probe handler for ${namespace}/${name}:${container.name}`);
  }

  async #exec(command: string[], containerId: string, seconds: number): Promise<ProbeOutcome> {
    try {
      const { exitCode, stdout, stderr } = await this.#runtime.execSync(
        containerId,
        command,
        seconds,
      );
      if (exitCode === 0) return { result: "success" };
      const bytes = Buffer.concat([stdout, stderr]).subarray(0, maxOutputBytes);
      return { result: "failure", output: bytes.toString("utf8") };
    } catch (error) {
      if (!(error instanceof RuntimeError) || error.code !== RpcCode.deadlineExceeded) throw error;
      const output = `command timed out: "${command.join(" ")}" timed out after ${seconds}s`;
      return { result: "failure", output };
    }
  }

  async #httpGet(
    action: HTTPGetAction,
    container: Container,
    podIp: string,
    seconds: number,
  ): Promise<ProbeOutcome> {
    try {
      const timeoutMilliseconds = seconds * 1000;
      const call = { action, container, podIp, purpose: "probe", timeoutMilliseconds } as const;
      const { status, body } = await this.#http.get(call);
      if (status >= 200 && status < 300) return { result: "success" };
      if (status >= 300 && status < 400) {
        const output = `Probe terminated redirects, Response body: ${body}`;
        return { result: "warning", output };
      }
      return { result: "failure", output: `HTTP probe failed with statuscode: ${status}` };
    } catch (error) {
      if (error instanceof HttpGetError) return { result: "failure", output: error.message };
      throw error;
    }
  }

  async #tcpSocket(
    action: TCPSocketAction,
    container: Container,
    podIp: string,
    seconds: number,
  ): Promise<ProbeOutcome> {
    const port = containerPort(action.port as IntOrString, container);
    const host = action.host || podIp;
    try {
      const socket = await this.#platform.network.connect(
        { host, port },
        { timeoutMilliseconds: seconds * 1000 },
      );
      socket.destroy();
      return { result: "success" };
    } catch (error) {
      return { result: "failure", output: dialFailure(error, hostAndPort(host, port)) };
    }
  }
}
