import { parseTime } from "../../api/time.js";
import { ExpositionText } from "./expositionText.js";
import { type Measurement, podReference } from "./statsCollector.js";

const seconds = (nanos: number | undefined): number | undefined =>
  nanos === undefined ? undefined : nanos / 1e9;

/** `/metrics/resource`, which autoscaling reads by way of metrics-server. */
export function resourceMetrics({ node, pods }: Measurement): string {
  const text = new ExpositionText();
  for (const [kind, what] of [
    ["container", "the container"],
    ["node", "the node"],
    ["pod", "the pod"],
  ]) {
    text.family(
      `${kind}_cpu_usage_seconds_total`,
      "counter",
      `[STABLE] Cumulative cpu time consumed by ${what} in core-seconds`,
    );
    text.family(
      `${kind}_memory_working_set_bytes`,
      "gauge",
      `[STABLE] Current working set of ${what} in bytes`,
    );
    text.family(
      `${kind}_swap_usage_bytes`,
      "gauge",
      `[ALPHA] Current amount of swap that ${what} uses in bytes`,
    );
  }
  text.family(
    "container_start_time_seconds",
    "gauge",
    "[STABLE] Start time of the container since unix epoch in seconds",
  );
  text.family(
    "resource_scrape_error",
    "gauge",
    "[STABLE] 1 if there was an error while getting container metrics, 0 otherwise",
  );
  const add = (
    kind: string,
    labels: Record<string, string>,
    one: (typeof pods)[0] | typeof node,
  ) => {
    text.sample(
      `${kind}_cpu_usage_seconds_total`,
      labels,
      seconds(one.usage.cpuNanoSeconds),
      one.at,
    );
    const { memoryWorkingSetBytes, swapBytes } = one.usage;
    text.sample(`${kind}_memory_working_set_bytes`, labels, memoryWorkingSetBytes, one.at);
    text.sample(`${kind}_swap_usage_bytes`, labels, swapBytes, one.at);
  };
  add("node", {}, node);
  for (const one of pods) {
    const { name: pod, namespace } = podReference(one.pod);
    add("pod", { namespace, pod }, one);
    for (const container of one.containers) {
      const labels = { container: container.name, namespace, pod };
      add("container", labels, { ...one, ...container });
      const started = parseTime(container.startedAt);
      text.sample(
        "container_start_time_seconds",
        labels,
        started === undefined ? undefined : started / 1000,
      );
    }
  }
  const isWhole = node.usage.cpuNanoSeconds !== undefined;
  text.sample("resource_scrape_error", {}, isWhole ? 0 : 1);
  return text.toString();
}
