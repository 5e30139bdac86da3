import assert from "node:assert/strict";
import { coreV1 } from "../../../lib/api/gen/resources.js";
import type { Container, Pod, PodSpec } from "../../../lib/api/gen/types/coreV1.js";
import { hasReason } from "../../../lib/api/status.js";
import { TransportClient } from "../../../lib/client/transportClient.js";
import { Kubelet } from "../../../lib/kubelet/kubelet.js";
import { SimulatedRuntime } from "../../../lib/kubelet/simulated/simulatedRuntime.js";
import { memoryMounter } from "../../../lib/kubelet/volumes/mounter.js";
import { silentLogger } from "../../../lib/platform/logger.js";
import { nodePlatform } from "../../../lib/platform/node/nodePlatform.js";
import { MemoryFiles } from "../../../lib/platform/virtual/memoryFiles.js";
import { ControllerHarness } from "../client/controllerHarness.js";
import { CuttableTransport } from "../client/cuttableTransport.js";
import { SkewedClock } from "../client/skewedClock.js";

const namespace = "default";

/**
 * One kubelet with a simulated runtime on a virtual clock, whose link to the API can be cut; its
 * API keeps no time of its own.
 */
export class KubeletScenario {
  readonly api = new ControllerHarness();
  /** The kubelet's own link; `pods` goes past it. */
  readonly link = new CuttableTransport(this.api.transport);
  /** The node's: its wall clock can be set. */
  readonly clock = new SkewedClock(this.api.clock);
  readonly files = new MemoryFiles(() => this.api.clock.now());
  readonly platform = {
    ...nodePlatform,
    clock: this.clock,
    random: this.api.random,
    files: this.files,
  };
  readonly runtime = new SimulatedRuntime(this.platform);
  readonly pods = this.api.client.resource(coreV1.pods);
  kubelet: Kubelet | undefined;

  async start(): Promise<void> {
    const kubelet = new Kubelet({
      platform: this.platform,
      client: new TransportClient(this.link),
      runtime: this.runtime,
      mounter: memoryMounter,
      logger: silentLogger,
      nodeName: "n1",
      addresses: [{ type: "InternalIP", address: "10.0.0.9" }],
      labels: {},
      taints: [],
      registerNode: true,
      providerId: "",
      podCidr: "10.1.0.0/24",
      rootDirectory: "/var/lib/kubelet",
      containerLogsDirectory: "",
      staticPodPath: "/manifests",
      fileCheckMilliseconds: 20_000,
      kubeletPort: 10_250,
      kubeletVersion: "v1.37.0",
      maxPods: 3,
      reserved: { cpuMilli: 0, memoryBytes: 0, ephemeralStorageBytes: 0 },
      settings: {
        podLogsDirectory: "/var/log/pods",
        clusterDns: ["10.96.0.10"],
        clusterDomain: "cluster.local",
        resolvConf: { servers: [], searches: [], options: [] },
        nodeHostname: "n1",
        seccompDefault: false,
      },
      cgroups: {
        mountPoint: "/sys/fs/cgroup",
        root: "/kubepods",
        driver: "cgroupfs",
        perQos: false,
      },
      cpuCfsQuota: true,
      containerGarbage: { minimumAgeMilliseconds: 0, maximumPerContainer: 1, maximum: -1 },
      sandboxImages: [],
      maxParallelPulls: 5,
      nodeStatusUpdateMilliseconds: 10_000,
      nodeStatusReportMilliseconds: 300_000,
      nodeStatusMaxImages: 50,
      leaseDurationSeconds: 40,
      relistMilliseconds: 0,
      machine: async () => ({
        cpuMilli: 4000,
        memoryBytes: 8 * 1024 ** 3,
        ephemeralStorageBytes: 1e11,
        machineId: "m",
        systemUuid: "s",
        bootId: "b",
        kernelVersion: "6",
        osImage: "Simulated",
        operatingSystem: "linux",
        architecture: "amd64",
        containerRuntimeVersion: "simulated://0.1.0",
      }),
      pressure: async () => ({
        memoryAvailableBytes: 8 * 1024 ** 3,
        nodeDiskAvailableFraction: 1,
        imageDiskAvailableFraction: 1,
        pidsAvailableFraction: 1,
      }),
    });
    this.kubelet = kubelet;
    await kubelet.start();
    await this.settle();
  }

  async stopKubelet(): Promise<void> {
    const stopped = this.kubelet?.stop();
    this.kubelet = undefined;
    await this.api.clock.settle(10);
    await stopped;
  }

  async stop(): Promise<void> {
    await this.stopKubelet();
    this.runtime.close();
    await this.api.stop();
  }

  async settle(milliseconds = 2_000): Promise<void> {
    for (let passed = 0; passed < milliseconds; passed += 500) await this.api.clock.advance(500);
  }

  create(
    name: string,
    spec: Partial<PodSpec> = {},
    annotations: Record<string, string> = {},
    finalizers: string[] = [],
  ) {
    const containers: Container[] = [{ name: "main", image: "registry.local/main:1" }];
    return this.pods.create({
      metadata: { name, namespace, annotations, finalizers },
      spec: { restartPolicy: "Always", nodeName: "n1", containers, ...spec },
      status: { phase: "Pending" },
    });
  }

  get(name: string): Promise<Pod | undefined> {
    return this.pods.get(name, { namespace }).catch((error: unknown) => {
      if (hasReason(error, "NotFound")) return undefined;
      throw error;
    });
  }

  async phase(name: string): Promise<string | undefined> {
    return (await this.get(name))?.status?.phase;
  }

  async main(name: string) {
    const status = (await this.get(name))?.status?.containerStatuses?.[0];
    assert.ok(status, `${name} has no container status`);
    return status;
  }

  async runningIds(): Promise<string[]> {
    const all = await this.runtime.listContainers();
    return all.filter((one) => one.state === "running").map((one) => one.id);
  }

  /** What an API server does with a graceful deletion. */
  async delete(name: string, graceSeconds: number): Promise<void> {
    const there = await this.get(name);
    assert.ok(there);
    await this.pods.update({
      ...there,
      metadata: {
        ...there.metadata,
        deletionTimestamp: "2026-01-01T00:00:00Z",
        deletionGracePeriodSeconds: graceSeconds,
      },
    });
  }
}
