import assert from "node:assert/strict";
import { nativeCodec } from "../../../../lib/api/nativeCodec.js";
import { ObjectCache } from "../../../../lib/apiserver/cache/objectCache.js";
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

function cacheOn(storage: Storage): ObjectCache<Entry> {
  return new ObjectCache<Entry>(storage, {
    prefix,
    messageType: message,
    project: (object) => ({
      name: (object.metadata as { name: string }).name,
      color: (object.data as { color?: string } | undefined)?.color ?? "",
    }),
    indexes: { color: ({ color }) => [color] },
  });
}

describe("the server's own caches", () => {
  let storage: Storage;
  let cache: ObjectCache<Entry>;

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
    await cache.catchUp();
    assert.deepEqual(cache.get("a", "x"), { name: "x", color: "red" });
  });

  it("know a write as soon as it was answered, without waiting", async () => {
    await cache.catchUp();
    for (let count = 0; count < 50; count += 1) {
      await put("a", `x${count}`, "red");
      assert.equal(cache.catchUp(), undefined);
      assert.ok(cache.get("a", `x${count}`));
    }
    assert.equal(cache.inNamespace("a").length, 50);
  });

  it("know what another handle has written, from the next run of JavaScript on", async () => {
    const other = await openEmbeddedStorage({ clock: nodePlatform.clock, attach: storeId() });
    try {
      await cache.catchUp();
      for (let count = 0; count < 50; count += 1) {
        assert.equal(cache.catchUp(), undefined);
        await write(other, "a", `x${count}`, "red");
        await cache.catchUp();
        assert.ok(cache.get("a", `x${count}`), `${count}`);
      }
    } finally {
      await other.close();
    }
  });

  it("look at the store once in a run of JavaScript, all together, and again after a write", async () => {
    const caches = [cache, cacheOn(storage), cacheOn(storage)];
    const catchUp = (): void => {
      for (const one of [...caches, ...caches]) assert.equal(one.catchUp(), undefined);
    };
    for (const one of caches) await one.catchUp();
    const { cost } = await costOf(catchUp);
    assert.equal(cost.crossings, 3);
    await costOf(() => put("a", "x", "red"));
    // Each takes what was written.
    const { cost: behind } = await costOf(catchUp);
    assert.equal(behind.calls["NativeWatcher.take"], caches.length);
    for (const one of caches) {
      assert.ok(one.get("a", "x"));
      if (one !== cache) one.close();
    }
  });

  it("wait for a revision that another thread still hands over, though it wakes nobody", async () => {
    await put("a", "x", "red");
    await cache.catchUp();
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
    await late.catchUp();
    assert.equal(late.revision, real.currentRevision());
    late.close();
  });

  it("keep their indexes", async () => {
    await put("a", "x", "red");
    await put("b", "x", "red");
    await cache.catchUp();
    const before = cache.generation;
    assert.equal(cache.byIndex("color", "red").length, 2);
    await put("a", "x", "blue");
    await remove("b", "x");
    await cache.catchUp();
    assert.equal(cache.hasIndexed("color", "red"), false);
    assert.deepEqual(cache.byIndex("color", "blue"), [{ name: "x", color: "blue" }]);
    assert.deepEqual(cache.inNamespace("b"), []);
    assert.ok(cache.generation > before);
  });

  it("read in pages, at one revision", async () => {
    for (let count = 0; count < 1100; count += 1) await put("a", `x${count}`, "red");
    await Promise.all([cache.catchUp(), cache.catchUp()]);
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
    await own.catchUp();
    streams[0]?.close();
    await remove("a", "x");
    await put("a", "y", "blue");
    await own.catchUp();
    assert.equal(own.get("a", "x"), undefined);
    assert.equal(own.hasIndexed("color", "red"), false);
    assert.deepEqual(own.get("a", "y"), { name: "y", color: "blue" });
    own.close();
  });
});
