import type { Container, HostPathVolumeSource, Pod, Volume } from "../../api/gen/types/coreV1.js";
import { Quantity } from "../../api/quantity.js";
import type { Platform } from "../../platform/platform.js";
import type { Mount } from "../cri/runtime.js";
import { expand } from "../pods/expansion.js";
import { podUid } from "../pods/podIdentity.js";
import { writeAtomically } from "./atomicWriter.js";
import type { Mounter } from "./mounter.js";
import { pinSubPath } from "./subPath.js";
import { VolumeError, type VolumeSources, volumeContent } from "./volumeContent.js";

const pluginDirectories = {
  emptyDir: "kubernetes.io~empty-dir",
  configMap: "kubernetes.io~configmap",
  secret: "kubernetes.io~secret",
  projected: "kubernetes.io~projected",
  downwardAPI: "kubernetes.io~downward-api",
} as const;

type ManagedKind = keyof typeof pluginDirectories;

/** Whose files are secrets, or may be: they are in memory only, as upstream's. */
const inMemory: ReadonlySet<ManagedKind> = new Set(["secret", "projected", "downwardAPI"]);

/** Mounts that stand upon each other at most. */
const maxUnmountRounds = 8;

const propagations = {
  None: "private",
  HostToContainer: "hostToContainer",
  Bidirectional: "bidirectional",
} as const;

function managedKind(volume: Volume): ManagedKind | undefined {
  return (Object.keys(pluginDirectories) as ManagedKind[]).find((kind) => volume[kind]);
}

/**
 * The volumes of pods on this node: emptyDir, hostPath, and those whose files come from the API,
 * which are
 * refreshed as their objects change. Directories are upstream's:
 * `pods/<uid>/volumes/<plugin>/<name>`.
 */
export class VolumeManager {
  readonly #platform: Platform;
  readonly #rootDirectory: string;
  readonly #sources: VolumeSources;
  readonly #mounter: Mounter;
  #version = 0;

  constructor(platform: Platform, rootDirectory: string, sources: VolumeSources, mounter: Mounter) {
    this.#platform = platform;
    this.#rootDirectory = rootDirectory;
    this.#sources = sources;
    this.#mounter = mounter;
  }

  podDirectory(uid: string): string {
    return `${this.#rootDirectory}/pods/${uid}`;
  }

  /** Where a volume is on the host. */
  volumePath(pod: Pod, volume: Volume): string {
    if (volume.hostPath) return volume.hostPath.path;
    const kind = managedKind(volume);
    if (!kind)
      throw new VolumeError(`volume ${volume.name}: its kind is not supported on this node`);
    return `${this.podDirectory(podUid(pod))}/volumes/${pluginDirectories[kind]}/${volume.name}`;
  }

  /** Makes or refreshes all volumes. Throws VolumeError naming the first that cannot be had. */
  async setUp(pod: Pod): Promise<void> {
    for (const volume of pod.spec.volumes ?? []) {
      try {
        await this.#setUpOne(pod, volume);
      } catch (error) {
        const why = error instanceof Error ? error.message : String(error);
        throw new VolumeError(`MountVolume.SetUp failed for volume "${volume.name}" : ${why}`);
      }
    }
  }

