import type { Container, HostPathVolumeSource, Pod, Volume } from "../../api/gen/types/coreV1.js";
import { Quantity } from "../../api/quantity.js";
import type { Platform } from "../../platform/platform.js";
import type { Mount } from "../cri/runtime.js";
import { expand } from "../pods/expansion.js";
import { podUid } from "../pods/podIdentity.js";
import { writeAtomically } from "./atomicWriter.js";
import { VolumeError, type VolumeSources, volumeContent } from "./volumeContent.js";

const pluginDirectories = {
  emptyDir: "kubernetes.io~empty-dir",
  configMap: "kubernetes.io~configmap",
  secret: "kubernetes.io~secret",
  projected: "kubernetes.io~projected",
  downwardAPI: "kubernetes.io~downward-api",
} as const;

type ManagedKind = keyof typeof pluginDirectories;

const propagations = {
  None: "private",
  HostToContainer: "hostToContainer",
  Bidirectional: "bidirectional",
} as const;

/** Of a mount; unlike a file's path in a volume it may begin with two dots (`..data/key`). */
function checkSubPath(path: string): void {
  if (path.startsWith("/")) throw new VolumeError("subPath must not be an absolute path");
  if (path.split("/").includes("..")) throw new VolumeError("must not contain '..'");
}

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
  #version = 0;

  constructor(platform: Platform, rootDirectory: string, sources: VolumeSources) {
    this.#platform = platform;
    this.#rootDirectory = rootDirectory;
    this.#sources = sources;
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
    const { files, processes } = this.#platform;
    if ((await files.status(path)) !== undefined) return;
    await files.makeDirectory(path, 0o777);
    if (medium === "Memory") {
      const size = sizeLimit === undefined ? "" : `size=${Quantity.parse(sizeLimit).value()},`;
      const args = ["-t", "tmpfs", "-o", `${size}mode=0777`, "tmpfs", path];
      const result = await processes.run("mount", args);
      if (result.exitCode !== 0) throw new VolumeError(`mount tmpfs: ${result.stderr.trim()}`);
    }
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
      if (!volume) throw new VolumeError(`volume ${wanted.name} of a mount is not in the pod`);
      let hostPath = this.volumePath(pod, volume);
      const subPath = wanted.subPathExpr
        ? expand(wanted.subPathExpr, (name) => {
            const value = environment.get(name);
            if (value === undefined) throw new VolumeError(`missing value for "${name}"`);
            return value;
          })
        : (wanted.subPath ?? "");
      if (subPath !== "") hostPath = await this.#subPath(hostPath, subPath);
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
   * The real path of a subPath, refusing links that lead out of the volume. What is missing is made
   * one directory at a time, each in a place that was checked, with the mode of the volume.
   */
  async #subPath(volumePath: string, subPath: string): Promise<string> {
    checkSubPath(subPath);
    const { files } = this.#platform;
    const base = await files.realPath(volumePath);
    const mode = ((await files.status(base))?.mode ?? 0o750) & 0o7777;
    let real = base;
    for (const part of subPath.split("/")) {
      if (part === "" || part === ".") continue;
      const next = `${real}/${part}`;
      // A link counts as there, wherever it leads: nothing is made behind it.
      if ((await files.status(next, false)) === undefined) {
        await files.makeDirectory(next, mode);
        await files.setMode(next, mode);
      }
      real = await files.realPath(next);
      if (real !== base && !real.startsWith(`${base}/`)) {
        throw new VolumeError(`subPath ${JSON.stringify(subPath)} leads out of its volume`);
      }
    }
    return real;
  }

  /**
   * Removes everything of a pod. Mounts go first, so that no file of a mounted file system is
   * removed.
   */
  async tearDown(uid: string): Promise<void> {
    const directory = this.podDirectory(uid);
    const { files, processes } = this.#platform;
    const table = await files.readText("/proc/self/mountinfo").catch(() => "");
    const mounted = table
      .split("\n")
      .map((line) => line.split(" ")[4] ?? "")
      .filter((path) => path.startsWith(`${directory}/`))
      .sort((a, b) => b.length - a.length);
    for (const path of mounted) {
      const result = await processes.run("umount", [path]);
      if (result.exitCode !== 0) throw new VolumeError(`umount ${path}: ${result.stderr.trim()}`);
    }
    await files.remove(directory);
  }

  /** UIDs that have a directory here, from this run or an earlier one. */
  async knownPods(): Promise<string[]> {
    return this.#platform.files.list(`${this.#rootDirectory}/pods`).catch(() => []);
  }
}
