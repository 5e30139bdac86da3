import assert from "node:assert/strict";
import { addon } from "../../../lib/native/addon.js";
import { nodeClock } from "../../../lib/platform/node/nodeClock.js";
import { type EmbeddedStorage, openEmbeddedStorage } from "../../../lib/storage/embeddedStorage.js";
import { StorageError, type View, type WatchStream } from "../../../lib/storage/storage.js";
import { storedConfigMap } from "../../support/storage/storedConfigMap.js";

const jsonView: View = {
  messageType: "k8s.io.api.core.v1.ConfigMap",
  format: "json",
  part: "object",
};
const prefix = "/registry/configmaps/";

/** Waits for `onReady` and takes until the predicate is satisfied. */
class Events {
  readonly stream: WatchStream;
  readonly lines: string[] = [];
  ended: string | undefined;
  #wake: (() => void) | undefined;
  #ready = false;

  constructor(storage: EmbeddedStorage, options: { afterRevision?: number; prefix?: string } = {}) {
    this.stream = storage.watch({
      prefix: options.prefix ?? prefix,
      afterRevision: options.afterRevision ?? storage.currentRevision(),
      view: jsonView,
      framing: "json",
      onReady: () => {
        this.#ready = true;
        this.#wake?.();
      },
    });
  }

  async until(count: number): Promise<string[]> {
    while (this.lines.length < count && this.ended === undefined) {
      if (!this.#ready) {
        await new Promise<void>((resolve) => {
          this.#wake = resolve;
        });
      }
      this.#ready = false;
      const batch = this.stream.take(1 << 20);
      const text = new TextDecoder().decode(batch.bytes);
      this.lines.push(...text.split("\n").filter((line) => line !== ""));
      this.ended = batch.ended;
    }
    return this.lines;
  }

  /** `ADDED name` and so on. */
  summary(): string[] {
    return this.lines.map((line) => {
      const event = JSON.parse(line) as { type: string; object: { metadata: { name: string } } };
      return `${event.type} ${event.object.metadata.name}`;
    });
  }
}

