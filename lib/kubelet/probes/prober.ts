import type { Container, Pod, Probe } from "../../api/gen/types/coreV1.js";
import type { Platform } from "../../platform/platform.js";
import type { RpcChannel } from "../../platform/rpc.js";
import type { HandlerRunner } from "../pods/handlerRunner.js";

export type ProbeOutcome =
  | { readonly result: "success" }
  | { readonly result: "failure"; readonly output: string }
  /**
   * It could not be asked (a timeout of the runtime, a refused call): counts as a failure of the
   * probe too.
   */
  | { readonly result: "error"; readonly output: string };

/** The whole of grpc.health.v1.HealthCheckRequest and the one field of its response. */
function healthRequest(service: string): Uint8Array {
  const name = Buffer.from(service, "utf8");
  return name.length === 0 ? new Uint8Array() : Buffer.concat([Buffer.of(10, name.length), name]);
}

async function probeGrpc(
  platform: Platform,
  port: number,
  service: string,
  podIp: string,
  timeoutMilliseconds: number,
): Promise<ProbeOutcome> {
  const host = podIp.includes(":") ? `[${podIp}]` : podIp;
  const channel: RpcChannel = platform.network.rpcChannel({ target: `${host}:${port}` });
  try {
    const answer = await channel.unary("/grpc.health.v1.Health/Check", healthRequest(service), {
      timeoutMilliseconds,
    });
    const serving = answer[0] === 8 && answer[1] === 1;
    if (serving) return { result: "success" };
    return { result: "failure", output: `service unhealthy (responded with ${answer[1] ?? 0})` };
  } catch (error) {
    return { result: "failure", output: error instanceof Error ? error.message : String(error) };
  } finally {
    channel.close();
  }
}

/**
 * Asks once. `unmounted` is what a container without an address yet gets: a failure that says so.
 */
export async function runProbe(
  platform: Platform,
  runner: HandlerRunner,
  probe: Probe,
  pod: Pod,
  container: Container,
  containerId: string,
): Promise<ProbeOutcome> {
  const timeoutSeconds = probe.timeoutSeconds ?? 1;
  const timeoutMilliseconds = timeoutSeconds * 1000;
  const podIp = pod.status?.podIP ?? "";
  try {
    if (probe.exec) {
      const result = await runner.exec(probe.exec, containerId, timeoutSeconds);
      return result.succeeded
        ? { result: "success" }
        : { result: "failure", output: result.output };
    }
    if (probe.httpGet) {
      const agent = "kube-probe/1.37";
      const result = await runner.httpGet(
        probe.httpGet,
        container,
        podIp,
        timeoutMilliseconds,
        agent,
      );
      if (result.succeeded) return { result: "success" };
      return {
        result: "failure",
        output: `HTTP probe failed with statuscode: ${result.status}`,
      };
    }
    if (probe.tcpSocket) {
      const result = await runner.tcpSocket(probe.tcpSocket, container, podIp, timeoutMilliseconds);
      return result.succeeded
        ? { result: "success" }
        : { result: "failure", output: result.output };
    }
    if (probe.grpc) {
      const { port, service } = probe.grpc;
      return await probeGrpc(platform, port, service ?? "", podIp, timeoutMilliseconds);
    }
    return { result: "success" };
  } catch (error) {
    const output = error instanceof Error ? error.message : String(error);
    // A probe that cannot connect has failed; only the runtime's own refusals are errors.
    return { result: probe.exec ? "error" : "failure", output };
  }
}
