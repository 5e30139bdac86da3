import { configMirrorAnnotation } from "../../api/annotations.js";
import type { Container, EphemeralContainer, Pod } from "../../api/gen/types/coreV1.js";

/**
 * Labels and annotations on sandboxes and containers, by which a restarted kubelet finds its pods
 * again.
 */
export const runtimeLabels = {
  podName: "io.kubernetes.pod.name",
  podNamespace: "io.kubernetes.pod.namespace",
  podUid: "io.kubernetes.pod.uid",
  containerName: "io.kubernetes.container.name",
} as const;

export const runtimeAnnotations = {
  hash: "io.kubernetes.container.hash",
  restartCount: "io.kubernetes.container.restartCount",
  terminationMessagePath: "io.kubernetes.container.terminationMessagePath",
  terminationMessagePolicy: "io.kubernetes.container.terminationMessagePolicy",
  gracePeriod: "io.kubernetes.pod.terminationGracePeriod",
} as const;

/** Where a pod came from; `api` unless a file made it. */
export const configSourceAnnotation = "kubernetes.io/config.source";
/** On a static pod and on its mirror: the hash of the file's pod. */
export const configHashAnnotation = "kubernetes.io/config.hash";

export function podUid(pod: Pod): string {
  return pod.metadata.uid ?? "";
}

/** `name_namespace(uid)`, as upstream's messages show a pod. */
export function podFullName(pod: Pod): string {
  return `${pod.metadata.name}_${pod.metadata.namespace}(${podUid(pod)})`;
}

export function isStaticPod(pod: Pod): boolean {
  const source = pod.metadata.annotations?.[configSourceAnnotation];
  return source !== undefined && source !== "api";
}

export function isMirrorPod(pod: Pod): boolean {
  return pod.metadata.annotations?.[configMirrorAnnotation] !== undefined;
}

/** The uid of the static pod that a mirror stands for. */
export function mirroredUid(mirror: Pod): string {
  return mirror.metadata.annotations?.[configMirrorAnnotation] ?? "";
}

/** A sidecar: an init container that keeps running beside the others (KEP-753). */
export function isRestartableInit(container: Container): boolean {
  return container.restartPolicy === "Always";
}

export interface PodContainer {
  readonly kind: "init" | "regular" | "ephemeral";
  readonly container: Container;
}

/** All containers of a pod in the order they start. */
export function containersOf(pod: Pod): PodContainer[] {
  const init = (pod.spec.initContainers ?? []).map(
    (container): PodContainer => ({
      kind: "init",
      container,
    }),
  );
  const regular = pod.spec.containers.map(
    (container): PodContainer => ({
      kind: "regular",
      container,
    }),
  );
  const ephemeral = (pod.spec.ephemeralContainers ?? []).map(
    (container: EphemeralContainer): PodContainer => ({
      kind: "ephemeral",
      container: container as Container,
    }),
  );
  return [...init, ...regular, ...ephemeral];
}

/** FNV-1a, 32 bits: enough to tell one pod's container definitions apart. */
export function fnvHash(text: string): string {
  let hash = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) {
    hash ^= text.charCodeAt(i);
    hash = Math.imul(hash, 0x01000193);
  }
  return (hash >>> 0).toString(16);
}

/**
 * Changes only when the container must be remade: of the parts that an update may touch only the
 * image counts; resources change in place.
 */
export function containerHash(container: Container): string {
  return fnvHash(JSON.stringify([container.name, container.image ?? ""]));
}
