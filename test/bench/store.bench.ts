/**
 * What the storage driver gives JavaScript: `node dist/test/bench/store.bench.js [--json FILE]`,
 * a part of `npm run bench -- store`. What many objects cost in memory, rates and CPU an operation,
 * in memory and with fsync, and events delivered to many watchers.
 */

import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { nodeClock } from "../../lib/platform/node/nodeClock.js";
import { type EmbeddedStorage, openEmbeddedStorage } from "../../lib/storage/embeddedStorage.js";
import type { View } from "../../lib/storage/storage.js";
import { storedConfigMap } from "../support/storage/storedConfigMap.js";
import { residentMebibytes } from "./processFigures.js";

interface Row {
  readonly name: string;
  readonly operations: number;
  readonly perSecond: number;
  readonly cpuMicrosecondsEach: number;
  readonly p50Milliseconds?: number;
  readonly p99Milliseconds?: number;
}

const rows: Row[] = [];
const prefix = "/registry/configmaps/";
const view: View = {
  messageType: "k8s.io.api.core.v1.ConfigMap",
  format: "json",
  part: "object",
};
const data = "x".repeat(1024);

async function measure(name: string, run: (latencies: number[]) => Promise<number>): Promise<void> {
  const latencies: number[] = [];
  const cpu = process.cpuUsage();
  const begin = performance.now();
  const operations = await run(latencies);
  const seconds = (performance.now() - begin) / 1000;
  const used = process.cpuUsage(cpu);
  latencies.sort((a, b) => a - b);
  const at = (part: number) => latencies[Math.floor(latencies.length * part)];
  const row: Row = {
    name,
    operations,
    perSecond: Math.round(operations / seconds),
    cpuMicrosecondsEach: (used.user + used.system) / operations,
    ...(latencies.length > 0
      ? { p50Milliseconds: at(0.5) ?? 0, p99Milliseconds: at(0.99) ?? 0 }
      : {}),
  };
  rows.push(row);
  const latency =
    row.p50Milliseconds === undefined
      ? ""
      : `  p50 ${row.p50Milliseconds.toFixed(3)} ms  p99 ${row.p99Milliseconds?.toFixed(3)} ms`;
  const cpuEach = row.cpuMicrosecondsEach.toFixed(2).padStart(9);
  console.log(
    `${name.padEnd(44)} ${String(row.perSecond).padStart(9)} /s  ${cpuEach} us CPU${latency}`,
  );
}

/** Resident memory of objects of 2.8 KB with four updates each, beside what there was before. */
async function memoryRows(): Promise<void> {
  const [objects, bytes, updates] = [38_000, 2_800, 4];
  const storage = await openEmbeddedStorage({ clock: nodeClock });
  const put = async (number: number, value: Uint8Array): Promise<void> => {
    const set = String(Math.floor(number / 10)).padStart(5, "0");
    const key = `/registry/pods/namespace-${number % 100}/app-${set}-7d8f9c6b5-${number}`;
    await storage.transact({ compare: [], success: [{ type: "put", key, value }] });
  };
  // So that JavaScript's own heap is as large as such work makes it.
  const warm = new Uint8Array(bytes);
  for (let number = 0; number < 50_000; number++) await put(number % 100, warm);
  await storage.compact(storage.currentRevision());
  const before = residentMebibytes(process.pid);
  const show = (what: string): void => {
    const { keys, bytes: live } = storage.statistics();
    const resident = residentMebibytes(process.pid) - before;
    const each = (resident * 2 ** 20 - live) / keys;
    console.log(
      `${`${objects} objects of ${bytes} bytes, ${what}`.padEnd(56)} ${resident.toFixed(0)} MiB, ` +
        `${each.toFixed(0)} bytes an object over ${(live / keys).toFixed(0)}`,
    );
  };
  for (let update = 0; update <= updates; update++) {
    const value = new Uint8Array(bytes + 37 * update);
    for (let number = 0; number < objects; number++) await put(number, value);
    if (update % updates === 0) show(`${update} updates each`);
  }
  await storage.compact(storage.currentRevision());
  show("compacted");
  await storage.close();
}

