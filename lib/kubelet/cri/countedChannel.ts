import type { MetricsRegistry } from "../../api/metrics/metricsRegistry.js";
import type { Clock } from "../../platform/clock.js";
import type { RpcChannel } from "../../platform/rpc.js";

/** Calls of the runtime whose names are not just their own words, as upstream counts them. */
const irregular: Readonly<Record<string, string>> = {
  ImageFsInfo: "image_fs_info",
  ListPodSandbox: "list_podsandbox",
  PodSandboxStatus: "podsandbox_status",
  RemovePodSandbox: "remove_podsandbox",
  RunPodSandbox: "run_podsandbox",
  StopPodSandbox: "stop_podsandbox",
  UpdateContainerResources: "update_container",
};

/** `/runtime.v1.RuntimeService/StartContainer` is `start_container`. */
function operationOf(path: string): string {
  const method = path.slice(path.lastIndexOf("/") + 1);
  const words = method.replace(/(?<=[a-z])(?=[A-Z])/g, "_").toLowerCase();
  return irregular[method] ?? words;
}

/** Each the product of the one before, as upstream makes them: rounding included. */
const buckets = Array.from({ length: 13 }).reduce<number[]>(
  (bounds) => [...bounds, (bounds.at(-1) ?? 0) * 2.5],
  [0.005],
);

/** The runtime's channel, with what is asked of it counted in the kubelet's metrics. */
export function countedChannel(
  channel: RpcChannel,
  registry: MetricsRegistry,
  clock: Clock,
): RpcChannel {
  const label = ["operation_type"];
  const name = "kubelet_runtime_operations";
  const all = registry.counter(`${name}_total`, "Calls to the runtime.", label);
  const errors = registry.counter(`${name}_errors_total`, "Calls that the runtime refused.", label);
  const durations = registry.histogram(
    `${name}_duration_seconds`,
    "Time that calls to the runtime took.",
    label,
    buckets,
  );
  return {
    unary: async (path, request, options) => {
      const operation = operationOf(path);
      const started = clock.monotonic();
      all.with(operation).increment();
      try {
        return await channel.unary(path, request, options);
      } catch (error) {
        errors.with(operation).increment();
        throw error;
      } finally {
        durations.with(operation).observe((clock.monotonic() - started) / 1000);
      }
    },
    serverStream: (path, request, options) => channel.serverStream(path, request, options),
    close: () => channel.close(),
  };
}
