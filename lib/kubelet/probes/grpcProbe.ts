import type { Platform } from "../../platform/platform.js";
import { RpcCode, RpcError } from "../../platform/rpc.js";
import type { ProbeOutcome } from "./prober.js";

const method = "/grpc.health.v1.Health/Check";
/** grpc.health.v1.HealthCheckResponse.ServingStatus, by number. */
const states = ["UNKNOWN", "SERVING", "NOT_SERVING", "SERVICE_UNKNOWN"] as const;

/** HealthCheckRequest{service: name}: field 1, length-delimited. */
function healthRequest(service: string): Uint8Array {
  const name = Buffer.from(service, "utf8");
  if (name.length === 0) return new Uint8Array();
  const length: number[] = [];
  for (let rest = name.length; ; rest >>= 7) {
    length.push(rest > 127 ? (rest & 127) | 128 : rest);
    if (rest <= 127) break;
  }
  return Buffer.concat([Buffer.of(10, ...length), name]);
}

/** Asks a server's health service, without TLS, as upstream. Every trouble is a failure. */
export async function grpcProbe(
  platform: Pick<Platform, "network">,
  target: string,
  service: string,
  timeoutSeconds: number,
): Promise<ProbeOutcome> {
  const channel = platform.network.rpcChannel({ target, userAgent: "kube-probe/1.37" });
  const failure = (output: string): ProbeOutcome => ({ result: "failure", output });
  try {
    const answer = await channel.unary(method, healthRequest(service), {
      timeoutMilliseconds: timeoutSeconds * 1000,
    });
    // An absent field is UNKNOWN.
    const state = states[answer[0] === 8 ? (answer[1] ?? 0) : 0] ?? String(answer[1]);
    if (state === "SERVING") return { result: "success" };
    return failure(`service unhealthy (responded with "${state}")`);
  } catch (error) {
    const limit = `${timeoutSeconds}s`;
    if (!(error instanceof RpcError)) return failure(`error: ${String(error)}`);
    switch (error.code) {
      case RpcCode.unavailable:
        return failure(
          `timeout: failed to connect service "${target}" within ${limit}: ${error.message}`,
        );
      case RpcCode.unimplemented:
        return failure(
          "error: this server does not implement the grpc health protocol " +
            `(grpc.health.v1.Health): ${error.message}`,
        );
      case RpcCode.deadlineExceeded:
        return failure(`timeout: health rpc did not complete within ${limit}`);
      default:
        return failure(`error: health rpc probe failed: ${error.message}`);
    }
  } finally {
    channel.close();
  }
}
