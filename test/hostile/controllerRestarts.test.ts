import assert from "node:assert/strict";
import { appsV1, coreV1, discoveryV1 } from "../../lib/api/gen/resources.js";
import type { Deployment } from "../../lib/api/gen/types/appsV1.js";
import type { ConfigMap } from "../../lib/api/gen/types/coreV1.js";
import type { OwnerReference } from "../../lib/api/gen/types/metaV1.js";
import { hasReason } from "../../lib/api/status.js";
import type { Controller, ControllerContext } from "../../lib/controllers/controllerContext.js";
import { DeploymentController } from "../../lib/controllers/deployment/deploymentController.js";
import { EndpointsController } from "../../lib/controllers/endpoints/endpointsController.js";
import { EndpointSliceController } from "../../lib/controllers/endpointslice/endpointSliceController.js";
import { GarbageCollector } from "../../lib/controllers/garbagecollector/garbageCollector.js";
import { NamespaceController } from "../../lib/controllers/namespace/namespaceController.js";
import { ClaimProtectionController } from "../../lib/controllers/protection/claimProtectionController.js";
import { replicaSetKind } from "../../lib/controllers/replicaset/replicaKind.js";
import { ReplicaSetController } from "../../lib/controllers/replicaset/replicaSetController.js";
import { RootCaPublisher } from "../../lib/controllers/rootca/rootCaPublisher.js";
import { ServiceAccountController } from "../../lib/controllers/serviceaccount/serviceAccountController.js";
import { SeededRandom } from "../../lib/platform/virtual/seededRandom.js";
import type { Fate } from "../support/client/mortalTransport.js";
import { type Disturbance, type Phase, WorkloadTrial } from "../support/client/workloadTrial.js";

const namespace = "default";
const labels = { app: "web" };

interface Scenario {
  readonly make: (context: ControllerContext) => Controller[];
  readonly phases: readonly Phase[];
}

/** Nobody is behind a name any more. */
async function isGone(request: Promise<unknown>): Promise<boolean> {
  try {
    await request;
    return false;
  } catch (error) {
    if (!hasReason(error, "NotFound")) throw error;
    return true;
  }
}

const deployments = (trial: WorkloadTrial) => trial.client.resource(appsV1.deployments);
const sets = async (trial: WorkloadTrial) =>
  (await trial.client.resource(appsV1.replicasets).list({ namespace })).items;
const revisionOf = ({ metadata }: { metadata: { annotations?: Record<string, string> } }) =>
  metadata.annotations?.["deployment.kubernetes.io/revision"];

/** Pods of an image serve, stand in slices and Endpoints, and the status says so. */
const serves =
  (image: string, count: number, revision: string) =>
  async (trial: WorkloadTrial): Promise<boolean> => {
    const serving = await trial.serving();
    const all = await trial.pods();
    const right = serving.filter((pod) => pod.spec.containers[0]?.image === image);
    if (right.length !== count || all.length !== count) return false;
    const { metadata, status = {} } = await deployments(trial).get("web", { namespace });
    const isReported =
      status.observedGeneration === metadata.generation &&
      status.availableReplicas === count &&
      status.updatedReplicas === count;
    if (!isReported || revisionOf({ metadata }) !== revision) return false;
    const names = right.map((pod) => pod.metadata.name).sort();
    const slices = (await trial.client.resource(discoveryV1.endpointslices).list({ namespace }))
      .items;
    const inSlices = slices
      .flatMap((slice) => slice.endpoints ?? [])
      .filter((endpoint) => endpoint.conditions?.ready === true)
      .map((endpoint) => endpoint.targetRef?.name)
      .sort();
    const endpoints = await trial.client.resource(coreV1.endpoints).get("web", { namespace });
    const inEndpoints = (endpoints.subsets ?? [])
      .flatMap((subset) => subset.addresses ?? [])
      .map((address) => address.targetRef?.name)
      .sort();
    return `${inSlices}` === `${names}` && `${inEndpoints}` === `${names}`;
  };

const atLeast = (count: number) => async (trial: WorkloadTrial) => {
  const serving = (await trial.serving()).length;
  assert.ok(serving >= count, `${serving} serve:\n${await trial.describe()}`);
};

const setImage = (image: string) => (trial: WorkloadTrial) =>
  deployments(trial).patch(
    "web",
    {
      type: "merge",
      body: { spec: { template: { spec: { containers: [{ name: "c", image }] } } } },
    },
    { namespace },
  );

const deployment: Deployment = {
  metadata: { name: "web", namespace },
  spec: {
    replicas: 3,
    progressDeadlineSeconds: 600,
    selector: { matchLabels: labels },
    strategy: { type: "RollingUpdate", rollingUpdate: { maxSurge: 1, maxUnavailable: 0 } },
    template: { metadata: { labels }, spec: { containers: [{ name: "c", image: "one" }] } },
  },
};

