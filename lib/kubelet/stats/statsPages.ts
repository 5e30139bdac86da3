import { mediaTypes } from "../../api/mediaTypes.js";
import { MetricsRegistry } from "../../api/metrics/metricsRegistry.js";
import { addProcessMetrics } from "../../api/metrics/processMetrics.js";
import { formatTime } from "../../api/time.js";
import type { HttpResponse } from "../../platform/network.js";
import type { Platform } from "../../platform/platform.js";
import type { ContainerRuntime } from "../cri/runtime.js";
import type { Machine } from "../node/machine.js";
import { podLogDirectory } from "../pods/sandboxConfig.js";
import { cadvisorMetrics } from "./cadvisorMetrics.js";
import type { ProbeMetrics } from "./probeMetrics.js";
import { resourceMetrics } from "./resourceMetrics.js";
import type { MeasuredKubelet, Measurement, StatsCollector } from "./statsCollector.js";
import { type SummaryFileSystems, summary } from "./summary.js";

export interface StatsPagesParts {
  readonly platform: Platform;
  readonly kubelet: MeasuredKubelet & {
    readonly machine: Machine | undefined;
    readonly probeMetrics: ProbeMetrics;
    readonly certificateStates: readonly {
      readonly signerName: string;
      readonly state: string;
    }[];
  };
  readonly runtime: ContainerRuntime;
  readonly collector: StatsCollector;
  readonly nodeName: string;
  readonly rootDirectory: string;
  readonly podLogsDirectory: string;
}

const textType = { "content-type": "text/plain; version=0.0.4; charset=utf-8" } as const;

/** What the kubelet's server tells of use: `/stats/summary`, `/metrics` and the pages below it. */
export class StatsPages {
  readonly #parts: StatsPagesParts;
  readonly #registry: MetricsRegistry;

  constructor(parts: StatsPagesParts, registry = new MetricsRegistry()) {
    this.#parts = parts;
    this.#registry = registry;
    const { kubelet, platform, nodeName } = parts;
    const pods = this.#registry.gauge("kubelet_running_pods", "Pods that have a running sandbox");
    const containers = this.#registry.gauge("kubelet_running_containers", "Containers by state", [
      "container_state",
    ]);
    const named = "The node's name. The count is always 1.";
    this.#registry.gauge("kubelet_node_name", named, ["node"]).with(nodeName).set(1);
    const desired = this.#registry.gauge("kubelet_desired_pods", "Pods bound to this node");
    const certificates = this.#registry.gauge(
      "kubelet_podcertificate_states",
      "Sources of volumes that project a pod's certificate, by signer and state",
      ["signer_name", "state"],
    );
    addProcessMetrics(this.#registry, platform.host, platform.clock.now());
    this.#registry.onCollect(() => {
      const all = kubelet.pods;
      desired.with().set(all.length);
      pods.with().set(all.filter((pod) => pod.status?.phase === "Running").length);
      certificates.reset();
      for (const { signerName, state } of kubelet.certificateStates) {
        certificates.with(signerName, state).add(1);
      }
      containers.reset();
      const states = all.flatMap((pod) =>
        (pod.status?.containerStatuses ?? []).map((status) => status.state ?? {}),
      );
      const count = (has: (state: (typeof states)[0]) => unknown): number =>
        states.filter((state) => has(state) !== undefined).length;
      containers.with("running").set(count((state) => state.running));
      containers.with("exited").set(count((state) => state.terminated));
    });
  }

  async summary(
    response: HttpResponse,
    parts: readonly string[],
    query: URLSearchParams,
  ): Promise<void> {
    if (parts[0] !== "summary" || parts.length > 1) {
      response.send(404, { "content-type": "text/plain" }, "404 page not found\n");
      return;
    }
    const onlyCpuAndMemory = query.get("only_cpu_and_memory") === "true";
    const measurement = await this.#parts.collector.collect();
    const { files, clock } = this.#parts.platform;
    const uptime = Number((await files.readText("/proc/uptime").catch(() => "0")).split(" ")[0]);
    const body = summary({
      nodeName: this.#parts.nodeName,
      startTime: formatTime(clock.now() - uptime * 1000),
      measurement,
      fileSystems: await this.#fileSystems(measurement, onlyCpuAndMemory),
      processes: await this.#processes(),
      onlyCpuAndMemory,
    });
    const text = `${JSON.stringify(body, null, 1)}\n`;
    response.send(200, { "content-type": mediaTypes.json }, text);
  }

  async metrics(response: HttpResponse, parts: readonly string[]): Promise<void> {
    const [page = "", ...more] = parts;
    const text = more.length === 0 ? await this.#page(page) : undefined;
    if (text === undefined) {
      response.send(404, { "content-type": "text/plain" }, "404 page not found\n");
    } else {
      response.send(200, textType, text);
    }
  }

  async #page(page: string): Promise<string | undefined> {
    const { collector, kubelet } = this.#parts;
    switch (page) {
      case "":
        return this.#registry.expose();
      case "resource":
        return resourceMetrics(await collector.collect());
      case "cadvisor":
        return cadvisorMetrics(await collector.collect(), kubelet.machine);
      case "probes":
        return kubelet.probeMetrics.expose();
      default:
        return undefined;
    }
  }

  async #processes(): Promise<{ maximum: number; current: number } | undefined> {
    const { files } = this.#parts.platform;
    const [limit, load] = await Promise.all([
      files.readText("/proc/sys/kernel/pid_max").catch(() => ""),
      files.readText("/proc/loadavg").catch(() => ""),
    ]);
    const maximum = Number(limit);
    const current = Number(/\/(\d+)/.exec(load)?.[1]);
    return maximum > 0 && current > 0 ? { maximum, current } : undefined;
  }

  async #fileSystems(
    { pods }: Measurement,
    onlyCpuAndMemory: boolean,
  ): Promise<SummaryFileSystems> {
    const { platform, runtime, rootDirectory } = this.#parts;
    const none = { node: undefined, images: undefined, logs: new Map() };
    if (onlyCpuAndMemory) return { ...none, imagesUsed: { bytes: 0, inodes: 0 } };
    const { files } = platform;
    const images = await runtime.imageFileSystem().catch(() => []);
    const mountpoint = images[0]?.mountpoint;
    const logs = new Map<string, { bytes: number; files: number }>();
    for (const { pod, containers } of pods) {
      const directory = podLogDirectory(this.#parts.podLogsDirectory, pod);
      for (const { id, name } of containers) logs.set(id, await this.#logs(`${directory}/${name}`));
    }
    return {
      node: await files.usage(rootDirectory).catch(() => undefined),
      images: mountpoint ? await files.usage(mountpoint).catch(() => undefined) : undefined,
      imagesUsed: {
        bytes: images.reduce((sum, one) => sum + one.usedBytes, 0),
        inodes: images.reduce((sum, one) => sum + one.inodesUsed, 0),
      },
      logs,
    };
  }

  async #logs(directory: string): Promise<{ bytes: number; files: number }> {
    const { files } = this.#parts.platform;
    const names = await files.list(directory).catch(() => []);
    let bytes = 0;
    for (const name of names) {
      bytes += (await files.status(`${directory}/${name}`).catch(() => undefined))?.sizeBytes ?? 0;
    }
    return { bytes, files: names.length };
  }
}
