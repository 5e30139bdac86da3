import { appsV1 } from "../../api/gen/resources.js";
import type { ControllerRevision, StatefulSet } from "../../api/gen/types/appsV1.js";
import type { PersistentVolumeClaim, Pod, PodTemplateSpec } from "../../api/gen/types/coreV1.js";
import { newControllerReference } from "../../client/ownership/controllerReference.js";
import { podFromTemplate } from "../pod/podControl.js";

/** Of a pod: the name of its revision, as the set's status has it. */
export const revisionLabel = "controller-revision-hash";
const podNameLabel = "statefulset.kubernetes.io/pod-name";
const podIndexLabel = "apps.kubernetes.io/pod-index";

/** The number at the end of a pod's name; undefined for a pod of another set. */
export function ordinalOf(set: StatefulSet, pod: Pod): number | undefined {
  const prefix = `${set.metadata.name}-`;
  const name = pod.metadata.name ?? "";
  const rest = name.slice(prefix.length);
  return name.startsWith(prefix) && /^\d+$/.test(rest) ? Number(rest) : undefined;
}

export function podName(set: StatefulSet, ordinal: number): string {
  return `${set.metadata.name}-${ordinal}`;
}

function claimName(set: StatefulSet, template: PersistentVolumeClaim, ordinal: number): string {
  return `${template.metadata.name}-${set.metadata.name}-${ordinal}`;
}

/** The template that a revision stands for. */
export function templateOf(revision: ControllerRevision): PodTemplateSpec {
  const data = revision.data as { spec?: { template?: PodTemplateSpec & { $patch?: string } } };
  const { $patch: _, ...template } = data.spec?.template ?? {};
  return template;
}

/** The pod of this ordinal: its name, host name and volumes stay the same through its lives. */
export function statefulPod(set: StatefulSet, ordinal: number, revision: ControllerRevision): Pod {
  const { name = "", namespace = "" } = set.metadata;
  const own = podName(set, ordinal);
  const reference = newControllerReference(set, appsV1.statefulsets);
  const pod = podFromTemplate(templateOf(revision), { name, namespace }, reference);
  const { metadata } = pod;
  const claims = set.spec.volumeClaimTemplates ?? [];
  const claimed = new Set(claims.map((claim) => claim.metadata.name));
  const volumes = [
    ...claims.map((template) => ({
      name: template.metadata.name ?? "",
      persistentVolumeClaim: { claimName: claimName(set, template, ordinal) },
    })),
    ...(pod.spec.volumes ?? []).filter((volume) => !claimed.has(volume.name)),
  ];
  return {
    metadata: {
      ...metadata,
      name: own,
      labels: {
        ...metadata.labels,
        [podNameLabel]: own,
        [podIndexLabel]: String(ordinal),
        [revisionLabel]: revision.metadata.name ?? "",
      },
    },
    spec: {
      ...pod.spec,
      hostname: own,
      ...(set.spec.serviceName === undefined ? {} : { subdomain: set.spec.serviceName }),
      ...(volumes.length === 0 ? {} : { volumes }),
    },
  };
}

/** The claims that the pod of this ordinal needs. They outlive it. */
export function claimsOf(set: StatefulSet, ordinal: number): PersistentVolumeClaim[] {
  return (set.spec.volumeClaimTemplates ?? []).map((template) => ({
    ...template,
    metadata: {
      ...template.metadata,
      name: claimName(set, template, ordinal),
      namespace: set.metadata.namespace ?? "",
      labels: { ...template.metadata.labels, ...set.spec.selector.matchLabels },
    },
  }));
}
