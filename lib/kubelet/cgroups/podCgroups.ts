import type { Pod } from "../../api/gen/types/coreV1.js";
import type { Files } from "../../platform/files.js";
import { podUid } from "../pods/podIdentity.js";
import { cpuShares, qosClass } from "../pods/quality.js";
import { CgroupTree } from "./cgroupTree.js";
import { podCpuRequest, podLimits } from "./podLimits.js";

export interface PodCgroupsOptions {
  readonly files: Files;
  /** Of the file system, `/sys/fs/cgroup`. */
  readonly mountPoint: string;
  /** Under which all pods are, for example `/kubepods` or `/node-a/kubepods`. */
  readonly root: string;
  readonly driver: "cgroupfs" | "systemd";
  /** Off: containers stand under the root (--cgroups-per-qos=false). */
  readonly perQos: boolean;
  /** Off: CPU limits are not enforced (--cpu-cfs-quota=false). */
  readonly cpuCfsQuota: boolean;
}

/**
 * The cgroups above the containers': all pods together may take what is allocatable, best-effort
 * pods get what CPU the others leave, burstable ones what they ask for, and each pod has its own.
 */
export class PodCgroups {
  readonly #options: PodCgroupsOptions;
  readonly #tree: CgroupTree;
  /** By pod that has a cgroup: its limits as they were written. */
  readonly #done = new Map<string, string>();
  /** Thousandths of a CPU that burstable pods ask for, by pod. */
  readonly #burstable = new Map<string, number>();
  #burstableShares = 0;

  constructor(options: PodCgroupsOptions) {
    this.#options = options;
    this.#tree = new CgroupTree(options.files, options.mountPoint);
  }

  /** With systemd the runtime makes the slices. */
  get #isOurs(): boolean {
    return this.#options.driver === "cgroupfs" && this.#options.perQos;
  }

  version(): Promise<1 | 2> {
    return this.#tree.version();
  }

  /** The path of the pod's cgroup below the mount point, as CRI's cgroup_parent wants it. */
  parentOf(pod: Pod): string {
    const { root, driver, perQos } = this.#options;
    if (!perQos) return root;
    const quality = qosClass(pod);
    const uid = podUid(pod);
    if (driver === "systemd") {
      const slice = quality === "Guaranteed" ? "" : `${quality.toLowerCase()}-`;
      return `kubepods-${slice}pod${uid.replaceAll("-", "_")}.slice`;
    }
    const level = quality === "Guaranteed" ? "" : `/${quality.toLowerCase()}`;
    return `${root}${level}/pod${uid}`;
  }

  /**
   * The cgroups of all pods and of the two lower classes. Resolves with whether they are made here.
   */
  async prepare(allocatable: { cpuMilli: number; memoryBytes: number }): Promise<boolean> {
    if (!this.#isOurs) return false;
    const { root } = this.#options;
    for (const path of [root, `${root}/burstable`, `${root}/besteffort`]) {
      await this.#tree.make(path);
    }
    const shares = cpuShares(allocatable.cpuMilli);
    await this.#tree.limit(root, { shares, quota: 0, memory: allocatable.memoryBytes });
    await this.#tree.limit(`${root}/besteffort`, { shares: cpuShares(0), quota: 0, memory: 0 });
    await this.#shareBurstable();
    return true;
  }

  async #shareBurstable(): Promise<void> {
    const sum = [...this.#burstable.values()].reduce((total, one) => total + one, 0);
    const shares = cpuShares(sum);
    if (shares === this.#burstableShares) return;
    this.#burstableShares = shares;
    await this.#tree.limit(`${this.#options.root}/burstable`, { shares, quota: 0, memory: 0 });
  }

  /** Makes the pod's cgroup with its limits. Idempotent. */
  async ensure(pod: Pod): Promise<void> {
    if (!this.#isOurs) return;
    const uid = podUid(pod);
    const limits = podLimits(pod, this.#options.cpuCfsQuota);
    const wanted = JSON.stringify(limits);
    if (this.#done.get(uid) === wanted) return;
    const path = this.parentOf(pod);
    await this.#tree.make(path);
    await this.#tree.limit(path, limits);
    this.#done.set(uid, wanted);
    if (qosClass(pod) === "Burstable") {
      this.#burstable.set(uid, podCpuRequest(pod));
      await this.#shareBurstable();
    }
  }

  /**
   * Removes the cgroups of pods that nobody looks after, in whichever class and by whichever
   * kubelet they were made. Those in which processes are left stay.
   */
  async removeLeftovers(isKnown: (podUid: string) => boolean): Promise<void> {
    if (!this.#isOurs) return;
    const { root } = this.#options;
    for (const level of [root, `${root}/burstable`, `${root}/besteffort`]) {
      for (const name of await this.#tree.below(level)) {
        const uid = /^pod(.+)$/.exec(name)?.[1];
        if (uid === undefined || isKnown(uid)) continue;
        await this.#tree.remove(`${level}/${name}`);
        this.#done.delete(uid);
        if (this.#burstable.delete(uid)) await this.#shareBurstable();
      }
    }
  }

  /** Removes the pod's cgroup and what the runtime left below it. */
  async remove(pod: Pod): Promise<void> {
    const uid = podUid(pod);
    this.#done.delete(uid);
    if (!this.#isOurs) return;
    await this.#tree.remove(this.parentOf(pod));
    if (this.#burstable.delete(uid)) await this.#shareBurstable();
  }
}
