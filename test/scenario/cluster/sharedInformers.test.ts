import assert from "node:assert/strict";
import { setImmediate as nextTurn } from "node:timers/promises";
import { Cluster } from "../../../lib/index.js";

/** How many watches of each resource run. */
async function watches(cluster: Cluster): Promise<Map<string, number>> {
  const { body } = await cluster.client.raw({ path: "/metrics" });
  const parts: Uint8Array[] = [];
  for await (const part of body) parts.push(part as Uint8Array);
  const found = new Map<string, number>();
  for (const line of Buffer.concat(parts).toString().split("\n")) {
    if (!line.startsWith('apiserver_longrunning_requests{verb="WATCH"')) continue;
    const [, resource = "", count] = /resource="([^"]*)".* (\d+)$/.exec(line) ?? [];
    found.set(resource, (found.get(resource) ?? 0) + Number(count));
  }
  return found;
}

describe("what a cluster's components follow", () => {
  for (const nodes of [1, 8]) {
    it(`is followed once for all of them, with ${nodes} nodes`, async () => {
      const cluster = await Cluster.start({ nodes });
      try {
        // One for all, and each node's own.
        const own = { pods: 1 + nodes, nodes: 1 + nodes };
        const shared = ["services", "namespaces", "replicasets", "poddisruptionbudgets"];
        const expected = { ...own, ...Object.fromEntries(shared.map((kind) => [kind, 1])) };
        let found = await watches(cluster);
        // The kubelets' own begin a few turns after their nodes are registered.
        while (Object.entries(own).some(([kind, count]) => (found.get(kind) ?? 0) < count)) {
          await nextTurn();
          found = await watches(cluster);
        }
        const counts = Object.keys(expected).map((kind) => [kind, found.get(kind)]);
        assert.deepEqual(Object.fromEntries(counts), expected);
      } finally {
        await cluster.stop();
      }
    });
  }
});
