import type { Server, ServerUnaryCall, ServerWritableStream, sendUnaryData } from "@grpc/grpc-js";
import type { RpcHealth } from "../rpc.js";

type Bytes = Uint8Array;
type AnyCall = ServerUnaryCall<Bytes, Bytes> | ServerWritableStream<Bytes, Bytes>;

/** HealthCheckResponse: field 1, SERVING or NOT_SERVING. */
function responseOf(state: "serving" | "notServing"): Bytes {
  return Uint8Array.of(8, state === "serving" ? 1 : 2);
}

/**
 * grpc.health.v1 of the whole server, whatever service is asked for. A watch gets the state at once
 * and each change of it. `check` throws for calls that are refused.
 */
export function registerHealth(
  server: Server,
  health: RpcHealth,
  check: (call: AnyCall) => void,
  onError: (error: unknown) => object,
): void {
  const pass = (bytes: Buffer): Bytes => bytes;
  const passBack = (bytes: Bytes): Buffer => Buffer.from(bytes);
  const checkOnce = (call: ServerUnaryCall<Bytes, Bytes>, callback: sendUnaryData<Bytes>): void => {
    try {
      check(call);
    } catch (error) {
      callback(onError(error));
      return;
    }
    health.check().then(
      (state) => callback(null, responseOf(state)),
      (error: unknown) => callback(onError(error)),
    );
  };
  const watch = (call: ServerWritableStream<Bytes, Bytes>): void => {
    try {
      check(call);
    } catch (error) {
      call.emit("error", onError(error));
      return;
    }
    let told = health.current();
    call.write(responseOf(told));
    // A reader that is slow misses states in between, never the last one.
    let waits = false;
    const tell = (): void => {
      if (waits || health.current() === told) return;
      told = health.current();
      if (call.write(responseOf(told))) return;
      waits = true;
      call.once("drain", () => {
        waits = false;
        tell();
      });
    };
    const stop = health.onChange(tell);
    call.on("cancelled", stop);
    call.on("close", stop);
  };
  const name = "/grpc.health.v1.Health";
  server.register(`${name}/Check`, checkOnce, passBack, pass, "unary");
  server.register(`${name}/Watch`, watch, passBack, pass, "serverStream");
}
