import { resources } from "../../lib/index.js";
import { nodePlatform } from "../../lib/platform/node/nodePlatform.js";
import { benchPod } from "./benchPod.js";
import { connect, type Transport, transports } from "./benchUser.js";
import { RawWatchers } from "./rawWatchers.js";
import type { RequestBench } from "./requestRows.js";

const namespace = "default";
const changedPods = 4;
const deadlineMilliseconds = 60_000;

/**
 * Events a second and CPU a million events for 1, 10, 100 and 1,000 watchers of pods (about 4 KB an
 * event). Four loops change a pod each as fast as they are answered; the CPU of the changes
 * themselves is in the figures.
 */
export async function watchRows(bench: RequestBench, only: string): Promise<void> {
  const client = await connect(bench.credentials, "REST protobuf");
  const pods = client.resource(resources.pods);
  for (let i = 0; i < changedPods; i++) await pods.create(benchPod(`watched-${i}`));
  client.close();
  for (const transport of transports.filter((name) => name.includes(only))) {
    for (const count of [1, 10, 100, 1000]) await watchRow(bench, transport, count, 0);
    await watchRow(bench, transport, 1000, 40);
  }
}

async function watchRow(
  bench: RequestBench,
  transport: Transport,
  count: number,
  changesPerSecond: number,
): Promise<void> {
  const { server } = bench;
  const client = await connect(bench.credentials, "REST protobuf");
  const pods = client.resource(resources.pods);
  const { metadata } = await pods.list({ namespace, limit: 1 });
  const address = transport === "gRPC" ? server.grpcServer : bench.credentials.server;
  const watchers = await RawWatchers.open(
    bench.credentials,
    transport,
    address,
    metadata?.resourceVersion ?? "",
    count,
  );
  const changes = changesPerSecond > 0 ? 200 : Math.max(160, Math.min(1600, 40_000 / count));
  const expected = changes * count;
  const cpu = server.cpuSeconds();
  const started = performance.now();
  const change = async (loop: number, i: number): Promise<void> => {
    const annotations = { "bench.local/change": String(i) };
    const body = { metadata: { annotations } };
    await pods.patch(`watched-${loop}`, { type: "merge", body }, { namespace });
  };
  const loops = Array.from({ length: changedPods }, async (_, loop) => {
    for (let i = 0; i < changes / changedPods; i++) {
      await change(loop, i);
      if (changesPerSecond === 0) continue;
      const due = started + ((i + 1) * changedPods * 1000) / changesPerSecond;
      await nodePlatform.clock.sleep(Math.max(0, due - performance.now()));
    }
  });
  await Promise.all(loops);
  while (watchers.events < expected && performance.now() - started < deadlineMilliseconds) {
    await nodePlatform.clock.sleep(2);
  }
  const seconds = (performance.now() - started) / 1000;
  const used = server.cpuSeconds() - cpu;
  const pace = changesPerSecond > 0 ? `, ${changesPerSecond} changes/s` : "";
  const name = `watch, ${transport}, ${count} watcher${count > 1 ? "s" : ""}${pace}`;
  bench.report.fact(`${name}: events/s`, watchers.events / seconds);
  bench.report.fact(`${name}: CPU s a million`, (used / watchers.events) * 1e6);
  if (watchers.events !== expected) {
    bench.report.fact(`${name}: events missing`, expected - watchers.events);
  }
  await watchers.close();
  client.close();
}
