import assert from "node:assert/strict";
import { nodeClock } from "../../../lib/platform/node/nodeClock.js";
import { type EmbeddedStorage, openEmbeddedStorage } from "../../../lib/storage/embeddedStorage.js";
import type { Selector, View, WatchStream } from "../../../lib/storage/storage.js";
import { storedConfigMap } from "../../support/storage/storedConfigMap.js";

const prefix = "/registry/configmaps/";
const json: View = {
  messageType: "k8s.io.api.core.v1.ConfigMap",
  format: "json",
  part: "object",
};

describe("What leaves the embedded storage", () => {
  let storage: EmbeddedStorage;

  beforeEach(async () => {
    storage = await openEmbeddedStorage({ clock: nodeClock });
  });
  afterEach(() => storage.close());

  const put = async (name: string, labels: Record<string, string> = {}, data = "x") => {
    const result = await storage.transact({
      compare: [],
      success: [
        {
          type: "put",
          key: `${prefix}default/${name}`,
          value: storedConfigMap(name, data, labels),
        },
      ],
    });
    return result.revision;
  };
  const remove = (name: string) =>
    storage.transact({
      compare: [],
      success: [{ type: "delete", key: `${prefix}default/${name}` }],
    });
  const names = async (selector: Selector) => {
    const { chunks } = await storage.list({ prefix, view: json, selector });
    const items = JSON.parse(`[${Buffer.concat(chunks).toString()}]`) as {
      metadata: { name: string };
    }[];
    return items.map((item) => item.metadata.name);
  };
  const watch = (options: {
    selector?: Selector;
    view?: View;
    framing?: "json" | "protobuf" | "message";
    onReady?: () => void;
  }): WatchStream =>
    storage.watch({
      prefix,
      afterRevision: storage.currentRevision(),
      view: json,
      framing: "json",
      onReady: () => undefined,
      ...options,
    });
  const lines = (stream: WatchStream) =>
    new TextDecoder()
      .decode(stream.take(1 << 20).bytes)
      .split("\n")
      .filter((line) => line !== "")
      .map((line) => JSON.parse(line) as { type: string; object: Record<string, unknown> });

  it("fills in the revision, and leaves kind and apiVersion out of list items only", async () => {
    const revision = await put("a");
    const encoded = await storage.getEncoded(`${prefix}default/a`, json);
    const object = JSON.parse(new TextDecoder().decode(encoded?.bytes)) as Record<string, unknown>;
    assert.equal(object.kind, "ConfigMap");
    assert.deepEqual(object.metadata, {
      name: "a",
      namespace: "default",
      resourceVersion: String(revision),
    });
    const { chunks } = await storage.list({ prefix, view: json });
    const item = JSON.parse(Buffer.concat(chunks).toString()) as Record<string, unknown>;
    assert.deepEqual(Object.keys(item), ["metadata", "data"]);
  });

  it("shows metadata alone when asked", async () => {
    await put("a", { app: "web" });
    const encoded = await storage.getEncoded(`${prefix}default/a`, { ...json, part: "metadata" });
    const object = JSON.parse(new TextDecoder().decode(encoded?.bytes)) as Record<string, unknown>;
    assert.equal(object.kind, "PartialObjectMetadata");
    assert.equal(object.data, undefined);
  });

  it("selects by labels and by fields", async () => {
    await put("a", { app: "web", tier: "1" });
    await put("b", { app: "web" });
    await put("c", { app: "db" });
    const label = (
      key: string,
      operator: "=" | "!=" | "in" | "notin" | "exists" | "!",
      ...values: string[]
    ) => ({ labels: [{ key, operator, values }] });
    assert.deepEqual(await names(label("app", "=", "web")), ["a", "b"]);
    assert.deepEqual(await names(label("app", "notin", "web", "x")), ["c"]);
    assert.deepEqual(await names(label("tier", "exists")), ["a"]);
    assert.deepEqual(await names(label("tier", "!")), ["b", "c"]);
    const field = (operator: "=" | "!=") => ({
      fields: [{ path: "metadata.name", operator, value: "b" }],
    });
    assert.deepEqual(await names(field("=")), ["b"]);
    assert.deepEqual(await names(field("!=")), ["a", "c"]);
  });

  it("turns entering and leaving a selector into ADDED and DELETED", async () => {
    const selector = { labels: [{ key: "app", operator: "=" as const, values: ["web"] }] };
    const stream = watch({ selector });
    await put("a", { app: "db" });
    await put("a", { app: "web" });
    await put("a", { app: "web" }, "y");
    const left = await put("a", { app: "db" });
    await put("a", { app: "db" }, "z");
    const events = lines(stream);
    assert.deepEqual(
      events.map((event) => event.type),
      ["ADDED", "MODIFIED", "DELETED"],
    );
    const { metadata, data } = events[2]!.object as {
      metadata: { resourceVersion: string; labels: Record<string, string> };
      data: Record<string, string>;
    };
    assert.equal(metadata.resourceVersion, String(left));
    assert.deepEqual([metadata.labels, data], [{ app: "web" }, { key: "y" }]);
  });

  it("shows what was deleted with the revision of the deletion", async () => {
    const stream = watch({});
    await put("a");
    const { revision } = await remove("a");
    const metadata = lines(stream)[1]?.object.metadata as { resourceVersion: string };
    assert.equal(metadata.resourceVersion, String(revision));
  });

  it("frames protobuf events by length", async () => {
    const stream = watch({ view: { ...json, format: "protobuf" }, framing: "protobuf" });
    await put("a");
    await put("b");
    const { bytes, events } = stream.take(1 << 20);
    assert.equal(events, 2);
    const buffer = Buffer.from(bytes);
    const first = buffer.readUInt32BE(0);
    const second = buffer.readUInt32BE(4 + first);
    assert.equal(buffer.length, 8 + first + second);
    assert.equal(buffer.subarray(4, 11).toString(), "\n\x05ADDED");
    assert.ok(buffer.includes("k8s\0"));
  });

  it("encodes bookmarks of the kind with the revision seen so far", async () => {
    const stream = watch({});
    await put("a");
    const seen = stream.take(1 << 20).revision;
    assert.equal(seen, storage.currentRevision());
    const text = new TextDecoder().decode(stream.bookmark(true));
    const { type, object } = JSON.parse(text) as {
      type: string;
      object: { kind: string; metadata: Record<string, unknown> };
    };
    assert.deepEqual([type, object.kind], ["BOOKMARK", "ConfigMap"]);
    assert.equal(object.metadata.resourceVersion, String(seen));
    assert.deepEqual(object.metadata.annotations, { "k8s.io/initial-events-end": "true" });
  });

  it("streams a large list in bounded chunks, all at one revision", async () => {
    const data = "x".repeat(20_000);
    for (let number = 0; number < 300; number++) {
      await put(`n${number}`, {}, data);
    }
    const pending = storage.list({ prefix, view: json });
    await put("late");
    const { chunks, count, revision } = await pending;
    assert.equal(count, 300);
    assert.equal(revision, storage.currentRevision() - 1);
    assert.ok(chunks.length > 3);
    assert.ok(chunks.every((chunk) => chunk.length < 2 << 20));
  });

  it("hands out leases that end with the clock", async () => {
    let now = 1_000_000;
    const timers: (() => void)[] = [];
    const clock = {
      ...nodeClock,
      monotonic: () => now,
      setTimer: (_delay: number, callback: () => void) => {
        timers.push(callback);
        return { cancel: () => undefined };
      },
    };
    const leased = await openEmbeddedStorage({ clock });
    const lease = await leased.grantLease(60);
    const key = `${prefix}default/a`;
    await leased.transact({
      compare: [],
      success: [{ type: "put", key, value: storedConfigMap("a", "x"), leaseId: lease.leaseId }],
    });
    now += 59_000;
    timers.shift()?.();
    assert.ok(await leased.get(key));
    now += 1_000;
    timers.shift()?.();
    assert.equal(await leased.get(key), undefined);
    assert.equal(timers.length, 0, "no lease, no timer");
    await leased.close();
  });
});
