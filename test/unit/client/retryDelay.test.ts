import assert from "node:assert/strict";
import { coreV1 } from "../../../lib/api/gen/resources.js";
import { nativeCodec } from "../../../lib/api/nativeCodec.js";
import { rpcErrorOf } from "../../../lib/api/rpcStatus.js";
import { type ApiError, apiErrors } from "../../../lib/api/status.js";
import { channelClient } from "../../../lib/client/connectClient.js";
import { retryDelay } from "../../../lib/client/retryDelay.js";
import type { RpcChannel } from "../../../lib/platform/rpc.js";
import { VirtualClock } from "../../../lib/platform/virtual/virtualClock.js";

describe("a call that the server puts off", () => {
  it("is repeated where it says when, ten times, within a minute", () => {
    const delayOf = (code: number, retryAfterSeconds: number | undefined, retries = 0) =>
      retryDelay({ code, retryAfterSeconds }, retries);
    assert.equal(delayOf(429, 2), 2000);
    assert.equal(delayOf(503, 0), 0);
    assert.equal(delayOf(500, 3600, 9), 60_000);
    assert.equal(delayOf(429, 1, 10), undefined);
    for (const none of [undefined, Number.NaN, -1]) assert.equal(delayOf(429, none), undefined);
    assert.equal(delayOf(409, 1), undefined);
  });

  /** A channel that refuses some calls and answers the rest with nothing. */
  function channel(refusals: readonly ApiError[]): RpcChannel & { calls: number } {
    let calls = 0;
    const next = (): void => {
      const refusal = refusals[calls];
      calls += 1;
      if (refusal !== undefined) throw rpcErrorOf(refusal.status);
    };
    return {
      get calls() {
        return calls;
      },
      unary: async () => {
        next();
        return nativeCodec
          .decode("k8s.io.api.core.v1.ConfigMap", Buffer.from('{"metadata":{"name":"a"}}'), {
            format: "json",
          })
          .object!.encode("message", "object");
      },
      // biome-ignore lint/correctness/useYield: an empty list has no chunks.
      serverStream: async function* () {
        next();
      },
      close: () => undefined,
    };
  }

  const later = apiErrors.tooManyRequests("later", 1);

  it("is repeated over gRPC and in process as over REST", async () => {
    const clock = new VirtualClock();
    const calls = channel([later, later, ...Array.from({ length: 3 }, () => later)]);
    const maps = channelClient(calls, nativeCodec, { clock }).resource(coreV1.configmaps);
    const got = maps.get("a", { namespace: "n" });
    await clock.advance(4_900);
    assert.equal(calls.calls, 5);
    await clock.advance(200);
    assert.equal((await got).metadata?.name, "a");
  });

  it("is repeated for lists, and for watches that have not begun", async () => {
    const clock = new VirtualClock();
    const calls = channel([later, later]);
    const maps = channelClient(calls, nativeCodec, { clock }).resource(coreV1.configmaps);
    const listed = maps.list({ namespace: "n" });
    await clock.advance(2_100);
    assert.deepEqual((await listed).items, []);
    assert.equal(calls.calls, 3);
  });

  it("ends with its caller's patience", async () => {
    const clock = new VirtualClock();
    const abort = new AbortController();
    const calls = channel([later, later]);
    const maps = channelClient(calls, nativeCodec, { clock }).resource(coreV1.configmaps);
    const got = assert.rejects(maps.get("a", { namespace: "n", signal: abort.signal }));
    await clock.settle();
    abort.abort();
    await got;
    assert.equal(calls.calls, 1);
  });

  it("is not repeated where nothing says when, nor for ever", async () => {
    const clock = new VirtualClock();
    const once = channel([apiErrors.serviceUnavailable("gone"), later]);
    const one = channelClient(once, nativeCodec, { clock }).resource(coreV1.configmaps);
    await assert.rejects(one.get("a", { namespace: "n" }), /gone/);
    const always = channel(Array.from({ length: 99 }, () => later));
    const many = channelClient(always, nativeCodec, { clock }).resource(coreV1.configmaps);
    const got = assert.rejects(many.get("a", { namespace: "n" }), /later/);
    await clock.advance(60_000);
    await got;
    assert.equal(always.calls, 11);
  });
});
