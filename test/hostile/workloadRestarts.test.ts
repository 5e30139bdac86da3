import assert from "node:assert/strict";
import { appsV1, coreV1 } from "../../lib/api/gen/resources.js";
import type { ResourceType } from "../../lib/api/resourceType.js";
import type { KubernetesObject } from "../../lib/client/resourceClient.js";
import { nodeNameOf } from "../../lib/controllers/daemonset/daemonPod.js";
import { DaemonSetController } from "../../lib/controllers/daemonset/daemonSetController.js";
import { replicaSetKind } from "../../lib/controllers/replicaset/replicaKind.js";
import { ReplicaSetController } from "../../lib/controllers/replicaset/replicaSetController.js";
import { StatefulSetController } from "../../lib/controllers/statefulset/statefulSetController.js";
import { SeededRandom } from "../../lib/platform/virtual/seededRandom.js";
import type { Fate } from "../support/client/mortalTransport.js";
import { type Phase, WorkloadTrial } from "../support/client/workloadTrial.js";

const namespace = "default";
const labels = { app: "web" };
const template = (image: string, podSpec: object = {}) => ({
  metadata: { labels },
  spec: { containers: [{ name: "c", image }], ...podSpec },
});

type Workload = KubernetesObject & {
  status?: { observedGeneration?: number; availableReplicas?: number; numberAvailable?: number };
};

const patch =
  <T extends KubernetesObject>(type: ResourceType<T>, spec: object) =>
  (trial: WorkloadTrial) =>
    trial.client.resource(type).patch("web", { type: "merge", body: { spec } }, { namespace });

/** The picture, and a status that has caught up with it. */
const becomes =
  <T extends Workload>(type: ResourceType<T>, picture: string, available: number) =>
  async (trial: WorkloadTrial): Promise<boolean> => {
    const nameOf = type.kind === "StatefulSet" ? undefined : nodeNameOf;
    if ((await trial.picture(nameOf)) !== picture) return false;
    const { metadata, status } = await trial.client.resource(type).get("web", { namespace });
    const isObserved = status?.observedGeneration === metadata?.generation;
    return isObserved && (status?.availableReplicas ?? status?.numberAvailable ?? 0) === available;
  };

const atLeast = (count: number) => async (trial: WorkloadTrial) => {
  const serving = (await trial.serving()).length;
  assert.ok(serving >= count, `${serving} serve:\n${await trial.describe()}`);
};

const deletePod = (trial: WorkloadTrial, name: string) =>
  trial.client.resource(coreV1.pods).delete(name, { namespace });

function statefulPhases(podManagementPolicy: string): Phase[] {
  const four = (image: string) => [0, 1, 2, 3].map((n) => `web-${n}=${image}`).join(" ");
  const sets = appsV1.statefulsets;
  const isClaimed = (text: string) => async (trial: WorkloadTrial) => {
    const claims = (await trial.claims()).map(
      ({ metadata }) => `${metadata.name}:${metadata.ownerReferences?.map(({ kind }) => kind)}`,
    );
    return claims.sort().join(" ") === text;
  };
  const owned = (count: number) =>
    [0, 1, 2, 3]
      .slice(0, count)
      .map((n) => `d-web-${n}:StatefulSet`)
      .join(" ");
  const both =
    (...conditions: ((trial: WorkloadTrial) => Promise<boolean>)[]) =>
    async (trial: WorkloadTrial) =>
      (await Promise.all(conditions.map((holds) => holds(trial)))).every(Boolean);
  return [
    {
      name: "four pods with claims",
      act: (trial) =>
        trial.client.resource(sets).create({
          metadata: { name: "web", namespace },
          spec: {
            replicas: 4,
            podManagementPolicy,
            minReadySeconds: 3,
            serviceName: "web",
            selector: { matchLabels: labels },
            template: template("one"),
            updateStrategy: {
              type: "RollingUpdate",
              rollingUpdate: { partition: 0, maxUnavailable: 2 },
            },
            persistentVolumeClaimRetentionPolicy: { whenDeleted: "Delete", whenScaled: "Delete" },
            volumeClaimTemplates: [{ metadata: { name: "d" }, spec: {} }],
          },
        }),
      settled: both(becomes(sets, four("one"), 4), isClaimed(owned(4))),
    },
    {
      name: "two of them behind a quota that is full",
      act: async (trial) => {
        trial.quota = 3;
        await deletePod(trial, "web-0");
        await patch(sets, { replicas: 2 })(trial);
      },
      settled: both(becomes(sets, "web-0=one web-1=one", 2), isClaimed(owned(2))),
    },
    {
      name: "four again, with new claims",
      act: async (trial) => {
        trial.quota = 10;
        await patch(sets, { replicas: 4 })(trial);
      },
      settled: both(becomes(sets, four("one"), 4), isClaimed(owned(4))),
    },
    {
      name: "an update, two at once",
      act: patch(sets, { template: template("two") }),
      always: atLeast(2),
      settled: both(becomes(sets, four("two"), 4), isClaimed(owned(4))),
    },
    {
      name: "ended pods made anew",
      act: async (trial) => {
        await trial.setState("web-1", { phase: "Failed", ready: true });
        await trial.setState("web-2", { phase: "Succeeded", ready: true });
      },
      settled: becomes(sets, four("two"), 4),
    },
    {
      name: "claims without an owner",
      act: patch(sets, {
        persistentVolumeClaimRetentionPolicy: { whenDeleted: "Retain", whenScaled: "Retain" },
      }),
      settled: isClaimed([0, 1, 2, 3].map((n) => `d-web-${n}:`).join(" ")),
    },
  ];
}

