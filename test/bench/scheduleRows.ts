import type { Node } from "../../lib/api/gen/types/coreV1.js";
import { resources } from "../../lib/index.js";
import { benchPod } from "./benchPod.js";
import { connect } from "./benchUser.js";
import type { RequestBench } from "./requestRows.js";

const nodeCount = 1000;
const podCount = 2000;
const loops = 64;
const namespace = "default";

function nodeOf(index: number): Node {
  const name = `bench-node-${index}`;
  const amounts = { cpu: "16", memory: "64Gi", pods: "110" };
  const zone = `zone-${index % 3}`;
  return {
    metadata: {
      name,
      labels: { "kubernetes.io/hostname": name, "topology.kubernetes.io/zone": zone },
    },
    status: {
      capacity: amounts,
      allocatable: amounts,
      conditions: [{ type: "Ready", status: "True" }],
    },
  };
}

async function inLoops(count: number, work: (index: number) => Promise<unknown>): Promise<void> {
  let next = 0;
  const loop = async (): Promise<void> => {
    while (next < count) await work(next++);
  };
  await Promise.all(Array.from({ length: loops }, loop));
}

/**
 * From the first create to the last binding: 2,000 pods on 1,000 nodes that are only objects, so
 * that the CPU is the API server's, the scheduler's and the controllers'.
 */
export async function scheduleRow(bench: RequestBench): Promise<void> {
  const client = await connect(bench.credentials, "gRPC");
  const nodes = client.resource(resources.nodes);
  const pods = client.resource(resources.pods);
  await inLoops(nodeCount, async (index) => {
    const node = nodeOf(index);
    const { metadata } = await nodes.create(node);
    // As registration leaves it once the node controller has seen it ready.
    await nodes.patch(metadata?.name ?? "", { type: "merge", body: { spec: { taints: null } } });
    const body = { status: node.status };
    await nodes.patchStatus(metadata?.name ?? "", { type: "merge", body });
  });
  const abort = new AbortController();
  const { metadata } = await pods.list({ namespace, limit: 1 });
  const bound = new Set<string>();
  const allBound = (async () => {
    const resourceVersion = metadata?.resourceVersion ?? "";
    for await (const event of pods.watch({ namespace, resourceVersion, signal: abort.signal })) {
      if (event.type === "MODIFIED" && event.object.spec?.nodeName) {
        bound.add(event.object.metadata?.name ?? "");
      }
      if (bound.size === podCount) return;
    }
  })();
  const cpu = bench.server.cpuSeconds();
  const started = performance.now();
  await inLoops(podCount, (index) => pods.create(benchPod(`bound-${index}`, "default-scheduler")));
  await allBound;
  const seconds = (performance.now() - started) / 1000;
  abort.abort();
  bench.report.row({
    name: `pods created and bound on ${nodeCount} nodes`,
    perSecond: podCount / seconds,
    serverCpuMilliseconds: ((bench.server.cpuSeconds() - cpu) * 1000) / podCount,
  });
  client.close();
}
