import assert from "node:assert/strict";
import type { Pod } from "../../../../lib/api/gen/types/coreV1.js";
import { PodCgroups } from "../../../../lib/kubelet/cgroups/podCgroups.js";
import type { ContainerRuntime } from "../../../../lib/kubelet/cri/runtime.js";
import { cadvisorMetrics } from "../../../../lib/kubelet/stats/cadvisorMetrics.js";
import { CgroupReader } from "../../../../lib/kubelet/stats/cgroupReader.js";
import { parseInterfaceCounters } from "../../../../lib/kubelet/stats/interfaceCounters.js";
import { resourceMetrics } from "../../../../lib/kubelet/stats/resourceMetrics.js";
import { StatsCollector } from "../../../../lib/kubelet/stats/statsCollector.js";
import { summary } from "../../../../lib/kubelet/stats/summary.js";
import type { FileSystemUsage } from "../../../../lib/platform/files.js";
import { nodePlatform } from "../../../../lib/platform/node/nodePlatform.js";
import { MemoryFiles } from "../../../../lib/platform/virtual/memoryFiles.js";
import { VirtualClock } from "../../../../lib/platform/virtual/virtualClock.js";
import { container, pod } from "../../../support/kubelet/kubeletObjects.js";

const top = "/sys/fs/cgroup";

class CgroupFiles extends MemoryFiles {
  constructor(readonly version: 1 | 2) {
    super(() => 0);
  }
  override async usage(): Promise<FileSystemUsage> {
    const rest = { totalBytes: 0, freeBytes: 0, availableBytes: 0, totalInodes: 0, freeInodes: 0 };
    return { type: this.version === 2 ? 0x63677270 : 1, ...rest };
  }
  async put(files: Record<string, string>): Promise<void> {
    for (const [path, text] of Object.entries(files)) {
      await this.makeDirectory(path.slice(0, path.lastIndexOf("/")));
      await this.writeFile(path, text);
    }
  }
}

const v1 = (path: string): Record<string, string> => ({
  [`${top}/cpuacct${path}/cpuacct.usage`]: "1500000000\n",
  [`${top}/memory${path}/memory.usage_in_bytes`]: "1000\n",
  [`${top}/memory${path}/memory.limit_in_bytes`]: "4000\n",
  [`${top}/memory${path}/memory.stat`]:
    "cache 1\ntotal_cache 300\ntotal_rss 600\ntotal_swap 7\ntotal_inactive_file 200\n" +
    "total_pgfault 11\ntotal_pgmajfault 3\n",
  [`${top}/pids${path}/pids.current`]: "5\n",
});
const v2 = (path: string): Record<string, string> => ({
  [`${top}${path}/cpu.stat`]: "usage_usec 1500000\nuser_usec 1\n",
  [`${top}${path}/memory.current`]: "1000\n",
  [`${top}${path}/memory.max`]: "4000\n",
  [`${top}${path}/memory.stat`]:
    "anon 600\nfile 300\ninactive_file 200\npgfault 11\npgmajfault 3\n",
  [`${top}${path}/memory.swap.current`]: "7\n",
  [`${top}${path}/pids.current`]: "5\n",
});