function daemonPhases(maxUnavailable: number, maxSurge: number): Phase[] {
  const sets = appsV1.daemonsets;
  const on = (nodes: string, image: string) => [...nodes].map((n) => `${n}=${image}`).join(" ");
  const tolerations = [{ key: "k", operator: "Exists", effect: "NoSchedule" }];
  const addNode = (trial: WorkloadTrial, name: string, taints: object[] = []) =>
    trial.client.resource(coreV1.nodes).create({ metadata: { name }, spec: { taints } as never });
  return [
    {
      name: "a pod on each node",
      act: async (trial) => {
        for (const name of "abc") await addNode(trial, name);
        await addNode(trial, "t", [{ key: "k", value: "v", effect: "NoSchedule" }]);
        await trial.client.resource(sets).create({
          metadata: { name: "web", namespace },
          spec: {
            minReadySeconds: 3,
            selector: { matchLabels: labels },
            template: template("one", { tolerations }),
            updateStrategy: { type: "RollingUpdate", rollingUpdate: { maxUnavailable, maxSurge } },
          },
        });
      },
      settled: becomes(sets, on("abct", "one"), 4),
    },
    {
      name: "an update that is not for one node",
      act: patch(sets, { template: template("two", { tolerations: [] }) }),
      always: atLeast(3 - maxUnavailable),
      settled: becomes(sets, on("abc", "two"), 3),
    },
    {
      name: "a node more behind a quota that is full, and one less",
      act: async (trial) => {
        trial.quota = 3;
        await addNode(trial, "d");
        const body = { spec: { taints: [{ key: "x", effect: "NoExecute" }] } };
        await trial.client.resource(coreV1.nodes).patch("a", { type: "merge", body });
      },
      settled: becomes(sets, on("bcd", "two"), 3),
    },
    {
      name: "ended pods made anew",
      act: async (trial) => {
        const [first, second] = await trial.pods();
        await trial.setState(first!.metadata.name!, { phase: "Failed", ready: true });
        await trial.setState(second!.metadata.name!, { phase: "Succeeded", ready: true });
      },
      settled: becomes(sets, on("bcd", "two"), 3),
    },
  ];
}

const replicaPhases: Phase[] = [
  {
    name: "as many as a quota lets be",
    act: async (trial) => {
      trial.quota = 5;
      await trial.client.resource(appsV1.replicasets).create({
        metadata: { name: "web", namespace },
        spec: {
          replicas: 8,
          minReadySeconds: 3,
          selector: { matchLabels: labels },
          template: template("one"),
        },
      });
    },
    settled: becomes(appsV1.replicasets, Array(5).fill("=one").join(" "), 5),
  },
  {
    name: "fewer while it is full",
    act: patch(appsV1.replicasets, { replicas: 3 }),
    settled: becomes(appsV1.replicasets, Array(3).fill("=one").join(" "), 3),
  },
];

const workloads: Readonly<
  Record<string, readonly [ConstructorParameters<typeof WorkloadTrial>[0], readonly Phase[]]>
> = {
  "a StatefulSet in order": [(c) => [new StatefulSetController(c)], statefulPhases("OrderedReady")],
  "a StatefulSet in parallel": [(c) => [new StatefulSetController(c)], statefulPhases("Parallel")],
  "a DaemonSet": [(c) => [new DaemonSetController(c)], daemonPhases(1, 0)],
  "a DaemonSet that surges": [(c) => [new DaemonSetController(c)], daemonPhases(0, 1)],
  "a ReplicaSet": [(c) => [new ReplicaSetController(c, replicaSetKind)], replicaPhases],
};

const runs = 12;
const seeds = 5;
const fates: readonly Fate[] = ["dies before", "dies after", "refused", "unanswered"];

describe("Controllers of workloads, disturbed", () => {
  for (const [name, [make, phases]] of Object.entries(workloads)) {
    it(`brings ${name} to the same end, ended before or after a write`, async () => {
      const undisturbed = new WorkloadTrial(make);
      await undisturbed.run(phases);
      const { writes } = undisturbed;
      assert.ok(writes > 5, `${writes} writes`);
      // Writes all over the run, before and after in turn: each is a run of its own.
      for (let run = 0; run < runs; run++) {
        const at = 1 + Math.floor((run * writes) / runs);
        const fate = run % 2 === 0 ? "dies before" : "dies after";
        await new WorkloadTrial(make, { fate: (n) => (n === at ? fate : "done") }).run(phases);
      }
    }).timeout(120_000);

    it(`brings ${name} to the same end with many failures and a clock that jumps`, async () => {
      for (let seed = 1; seed <= seeds; seed++) {
        const random = new SeededRandom(seed);
        const trial = new WorkloadTrial(make, {
          fate: () => (random.float() < 0.3 ? (fates[random.below(4)] ?? "done") : "done"),
          jump: () => (random.float() < 0.1 ? (random.float() - 0.5) * 7_200_000 : 0),
        });
        await trial.run(phases).catch((error: unknown) => {
          throw new Error(`seed ${seed}`, { cause: error });
        });
      }
    }).timeout(120_000);
  }
});
