import assert from "node:assert/strict";
import type { Pod, ResourceRequirements } from "../../../../lib/api/gen/types/coreV1.js";
import { PodCgroups } from "../../../../lib/kubelet/cgroups/podCgroups.js";
import type { FileSystemUsage } from "../../../../lib/platform/files.js";
import { MemoryFiles } from "../../../../lib/platform/virtual/memoryFiles.js";
import { container, pod, sidecar } from "../../../support/kubelet/kubeletObjects.js";

const top = "/sys/fs/cgroup";
const usage = { totalBytes: 0, freeBytes: 0, availableBytes: 0, totalInodes: 0, freeInodes: 0 };

/** cgroup file systems: files may be written that nobody made, and every write is kept. */
class CgroupFiles extends MemoryFiles {
  readonly writes: string[] = [];
  constructor(readonly type: number) {
    super(() => 0);
  }
  override async usage(): Promise<FileSystemUsage> {
    return { type: this.type, ...usage };
  }
  override async writeFile(path: string, data: Uint8Array | string): Promise<void> {
    await super.writeFile(path, data);
    this.writes.push(`${path.slice(top.length)}=${data}`);
  }
  /** As the kernel: with the directory go its files. */
  override async removeDirectory(path: string): Promise<void> {
    await this.remove(path);
  }
}

const resources = (requests: object, limits: object = {}): ResourceRequirements =>
  ({ requests, limits }) as ResourceRequirements;

const guaranteed = pod({
  containers: [
    container("a", {
      resources: resources({ cpu: "500m", memory: "64Mi" }, { cpu: "500m", memory: "64Mi" }),
    }),
    container("b", {
      resources: resources({ cpu: "1", memory: "64Mi" }, { cpu: "1", memory: "64Mi" }),
    }),
  ],
});

