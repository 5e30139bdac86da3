/**
 * Pods scheduled a second: `node dist/test/bench/scheduler.bench.js [--nodes N] [--pods N]
 * [--json FILE]`. First the engine as lib/scheduler drives it, then the whole path: pods that are
 * there already are scheduled and bound through a real API server over REST on loopback, with
 * events, everything in this one process. For the crate alone see its example scheduler_perf.
 */

import { writeFile } from "node:fs/promises";
import type { Pod } from "../../lib/api/gen/types/coreV1.js";
import { silentLogger } from "../../lib/platform/logger.js";
import { podText } from "../../lib/scheduler/podText.js";
import { engineConfiguration } from "../../lib/scheduler/schedulerConfiguration.js";
import { SchedulerSnapshot } from "../../lib/scheduler/schedulerSnapshot.js";
import { ApiScenario } from "../support/scheduler/apiScenario.js";
import { pendingPod, readyNode } from "../support/scheduler/schedulerObjects.js";

interface Row {
  readonly name: string;
  readonly nodes: number;
  readonly pods: number;
  readonly podsPerSecond: number;
  readonly cpuMillisecondsEach: number;
}

const batch = 256;
const rows: Row[] = [];

function argument(name: string, or: string): string {
  const at = process.argv.indexOf(`--${name}`);
  return (at < 0 ? undefined : process.argv[at + 1]) ?? or;
}

async function measure(
  name: string,
  nodes: number,
  pods: number,
  run: () => Promise<void>,
): Promise<void> {
  const cpu = process.cpuUsage();
  const begin = performance.now();
  await run();
  const seconds = (performance.now() - begin) / 1000;
  const used = process.cpuUsage(cpu);
  const cpuMillisecondsEach = (used.user + used.system) / 1000 / pods;
  const podsPerSecond = Math.round(pods / seconds);
  rows.push({ name, nodes, pods, podsPerSecond, cpuMillisecondsEach });
  console.log(
    `${name.padEnd(28)} ${String(nodes).padStart(7)} nodes ${String(pods).padStart(7)} pods ` +
      `${String(podsPerSecond).padStart(8)} pods/s ${cpuMillisecondsEach.toFixed(3)} ms CPU each`,
  );
}

function benchNode(index: number) {
  return readyNode(`node-${index}`, (node) => {
    node.metadata!.labels!["topology.kubernetes.io/zone"] = `zone-${index % 3}`;
    node.status!.allocatable = { cpu: "4", memory: "32Gi", pods: "110" };
  });
}

function benchPod(index: number): Pod {
  const pod = pendingPod(`pod-${index}`);
  pod.metadata!.labels = { app: `app-${index % 50}` };
  return pod;
}

async function engine(nodes: number, count: number): Promise<void> {
  const snapshot = new SchedulerSnapshot(engineConfiguration({}, 1), silentLogger);
  for (let index = 0; index < nodes; index++) snapshot.putNode(benchNode(index));
  const pods = Array.from({ length: count }, (_, index) => {
    const pod = benchPod(index);
    Object.assign(pod.metadata!, { uid: `uid-${index}`, generation: 1 });
    return pod;
  });
  await measure("engine through N-API", nodes, count, async () => {
    for (let from = 0; from < count; from += batch) {
      const requests = pods.slice(from, from + batch).map((pod) => ({
        pod,
        text: podText(pod, { matchLabels: pod.metadata?.labels ?? {} }),
      }));
      const placed = snapshot.place("default-scheduler", requests);
      // What the informer tells of each binding.
      requests.forEach(({ pod }, index) => {
        const nodeName = placed.nodes[index] ?? "";
        snapshot.putPod({ ...pod, spec: { ...pod.spec!, nodeName } }, pod);
      });
    }
    snapshot.flush();
  });
}

async function wholePath(nodes: number, count: number): Promise<void> {
  const scenario = await ApiScenario.start();
  try {
    const inChunks = async (total: number, add: (index: number) => Promise<unknown>) => {
      for (let from = 0; from < total; from += 64) {
        const size = Math.min(64, total - from);
        await Promise.all(Array.from({ length: size }, (_, offset) => add(from + offset)));
      }
    };
    await inChunks(nodes, (index) => scenario.addNode(benchNode(index)));
    await inChunks(count, (index) => scenario.addPod(benchPod(index)));
    await measure("bound through the API", nodes, count, async () => {
      await scenario.schedule();
      await scenario.until(() => scenario.bindings === count);
    });
  } finally {
    await scenario.stop();
  }
}

const nodes = Number(argument("nodes", "1000"));
const pods = Number(argument("pods", "2000"));
await engine(5000, 10_000);
await engine(nodes, pods);
await wholePath(nodes, pods);
const file = argument("json", "");
if (file !== "") await writeFile(file, `${JSON.stringify(rows, null, 2)}\n`);
