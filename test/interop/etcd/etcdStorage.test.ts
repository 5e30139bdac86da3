import assert from "node:assert/strict";
import { nodeClock } from "../../../lib/platform/node/nodeClock.js";
import { type EtcdStorage, openEtcdStorage } from "../../../lib/storage/etcdStorage.js";
import type { View, WatchStream } from "../../../lib/storage/storage.js";
import { StorageError } from "../../../lib/storage/storage.js";
import { requirement } from "../../support/clients/requirement.js";
import { builtEtcd } from "../../support/clients/upstreamPrograms.js";
import { CutConnection } from "../../support/etcd/cutConnection.js";
import { EtcdProcess } from "../../support/etcd/etcdProcess.js";
import { storedConfigMap } from "../../support/storage/storedConfigMap.js";

const prefix = "/registry/configmaps/";
const view: View = {
  messageType: "k8s.io.api.core.v1.ConfigMap",
  format: "json",
  part: "object",
};

/** What a watch brings, as lines `ADDED name revision`. */
class Events {
  readonly lines: string[] = [];
  ended: string | undefined;
  readonly stream: WatchStream;
  #wake = (): void => undefined;

  constructor(storage: EtcdStorage, afterRevision = storage.currentRevision()) {
    this.stream = storage.watch({
      ...{ prefix, afterRevision, view, framing: "json" as const },
      onReady: () => this.#take(),
    });
  }

  #take(): void {
    const { bytes, ended } = this.stream.take(1 << 24);
    for (const line of new TextDecoder().decode(bytes).split("\n")) {
      if (line === "") continue;
      const { type, object } = JSON.parse(line) as {
        type: string;
        object: { metadata: { name: string; resourceVersion: string } };
      };
      this.lines.push(`${type} ${object.metadata.name} ${object.metadata.resourceVersion}`);
    }
    this.ended = ended;
    this.#wake();
  }

  async until(holds: () => boolean): Promise<void> {
    while (!holds()) {
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
  }
}