describe("PodCgroups", () => {
  let files: CgroupFiles;
  let cgroups: PodCgroups;

  function begin(version: 1 | 2, more: { cpuCfsQuota?: boolean; driver?: "systemd" } = {}): void {
    files = new CgroupFiles(version === 2 ? 0x63677270 : 0x1021994);
    cgroups = new PodCgroups({
      files,
      mountPoint: top,
      root: "/n1/kubepods",
      driver: "cgroupfs",
      perQos: true,
      cpuCfsQuota: true,
      ...more,
    });
  }
  const written = async (of: Pod): Promise<string[]> => {
    files.writes.length = 0;
    await cgroups.ensure(of);
    const path = cgroups.parentOf(of);
    return files.writes.filter((line) => line.includes(path)).map((line) => line.replace(path, ""));
  };

  it("stands by class below the root", () => {
    begin(1);
    assert.equal(cgroups.parentOf(guaranteed), "/n1/kubepods/podu1");
    assert.equal(cgroups.parentOf(pod()), "/n1/kubepods/besteffort/podu1");
    const some = pod({ containers: [container("a", { resources: resources({ cpu: "1" }) })] });
    assert.equal(cgroups.parentOf(some), "/n1/kubepods/burstable/podu1");
    begin(1, { driver: "systemd" });
    const named = pod({}, { metadata: { name: "x", namespace: "y", uid: "a-b" } });
    assert.equal(cgroups.parentOf(named), "kubepods-besteffort-poda_b.slice");
  });

  it("limits a guaranteed pod to the sum, on v1", async () => {
    begin(1);
    assert.deepEqual(await written(guaranteed), [
      "/cpu/cpu.shares=1536",
      "/cpu/cpu.cfs_period_us=100000",
      "/cpu/cpu.cfs_quota_us=150000",
      "/memory/memory.limit_in_bytes=134217728",
    ]);
    for (const controller of ["cpu", "cpuacct", "memory", "pids", "cpuset"]) {
      assert.ok(await files.exists(`${top}/${controller}/n1/kubepods/podu1`), controller);
    }
    assert.deepEqual(await written(guaranteed), [], "once");
  });

  it("does the same on v2, where each level hands its controllers down first", async () => {
    begin(2);
    assert.deepEqual(await written(guaranteed), [
      "/cpu.weight=59",
      "/cpu.max=150000 100000",
      "/memory.max=134217728",
    ]);
    const handed = files.writes.filter((line) => line.endsWith("=+memory"));
    assert.deepEqual(handed, [
      "/cgroup.subtree_control=+memory",
      "/n1/cgroup.subtree_control=+memory",
      "/n1/kubepods/cgroup.subtree_control=+memory",
    ]);
  });

  it("gives a pod no limit that one of its containers lacks, init containers too", async () => {
    begin(1);
    const limited = container("a", {
      resources: resources({ cpu: "100m" }, { cpu: "1", memory: "1Gi" }),
    });
    const init = container("i", { resources: resources({ cpu: "300m" }, { cpu: "2" }) });
    const of = pod({ containers: [limited], initContainers: [init] });
    assert.deepEqual(await written(of), [
      "/cpu/cpu.shares=307",
      "/cpu/cpu.cfs_period_us=100000",
      "/cpu/cpu.cfs_quota_us=200000",
    ]);
  });

  it("counts sidecars, overhead, and what the pod as a whole asks for", async () => {
    begin(1);
    const side = sidecar("s", { resources: resources({ cpu: "1" }) });
    const main = container("a", { resources: resources({ cpu: "1" }) });
    const of = pod({ containers: [main], initContainers: [side], overhead: { cpu: "500m" } });
    assert.deepEqual(await written(of), ["/cpu/cpu.shares=2560"]);
    begin(1);
    const whole = pod({
      containers: [main],
      resources: resources({ cpu: "3" }, { memory: "1Gi" }),
    });
    assert.deepEqual(await written(whole), [
      "/cpu/cpu.shares=3072",
      "/memory/memory.limit_in_bytes=1073741824",
    ]);
  });

  it("leaves CPU unlimited where limits are not to be enforced", async () => {
    begin(1, { cpuCfsQuota: false });
    assert.ok((await written(guaranteed)).includes("/cpu/cpu.cfs_quota_us=-1"));
    begin(2, { cpuCfsQuota: false });
    assert.ok((await written(guaranteed)).includes("/cpu.max=max 100000"));
  });

  it("shares CPU between the classes, and bounds all pods by what is allocatable", async () => {
    begin(1);
    await cgroups.prepare({ cpuMilli: 4_000, memoryBytes: 1024 ** 3 });
    assert.deepEqual(files.writes, [
      "/cpu/n1/kubepods/cpu.shares=4096",
      "/memory/n1/kubepods/memory.limit_in_bytes=1073741824",
      "/cpu/n1/kubepods/besteffort/cpu.shares=2",
      "/cpu/n1/kubepods/burstable/cpu.shares=2",
    ]);
    const shares = (): Promise<string> =>
      files.readText(`${top}/cpu/n1/kubepods/burstable/cpu.shares`);
    const asking = (uid: string, cpu: string): Pod =>
      pod(
        { containers: [container("a", { resources: resources({ cpu }) })] },
        { metadata: { name: uid, namespace: "default", uid } },
      );
    const [one, two] = [asking("u1", "1"), asking("u2", "500m")];
    await cgroups.ensure(one);
    await cgroups.ensure(two);
    await cgroups.ensure(guaranteed);
    assert.equal(await shares(), "1536");
    await cgroups.remove(one);
    assert.equal(await shares(), "512");
  });

  it("lets the pods use the processors that its cpuset above has", async () => {
    begin(1);
    for (const level of ["", "/n1", "/n1/kubepods", "/n1/kubepods/podu1"]) {
      await files.makeDirectory(`${top}/cpuset${level}`);
      const own = level === "" ? "0-1\n" : "\n";
      await files.writeFile(`${top}/cpuset${level}/cpuset.cpus`, own);
      await files.writeFile(`${top}/cpuset${level}/cpuset.mems`, own);
    }
    await cgroups.ensure(guaranteed);
    assert.equal(await files.readText(`${top}/cpuset/n1/kubepods/podu1/cpuset.cpus`), "0-1\n");
  });

  it("takes a pod's cgroups away with what is below", async () => {
    begin(1);
    await cgroups.ensure(guaranteed);
    await files.makeDirectory(`${top}/memory/n1/kubepods/podu1/c1`);
    await cgroups.remove(guaranteed);
    assert.deepEqual(await files.list(`${top}/memory/n1/kubepods`), []);
  });

  it("leaves everything to systemd where that is the driver", async () => {
    begin(1, { driver: "systemd" });
    await cgroups.prepare({ cpuMilli: 1, memoryBytes: 1 });
    await cgroups.ensure(guaranteed);
    await cgroups.remove(guaranteed);
    assert.deepEqual(files.writes, []);
  });

  for (const version of [1, 2] as const) {
    it(`takes away what is left of pods that nobody knows, of every class (v${version})`, async () => {
      begin(version);
      const levels = ["", "/burstable", "/besteffort"];
      const roots = version === 2 ? [top] : [`${top}/cpu`, `${top}/memory`];
      for (const root of roots) {
        for (const level of levels) {
          for (const name of ["podgone/container", "podkept", "other"]) {
            await files.makeDirectory(`${root}/n1/kubepods${level}/${name}`);
          }
        }
      }
      await cgroups.removeLeftovers((uid) => uid === "kept");
      for (const root of roots) {
        for (const level of levels) {
          const names = await files.list(`${root}/n1/kubepods${level}`);
          const left = names.filter((name) => name === "other" || name.startsWith("pod"));
          assert.deepEqual(left.sort(), ["other", "podkept"]);
        }
      }
    });
  }
});
