import type { RpcCall, RpcHandler, RpcHealth, RpcSend } from "../rpc.js";

/** HealthCheckResponse: field 1, SERVING or NOT_SERVING. */
function responseOf(state: "serving" | "notServing"): Uint8Array {
  return Uint8Array.of(8, state === "serving" ? 1 : 2);
}

/**
 * grpc.health.v1 of the whole server, whatever service is asked for. A watch gets the state at once
 * and each change of it; a reader that is slow misses states in between, never the last one.
 */
export function healthHandlers(health: RpcHealth): ReadonlyMap<string, RpcHandler> {
  const watch = async ({ signal }: RpcCall, _: Uint8Array, send: RpcSend): Promise<void> => {
    let wake = (): void => undefined;
    const forget = health.onChange(() => wake());
    signal.addEventListener("abort", () => wake(), { once: true });
    try {
      let told: "serving" | "notServing" | undefined;
      while (!signal.aborted) {
        const current = health.current();
        if (current === told) {
          await new Promise<void>((resolve) => {
            wake = resolve;
          });
        } else {
          told = current;
          if (!(await send(responseOf(current)))) return;
        }
      }
    } finally {
      forget();
    }
  };
  const name = "/grpc.health.v1.Health";
  return new Map<string, RpcHandler>([
    [`${name}/Check`, { kind: "unary", handle: async () => responseOf(await health.check()) }],
    [`${name}/Watch`, { kind: "serverStream", handle: watch }],
  ]);
}