describe("stats of cgroups", () => {
  for (const [version, files] of [
    [1, v1],
    [2, v2],
  ] as const) {
    it(`reads a cgroup of v${version}`, async () => {
      const all = new CgroupFiles(version);
      await all.put(files("/kubepods/podu1"));
      const usage = await new CgroupReader(all, top).read("/kubepods/podu1", version);
      assert.deepEqual(usage, {
        cpuNanoSeconds: 1_500_000_000,
        memoryUsageBytes: 1000,
        memoryWorkingSetBytes: 800,
        memoryRssBytes: 600,
        memoryCacheBytes: 300,
        memoryLimitBytes: 4000,
        swapBytes: 7,
        pageFaults: 11,
        majorPageFaults: 3,
        processCount: 5,
      });
    });
  }

  it("takes the largest number of v1 and the word of v2 for no limit, and nothing for nothing", async () => {
    const one = new CgroupFiles(1);
    await one.put({ [`${top}/memory/a/memory.limit_in_bytes`]: "9223372036854771712\n" });
    assert.equal((await new CgroupReader(one, top).read("/a", 1)).memoryLimitBytes, undefined);
    const two = new CgroupFiles(2);
    await two.put({ [`${top}/a/memory.max`]: "max\n" });
    const usage = await new CgroupReader(two, top).read("/a", 2);
    assert.deepEqual([usage.memoryLimitBytes, usage.cpuNanoSeconds], [undefined, undefined]);
    // The root of v2 has no file of its own for what it uses.
    await two.put({ [`${top}/memory.stat`]: "anon 5\nfile 6\n" });
    assert.equal((await new CgroupReader(two, top).read("", 2)).memoryUsageBytes, 11);
  });

  it("counts what interfaces carried, the loopback left out", () => {
    const text =
      "Inter-|   Receive  |  Transmit\n face |bytes packets errs drop\n" +
      "    lo: 9 9 9 0 0 0 0 0 9 9 9 0 0 0 0 0\n" +
      "  eth0: 100 2 1 0 0 0 0 0 200 4 3 0 0 0 0 0\n";
    assert.deepEqual(parseInterfaceCounters(text), [
      { name: "eth0", rxBytes: 100, rxErrors: 1, txBytes: 200, txErrors: 3 },
    ]);
  });

  describe("collected", () => {
    let clock: VirtualClock;
    let files: CgroupFiles;
    const running: Pod = pod(
      { containers: [container("main")] },
      {
        status: {
          phase: "Running",
          startTime: "2026-01-01T00:00:00Z",
          containerStatuses: [
            {
              ...{ name: "main", image: "web:1", imageID: "", ready: true, restartCount: 2 },
              state: { running: { startedAt: "2026-01-01T00:00:01Z" } },
            },
          ],
        },
      },
    );
    const own = "/kubepods/besteffort/podu1";

    function collector(version: 1 | 2, driver: "cgroupfs" | "systemd" = "cgroupfs") {
      clock = new VirtualClock();
      files = new CgroupFiles(version);
      const settings = { mountPoint: top, root: "/kubepods", perQos: true, cpuCfsQuota: true };
      const cgroups = new PodCgroups({ files, driver, ...settings });
      const runtime: Partial<ContainerRuntime> = {
        listContainerStats: async () => [
          {
            ...{ id: "c1", name: "main", labels: {}, timestamp: 0, cpuUsageCoreNanoSeconds: 0 },
            ...{ memoryWorkingSetBytes: 0, memoryUsageBytes: 0, memoryRssBytes: 0 },
            ...{ writableLayerUsedBytes: 42, writableLayerInodesUsed: 4 },
          },
        ],
      };
      return new StatsCollector({
        platform: { ...nodePlatform, clock, files },
        kubelet: { pods: [running, pod()], cgroups, containerIdOf: () => "c1" },
        runtime: runtime as ContainerRuntime,
        cgroupMountPoint: top,
        cgroupDriver: driver,
      });
    }

    for (const [version, put] of [
      [1, v1],
      [2, v2],
    ] as const) {
      it(`has node, pod and container, with rates between samples, on v${version}`, async () => {
        const stats = collector(version);
        for (const path of ["", own, `${own}/c1`]) await files.put(put(path));
        const abort = new AbortController();
        const sampling = stats.run(abort.signal);
        await clock.advance(0);
        await clock.settle(50);
        await clock.advance(2_000);
        const cpu = version === 1 ? `${top}/cpuacct${own}/cpuacct.usage` : `${top}${own}/cpu.stat`;
        await files.writeFile(cpu, version === 1 ? "2500000000\n" : "usage_usec 2500000\n");
        const { node, pods } = await stats.collect();
        assert.equal(node.usage.memoryUsageBytes, 1000);
        assert.equal(pods.length, 1, "only what runs");
        const [one] = pods;
        assert.deepEqual([one?.cgroup, one?.cpuNanoCores], [own, 500_000_000]);
        const [main] = one?.containers ?? [];
        assert.deepEqual(
          [main?.cgroup, main?.image, main?.restartCount, main?.cpuNanoCores],
          [`${own}/c1`, "web:1", 2, 0],
        );
        abort.abort();
        await clock.settle(10);
        await sampling;
      });
    }

    it("finds the slices of systemd", async () => {
      const stats = collector(2, "systemd");
      const slice = "/kubepods.slice/kubepods-besteffort.slice/kubepods-besteffort-podu1.slice";
      await files.put(v2(slice));
      await files.put(v2(`${slice}/cri-containerd-c1.scope`));
      const { pods } = await stats.collect();
      assert.equal(pods[0]?.usage.memoryUsageBytes, 1000);
      assert.equal(pods[0]?.containers[0]?.usage.memoryUsageBytes, 1000);
    });

    it("is told as a summary and as metrics", async () => {
      const stats = collector(1);
      for (const path of ["", own, `${own}/c1`]) await files.put(v1(path));
      const measurement = await stats.collect();
      const fileSystems = {
        ...{ node: undefined, images: undefined, imagesUsed: { bytes: 0, inodes: 0 } },
        logs: new Map([["c1", { bytes: 8, files: 1 }]]),
      };
      const input = {
        nodeName: "n1",
        startTime: "",
        measurement,
        fileSystems,
        processes: undefined,
      };
      const whole = summary({ ...input, onlyCpuAndMemory: false }) as {
        pods: { containers: { rootfs: object; logs: object }[]; [field: string]: unknown }[];
      };
      const [told] = whole.pods;
      const [main] = told?.containers ?? [];
      assert.deepEqual(told?.podRef, { name: "web", namespace: "default", uid: "u1" });
      assert.deepEqual(
        (told?.["ephemeral-storage"] as { usedBytes: number } | undefined)?.usedBytes,
        50,
      );
      assert.deepEqual((main?.rootfs as { usedBytes: number } | undefined)?.usedBytes, 42);
      assert.deepEqual((main?.logs as { usedBytes: number } | undefined)?.usedBytes, 8);
      const short = summary({ ...input, onlyCpuAndMemory: true }) as typeof whole;
      assert.equal(short.pods[0]?.containers[0]?.logs, undefined);
      const resource = resourceMetrics(measurement);
      const labels = '{container="main",namespace="default",pod="web"}';
      assert.ok(resource.includes(`container_memory_working_set_bytes${labels} 800 `));
      assert.ok(resource.includes(`container_cpu_usage_seconds_total${labels} 1.5 `));
      assert.match(resource, /^# TYPE node_cpu_usage_seconds_total counter$/m);
      const cadvisor = cadvisorMetrics(measurement, undefined);
      const id = `id="${own}/c1",image="web:1",name="c1",namespace="default",pod="web"`;
      assert.ok(cadvisor.includes(`container_memory_rss{container="main",${id}} 600 `));
      assert.ok(
        cadvisor.includes(`container_fs_usage_bytes{container="main",${id},device=""} 42 `),
      );
    });
  });
});
