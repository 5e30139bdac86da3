import type { Host } from "../../platform/host.js";
import { gitVersion, versionInfo } from "../versions.js";
import type { MetricsRegistry } from "./metricsRegistry.js";

/**
 * What every component tells of its process and its build, under the names that Prometheus'
 * clients and Kubernetes' components share. The use of the process is read when it is asked for.
 */
export function addProcessMetrics(
  registry: MetricsRegistry,
  host: Host,
  startedMilliseconds: number,
): void {
  addBuildInfo(registry, host);
  const gauge = (name: string, help: string) => registry.gauge(`process_${name}`, help).with();
  const cpu = registry.counter("process_cpu_seconds_total", "CPU seconds used.").with();
  const memory = gauge("resident_memory_bytes", "Resident memory.");
  gauge("start_time_seconds", "When the process began.").set(startedMilliseconds / 1000);
  const use = host.processUse();
  const more =
    use === undefined
      ? undefined
      : {
          virtual: gauge("virtual_memory_bytes", "Virtual memory."),
          open: gauge("open_fds", "File descriptors that are open."),
          maximum: gauge("max_fds", "File descriptors that may be open."),
        };
  registry.onCollect(() => {
    const { user, system } = host.cpuSeconds();
    cpu.value = user + system;
    memory.set(host.memoryBytes().residentSet);
    const now = more === undefined ? undefined : host.processUse();
    if (more === undefined || now === undefined) return;
    more.virtual.set(now.virtualMemoryBytes);
    more.open.set(now.openFiles);
    more.maximum.set(now.maxOpenFiles);
  });
}

function addBuildInfo(registry: MetricsRegistry, host: Host): void {
  const info = versionInfo(host.platform, host.architecture);
  const labels = {
    build_date: info.buildDate,
    compiler: info.compiler,
    git_commit: info.gitCommit,
    git_tree_state: info.gitTreeState,
    git_version: gitVersion,
    go_version: info.goVersion,
    major: info.major,
    minor: info.minor,
    platform: info.platform,
  };
  registry
    .gauge("kubernetes_build_info", "The build that runs.", Object.keys(labels))
    .with(...Object.values(labels))
    .set(1);
  const release = `${info.major}.${info.minor}`;
  const oldest = `${info.minCompatibilityMajor}.${info.minCompatibilityMinor}`;
  registry
    .gauge("version_info", "The version that runs.", [
      "binary",
      "component",
      "emulation",
      "min_compat",
    ])
    .with(release, "kube", release, oldest)
    .set(1);
}