  async #setUpOne(pod: Pod, volume: Volume): Promise<void> {
    const { files } = this.#platform;
    if (volume.hostPath) {
      await this.#setUpHostPath(volume.hostPath);
      return;
    }
    const path = this.volumePath(pod, volume);
    const group = pod.spec.securityContext?.fsGroup;
    if (volume.emptyDir) {
      await this.#setUpEmptyDir(
        path,
        volume.emptyDir.medium ?? "",
        volume.emptyDir.sizeLimit,
        group,
      );
      return;
    }
    const content = await volumeContent(pod, volume, this.#sources);
    if (!content) return;
    await files.makeDirectory(path, 0o777);
    const kind = managedKind(volume);
    const isMounted =
      kind !== undefined && inMemory.has(kind) && (await this.#mounter.memory(path, "mode=0777"));
    if (group !== undefined && (isMounted || (await files.list(path)).length === 0)) {
      await files.setMode(path, 0o2777);
      await files.setOwner(path, 0, group);
    }
    this.#version += 1;
    const version = `${this.#platform.clock.now()}_${this.#version}`;
    await writeAtomically(files, path, content, version, group);
  }

  async #setUpEmptyDir(
    path: string,
    medium: string,
    sizeLimit: string | undefined,
    group: number | undefined,
  ): Promise<void> {
    const { files } = this.#platform;
    if (medium !== "" && medium !== "Memory") {
      throw new VolumeError(
        `storage medium ${JSON.stringify(medium)} is not supported on this node`,
      );
    }
    const isThere = (await files.status(path)) !== undefined;
    await files.makeDirectory(path, 0o777);
    let isMounted = false;
    if (medium === "Memory") {
      const size = sizeLimit === undefined ? "" : `size=${Quantity.parse(sizeLimit).value()},`;
      // Also where the node has been started anew meanwhile, and memory with it.
      isMounted = await this.#mounter.memory(path, `${size}mode=0777`);
    }
    if (isThere && !isMounted) return;
    await files.setMode(path, group === undefined ? 0o777 : 0o2777);
    if (group !== undefined) await files.setOwner(path, 0, group);
  }

  async #setUpHostPath(source: HostPathVolumeSource): Promise<void> {
    const { files } = this.#platform;
    const type = source.type ?? "";
    const status = await files.status(source.path);
    if (type === "") return;
    if (type === "DirectoryOrCreate" && !status) return files.makeDirectory(source.path, 0o755);
    if (type === "FileOrCreate" && !status) return files.writeFile(source.path, "", 0o644);
    const wanted: Record<string, readonly [kind: string, shown: string]> = {
      Directory: ["directory", "directory"],
      DirectoryOrCreate: ["directory", "directory"],
      File: ["file", "file"],
      FileOrCreate: ["file", "file"],
      Socket: ["socket", "socket file"],
      CharDevice: ["other", "character device"],
      BlockDevice: ["other", "block device"],
    };
    const [kind, shown] = wanted[type] ?? ["", type];
    if (status?.kind !== kind) {
      throw new VolumeError(`hostPath type check failed: ${source.path} is not a ${shown}`);
    }
  }

  /** A container's mounts, with subPath made and checked. */
  async mounts(
    pod: Pod,
    container: Container,
    environment: ReadonlyMap<string, string>,
  ): Promise<Mount[]> {
    const mounts: Mount[] = [];
    for (const wanted of container.volumeMounts ?? []) {
      const volume = (pod.spec.volumes ?? []).find((candidate) => candidate.name === wanted.name);
      if (wanted.recursiveReadOnly === "Enabled") {
        throw new VolumeError(
          `volume "${wanted.name}" requested recursiveReadOnly mode, but it is not supported by the runtime`,
        );
      }
      if (!volume) throw new VolumeError(`volume ${wanted.name} of a mount is not in the pod`);
      let hostPath = this.volumePath(pod, volume);
      const subPath = wanted.subPathExpr
        ? expand(wanted.subPathExpr, (name) => {
            const value = environment.get(name);
            if (value === undefined) throw new VolumeError(`missing value for "${name}"`);
            return value;
          })
        : (wanted.subPath ?? "");
      if (subPath !== "") {
        const place = { pod, volume: wanted.name, container: container.name };
        hostPath = await this.#subPath(place, mounts.length, hostPath, subPath);
      }
      mounts.push({
        containerPath: wanted.mountPath,
        hostPath,
        readOnly: wanted.readOnly === true,
        propagation:
          propagations[(wanted.mountPropagation ?? "None") as keyof typeof propagations] ??
          "private",
      });
    }
    return mounts;
  }

  /**
   * Where the runtime finds a subPath: a place of the kubelet's own that shows what was held when
   * it was checked, since the names in the volume may be anything else by then. It goes with
   * the pod, by the next kubelet too.
   */
  async #subPath(
    place: { readonly pod: Pod; readonly volume: string; readonly container: string },
    index: number,
    volumePath: string,
    subPath: string,
  ): Promise<string> {
    const { files } = this.#platform;
    const { pinned, realPath } = await pinSubPath(files, volumePath, subPath);
    try {
      const directory = this.podDirectory(podUid(place.pod));
      const target = `${directory}/volume-subpaths/${place.volume}/${place.container}/${index}`;
      return await this.#mounter.bind(pinned, realPath, target);
    } finally {
      await pinned.close();
    }
  }

  /**
   * Removes everything of a pod. Mounts go first, so that no file of a mounted file system is
   * removed.
   */
  async tearDown(uid: string): Promise<void> {
    const directory = this.podDirectory(uid);
    // One may stand upon another: until none is left, and only then are files removed.
    for (let round = 0; ; round++) {
      const mounted = await this.#mounter.below(directory);
      if (mounted.length === 0) break;
      if (round === maxUnmountRounds) throw new VolumeError(`${mounted[0]} stays mounted`);
      for (const path of mounted) await this.#mounter.unmount(path);
    }
    await this.#platform.files.remove(directory);
  }

  /** UIDs that have a directory here, from this run or an earlier one. */
  async knownPods(): Promise<string[]> {
    return this.#platform.files.list(`${this.#rootDirectory}/pods`).catch(() => []);
  }
}
