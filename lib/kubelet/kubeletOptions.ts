import type { NodeAddress, Service, Taint } from "../api/gen/types/coreV1.js";
import type { MetricsRegistry } from "../api/metrics/metricsRegistry.js";
import type { Client } from "../client/client.js";
import type { Informer } from "../client/informer/informer.js";
import type { Logger } from "../platform/logger.js";
import type { Platform } from "../platform/platform.js";
import type { ContainerRuntime } from "./cri/runtime.js";
import type { ContainerGarbagePolicy } from "./garbage/containerGarbage.js";
import type { ImageGarbagePolicy } from "./garbage/imageGarbage.js";
import type { LogRotationPolicy } from "./garbage/logRotator.js";
import type { Machine, Pressure } from "./node/machine.js";
import type { NodeAllocatable } from "./pods/downwardFields.js";
import type { SandboxSettings } from "./pods/sandboxConfig.js";
import type { Mounter } from "./volumes/mounter.js";

export interface KubeletOptions {
  readonly platform: Platform;
  readonly client: Client;
  /**
   * Of every Service, where other parts of the process follow them too; whoever made it runs it.
   * Default: an own one.
   */
  readonly services?: Informer<Service>;
  readonly runtime: ContainerRuntime;
  /** What the kubelet counts; its server gives it at /metrics. */
  readonly metrics?: MetricsRegistry;
  readonly logger: Logger;
  readonly nodeName: string;
  readonly addresses: readonly NodeAddress[];
  readonly labels: Readonly<Record<string, string>>;
  /** Default: the machine's mount(8). */
  readonly mounter?: Mounter;
  readonly taints: readonly Taint[];
  readonly registerNode: boolean;
  readonly providerId: string;
  readonly podCidr: string;
  /** `/var/lib/kubelet`. */
  readonly rootDirectory: string;
  /** `/var/log/containers`; empty makes no links. */
  readonly containerLogsDirectory: string;
  /** Empty: no static pods. */
  readonly staticPodPath: string;
  readonly fileCheckMilliseconds: number;
  readonly kubeletPort: number;
  readonly kubeletVersion: string;
  readonly maxPods: number;
  readonly reserved: NodeAllocatable;
  readonly settings: SandboxSettings;
  readonly cgroups: {
    readonly mountPoint: string;
    readonly root: string;
    readonly driver: "cgroupfs" | "systemd";
    readonly perQos: boolean;
  };
  readonly cpuCfsQuota: boolean;
  /** --allowed-unsafe-sysctls: names, or beginnings before a `*`, beside the safe ones. */
  readonly allowedUnsafeSysctls?: readonly string[];
  readonly containerGarbage: ContainerGarbagePolicy;
  /** Undefined: images are never collected. */
  readonly imageGarbage?: ImageGarbagePolicy;
  /** Undefined: logs are never rotated, as where there are none. */
  readonly logRotation?: LogRotationPolicy & { readonly periodMilliseconds: number };
  /** Images that sandboxes are made of, beside what the runtime says itself. */
  readonly sandboxImages: readonly string[];
  readonly maxParallelPulls: number;
  readonly nodeStatusUpdateMilliseconds: number;
  readonly nodeStatusReportMilliseconds: number;
  readonly nodeStatusMaxImages: number;
  readonly leaseDurationSeconds: number;
  /**
   * How often the runtime is listed. 0 where it tells of changes by itself, as the simulated one.
   */
  readonly relistMilliseconds: number;
  /** The machine's measures; simulated nodes give their own. */
  readonly machine?: () => Promise<Machine>;
  readonly pressure?: () => Promise<Pressure>;
}