function cases(start: (context: Mocha.Context) => Promise<EtcdProcess>): void {
  let etcd: EtcdProcess;
  let storage: EtcdStorage;
  let other: EtcdStorage;
  const opened: EtcdStorage[] = [];

  const open = async (options: { prefix?: string } = {}): Promise<EtcdStorage> => {
    const storage = await openEtcdStorage(
      { endpoints: [etcd.url], ...options },
      { clock: nodeClock },
    );
    opened.push(storage);
    return storage;
  };
  before(async function () {
    etcd = await start(this);
    storage = await open();
    other = await open();
  });
  after(async () => {
    await Promise.all(opened.map((one) => one.close()));
    await etcd?.close();
  });

  const put = async (name: string, into = storage, expected = 0) => {
    return await into.transact({
      compare: [{ key: `${prefix}a/${name}`, target: "modRevision", equals: expected }],
      success: [{ type: "put", key: `${prefix}a/${name}`, value: storedConfigMap(name, "x") }],
    });
  };
  const remove = async (name: string, from = storage) => {
    return await from.transact({
      compare: [],
      success: [{ type: "delete", key: `${prefix}a/${name}` }],
    });
  };

  it("reads at once what it wrote, and what another wrote", async () => {
    const written = await put("one");
    assert.ok(written.succeeded);
    const found = await storage.get(`${prefix}a/one`);
    assert.equal(found?.modRevision, written.revision);
    assert.equal(found?.version, 1);
    const there = await other.get(`${prefix}a/one`);
    assert.deepEqual(there?.value, found?.value);
    const list = await other.list({ prefix, view });
    assert.ok(list.revision >= written.revision);
    assert.equal(list.count, 1);
  });

  it("says to whom a race was lost, without another question", async () => {
    const before = await put("raced");
    const lost = await put("raced", other);
    assert.equal(lost.succeeded, false);
    assert.equal(!lost.succeeded && lost.current?.modRevision, before.revision);
    const gone = await put("absent", storage, 7);
    assert.equal(!gone.succeeded && gone.current, undefined);
  });

  it("gives watches whole revisions, in order, of both servers' writes", async () => {
    const events = new Events(storage);
    const expected: string[] = [];
    for (let number = 0; number < 20; number += 1) {
      const { revision } = await put(`w${number}`, number % 2 === 0 ? storage : other);
      expected.push(`ADDED w${number} ${revision}`);
    }
    const { revision } = await remove("w3", other);
    expected.push(`DELETED w3 ${revision}`);
    await events.until(() => events.lines.length >= expected.length);
    assert.deepEqual(events.lines, expected);
    events.stream.close();
  });

  it("knows what is newest where only other keys were written", async () => {
    // Compaction writes a key of its own.
    await other.compact(await other.newestRevision());
    const { revision } = await storage.list({ prefix, view });
    assert.ok(revision <= storage.currentRevision());
    assert.ok((await storage.range(prefix)).values.length > 0);
  });

  it("goes on where it was when etcd comes back", async () => {
    const events = new Events(storage);
    await put("before");
    await etcd.kill();
    await assert.rejects(put("meanwhile"), (error: unknown) => {
      assert.ok(error instanceof StorageError);
      assert.equal(error.reason, "io");
      assert.match(error.message, /etcd/);
      return true;
    });
    await assert.rejects(storage.health(), StorageError);
    // What is here is still watched and read at its revision.
    assert.ok(await storage.get(`${prefix}a/before`, { revision: storage.currentRevision() }));
    await etcd.run();
    await put("after");
    await events.until(() => events.lines.length >= 2);
    assert.deepEqual(
      events.lines.map((line) => line.split(" ").slice(0, 2).join(" ")),
      ["ADDED before", "ADDED after"],
    );
    await storage.health();
    events.stream.close();
  });

  it("ends watches whose changes were compacted away, and reads what stands now", async () => {
    const way = await CutConnection.to(etcd.url);
    const behind = await openEtcdStorage({ endpoints: [way.url] }, { clock: nodeClock });
    try {
      await put("goes");
      await behind.get(`${prefix}a/goes`);
      const events = new Events(behind);
      way.cut();
      await remove("goes");
      const { revision } = await put("comes");
      await other.compact(await other.newestRevision());
      await storage.compact(revision);
      way.mend();
      await events.until(() => events.ended !== undefined);
      assert.deepEqual([events.lines, events.ended], [[], "compacted"]);
      assert.equal(await behind.get(`${prefix}a/goes`), undefined);
      assert.equal((await behind.get(`${prefix}a/comes`))?.modRevision, revision);
      const next = new Events(behind);
      await remove("comes");
      await next.until(() => next.lines.length === 1);
    } finally {
      await behind.close();
      await way.close();
    }
  });

  it("does not show what is old while it is cut off", async () => {
    const way = await CutConnection.to(etcd.url);
    const behind = await openEtcdStorage({ endpoints: [way.url] }, { clock: nodeClock });
    try {
      await put("seen");
      assert.ok(await behind.get(`${prefix}a/seen`));
      way.cut();
      await remove("seen");
      await assert.rejects(async () => behind.get(`${prefix}a/seen`), { reason: "io" });
      await assert.rejects(behind.list({ prefix, view }), { reason: "io" });
      // Who takes what is old says so.
      assert.ok(await behind.get(`${prefix}a/seen`, { mayBeOld: true }));
      assert.ok((await behind.list({ prefix, view, mayBeOld: true })).count > 0);
      way.mend();
      assert.equal(await behind.get(`${prefix}a/seen`), undefined);
    } finally {
      await behind.close();
      await way.close();
    }
  });

  it("keeps objects under another prefix apart", async () => {
    const apart = await open({ prefix: "/elsewhere" });
    assert.equal(await apart.count("/registry/"), 0);
    await put("apart", apart);
    assert.equal((await apart.get(`${prefix}a/apart`))?.key, `${prefix}a/apart`);
    assert.equal(await storage.get(`${prefix}a/apart`), undefined);
  });

  it("lets a lease take its keys along", async () => {
    const lease = await storage.grantLease(3600);
    const key = `${prefix}a/leased`;
    const value = storedConfigMap("leased", "x");
    await storage.transact({
      compare: [],
      success: [{ type: "put", key, value, leaseId: lease.leaseId }],
    });
    assert.equal((await other.get(key))?.leaseId, lease.leaseId);
    await storage.revokeLease(lease.leaseId);
    assert.equal(await storage.get(key), undefined);
    await assert.rejects(storage.revokeLease(lease.leaseId), { reason: "leaseNotFound" });
  });

  it("says what came of each endpoint", async () => {
    const opening = openEtcdStorage(
      { endpoints: ["http://127.0.0.1:1", "127.0.0.1:2"] },
      { clock: nodeClock },
    );
    await assert.rejects(opening, (error: unknown) => {
      assert.match(String(error), /127\.0\.0\.1:1.*refused.*127\.0\.0\.1:2.*refused/);
      return error instanceof StorageError && error.reason === "io";
    });
    const wrong = openEtcdStorage({ endpoints: ["ftp://x"] }, { clock: nodeClock });
    await assert.rejects(wrong, { reason: "invalidRequest" });
  });
}

describe("EtcdStorage", function () {
  // Upstream's etcd is built at first.
  this.timeout(1_200_000);
  describe("on Debian's etcd", () => cases(() => EtcdProcess.start()));
  describe("on upstream's etcd", () => {
    cases(async (context) => {
      const program = await requirement(context, "Go and etcd's module", builtEtcd);
      return EtcdProcess.start({ program });
    });
  });
  describe("on the embedded store by etcd's API", () => cases(() => EtcdProcess.own()));
});
