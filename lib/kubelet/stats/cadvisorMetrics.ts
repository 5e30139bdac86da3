import { parseTime } from "../../api/time.js";
import type { Machine } from "../node/machine.js";
import { ExpositionText, type MetricType } from "./expositionText.js";
import { type Measured, type Measurement, podReference } from "./statsCollector.js";

interface CgroupMetric {
  readonly name: string;
  readonly type: MetricType;
  readonly help: string;
  readonly value: (measured: Measured) => number | undefined;
}

const cgroupMetrics: readonly CgroupMetric[] = [
  {
    name: "container_memory_usage_bytes",
    type: "gauge",
    help: "Current memory usage in bytes, including all memory regardless of when it was accessed",
    value: ({ usage }) => usage.memoryUsageBytes,
  },
  {
    name: "container_memory_working_set_bytes",
    type: "gauge",
    help: "Current working set in bytes.",
    value: ({ usage }) => usage.memoryWorkingSetBytes,
  },
  {
    name: "container_memory_rss",
    type: "gauge",
    help: "Size of RSS in bytes.",
    value: ({ usage }) => usage.memoryRssBytes,
  },
  {
    name: "container_memory_cache",
    type: "gauge",
    help: "Number of bytes of page cache memory.",
    value: ({ usage }) => usage.memoryCacheBytes,
  },
  {
    name: "container_memory_swap",
    type: "gauge",
    help: "Container swap usage in bytes.",
    value: ({ usage }) => usage.swapBytes,
  },
  {
    name: "container_spec_memory_limit_bytes",
    type: "gauge",
    help: "Memory limit for the container.",
    value: ({ usage }) => usage.memoryLimitBytes ?? 0,
  },
  {
    name: "container_processes",
    type: "gauge",
    help: "Number of processes running inside the container.",
    value: ({ usage }) => usage.processCount,
  },
  {
    name: "container_last_seen",
    type: "gauge",
    help: "Last time a container was seen by the exporter",
    value: ({ at }) => Math.floor(at / 1000),
  },
];

const interfaceMetrics = [
  ["container_network_receive_bytes_total", "Cumulative count of bytes received", "rxBytes"],
  ["container_network_receive_errors_total", "Cumulative count of errors receiving", "rxErrors"],
  ["container_network_transmit_bytes_total", "Cumulative count of bytes transmitted", "txBytes"],
  ["container_network_transmit_errors_total", "Cumulative count of errors sending", "txErrors"],
] as const;

function declare(text: ExpositionText): void {
  text.family("cadvisor_version_info", "gauge", "Kernel and operating system of the node.");
  const cpu = "Cumulative cpu time consumed in seconds.";
  text.family("container_cpu_usage_seconds_total", "counter", cpu);
  const failures = "Cumulative count of memory allocation failures.";
  text.family("container_memory_failures_total", "counter", failures);
  for (const { name, type, help } of cgroupMetrics) text.family(name, type, help);
  text.family("container_fs_usage_bytes", "gauge", "Bytes that the container wrote to its layer.");
  for (const [name, help] of interfaceMetrics) text.family(name, "counter", help);
  text.family("container_start_time_seconds", "gauge", "Start time since unix epoch in seconds.");
  text.family("machine_cpu_cores", "gauge", "Number of logical CPU cores.");
  text.family("machine_memory_bytes", "gauge", "Amount of memory installed on the machine.");
}

function addCgroup(text: ExpositionText, labels: Record<string, string>, one: Measured): void {
  const { usage, at } = one;
  const seconds = usage.cpuNanoSeconds === undefined ? undefined : usage.cpuNanoSeconds / 1e9;
  text.sample("container_cpu_usage_seconds_total", { ...labels, cpu: "total" }, seconds, at);
  for (const { name, value } of cgroupMetrics) text.sample(name, labels, value(one), at);
  for (const [type, count] of [
    ["pgfault", usage.pageFaults],
    ["pgmajfault", usage.majorPageFaults],
  ] as const) {
    const failure = { ...labels, failure_type: type, scope: "hierarchy" };
    text.sample("container_memory_failures_total", failure, count, at);
  }
}

/** `/metrics/cadvisor`: the names and labels that dashboards know. */
export function cadvisorMetrics(measurement: Measurement, machine: Machine | undefined): string {
  const text = new ExpositionText();
  declare(text);
  const { node, pods } = measurement;
  const nobody = { container: "", id: "/", image: "", name: "", namespace: "", pod: "" };
  addCgroup(text, nobody, node);
  for (const one of pods) {
    const { name: pod, namespace } = podReference(one.pod);
    const labels = { ...nobody, id: one.cgroup, namespace, pod };
    addCgroup(text, labels, one);
    for (const counters of one.interfaces ?? []) {
      for (const [name, , field] of interfaceMetrics) {
        text.sample(name, { ...labels, interface: counters.name }, counters[field], one.at);
      }
    }
    for (const container of one.containers) {
      const { name, id, image, cgroup } = container;
      const own = { container: name, id: cgroup, image, name: id, namespace, pod };
      addCgroup(text, own, container);
      const written = container.files?.writableLayerUsedBytes;
      text.sample("container_fs_usage_bytes", { ...own, device: "" }, written, container.at);
      const started = parseTime(container.startedAt);
      const value = started === undefined ? undefined : started / 1000;
      text.sample("container_start_time_seconds", own, value, container.at);
    }
  }
  if (machine) {
    const about = {
      cadvisorRevision: "",
      cadvisorVersion: "",
      dockerVersion: "",
      kernelVersion: machine.kernelVersion,
      osVersion: machine.osImage,
    };
    text.sample("cadvisor_version_info", about, 1);
    const ids = {
      boot_id: machine.bootId,
      machine_id: machine.machineId,
      system_uuid: machine.systemUuid,
    };
    text.sample("machine_cpu_cores", ids, machine.cpuMilli / 1000);
    text.sample("machine_memory_bytes", ids, machine.memoryBytes);
  }
  return text.toString();
}
