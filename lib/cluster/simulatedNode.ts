import type { Service } from "../api/gen/types/coreV1.js";
import { gitVersion } from "../api/versions.js";
import type { Client } from "../client/client.js";
import type { Informer } from "../client/informer/informer.js";
import { Kubelet } from "../kubelet/kubelet.js";
import type { Machine, Pressure } from "../kubelet/node/machine.js";
import { LocalKubelet } from "../kubelet/simulated/localKubelet.js";
import { SimulatedRuntime } from "../kubelet/simulated/simulatedRuntime.js";
import type { SimulationModel } from "../kubelet/simulated/simulationModel.js";
import { memoryMounter } from "../kubelet/volumes/mounter.js";
import type { Logger } from "../platform/logger.js";
import type { Platform } from "../platform/platform.js";
import { agreeingNetwork } from "../platform/virtual/agreeingNetwork.js";
import { MemoryFiles } from "../platform/virtual/memoryFiles.js";

export interface SimulatedNodeOptions {
  readonly platform: Platform;
  readonly client: Client;
  /** Those of all nodes are the same. */
  readonly services: Informer<Service>;
  readonly logger: Logger;
  readonly name: string;
  /** The node's own address. */
  readonly address: string;
  readonly cpuMilli?: number;
  readonly memoryBytes?: number;
  readonly maxPods?: number;
  /** What its containers do. */
  readonly model: SimulationModel;
}

export interface SimulatedNode {
  readonly kubelet: Kubelet;
  /** Where the API server asks for logs and streams. */
  readonly local: LocalKubelet;
  /** The kubelet, and what still runs in its containers. */
  stop(): Promise<void>;
}

const gibibyte = 1024 ** 3;

/**
 * A kubelet whose machine, files, network and containers exist only in this process. The model says
 * what containers do; probes and hooks meet no resistance, so that pods become ready.
 */
export function simulatedNode(options: SimulatedNodeOptions): SimulatedNode {
  const { platform, client, logger, name, address } = options;
  const files = new MemoryFiles(() => platform.clock.now());
  const runtime = new SimulatedRuntime(platform, { model: options.model, files });
  const machine = simulatedMachine(options);
  const pressure: Pressure = {
    memoryAvailableBytes: machine.memoryBytes,
    nodeDiskAvailableFraction: 1,
    imageDiskAvailableFraction: 1,
    pidsAvailableFraction: 1,
  };
  const own: Platform = { ...platform, files, network: agreeingNetwork };
  const kubelet = new Kubelet({
    platform: own,
    client,
    services: options.services,
    runtime,
    mounter: memoryMounter,
    logger: logger.named(name),
    nodeName: name,
    addresses: [
      { type: "InternalIP", address },
      { type: "Hostname", address: name },
    ],
    labels: {},
    taints: [],
    registerNode: true,
    providerId: "",
    podCidr: "",
    rootDirectory: "/var/lib/kubelet",
    containerLogsDirectory: "",
    staticPodPath: "",
    fileCheckMilliseconds: 20_000,
    kubeletPort: 10_250,
    kubeletVersion: gitVersion,
    maxPods: options.maxPods ?? 110,
    reserved: { cpuMilli: 0, memoryBytes: 0, ephemeralStorageBytes: 0 },
    settings: {
      podLogsDirectory: "/var/log/pods",
      // Nobody asks it: no program runs that could.
      clusterDns: ["10.96.0.10"],
      clusterDomain: "cluster.local",
      resolvConf: { servers: [], searches: [], options: [] },
      nodeHostname: name,
      seccompDefault: false,
    },
    cgroups: { mountPoint: "/sys/fs/cgroup", root: "/kubepods", driver: "cgroupfs", perQos: false },
    cpuCfsQuota: true,
    containerGarbage: { minimumAgeMilliseconds: 0, maximumPerContainer: 1, maximum: -1 },
    sandboxImages: [],
    maxParallelPulls: 5,
    nodeStatusUpdateMilliseconds: 10_000,
    nodeStatusReportMilliseconds: 300_000,
    nodeStatusMaxImages: 50,
    leaseDurationSeconds: 40,
    relistMilliseconds: 0,
    machine: async () => machine,
    pressure: async () => pressure,
  });
  return {
    kubelet,
    local: new LocalKubelet(own, kubelet, runtime),
    stop: async () => {
      await kubelet.stop();
      runtime.close();
    },
  };
}

function simulatedMachine({
  platform,
  name,
  cpuMilli,
  memoryBytes,
}: SimulatedNodeOptions): Machine {
  return {
    cpuMilli: cpuMilli ?? 8_000,
    memoryBytes: memoryBytes ?? 32 * gibibyte,
    ephemeralStorageBytes: 100 * gibibyte,
    machineId: "simulated",
    systemUuid: name,
    bootId: platform.random.uuid(),
    kernelVersion: platform.host.kernelVersion(),
    osImage: "Simulated",
    operatingSystem: "linux",
    architecture: platform.host.architecture,
    containerRuntimeVersion: "simulated://0.1.0",
  };
}
