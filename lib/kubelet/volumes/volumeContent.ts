import type { TokenRequest } from "../../api/gen/types/authenticationV1.js";
import type {
  ClusterTrustBundleProjection,
  ConfigMap,
  DownwardAPIVolumeFile,
  KeyToPath,
  Pod,
  PodCertificateProjection,
  ProjectedVolumeSource,
  Secret,
  ServiceAccountTokenProjection,
  Volume,
  VolumeProjection,
} from "../../api/gen/types/coreV1.js";
import type { Credential } from "../credentials/credentialState.js";
import {
  containerResourceValue,
  type NodeAllocatable,
  podFieldValue,
} from "../pods/downwardFields.js";
import { containersOf } from "../pods/podIdentity.js";
import type { ProjectedFile } from "./atomicWriter.js";

/** What files of volumes are made from. Absent objects are undefined; other failures reject. */
export interface VolumeSources {
  configMap(namespace: string, name: string): Promise<ConfigMap | undefined>;
  secret(namespace: string, name: string): Promise<Secret | undefined>;
  serviceAccountToken(
    pod: Pod,
    audience: string | undefined,
    expirationSeconds: number,
  ): Promise<TokenRequest>;
  /** Trust anchors, PEM. */
  trustBundle(source: ClusterTrustBundleProjection): Promise<string>;
  /** The key and certificate of one source of a volume. Throws where there is none yet. */
  podCertificate(pod: Pod, volume: string, source: number): Credential;
  readonly allocatable: NodeAllocatable;
}

const defaultMode = 0o644;
const defaultExpirationSeconds = 3600;

/** A volume's content cannot be had (yet): the pod waits, and its event says why. */
export class VolumeError extends Error {
  constructor(message: string) {
    super(message);
    this.name = "VolumeError";
  }
}

type Content = Map<string, ProjectedFile>;

function place(
  content: Content,
  data: ReadonlyMap<string, Uint8Array>,
  items: readonly KeyToPath[] | undefined,
  mode: number,
  keyKind: "config" | "secret",
  optional: boolean,
): void {
  if (!items || items.length === 0) {
    for (const [key, bytes] of data) content.set(key, { data: bytes, mode });
    return;
  }
  for (const item of items) {
    const bytes = data.get(item.key);
    if (bytes === undefined) {
      if (optional) continue;
      throw new VolumeError(`references non-existent ${keyKind} key: ${item.key}`);
    }
    content.set(item.path, { data: bytes, mode: item.mode ?? mode });
  }
}

function configMapData(map: ConfigMap): Map<string, Uint8Array> {
  const text = Object.entries(map.data ?? {}).map(([key, value]): [string, Uint8Array] => [
    key,
    Buffer.from(value, "utf8"),
  ]);
  const binary = Object.entries(map.binaryData ?? {}).map(([key, value]): [string, Uint8Array] => [
    key,
    Buffer.from(value, "base64"),
  ]);
  return new Map([...text, ...binary]);
}

function secretData(secret: Secret): Map<string, Uint8Array> {
  const entries = Object.entries(secret.data ?? {});
  return new Map(entries.map(([key, value]) => [key, Buffer.from(value, "base64")]));
}

async function addConfigMap(
  content: Content,
  pod: Pod,
  source: { name?: string; items?: KeyToPath[]; optional?: boolean },
  mode: number,
  sources: VolumeSources,
): Promise<void> {
  const name = source.name ?? "";
  const map = await sources.configMap(pod.metadata.namespace ?? "", name);
  if (!map) {
    if (source.optional) return;
    throw new VolumeError(`configmap "${name}" not found`);
  }
  place(content, configMapData(map), source.items, mode, "config", source.optional === true);
}

async function addSecret(
  content: Content,
  pod: Pod,
  source: { name?: string; items?: KeyToPath[]; optional?: boolean },
  mode: number,
  sources: VolumeSources,
): Promise<void> {
  const name = source.name ?? "";
  const secret = await sources.secret(pod.metadata.namespace ?? "", name);
  if (!secret) {
    if (source.optional) return;
    throw new VolumeError(`secret "${name}" not found`);
  }
  place(content, secretData(secret), source.items, mode, "secret", source.optional === true);
}

function addDownward(
  content: Content,
  pod: Pod,
  items: readonly DownwardAPIVolumeFile[] | undefined,
  mode: number,
  sources: VolumeSources,
): void {
  for (const item of items ?? []) {
    let text = "";
    if (item.fieldRef) text = podFieldValue(pod, item.fieldRef.fieldPath) ?? "";
    else if (item.resourceFieldRef) {
      const { containerName } = item.resourceFieldRef;
      const all = [...pod.spec.containers, ...(pod.spec.initContainers ?? [])];
      const container = all.find((other) => other.name === containerName);
      if (!container) throw new VolumeError(`container ${containerName} not found`);
      text = containerResourceValue(container, item.resourceFieldRef, sources.allocatable);
    }
    content.set(item.path, { data: Buffer.from(text, "utf8"), mode: item.mode ?? mode });
  }
}