async function puts(storage: EmbeddedStorage, clients: number, each: number, latencies: number[]) {
  const client = async (number: number) => {
    for (let round = 0; round < each; round++) {
      const name = `c${number}-${round % 100}`;
      const begin = performance.now();
      await storage.transact({
        compare: [],
        success: [
          { type: "put", key: `${prefix}default/${name}`, value: storedConfigMap(name, data) },
        ],
      });
      latencies.push(performance.now() - begin);
    }
  };
  await Promise.all(Array.from({ length: clients }, (_, number) => client(number)));
  return clients * each;
}

async function putRows(): Promise<void> {
  for (const [kind, counts] of [
    ["memory", [1, 64]],
    ["fsync", [1, 64, 1000]],
  ] as const) {
    for (const clients of counts) {
      const directory =
        kind === "fsync" ? await mkdtemp(join(tmpdir(), "steersman-bench-")) : undefined;
      const storage = await openEmbeddedStorage({
        clock: nodeClock,
        ...(directory === undefined ? {} : { directory }),
      });
      const each = kind === "fsync" ? Math.max(30, 2000 / clients) : Math.round(50_000 / clients);
      await measure(`put 1 KiB, ${kind}, ${clients} clients`, (latencies) =>
        puts(storage, clients, Math.round(each), latencies),
      );
      await storage.close();
      if (directory !== undefined) {
        await rm(directory, { recursive: true });
      }
    }
  }
}

async function readRows(): Promise<void> {
  const storage = await openEmbeddedStorage({ clock: nodeClock });
  for (let number = 0; number < 10_000; number++) {
    const name = `pod-${String(number).padStart(6, "0")}`;
    const value = storedConfigMap(name, data, { app: `a${number % 10}` });
    const key = `${prefix}default/${name}`;
    await storage.transact({ compare: [], success: [{ type: "put", key, value }] });
  }
  await measure("get, stored bytes", async () => {
    for (let round = 0; round < 50_000; round++) {
      await storage.get(`${prefix}default/pod-00${String(round % 10_000).padStart(4, "0")}`);
    }
    return 50_000;
  });
  for (const format of ["json", "protobuf"] as const) {
    await measure(`get, encoded ${format}`, async () => {
      for (let round = 0; round < 50_000; round++) {
        const key = `${prefix}default/pod-00${String(round % 10_000).padStart(4, "0")}`;
        await storage.getEncoded(key, { ...view, format });
      }
      return 50_000;
    });
    await measure(`list of 10,000, ${format}, items`, async () => {
      for (let round = 0; round < 10; round++) {
        await storage.list({ prefix, view: { ...view, format } });
      }
      return 100_000;
    });
  }
  const selector = { labels: [{ key: "app", operator: "=" as const, values: ["a3"] }] };
  await measure("list 1,000 of 10,000 by label, keys", async () => {
    for (let round = 0; round < 10; round++) {
      await storage.list({ prefix, view, selector });
    }
    return 100_000;
  });
  await storage.close();
}

async function watchRow(watchers: number, format: "json" | "protobuf"): Promise<void> {
  const storage = await openEmbeddedStorage({ clock: nodeClock });
  let events = 0;
  const changes = watchers > 100 ? 400 : 4000;
  let finish: (() => void) | undefined;
  const finished = new Promise<void>((resolve) => {
    finish = resolve;
  });
  const streams = Array.from({ length: watchers }, () => {
    const stream = storage.watch({
      prefix,
      afterRevision: storage.currentRevision(),
      view: { ...view, format },
      framing: format,
      onReady: () => {
        events += stream.take(1 << 20).events;
        if (events === changes * watchers) {
          finish?.();
        }
      },
    });
    return stream;
  });
  await measure(`watch, ${watchers} watchers, ${format}, events`, async () => {
    for (let round = 0; round < changes; round++) {
      const name = `w-${round % 100}`;
      const key = `${prefix}default/${name}`;
      const value = storedConfigMap(name, data);
      await storage.transact({ compare: [], success: [{ type: "put", key, value }] });
      if (round % 40 === 39) {
        await new Promise<void>((resolve) => nodeClock.defer(resolve));
      }
    }
    await finished;
    return events;
  });
  for (const stream of streams) {
    stream.close();
  }
  await storage.close();
}

await memoryRows();
await putRows();
await readRows();
for (const watchers of [1, 10, 100, 1000]) {
  await watchRow(watchers, "json");
}
await watchRow(1000, "protobuf");
const file = process.argv[process.argv.indexOf("--json") + 1];
if (process.argv.includes("--json") && file !== undefined) {
  await writeFile(file, JSON.stringify(rows, null, 2));
}
