import { configMirrorAnnotation } from "../../api/annotations.js";
import type { Pod, PodSpec } from "../../api/gen/types/coreV1.js";
import type { ObjectTree } from "../admission/admissionPlugin.js";

/**
 * What a pod refers to in its own namespace, so that its node may read it. Mirror pods refer to
 * nothing.
 */
export interface PodReferences {
  readonly name: string;
  readonly namespace: string;
  readonly uid: string;
  readonly nodeName: string;
  readonly deletionTimestamp: string | undefined;
  readonly deletionGracePeriodSeconds: number | undefined;
  readonly serviceAccount: string;
  readonly secrets: ReadonlySet<string>;
  readonly configMaps: ReadonlySet<string>;
  readonly claims: ReadonlySet<string>;
  readonly resourceClaims: ReadonlySet<string>;
  /** For whom its volumes hold tokens; "" is the API server. */
  readonly tokenAudiences: ReadonlySet<string>;
  /** Signers whose certificates its volumes hold. */
  readonly certificateSigners: ReadonlySet<string>;
  readonly isMirror: boolean;
  /** Whether a CSI driver may serve one of its volumes, which may want tokens, too. */
  readonly mayUseCsi: boolean;
}

const containerFields = [
  "env.valueFrom.secretKeyRef.name",
  "env.valueFrom.configMapKeyRef.name",
  "envFrom.secretRef.name",
  "envFrom.configMapRef.name",
];

const volumeFields = [
  "name",
  "secret.secretName",
  "configMap.name",
  "persistentVolumeClaim.claimName",
  // Only whether it is there.
  "ephemeral.volumeClaimTemplate.metadata.name",
  "csi.nodePublishSecretRef.name",
  "iscsi.secretRef.name",
  "rbd.secretRef.name",
  "cephfs.secretRef.name",
  "flexVolume.secretRef.name",
  "azureFile.secretName",
  "cinder.secretRef.name",
  "scaleIO.secretRef.name",
  "storageos.secretRef.name",
  "projected.sources.secret.name",
  "projected.sources.configMap.name",
  "projected.sources.serviceAccountToken.audience",
  "projected.sources.podCertificate.signerName",
];

/** Those that `podReferences` reads. */
export const podReferenceFields = [
  ...["name", "namespace", "uid", "annotations"].map((one) => `metadata.${one}`),
  ...["deletionTimestamp", "deletionGracePeriodSeconds"].map((one) => `metadata.${one}`),
  ...["nodeName", "serviceAccountName", "imagePullSecrets"].map((one) => `spec.${one}`),
  ...["initContainers", "containers", "ephemeralContainers"].flatMap((list) =>
    containerFields.map((field) => `spec.${list}.${field}`),
  ),
  ...volumeFields.map((field) => `spec.volumes.${field}`),
  "spec.resourceClaims.resourceClaimName",
  "status.resourceClaimStatuses.resourceClaimName",
];

const nothing: ReadonlySet<string> = new Set();

export function podReferences(object: ObjectTree): PodReferences {
  const pod = object as unknown as Pod;
  const { metadata, spec } = pod;
  const common = {
    name: metadata.name ?? "",
    namespace: metadata.namespace ?? "",
    uid: metadata.uid ?? "",
    nodeName: spec.nodeName ?? "",
    deletionTimestamp: metadata.deletionTimestamp,
    deletionGracePeriodSeconds: metadata.deletionGracePeriodSeconds,
  };
  if (metadata.annotations?.[configMirrorAnnotation] !== undefined) {
    return {
      ...common,
      serviceAccount: "",
      secrets: nothing,
      configMaps: nothing,
      claims: nothing,
      resourceClaims: nothing,
      tokenAudiences: nothing,
      certificateSigners: nothing,
      isMirror: true,
      mayUseCsi: false,
    };
  }
  const volumes = spec.volumes ?? [];
  const sources = volumes.flatMap(({ projected }) => projected?.sources ?? []);
  const tokenAudiences = new Set<string>();
  for (const { serviceAccountToken } of sources) {
    if (serviceAccountToken) tokenAudiences.add(serviceAccountToken.audience ?? "");
  }
  return {
    ...common,
    tokenAudiences,
    certificateSigners: keep(sources.map(({ podCertificate }) => podCertificate?.signerName)),
    isMirror: false,
    mayUseCsi: volumes.some(({ csi, ephemeral, persistentVolumeClaim }) =>
      Boolean(csi ?? ephemeral ?? persistentVolumeClaim),
    ),
    serviceAccount: spec.serviceAccountName ?? "",
    secrets: keep(secretNames(spec)),
    configMaps: keep(configMapNames(spec)),
    claims: keep(claimNames(pod)),
    // Those that are named, and those that were made for it.
    resourceClaims: keep(
      [...(spec.resourceClaims ?? []), ...(pod.status?.resourceClaimStatuses ?? [])].map(
        ({ resourceClaimName }) => resourceClaimName,
      ),
    ),
  };
}

function keep(names: Iterable<string | undefined>): ReadonlySet<string> {
  const kept = new Set<string>();
  for (const name of names) if (name) kept.add(name);
  return kept.size === 0 ? nothing : kept;
}

function everyContainer(spec: PodSpec) {
  return [
    ...(spec.initContainers ?? []),
    ...(spec.containers ?? []),
    ...(spec.ephemeralContainers ?? []),
  ];
}

function* environmentNames(
  spec: PodSpec,
  from: "secretRef" | "configMapRef",
  key: "secretKeyRef" | "configMapKeyRef",
): Iterable<string | undefined> {
  for (const container of everyContainer(spec)) {
    for (const source of container.envFrom ?? []) yield source[from]?.name;
    for (const variable of container.env ?? []) yield variable.valueFrom?.[key]?.name;
  }
}

export function* secretNames(spec: PodSpec): Iterable<string | undefined> {
  for (const { name } of spec.imagePullSecrets ?? []) yield name;
  yield* environmentNames(spec, "secretRef", "secretKeyRef");
  for (const volume of spec.volumes ?? []) {
    yield volume.secret?.secretName;
    yield volume.csi?.nodePublishSecretRef?.name;
    yield volume.iscsi?.secretRef?.name;
    yield volume.rbd?.secretRef?.name;
    yield volume.cephfs?.secretRef?.name;
    yield volume.flexVolume?.secretRef?.name;
    yield volume.azureFile?.secretName;
    yield volume.cinder?.secretRef?.name;
    yield volume.scaleIO?.secretRef?.name;
    yield volume.storageos?.secretRef?.name;
    for (const source of volume.projected?.sources ?? []) yield source.secret?.name;
  }
}

export function* configMapNames(spec: PodSpec): Iterable<string | undefined> {
  yield* environmentNames(spec, "configMapRef", "configMapKeyRef");
  for (const volume of spec.volumes ?? []) {
    yield volume.configMap?.name;
    for (const source of volume.projected?.sources ?? []) yield source.configMap?.name;
  }
}

function* claimNames({ metadata, spec }: Pod): Iterable<string | undefined> {
  for (const volume of spec.volumes ?? []) {
    yield volume.persistentVolumeClaim?.claimName;
    if (volume.ephemeral) yield `${metadata.name}-${volume.name}`;
  }
}
