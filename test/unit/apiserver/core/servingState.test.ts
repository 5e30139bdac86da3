import assert from "node:assert/strict";
import { ServingState } from "../../../../lib/apiserver/servingState.js";
import { nodePlatform } from "../../../../lib/platform/node/nodePlatform.js";
import { VirtualClock } from "../../../../lib/platform/virtual/virtualClock.js";
import { RestCaller } from "../../../support/apiserver/restCaller.js";
import { startTestApiServer } from "../../../support/apiserver/testApiServer.js";

describe("what gRPC's health service says", () => {
  it("follows readiness at once and checks within a second, while somebody watches", async () => {
    const clock = new VirtualClock();
    let checks = 0;
    let passes = true;
    const state = new ServingState(clock, () => {
      checks += 1;
      return Promise.resolve(passes);
    });
    assert.equal(state.current(), "notServing");
    state.setReady(true);
    await clock.advance(5_000);
    assert.deepEqual([state.current(), checks], ["serving", 0]);
    const told: string[] = [];
    const stop = state.onChange(() => told.push(state.current()));
    passes = false;
    await clock.advance(1_500);
    assert.equal(told.at(-1), "notServing");
    passes = true;
    await clock.advance(1_500);
    assert.equal(told.at(-1), "serving");
    state.setReady(false);
    assert.equal(told.at(-1), "notServing");
    stop();
    const before = checks;
    await clock.advance(10_000);
    assert.equal(checks, before);
    state.setReady(true);
    passes = false;
    assert.equal(await state.check(), "notServing");
    passes = true;
    assert.equal(await state.check(), "serving");
  });

  it("comes as changes over a watch", async () => {
    const { network } = nodePlatform;
    let current: "serving" | "notServing" = "notServing";
    const callbacks = new Set<() => void>();
    const listener = await network.listenRpc({
      address: "127.0.0.1",
      port: 0,
      handlers: new Map(),
      health: {
        check: () => Promise.resolve(current),
        current: () => current,
        onChange: (callback) => {
          callbacks.add(callback);
          return () => callbacks.delete(callback);
        },
      },
    });
    const channel = network.rpcChannel({ target: `127.0.0.1:${listener.port}` });
    const seen: number[] = [];
    try {
      const method = "/grpc.health.v1.Health/Watch";
      for await (const [, state = 0] of channel.serverStream(method, Uint8Array.of())) {
        seen.push(state);
        if (seen.length === 3) break;
        current = current === "serving" ? "notServing" : "serving";
        for (const callback of callbacks) callback();
        for (const callback of callbacks) callback();
      }
    } finally {
      channel.close();
      await listener.close();
    }
    assert.deepEqual(seen, [2, 1, 2]);
  });
});

describe("/readyz", () => {
  it("fails while caches are not read, and while nobody takes the log", async () => {
    let missing: readonly string[] = ["/registry/pods/"];
    let problem: string | undefined;
    const host = { ...nodePlatform.host, outputProblem: () => problem };
    const server = await startTestApiServer({
      platform: { ...nodePlatform, host },
      syncCaches: () => Promise.resolve(missing),
    });
    const rest = new RestCaller(server.url);
    const ask = async (path: string): Promise<string> => {
      const answer = await rest.call(path);
      return `${answer.status} ${answer.text()}`;
    };
    try {
      assert.match(await ask("/readyz"), /^500 .*\[-\]informer-sync failed: reason withheld/s);
      assert.match(await ask("/readyz/informer-sync"), /^500 .*not synced: \[\/registry\/pods\/\]/);
      missing = [];
      assert.equal(await ask("/readyz"), "200 ok");
      problem = "write EPIPE";
      assert.match(await ask("/livez"), /^500 .*\[-\]log failed: reason withheld/s);
      problem = undefined;
      assert.equal(await ask("/livez"), "200 ok");
    } finally {
      rest.close();
      await server.stop();
    }
  });

  it("reads the caches that requests need", async () => {
    const server = await startTestApiServer();
    try {
      const { caches } = server.policy;
      assert.deepEqual(await caches.sync(), []);
      assert.ok(caches.namespaces.isSynced && caches.roleBindings.isSynced);
      assert.deepEqual(caches.unsynced(), []);
    } finally {
      await server.stop();
    }
  });
});
