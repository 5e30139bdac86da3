import { deepEqual, equal } from "node:assert/strict";
import type { Pod } from "../../../lib/api/gen/types/coreV1.js";
import type { LabelSelector } from "../../../lib/api/gen/types/metaV1.js";
import { addon } from "../../../lib/native/addon.js";
import { SeededRandom } from "../../../lib/platform/virtual/seededRandom.js";
import { nodeText } from "../../../lib/scheduler/nodeText.js";
import { podText } from "../../../lib/scheduler/podText.js";
import { engineConfiguration } from "../../../lib/scheduler/schedulerConfiguration.js";
import { GeneratedCluster } from "../../support/scheduler/generatedCluster.js";
import type { ReferenceCluster } from "../../support/scheduler/referenceCluster.js";
import { refusalOf } from "../../support/scheduler/referenceFilters.js";
import { scoresOf } from "../../support/scheduler/referenceScores.js";

const clusters = 1500;
const name = "default-scheduler";

function engineOf(cluster: ReferenceCluster) {
  const engine = new addon.SchedulingEngine(
    engineConfiguration({ percentageOfNodesToScore: 100 }, 1),
  );
  const lines = [
    ...[...cluster.namespaceLabels].map(
      ([namespace, labels]) => `namespace+\t${JSON.stringify({ name: namespace, labels })}`,
    ),
    ...cluster.nodes.map((node) => `node+\t${nodeText(node)}`),
    ...cluster.pods.map((pod) => {
      const flags = pod.metadata?.deletionTimestamp === undefined ? "" : "t";
      const { uid, namespace } = pod.metadata ?? {};
      return `pod+\t${uid}\t${namespace}/${uid}\t${pod.spec?.nodeName}\t${flags}\t\t${podText(pod)}`;
    }),
  ];
  deepEqual(engine.apply(lines.join("\n")), []);
  return engine;
}

interface NodeAnswer {
  readonly node: string;
  readonly refusedBy: string | undefined;
  readonly reasons: readonly string[];
  readonly scores: Readonly<Record<string, number>>;
}

/** Scores of 0 are left out: a plugin that does not score says nothing, the reference says 0. */
function withoutZeros(entries: readonly (readonly [string, number])[]): Record<string, number> {
  return Object.fromEntries(entries.filter(([, score]) => score !== 0).sort());
}

function expected(
  cluster: ReferenceCluster,
  pod: Pod,
  selector: LabelSelector | undefined,
): NodeAnswer[] {
  const refusals = cluster.nodes.map((node) => refusalOf(cluster, pod, node));
  const feasible = cluster.nodes.filter((_, index) => refusals[index] === undefined);
  const scores = scoresOf(cluster, pod, feasible, selector);
  return cluster.nodes.map((node, index) => {
    const refusal = refusals[index];
    const at = feasible.indexOf(node);
    const own = [...scores].map(([plugin, all]) => [plugin, all[at] ?? 0] as const);
    return {
      node: node.metadata?.name ?? "",
      refusedBy: refusal?.plugin,
      reasons: refusal?.reasons ?? [],
      scores: refusal === undefined ? withoutZeros(own) : {},
    };
  });
}

/** The message of a pod that no node takes, up to preemption's part. */
function messageOf(answers: readonly NodeAnswer[]): string {
  const counts = new Map<string, number>();
  for (const { reasons } of answers) {
    for (const reason of reasons) counts.set(reason, (counts.get(reason) ?? 0) + 1);
  }
  const lines = [...counts].map(([reason, count]) => `${count} ${reason}`).sort();
  return `0/${answers.length} nodes are available: ${lines.join(", ")}.`;
}

describe("the native engine and the slow reference", () => {
  it(`agree on ${clusters} generated clusters: nodes, reasons, scores, messages`, function () {
    this.timeout(120_000);
    for (let seed = 0; seed < clusters; seed++) {
      const generated = new GeneratedCluster(new SeededRandom(seed));
      const cluster = generated.cluster();
      const pod = generated.pod("new");
      const selector = generated.chance(0.5) ? { matchLabels: { app: "a" } } : undefined;
      const engine = engineOf(cluster);
      const line = `new\tns/new\t\t${podText(pod, selector)}`;
      const actual = engine.explain(name, line).map(
        ({ node, reasons, refusedBy, scores }): NodeAnswer => ({
          node,
          refusedBy,
          reasons,
          scores: withoutZeros(scores.map(({ plugin, score }) => [plugin, score])),
        }),
      );
      const wanted = expected(cluster, pod, selector);
      deepEqual(actual, wanted, `seed ${seed}`);
      const [failure] = engine.schedule(name, line).failures;
      const possible = wanted.some(({ refusedBy }) => refusedBy === undefined);
      equal(failure === undefined, possible, `seed ${seed}`);
      if (failure === undefined) continue;
      equal(
        failure.message.startsWith(messageOf(wanted)),
        true,
        `seed ${seed}: ${failure.message}`,
      );
    }
  });
});