describe("EmbeddedStorage in memory", () => {
  let storage: EmbeddedStorage;

  beforeEach(async () => {
    storage = await openEmbeddedStorage({ clock: nodeClock });
  });
  afterEach(() => storage.close());

  const put = async (name: string, data = "x") => {
    const result = await storage.transact({
      compare: [],
      success: [
        { type: "put", key: `${prefix}default/${name}`, value: storedConfigMap(name, data) },
      ],
    });
    assert.ok(result.succeeded);
    return result.revision;
  };

  it("creates only what is absent and updates only what was not changed", async () => {
    const key = `${prefix}default/a`;
    const write = (equals: number, data: string) =>
      storage.transact({
        compare: [{ key, target: "modRevision", equals }],
        success: [{ type: "put", key, value: storedConfigMap("a", data) }],
      });
    const created = await write(0, "1");
    assert.ok(created.succeeded);
    const again = await write(0, "2");
    assert.ok(!again.succeeded);
    assert.equal(again.current?.modRevision, created.revision);
    assert.deepEqual(again.current?.value, Buffer.from(storedConfigMap("a", "1")));
    const updated = await write(created.revision, "3");
    assert.ok(updated.succeeded);
    const found = await storage.get(key);
    assert.equal(found?.createRevision, created.revision);
    assert.equal(found?.modRevision, updated.revision);
    assert.equal(found?.version, 2);
    const before = await storage.get(key, { revision: created.revision });
    assert.equal(before?.version, 1);
    assert.equal(await storage.get(`${prefix}default/b`), undefined);
  });

  it("writes several keys at one revision", async () => {
    const result = await storage.transact({
      compare: [],
      success: ["a", "b"].map((name) => ({
        type: "put" as const,
        key: `${prefix}default/${name}`,
        value: storedConfigMap(name, "x"),
      })),
    });
    const { values } = await storage.range(prefix);
    assert.deepEqual(
      values.map((value) => value.modRevision),
      [result.revision, result.revision],
    );
  });

  it("pages a list by its bytes, with one object at least", async () => {
    const names = ["a", "b", "c", "d", "e"];
    for (const name of names) await put(name);
    const one = await storage.list({ prefix, view: jsonView, limit: 1 });
    const bytes = one.chunks.reduce((sum, { length }) => sum + length, 0);
    for (const [maxBytes, counts] of [
      [1, [1, 1, 1, 1, 1]],
      [2 * bytes, [2, 2, 1]],
      [100 * bytes, [5]],
    ] as const) {
      const seen: number[] = [];
      let nextKey: string | undefined;
      do {
        const page = await storage.list({
          ...{ prefix, view: jsonView, maxBytes, revision: one.revision },
          ...(nextKey === undefined ? {} : { startAfterKey: nextKey }),
        });
        seen.push(page.count);
        nextKey = page.nextKey;
      } while (nextKey !== undefined);
      assert.deepEqual(seen, counts);
    }
  });

  it("pages a list at one revision", async () => {
    for (const name of ["a", "b", "c", "d", "e"]) {
      await put(name);
    }
    const first = await storage.list({ prefix, view: jsonView, limit: 2 });
    assert.equal(first.count, 2);
    assert.equal(first.remainingCount, 3);
    assert.equal(first.nextKey, `${prefix}default/b`);
    await put("bb");
    const rest = await storage.list({
      prefix,
      view: jsonView,
      revision: first.revision,
      startAfterKey: first.nextKey ?? "",
    });
    assert.equal(rest.count, 3);
    assert.equal(rest.nextKey, undefined);
    const items = JSON.parse(`[${Buffer.concat(rest.chunks).toString()}]`) as {
      metadata: { name: string };
    }[];
    assert.deepEqual(
      items.map((item) => item.metadata.name),
      ["c", "d", "e"],
    );
  });

  it("refuses compacted and future revisions", async () => {
    const first = await put("a");
    const second = await put("a");
    await storage.compact(second);
    const reason = (wanted: string, revision: number) => (error: unknown) =>
      error instanceof StorageError && error.reason === wanted && error.revision === revision;
    await assert.rejects(
      async () => storage.get(`${prefix}default/a`, { revision: first }),
      reason("compacted", second),
    );
    await assert.rejects(
      storage.list({ prefix, view: jsonView, revision: second + 5 }),
      reason("futureRevision", second),
    );
    assert.throws(() => new Events(storage, { afterRevision: first }), reason("compacted", second));
  });

  it("delivers what happens after a revision, in order", async () => {
    const before = storage.currentRevision();
    await put("a");
    const events = new Events(storage, { afterRevision: before });
    await put("b");
    await put("a");
    await storage.transact({
      compare: [],
      success: [{ type: "delete", key: `${prefix}default/a` }],
    });
    await events.until(4);
    assert.deepEqual(events.summary(), ["ADDED a", "ADDED b", "MODIFIED a", "DELETED a"]);
    events.stream.close();
    assert.equal(storage.statistics().watchers, 0);
  });

  it("refuses numbers that are none", () => {
    for (const afterRevision of [-1, 1.5, Number.NaN]) {
      assert.throws(
        () => new Events(storage, { afterRevision }),
        (error) => error instanceof StorageError,
      );
    }
  });

  it("encodes once for many watchers and wakes once for many writes", async () => {
    const watchers = Array.from({ length: 50 }, () => new Events(storage));
    const before = storage.statistics();
    await put("a");
    await put("b");
    for (const watcher of watchers) {
      await watcher.until(2);
    }
    const after = storage.statistics();
    assert.equal(after.watchers, 50);
    assert.equal((after.encodings ?? 0) - (before.encodings ?? 0), 2);
  });

  it("closes a watcher that is too slow after its last whole event", async () => {
    await storage.close();
    storage = await openEmbeddedStorage({ clock: nodeClock, maxQueueEvents: 10 });
    const slow = new Events(storage);
    const fast = new Events(storage);
    await put("first");
    await slow.until(1);
    for (let i = 0; i < 15; i++) {
      await put(`n${i}`);
      await fast.until(i + 2);
    }
    const resume = slow.stream;
    const batch = resume.take(1 << 20);
    assert.equal(batch.ended, "slow");
    assert.equal(storage.statistics().slowWatchersClosed, 1);
    assert.equal(fast.ended, undefined);
    const again = new Events(storage, { afterRevision: batch.revision });
    await again.until(15);
    assert.equal(again.summary()[0], "ADDED n0");
  });

  it("refuses everything once closed", async () => {
    await storage.close();
    await assert.rejects(
      async () => storage.get("/a"),
      (error) => error instanceof StorageError,
    );
    await assert.rejects(storage.health(), (error) => error instanceof StorageError);
  });

  it("refuses a transaction whose lists differ in length", async () => {
    const native = addon.openMemoryStore({ nowMillis: 0 }, () => undefined);
    const value = new Uint8Array(1);
    const transact = (compares: number[], writes: number[]) => {
      const [compareKeys = 0, targets = 0, equals = 0] = compares;
      const [keys = 0, values = 0, leases = 0] = writes;
      return native.transact(
        Array<string>(compareKeys).fill("/a"),
        Array<number>(targets).fill(0),
        Array<number>(equals).fill(0),
        Array.from({ length: keys }, (_, n) => `/${n}`),
        Array<Uint8Array>(values).fill(value),
        Array<number>(leases).fill(0),
        false,
      );
    };
    for (const [compares, writes] of [
      [
        [2, 2, 1],
        [1, 1, 1],
      ],
      [
        [2, 1, 2],
        [1, 1, 1],
      ],
      [
        [0, 1, 1],
        [1, 1, 1],
      ],
      [
        [0, 0, 0],
        [2, 1, 2],
      ],
      [
        [0, 0, 0],
        [2, 2, 1],
      ],
      [
        [0, 0, 0],
        [1, 2, 1],
      ],
    ] as const) {
      assert.throws(() => transact([...compares], [...writes]), /differ in length/);
    }
    assert.equal(native.currentRevision(), 1);
    assert.equal(transact([2, 2, 2], [2, 2, 2]).succeeded, true);
    await native.close();
    native.detach();
  });

  it("closes once for whoever asks, with every answer", async () => {
    const storage = await openEmbeddedStorage({ clock: nodeClock });
    const first = storage.close();
    assert.equal(storage.close(), first);
    await first;
    await storage.close();
  });
});
