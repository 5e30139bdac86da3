import { appsV1 } from "../../api/gen/resources.js";
import type { DaemonSet } from "../../api/gen/types/appsV1.js";
import type { Node, Pod, PodSpec, Toleration } from "../../api/gen/types/coreV1.js";
import { matchesNode } from "../../api/pods/nodeAffinity.js";
import { untolerated } from "../../api/pods/tolerations.js";
import { newControllerReference } from "../../client/ownership/controllerReference.js";
import { taintKeys } from "../node/taints.js";
import { podFromTemplate } from "../pod/podControl.js";

export const revisionHashLabel = "controller-revision-hash";
/** How often the template has changed: of old clients, kept by the API server. */
const templateGeneration = "deprecated.daemonset.template.generation";
const templateGenerationLabel = "pod-template-generation";

/** A daemon's pod runs whatever state its node is in. */
function daemonTolerations(spec: PodSpec): Toleration[] {
  const exists = (key: string, effect: "NoExecute" | "NoSchedule"): Toleration => ({
    key,
    operator: "Exists",
    effect,
  });
  return [
    exists(taintKeys.notReady, "NoExecute"),
    exists(taintKeys.unreachable, "NoExecute"),
    exists(taintKeys.diskPressure, "NoSchedule"),
    exists(taintKeys.memoryPressure, "NoSchedule"),
    exists(taintKeys.pidPressure, "NoSchedule"),
    exists(taintKeys.unschedulable, "NoSchedule"),
    ...(spec.hostNetwork === true ? [exists(taintKeys.networkUnavailable, "NoSchedule")] : []),
  ];
}

/** They stand in for equal ones of the template, whose limits would have a daemon come and go. */
function withTolerations(spec: PodSpec): Toleration[] {
  const added = daemonTolerations(spec);
  const own = (spec.tolerations ?? []).filter(
    ({ key, effect, operator, value = "" }) =>
      value !== "" ||
      !added.some((one) => one.key === key && one.effect === effect && one.operator === operator),
  );
  return [...own, ...added];
}

/** The DaemonSet's pod for this node: the scheduler places it there and nowhere else. */
export function daemonPod(daemonSet: DaemonSet, nodeName: string, hash: string): Pod {
  const { name = "", namespace = "" } = daemonSet.metadata;
  const reference = newControllerReference(daemonSet, appsV1.daemonsets);
  const pod = podFromTemplate(daemonSet.spec.template, { name, namespace }, reference);
  const { affinity } = pod.spec;
  const generation = daemonSet.metadata.annotations?.[templateGeneration];
  const matchFields = [{ key: "metadata.name", operator: "In", values: [nodeName] }];
  const terms =
    affinity?.nodeAffinity?.requiredDuringSchedulingIgnoredDuringExecution?.nodeSelectorTerms;
  const nodeSelectorTerms = terms?.map((term) => ({ ...term, matchFields })) ?? [{ matchFields }];
  return {
    ...pod,
    metadata: {
      ...pod.metadata,
      labels: {
        ...pod.metadata.labels,
        [revisionHashLabel]: hash,
        ...(generation === undefined ? {} : { [templateGenerationLabel]: generation }),
      },
    },
    spec: {
      ...pod.spec,
      affinity: {
        ...affinity,
        nodeAffinity: {
          ...affinity?.nodeAffinity,
          requiredDuringSchedulingIgnoredDuringExecution: { nodeSelectorTerms },
        },
      },
      tolerations: withTolerations(pod.spec),
    },
  };
}

/** The node that a daemon's pod is on, or is meant for while it waits to be scheduled. */
export function nodeNameOf(pod: Pod): string {
  if ((pod.spec.nodeName ?? "") !== "") return pod.spec.nodeName ?? "";
  const terms =
    pod.spec.affinity?.nodeAffinity?.requiredDuringSchedulingIgnoredDuringExecution
      ?.nodeSelectorTerms ?? [];
  for (const term of terms) {
    const field = term.matchFields?.find((match) => match.key === "metadata.name");
    if (field?.values?.[0] !== undefined) return field.values[0];
  }
  return "";
}

export interface Placement {
  /** A daemon is to be started on the node. */
  readonly shouldRun: boolean;
  /** One that is there may stay. */
  readonly mayStay: boolean;
}

/** What the DaemonSet's template may do on the node. */
export function placement(daemonSet: DaemonSet, node: Node): Placement {
  const spec = daemonSet.spec.template.spec ?? { containers: [] };
  const pinned = (spec.nodeName ?? "") !== "" && spec.nodeName !== node.metadata.name;
  if (pinned || !matchesNode(spec, node)) return { shouldRun: false, mayStay: false };
  const taints = node.spec?.taints ?? [];
  const tolerations = withTolerations(spec);
  if (untolerated(taints, tolerations, ["NoExecute"]) !== undefined) {
    return { shouldRun: false, mayStay: false };
  }
  const shouldRun = untolerated(taints, tolerations, ["NoSchedule"]) === undefined;
  return { shouldRun, mayStay: true };
}