const rollout: Scenario = {
  make: (context) => [
    new DeploymentController(context),
    new ReplicaSetController(context, replicaSetKind),
    new EndpointSliceController(context),
    new EndpointsController(context),
    new GarbageCollector(context),
  ],
  phases: [
    {
      name: "three pods behind a service",
      act: async (trial) => {
        await trial.client.resource(coreV1.services).create({
          metadata: { name: "web", namespace },
          spec: { selector: labels, ports: [{ port: 80 }] },
        });
        await deployments(trial).create(deployment);
      },
      settled: serves("one", 3, "1"),
    },
    {
      name: "another image",
      act: setImage("two"),
      always: atLeast(3),
      settled: serves("two", 3, "2"),
    },
    {
      name: "the first image again, by its own set",
      act: setImage("one"),
      always: atLeast(3),
      settled: async (trial) =>
        (await serves("one", 3, "3")(trial)) && (await sets(trial)).length === 2,
    },
    {
      name: "an orphaned set, adopted again",
      act: async (trial) => {
        for (const set of await sets(trial)) {
          const body = { metadata: { ownerReferences: [] } };
          const replicasets = trial.client.resource(appsV1.replicasets);
          await replicasets.patch(set.metadata.name ?? "", { type: "merge", body }, { namespace });
        }
      },
      always: atLeast(3),
      settled: async (trial) =>
        (await serves("one", 3, "3")(trial)) &&
        (await sets(trial)).every(({ metadata }) => metadata.ownerReferences?.length === 1),
    },
    {
      name: "all of it gone",
      act: async (trial) => {
        await deployments(trial).delete("web", { namespace, propagationPolicy: "Foreground" });
        await trial.client.resource(coreV1.services).delete("web", { namespace });
      },
      settled: async (trial) =>
        (await isGone(deployments(trial).get("web", { namespace }))) &&
        (await sets(trial)).length === 0 &&
        (await trial.pods()).length === 0 &&
        (await isGone(trial.client.resource(coreV1.endpoints).get("web", { namespace }))) &&
        (await trial.client.resource(discoveryV1.endpointslices).list({ namespace })).items
          .length === 0,
    },
  ],
};

const maps = (trial: WorkloadTrial) => trial.client.resource(coreV1.configmaps);
const reference = ({ metadata }: ConfigMap, changes: Partial<OwnerReference> = {}) => ({
  apiVersion: "v1",
  kind: "ConfigMap",
  name: metadata?.name ?? "",
  uid: metadata?.uid ?? "",
  blockOwnerDeletion: true,
  ...changes,
});
const make = (trial: WorkloadTrial, place: string, owners: readonly OwnerReference[] = []) => {
  const [where = "", name = ""] = place.split("/");
  return maps(trial).create({ metadata: { name, namespace: where, ownerReferences: [...owners] } });
};
/** Exactly these ConfigMaps are left. */
const left =
  (...places: string[]) =>
  async (trial: WorkloadTrial): Promise<boolean> => {
    const { items } = await maps(trial).list();
    const names = items.map(({ metadata }) => `${metadata?.namespace}/${metadata?.name}`).sort();
    return `${names}` === `${places.sort()}`;
  };

const ownership: Scenario = {
  make: (context) => [new GarbageCollector(context)],
  phases: [
    {
      name: "children of two owners, and what a stranger writes about them",
      act: async (trial) => {
        const owner = await make(trial, "a/owner");
        const other = await make(trial, "a/other");
        for (const n of [1, 2]) await make(trial, `a/child-${n}`, [reference(owner)]);
        await make(trial, "a/both", [reference(owner), reference(other)]);
        const stranger = await make(trial, "b/stranger");
        await make(trial, "b/own", [reference(stranger), reference(owner)]);
        await make(trial, "b/thief", [reference(owner)]);
        await make(trial, "a/wrong", [reference(other, { kind: "Secret" })]);
      },
      settled: left(
        "a/owner",
        "a/other",
        "a/child-1",
        "a/child-2",
        "a/both",
        "b/stranger",
        "b/own",
      ),
    },
    {
      name: "the stranger's own gone: what is remembered of it is about b",
      act: (trial) => maps(trial).delete("stranger", { namespace: "b" }),
      settled: left("a/owner", "a/other", "a/child-1", "a/child-2", "a/both"),
    },
    {
      name: "one of two owners gone",
      act: (trial) => maps(trial).delete("other", { namespace: "a" }),
      settled: left("a/owner", "a/child-1", "a/child-2", "a/both"),
    },
    {
      name: "an orphaned child",
      act: async (trial) => {
        const parent = await maps(trial).get("child-1", { namespace: "a" });
        await make(trial, "a/grandchild", [reference(parent)]);
        await trial.clock.advance(1_000);
        const options = { namespace: "a", propagationPolicy: "Orphan" } as const;
        await maps(trial).delete("child-1", options);
      },
      settled: left("a/owner", "a/child-2", "a/both", "a/grandchild"),
    },
    {
      name: "the owner gone last",
      act: (trial) =>
        maps(trial).delete("owner", { namespace: "a", propagationPolicy: "Foreground" }),
      always: async (trial) => {
        if (await left("a/grandchild")(trial)) return;
        const isOwnerGone = await isGone(maps(trial).get("owner", { namespace: "a" }));
        assert.ok(!isOwnerGone, "the owner went before its dependents");
      },
      settled: left("a/grandchild"),
    },
  ],
};

