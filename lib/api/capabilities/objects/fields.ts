import type { FieldRow } from "./fieldRow.js";
import { podFieldRows } from "./podFields.js";

/** Where kinds have a pod's spec. */
const podSpecs: Readonly<Record<string, string>> = {
  Pod: "spec",
  ReplicationController: "spec.template.spec",
  "apps/DaemonSet": "spec.template.spec",
  "apps/Deployment": "spec.template.spec",
  "apps/ReplicaSet": "spec.template.spec",
  "apps/StatefulSet": "spec.template.spec",
  "batch/Job": "spec.template.spec",
  "batch/CronJob": "spec.jobTemplate.spec.template.spec",
};

const notAsGroup = "pods are scheduled one by one, not as a group";

/** Fields that nothing reads yet, by kind, beside those of pods' specs. */
const ownRows: Readonly<Record<string, readonly FieldRow[]>> = {
  Service: [
    {
      state: "inert",
      why: "a LoadBalancer gets no address outside the cluster, its node ports work",
      paths: ["spec.type"],
      only: ["LoadBalancer"],
    },
    {
      state: "inert",
      why: "there is no load balancer that would take it",
      paths: ["spec.loadBalancerIP", "spec.loadBalancerClass"],
    },
  ],
  Node: [
    {
      state: "inert",
      why: "the kubelet is configured by its own file and flags",
      paths: ["spec.configSource"],
    },
    {
      state: "inert",
      why: "preemption goes by pods alone",
      paths: ["spec.podPreemptionPolicy"],
    },
  ],
  ResourceQuota: [
    {
      state: "inert",
      why: "claims are not counted by this scope",
      paths: ["spec.scopes[]", "spec.scopeSelector.matchExpressions[].scopeName"],
      only: ["VolumeAttributesClass"],
    },
  ],
  "apiregistration.k8s.io/APIService": [
    {
      state: "inert",
      why: "requests are not handed to other API servers, its paths stay 404",
      paths: ["spec.service"],
    },
  ],
  "apps/StatefulSet": [
    {
      state: "inert",
      why: "claims are created and never bound, so the pods do not start",
      paths: ["spec.volumeClaimTemplates[]"],
    },
  ],
  "batch/CronJob": [
    { state: "inert", why: notAsGroup, paths: ["spec.jobTemplate.spec.scheduling"] },
  ],
  "batch/Job": [{ state: "inert", why: notAsGroup, paths: ["spec.scheduling"] }],
  "coordination.k8s.io/Lease": [
    {
      state: "inert",
      why: "leaders are elected by the candidates themselves",
      paths: ["spec.strategy", "spec.preferredHolder"],
    },
  ],
};

function below(prefix: string, row: FieldRow): FieldRow {
  return { ...row, paths: row.paths.map((path) => `${prefix}.${path}`) };
}

/** Where a kind has the metadata of pods, by field names; undefined where it has none. */
export function podMetadataOf(name: string): readonly string[] | undefined {
  const spec = podSpecs[name];
  return spec?.split(".").with(-1, "metadata");
}

/** All rows of a kind (`group/Kind`, or `Kind` of the core group), with paths from its root. */
export function fieldRowsOf(name: string): readonly FieldRow[] {
  const prefix = podSpecs[name];
  const ofPods = prefix === undefined ? [] : podFieldRows.map((row) => below(prefix, row));
  return [...(ownRows[name] ?? []), ...ofPods];
}

/** Kinds that have rows of fields. */
export const kindsWithFields: readonly string[] = [
  ...new Set([...Object.keys(podSpecs), ...Object.keys(ownRows)]),
].sort();

/** Rows of a kind itself, without those of its pods' specs. */
export function ownFieldRowsOf(name: string): readonly FieldRow[] {
  return ownRows[name] ?? [];
}
