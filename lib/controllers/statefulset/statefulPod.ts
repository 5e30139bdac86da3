import { appsV1 } from "../../api/gen/resources.js";
import type { ControllerRevision, StatefulSet } from "../../api/gen/types/appsV1.js";
import type {
  PersistentVolumeClaim,
  Pod,
  PodTemplateSpec,
  Volume,
} from "../../api/gen/types/coreV1.js";
import { newControllerReference } from "../../client/ownership/controllerReference.js";
import { podFromTemplate } from "../pod/podControl.js";

/** Of a pod: the name of its revision, as the set's status has it. */
export const revisionLabel = "controller-revision-hash";
const podNameLabel = "statefulset.kubernetes.io/pod-name";
const podIndexLabel = "apps.kubernetes.io/pod-index";

/** The number at the end of a pod's name; undefined for a pod of another set. */
export function ordinalOf(set: StatefulSet, pod: Pod): number | undefined {
  return ordinalAfter(`${set.metadata.name}-`, pod.metadata.name ?? "");
}

/** A number as the controller writes it: `db-01` is no pod of `db`, which may have a `db-1`. */
function ordinalAfter(prefix: string, name: string): number | undefined {
  const rest = name.slice(prefix.length);
  if (!name.startsWith(prefix) || !/^(?:0|[1-9]\d{0,9})$/.test(rest)) return undefined;
  const ordinal = Number(rest);
  return ordinal < 2 ** 31 ? ordinal : undefined;
}

/** Whether the name is that of a claim which the set's templates make. */
export function isClaimName(set: StatefulSet, name: string): boolean {
  const templates = set.spec.volumeClaimTemplates ?? [];
  return templates.some((template) => {
    const prefix = `${template.metadata.name}-${set.metadata.name}-`;
    return ordinalAfter(prefix, name) !== undefined;
  });
}

/** The ordinals that the set's pods have: the first and the one after the last. */
export function ordinalRange(set: StatefulSet): { readonly first: number; readonly end: number } {
  const first = set.spec.ordinals?.start ?? 0;
  return { first, end: first + (set.spec.replicas ?? 1) };
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

/** The labels that say which pod of its set a pod is. */
function identityLabels(set: StatefulSet, ordinal: number): Record<string, string> {
  return { [podNameLabel]: podName(set, ordinal), [podIndexLabel]: String(ordinal) };
}

/** The volumes that the claims of this ordinal are, before those of the template. */
function volumesOf(set: StatefulSet, ordinal: number, own: readonly Volume[] = []): Volume[] {
  const claims = set.spec.volumeClaimTemplates ?? [];
  const claimed = new Set(claims.map((claim) => claim.metadata.name));
  return [
    ...claims.map((template) => ({
      name: template.metadata.name ?? "",
      persistentVolumeClaim: { claimName: claimName(set, template, ordinal) },
    })),
    ...own.filter((volume) => !claimed.has(volume.name)),
  ];
}

/** The pod of this ordinal: its name, host name and volumes stay the same through its lives. */
export function statefulPod(set: StatefulSet, ordinal: number, revision: ControllerRevision): Pod {
  const { name = "", namespace = "" } = set.metadata;
  const own = podName(set, ordinal);
  const reference = newControllerReference(set, appsV1.statefulsets);
  const pod = podFromTemplate(templateOf(revision), { name, namespace }, reference);
  const { metadata } = pod;
  const volumes = volumesOf(set, ordinal, pod.spec.volumes);
  return {
    metadata: {
      ...metadata,
      name: own,
      labels: {
        ...metadata.labels,
        ...identityLabels(set, ordinal),
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

/**
 * A strategic merge patch that gives an adopted pod the labels and volumes of its ordinal;
 * undefined where it has them. A pod's volumes cannot change: the server's refusal says so.
 */
export function identityPatch(set: StatefulSet, ordinal: number, pod: Pod): object | undefined {
  const labels = identityLabels(set, ordinal);
  const hasLabels = Object.entries(labels).every(
    ([name, value]) => pod.metadata.labels?.[name] === value,
  );
  const missing = volumesOf(set, ordinal).filter(
    (wanted) =>
      !(pod.spec.volumes ?? []).some(
        (volume) =>
          volume.name === wanted.name &&
          volume.persistentVolumeClaim?.claimName === wanted.persistentVolumeClaim?.claimName,
      ),
  );
  if (hasLabels && missing.length === 0) return undefined;
  const metadata = { uid: pod.metadata.uid, labels };
  return missing.length === 0 ? { metadata } : { metadata, spec: { volumes: missing } };
}

/** The claims that the pod of this ordinal needs. */
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