const namespaceObject = {
  metadata: { name: "team" },
  spec: { finalizers: ["kubernetes"] },
  status: { phase: "Active" },
};
const isFurnished = async (trial: WorkloadTrial): Promise<boolean> => {
  const place = { namespace: "team" };
  const account = trial.client.resource(coreV1.serviceaccounts).get("default", place);
  const authority = maps(trial).get("kube-root-ca.crt", place);
  return !(await isGone(account)) && !(await isGone(authority));
};

const namespaces: Scenario = {
  make: (context) => {
    const options = { ...context.options, rootCertificateAuthorities: "PEM" };
    const parts = { ...context, options };
    return [
      new NamespaceController(parts),
      new ServiceAccountController(parts),
      new RootCaPublisher(parts),
      new ClaimProtectionController(parts),
    ];
  },
  phases: [
    {
      name: "a namespace with what it needs",
      act: (trial) => trial.client.resource(coreV1.namespaces).create(namespaceObject),
      settled: isFurnished,
    },
    {
      name: "a namespace that ends with claims and secrets in it",
      act: async (trial) => {
        const place = { namespace: "team" };
        await trial.client
          .resource(coreV1.persistentvolumeclaims)
          .create({ metadata: { name: "data", ...place }, spec: {} });
        await trial.client.resource(coreV1.secrets).create({ metadata: { name: "s", ...place } });
        await trial.clock.advance(2_000);
        await trial.client.resource(coreV1.namespaces).delete("team");
      },
      settled: (trial) => isGone(trial.client.resource(coreV1.namespaces).get("team")),
    },
    {
      name: "another of its name, with new things in it",
      act: async (trial) => {
        await trial.client.resource(coreV1.namespaces).create(namespaceObject);
        await make(trial, "team/new");
      },
      settled: isFurnished,
      always: async (trial) => {
        await maps(trial).get("new", { namespace: "team" });
      },
    },
  ],
};

const scenarios = Object.entries({
  "a rollout with its endpoints": rollout,
  "owners and dependents": ownership,
  "namespaces and what is in them": namespaces,
});
/** Every so many writes an end: each is a run of its own, which bounds the time of a test. */
const mostRuns = 16;
const seeds = 6;

describe("Controllers of owners, rollouts and namespaces, disturbed", () => {
  const trialOf = ({ make: controllers }: Scenario, disturbance: Disturbance = {}) =>
    new WorkloadTrial(controllers, disturbance, { transport: "rpc" });

  for (const [name, scenario] of scenarios) {
    it(`brings ${name} to the same end, ended before or after a write`, async () => {
      const undisturbed = trialOf(scenario);
      await undisturbed.run(scenario.phases);
      const { writes } = undisturbed;
      const step = Math.max(1, Math.ceil(writes / mostRuns));
      for (let at = 1; at <= writes; at += step) {
        for (const end of ["dies before", "dies after"] as const) {
          const fate = (write: number): Fate => (write === at ? end : "done");
          await trialOf(scenario, { fate }).run(scenario.phases);
        }
      }
    }).timeout(120_000);

    it(`brings ${name} to the same end with many failures and a clock that jumps`, async () => {
      for (let seed = 1; seed <= seeds; seed++) {
        const random = new SeededRandom(seed);
        const fates: readonly Fate[] = ["dies before", "dies after", "refused", "unanswered"];
        const fate = (): Fate =>
          random.float() < 0.5 ? (fates[random.below(4)] ?? "done") : "done";
        const jump = (): number => (random.float() < 0.1 ? (random.float() - 0.5) * 600_000 : 0);
        await trialOf(scenario, { fate, jump }).run(scenario.phases);
      }
    }).timeout(120_000);
  }
});