/** The user that all containers of the pod run as, if that is one and is said. */
function commonUser(pod: Pod): number | undefined {
  const shared = pod.spec.securityContext?.runAsUser;
  const users = new Set(
    containersOf(pod).map(({ container }) => container.securityContext?.runAsUser ?? shared),
  );
  const [user] = users;
  return users.size === 1 ? user : undefined;
}

/** Any other source holds the pod back: a file that it counts on would not be there. */
const servedProjections: ReadonlySet<string> = new Set([
  "configMap",
  "secret",
  "downwardAPI",
  "serviceAccountToken",
  "clusterTrustBundle",
  "podCertificate",
] satisfies (keyof VolumeProjection)[]);

/**
 * A file that is for the pod's eyes: readable by its one user, or by its group where it has one (the
 * writer sees to that), else by everyone in the container.
 */
function ownFile(pod: Pod, text: string, mode: number): ProjectedFile {
  const user = commonUser(pod);
  const isNarrow = user !== undefined || pod.spec.securityContext?.fsGroup !== undefined;
  return {
    data: Buffer.from(text),
    mode: isNarrow ? 0o600 : mode,
    ...(user === undefined ? {} : { user }),
  };
}

async function addToken(
  content: Content,
  pod: Pod,
  source: ServiceAccountTokenProjection,
  mode: number,
  sources: VolumeSources,
): Promise<void> {
  const { audience, expirationSeconds, path } = source;
  const seconds = expirationSeconds ?? defaultExpirationSeconds;
  const request = await sources.serviceAccountToken(pod, audience, seconds);
  content.set(path, ownFile(pod, request.status?.token ?? "", mode));
}

function addCertificate(
  content: Content,
  pod: Pod,
  source: PodCertificateProjection,
  mode: number,
  { privateKey, chain }: Credential,
): void {
  const { credentialBundlePath, keyPath, certificateChainPath } = source;
  const files: [path: string | undefined, text: string][] = [
    [credentialBundlePath, privateKey + chain],
    [keyPath, privateKey],
    [certificateChainPath, chain],
  ];
  for (const [path, text] of files) if (path) content.set(path, ownFile(pod, text, mode));
}

async function addProjection(
  content: Content,
  { pod, volume, index }: { readonly pod: Pod; readonly volume: string; readonly index: number },
  projection: VolumeProjection,
  mode: number,
  sources: VolumeSources,
): Promise<void> {
  const unserved = Object.keys(projection).find((source) => !servedProjections.has(source));
  if (unserved !== undefined) {
    throw new VolumeError(`projected source ${unserved} is not supported on this node`);
  }
  const { configMap, secret, downwardAPI, serviceAccountToken, clusterTrustBundle } = projection;
  if (configMap) await addConfigMap(content, pod, configMap, mode, sources);
  if (secret) await addSecret(content, pod, secret, mode, sources);
  if (downwardAPI) addDownward(content, pod, downwardAPI.items, mode, sources);
  if (serviceAccountToken) await addToken(content, pod, serviceAccountToken, mode, sources);
  if (clusterTrustBundle) {
    const anchors = await sources.trustBundle(clusterTrustBundle);
    content.set(clusterTrustBundle.path, ownFile(pod, anchors, mode));
  }
  if (projection.podCertificate) {
    const credential = sources.podCertificate(pod, volume, index);
    addCertificate(content, pod, projection.podCertificate, mode, credential);
  }
}

/** All sources are tried, so that the pod's event tells of everything that is missing. */
async function projected(
  pod: Pod,
  volume: string,
  source: ProjectedVolumeSource,
  sources: VolumeSources,
): Promise<Content> {
  const content: Content = new Map();
  const mode = source.defaultMode ?? defaultMode;
  const wrong = new Set<string>();
  for (const [index, projection] of (source.sources ?? []).entries()) {
    try {
      await addProjection(content, { pod, volume, index }, projection, mode, sources);
    } catch (error) {
      wrong.add(error instanceof Error ? error.message : String(error));
    }
  }
  const [first] = wrong;
  if (first === undefined) return content;
  throw new VolumeError(wrong.size === 1 ? first : `[${[...wrong].join(", ")}]`);
}

/** The files of a volume whose content comes from the API; undefined for other kinds of volume. */
export async function volumeContent(
  pod: Pod,
  volume: Volume,
  sources: VolumeSources,
): Promise<Content | undefined> {
  if (volume.projected) return projected(pod, volume.name, volume.projected, sources);
  const content: Content = new Map();
  if (volume.configMap) {
    const mode = volume.configMap.defaultMode ?? defaultMode;
    await addConfigMap(content, pod, volume.configMap, mode, sources);
    return content;
  }
  if (volume.secret) {
    const { secretName, items, optional, defaultMode: mode } = volume.secret;
    const source = {
      ...(secretName === undefined ? {} : { name: secretName }),
      ...(items === undefined ? {} : { items }),
      ...(optional === undefined ? {} : { optional }),
    };
    await addSecret(content, pod, source, mode ?? defaultMode, sources);
    return content;
  }
  if (volume.downwardAPI) {
    const mode = volume.downwardAPI.defaultMode ?? defaultMode;
    addDownward(content, pod, volume.downwardAPI.items, mode, sources);
    return content;
  }
  return undefined;
}
