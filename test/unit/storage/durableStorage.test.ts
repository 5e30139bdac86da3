import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { nodeClock } from "../../../lib/platform/node/nodeClock.js";
import { openEmbeddedStorage } from "../../../lib/storage/embeddedStorage.js";
import { StorageError, type StorageErrorReason, type View } from "../../../lib/storage/storage.js";
import { storedConfigMap } from "../../support/storage/storedConfigMap.js";

const prefix = "/registry/configmaps/";
const writerPath = fileURLToPath(
  new URL("../../support/storage/durableWriter.js", import.meta.url),
);
const lazyWriterPath = fileURLToPath(
  new URL("../../support/storage/lazyWriter.js", import.meta.url),
);

const hasReason = (reason: StorageErrorReason) => (error: unknown) =>
  error instanceof StorageError && error.reason === reason;

/** As docs/storage-format.md has it at the end of a file's first sector. */
function crc32c(bytes: Uint8Array): number {
  let sum = 0xffffffff;
  for (const byte of bytes) {
    sum ^= byte;
    for (let bit = 0; bit < 8; bit++) sum = (sum >>> 1) ^ (sum & 1 ? 0x82f63b78 : 0);
  }
  return (sum ^ 0xffffffff) >>> 0;
}

describe("EmbeddedStorage on disk", () => {
  let directory: string;

  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), "steersman-storage-"));
  });
  afterEach(() => rm(directory, { recursive: true, force: true }));

  const open = () => openEmbeddedStorage({ directory, clock: nodeClock });
  const put = (name: string, data = "x") => ({
    compare: [],
    success: [
      {
        type: "put" as const,
        key: `${prefix}default/${name}`,
        value: storedConfigMap(name, data),
      },
    ],
  });

  it("gives the newest version at once to who writes next", async () => {
    const storage = await open();
    const key = `${prefix}default/a`;
    const first = await storage.transact(put("a", "first"));
    const second = storage.transact(put("a", "second"));
    // Without waiting for the disk: that it is hidden from others until then is the crate's test.
    const pending = await storage.get(key, { pending: true });
    assert.equal(pending?.modRevision, first.revision + 1);
    const compare = [{ key, target: "modRevision" as const, equals: first.revision + 1 }];
    assert.equal((await storage.transact({ compare, success: [] })).succeeded, true);
    assert.equal((await storage.get(key))?.modRevision, (await second).revision);
    await storage.close();
  });

  it("writes what one turn asks for as one group, with one sync", async () => {
    const storage = await open();
    await storage.transact(put("first"));
    const { fsyncs } = storage.statistics();
    const names = Array.from({ length: 50 }, (_, i) => `n-${i}`);
    await Promise.all(names.map((name) => storage.transact(put(name))));
    assert.equal(storage.statistics().fsyncs, fsyncs + 1);
    await storage.close();
  });

  it("keeps what was written, its revisions and its leases", async () => {
    const storage = await open();
    const lease = await storage.grantLease(3600);
    const write = put("a");
    const results = await Promise.all([
      storage.transact({
        ...write,
        success: write.success.map((one) => ({ ...one, leaseId: lease.leaseId })),
      }),
      storage.transact(put("b")),
      storage.transact({ ...put("c"), durability: "lazy" }),
    ]);
    assert.ok(results.every((result) => result.succeeded));
    assert.ok(storage.statistics().fsyncs > 0);
    await storage.close();
    const again = await open();
    assert.equal(again.currentRevision(), Math.max(...results.map((one) => one.revision)));
    const { values } = await again.range(prefix);
    assert.deepEqual(
      values.map((value) => [value.key, value.modRevision, value.leaseId]),
      ["a", "b", "c"].map((name, at) => [
        `${prefix}default/${name}`,
        results[at]?.revision,
        name === "a" ? lease.leaseId : 0,
      ]),
    );
    await again.revokeLease(lease.leaseId);
    assert.equal(await again.get(`${prefix}default/a`), undefined);
    await again.close();
  });

  it("gives a watch from before its memory what the log has", async () => {
    const storage = await openEmbeddedStorage({
      directory,
      clock: nodeClock,
      maxHistoryBytes: 2000,
    });
    const { revision: afterRevision } = await storage.transact(put("a", "0"));
    for (let round = 1; round <= 40; round++) await storage.transact(put("a", String(round)));
    assert.ok((storage.statistics().historyChanges ?? 0) < 40);
    let wake = (): void => undefined;
    const options = {
      prefix,
      afterRevision,
      view: { messageType: "k8s.io.api.core.v1.ConfigMap", format: "json", part: "object" },
      framing: "json",
      onReady: () => wake(),
    } as const;
    const stream = storage.watch(options);
    const types: string[] = [];
    while (types.length < 40) {
      const ready = new Promise<void>((resolve) => {
        wake = resolve;
      });
      const batch = stream.take(1 << 20);
      assert.equal(batch.ended, undefined);
      const lines = new TextDecoder().decode(batch.bytes).split("\n").slice(0, -1);
      types.push(...lines.map((line) => (JSON.parse(line) as { type: string }).type));
      if (types.length < 40) await ready;
    }
    assert.deepEqual(types, Array(40).fill("MODIFIED"));
    stream.close();
    await storage.compact(afterRevision + 1);
    assert.throws(() => storage.watch(options), hasReason("compacted"));
    await storage.close();
  });

  it("answers what was waiting when it is closed", async () => {
    const storage = await open();
    const waiting = storage.transact(put("a"));
    await storage.close();
    assert.ok((await waiting).succeeded);
    await assert.rejects(async () => storage.transact(put("b")), hasReason("closed"));
  });

  it("refuses a second opener", async () => {
    const storage = await open();
    await assert.rejects(open(), hasReason("locked"));
    await storage.close();
    await (await open()).close();
  });

  it("refuses a newer format and a damaged log", async () => {
    const storage = await open();
    for (const name of ["a", "b", "c"]) {
      await storage.transact(put(name));
    }
    await storage.close();
    const [name] = (await readdir(directory)).filter((one) => one.startsWith("log-"));
    const path = join(directory, name ?? "");
    const bytes = await readFile(path);
    const newer = Buffer.from(bytes);
    newer.writeUInt32LE(99, 8);
    newer.writeUInt32LE(crc32c(newer.subarray(0, 508)), 508);
    await writeFile(path, newer);
    await assert.rejects(open(), hasReason("newerFormat"));
    const damaged = Buffer.from(bytes);
    damaged[560] = (damaged[560] ?? 0) ^ 1;
    await writeFile(path, damaged);
    await assert.rejects(
      open(),
      (error) => hasReason("corrupt")(error) && /at offset 512\b/.test((error as Error).message),
    );
  });

  it("names the directory that it cannot use", async () => {
    const path = join(directory, "file");
    await writeFile(path, "");
    await assert.rejects(
      openEmbeddedStorage({ directory: join(path, "data"), clock: nodeClock }),
      (error) => hasReason("io")(error) && (error as Error).message.includes(path),
    );
  });

  it("gives no revision again after kill -9, and none that was shown to another change", async () => {
    const child = spawn(process.execPath, [lazyWriterPath, directory], {
      stdio: ["ignore", "pipe", "inherit"],
    });
    const exited = once(child, "exit");
    let output = "";
    for await (const chunk of child.stdout) output += String(chunk);
    await exited;
    const { durable, shown } = JSON.parse(output) as { durable: number; shown: number };
    assert.ok(shown > durable);
    const storage = await open();
    const opened = storage.currentRevision();
    assert.ok(opened > shown, `${opened} is not above ${shown}`);
    const view = { messageType: "k8s.io.api.core.v1.ConfigMap", format: "json", part: "object" };
    const watch = (afterRevision: number) =>
      storage.watch({
        prefix,
        afterRevision,
        view: view as View,
        framing: "json",
        onReady: () => undefined,
      });
    assert.throws(() => watch(shown), hasReason("compacted"));
    await assert.rejects(storage.range(prefix, { revision: shown }), hasReason("compacted"));
    const resumed = [watch(durable), watch(opened)];
    const { revision } = await storage.transact(put("after"));
    assert.ok(revision > shown);
    await storage.handedOver(revision);
    // Whoever stood at what was durable gets everything since; what was lazy is there or is not.
    for (const stream of resumed) {
      const text = new TextDecoder().decode(stream.take(1 << 20).bytes);
      assert.ok(text.includes('"after"'), text);
      stream.close();
    }
    await storage.close();
    const again = await open();
    assert.equal(again.currentRevision(), revision);
    await again.close();
  });

  it("loses no acknowledged write to kill -9", async () => {
    const newest = new Map<string, number>();
    for (let round = 1; round <= 3; round++) {
      const child = spawn(process.execPath, [writerPath, directory], {
        stdio: ["ignore", "pipe", "inherit"],
      });
      const exited = once(child, "exit");
      let lines = 0;
      for await (const line of createInterface({ input: child.stdout })) {
        const [name, value] = line.split(" ");
        // The last line may be cut off by the kill.
        if (name !== undefined && value !== undefined && line.split(" ").length === 3) {
          newest.set(name, Number(value));
        }
        lines++;
        if (lines === 1500 * round) {
          child.kill("SIGKILL");
        }
      }
      await exited;
      const storage = await open();
      for (const [name, value] of newest) {
        const found = await storage.getEncoded(`${prefix}default/${name}`, {
          messageType: "k8s.io.api.core.v1.ConfigMap",
          format: "json",
          part: "object",
        });
        assert.ok(found, name);
        const object = JSON.parse(new TextDecoder().decode(found.bytes)) as {
          data: { key: string };
        };
        assert.ok(Number(object.data.key) >= value, `${name}: ${object.data.key} < ${value}`);
      }
      newest.clear();
      await storage.close();
    }
  });
});
