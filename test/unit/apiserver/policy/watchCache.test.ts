import assert from "node:assert/strict";
import { nativeCodec } from "../../../../lib/api/nativeCodec.js";
import { WatchCache } from "../../../../lib/apiserver/cache/watchCache.js";
import { nodePlatform } from "../../../../lib/platform/node/nodePlatform.js";
import { EmbeddedStorage, openEmbeddedStorage } from "../../../../lib/storage/embeddedStorage.js";
import type { Storage, WatchOptions, WatchStream } from "../../../../lib/storage/storage.js";
import { costOf } from "../../../support/native/countCalls.js";

const message = "k8s.io.api.core.v1.ConfigMap";
const prefix = "/registry/configmaps/";

interface Entry {
  name: string;
  color: string;
}

function cacheOn(storage: Storage): WatchCache<Entry> {
  return new WatchCache<Entry>(storage, {
    prefix,
    messageType: message,
    fields: ["metadata.name", "data"],
    project: (object) => ({
      name: (object.metadata as { name: string }).name,
      color: (object.data as { color?: string } | undefined)?.color ?? "",
    }),
    indexes: { color: ({ color }) => [color] },
  });
}

describe("the server's own caches", () => {
  let storage: Storage;
  let cache: WatchCache<Entry>;

  const put = (namespace: string, name: string, color: string): Promise<void> =>
    write(storage, namespace, name, color);
  const write = async (
    to: Storage,
    namespace: string,
    name: string,
    color: string,
  ): Promise<void> => {
    const text = JSON.stringify({ metadata: { name, namespace }, data: { color } });
    const decoded = nativeCodec.decode(message, Buffer.from(text), { format: "json" });
    assert.ok(decoded.object);
    const value = decoded.object.stored();
    const key = `${prefix}${namespace}/${name}`;
    await to.transact({ compare: [], success: [{ type: "put", key, value }] });
  };
  const storeId = (): number => {
    assert.ok(storage instanceof EmbeddedStorage);
    return storage.storeId;
  };
  const remove = (namespace: string, name: string) =>
    storage.transact({
      compare: [],
      success: [{ type: "delete", key: `${prefix}${namespace}/${name}` }],
    });

  beforeEach(async () => {
    storage = await openEmbeddedStorage({ clock: nodePlatform.clock });
    cache = cacheOn(storage);
  });

  afterEach(async () => {
    cache.close();
    await storage.close();
  });

  it("read nothing before they are asked", async () => {
    await put("a", "x", "red");
    assert.equal(cache.get("a", "x"), undefined);
    assert.equal(storage.statistics().watchers, 0);
    await cache.readYourWrites();
    assert.deepEqual(cache.get("a", "x"), { name: "x", color: "red" });
  });

  it("know a write as soon as it was answered, without waiting", async () => {
    await cache.readYourWrites();
    for (let count = 0; count < 50; count += 1) {
      await put("a", `x${count}`, "red");
      assert.equal(cache.readYourWrites(), undefined);
      assert.ok(cache.get("a", `x${count}`));
    }
    assert.equal(cache.inNamespace("a").length, 50);
  });

  it("know what another handle has written, from the next run of JavaScript on", async () => {
    const other = await openEmbeddedStorage({ clock: nodePlatform.clock, attach: storeId() });
    try {
      await cache.readYourWrites();
      for (let count = 0; count < 50; count += 1) {
        assert.equal(cache.readYourWrites(), undefined);
        await write(other, "a", `x${count}`, "red");
        await cache.readYourWrites();
        assert.ok(cache.get("a", `x${count}`), `${count}`);
      }
    } finally {
      await other.close();
    }
  });

  it("look at the store once in a run of JavaScript, all together, and again after a write", async () => {
    const caches = [cache, cacheOn(storage), cacheOn(storage)];
    const readYourWrites = (): void => {
      for (const one of [...caches, ...caches]) assert.equal(one.readYourWrites(), undefined);
    };
    for (const one of caches) await one.readYourWrites();
    const { cost } = await costOf(readYourWrites);
    assert.equal(cost.crossings, 3);
    await costOf(() => put("a", "x", "red"));
    // Each takes what was written.
    const { cost: behind } = await costOf(readYourWrites);
    assert.equal(behind.calls["NativeWatcher.take"], caches.length);
    for (const one of caches) {
      assert.ok(one.get("a", "x"));
      if (one !== cache) one.close();
    }
  });

  it("wait for a revision that another thread still hands over, though it wakes nobody", async () => {
    await put("a", "x", "red");
    await cache.readYourWrites();
    const real = storage;
    // Visible already, of another kind, and handed over a moment later.
    const between = new Proxy(real, {
      get: (target, name) => {
        if (name === "settledRevision") return () => undefined;
        if (name === "currentRevision") return () => target.currentRevision() + 1;
        if (name === "handedOver") {
          return () => {
            const success = [
              { type: "put" as const, key: "/registry/others/a", value: Buffer.from("{}") },
            ];
            return target.transact({ compare: [], success });
          };
        }
        const value: unknown = Reflect.get(target, name);
        return typeof value === "function" ? value.bind(target) : value;
      },
    });
    const late = cacheOn(between);
    await late.readYourWrites();
    assert.equal(late.revision, real.currentRevision());
    late.close();
  });

  /** What another server writes becomes known when it is asked for what is newest. */
  function behind(unseen: () => Promise<unknown>): Storage & { questions: number } {
    const real = storage;
    const proxy = new Proxy(real, {
      get: (target, name) => {
        if (name === "questions") return questions;
        if (name === "newestRevision") {
          return async () => {
            questions += 1;
            await unseen();
            return target.currentRevision();
          };
        }
        const value: unknown = Reflect.get(target, name);
        return typeof value === "function" ? value.bind(target) : value;
      },
    });
    let questions = 0;
    return proxy as Storage & { questions: number };
  }

  it("ask what is newest for one object only where it is not there", async () => {
    await put("a", "x", "red");
    const asked = behind(() => put("a", "y", "blue"));
    const late = cacheOn(asked);
    await late.readYourWrites();
    assert.deepEqual(late.find("a", "x"), { name: "x", color: "red" });
    assert.equal(asked.questions, 0);
    assert.deepEqual(await late.find("a", "y"), { name: "y", color: "blue" });
    assert.equal(asked.questions, 1);
    assert.equal(await late.find("a", "z"), undefined);
    assert.equal(asked.questions, 2);
    late.close();
  });

  it("say of nobody's storage but their own at once what is not there", async () => {
    await cache.readYourWrites();
    assert.equal(cache.find("a", "z"), undefined);
    assert.equal(cache.linearizable(), undefined);
  });

  it("are linearizable when they are asked to be", async () => {
    await put("a", "x", "red");
    const late = cacheOn(behind(() => put("a", "x", "blue")));
    await late.readYourWrites();
    assert.equal(late.get("a", "x")?.color, "red");
    await late.linearizable();
    assert.equal(late.get("a", "x")?.color, "blue");
    late.close();
  });

  it("are no older than a revision, and wait for one that is to come", async () => {
    await cache.readYourWrites();
    const now = storage.currentRevision();
    assert.equal(cache.notOlderThan(now), undefined);
    const waiting = cache.notOlderThan(now + 1);
    assert.ok(waiting);
    await put("a", "x", "red");
    await waiting;
    assert.equal(cache.get("a", "x")?.color, "red");
  });

  it("keep their indexes", async () => {
    await put("a", "x", "red");
    await put("b", "x", "red");
    await cache.readYourWrites();
    const before = cache.generation;
    assert.equal(cache.byIndex("color", "red").length, 2);
    await put("a", "x", "blue");
    await remove("b", "x");
    await cache.readYourWrites();
    assert.equal(cache.hasIndexed("color", "red"), false);
    assert.deepEqual(cache.byIndex("color", "blue"), [{ name: "x", color: "blue" }]);
    assert.deepEqual(cache.inNamespace("b"), []);
    assert.ok(cache.generation > before);
  });

  it("read in pages, at one revision", async () => {
    for (let count = 0; count < 1100; count += 1) await put("a", `x${count}`, "red");
    await Promise.all([cache.readYourWrites(), cache.readYourWrites()]);
    assert.equal(cache.size, 1100);
  });

  it("start anew when their watch was closed", async () => {
    const streams: WatchStream[] = [];
    const ending = new Proxy(storage, {
      get(target, property) {
        if (property === "watch") {
          return (options: WatchOptions) => {
            const stream = target.watch(options);
            streams.push(stream);
            return stream;
          };
        }
        const value = Reflect.get(target, property, target) as unknown;
        return typeof value === "function" ? value.bind(target) : value;
      },
    });
    const own = cacheOn(ending);
    await put("a", "x", "red");
    await own.readYourWrites();
    streams[0]?.close();
    await remove("a", "x");
    await put("a", "y", "blue");
    await own.readYourWrites();
    assert.equal(own.get("a", "x"), undefined);
    assert.equal(own.hasIndexed("color", "red"), false);
    assert.deepEqual(own.get("a", "y"), { name: "y", color: "blue" });
    own.close();
  });
});
