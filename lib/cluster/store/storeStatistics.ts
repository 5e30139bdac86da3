import { loadKubeconfig } from "../../client/config/kubeconfig.js";
import { RestTransport } from "../../client/rest/restTransport.js";
import type { Platform } from "../../platform/platform.js";
import { checkDirectory, loadDirectory } from "./storeTools.js";

export type StoreNumbers = Readonly<Record<string, number>>;

const keysAtOnce = 1000;
const maxMetricsBytes = 64 * 1024 * 1024;

/** What the store in a directory holds: numbers, and keys by resource (`keys /registry/pods`). */
export function loadedStatistics(directory: string): StoreNumbers {
  const { report } = checkDirectory(directory);
  const store = loadDirectory(directory);
  try {
    const { keys, bytes, leases } = store.statistics();
    const byResource = new Map<string, number>();
    for (const values of store.values(keysAtOnce)) {
      for (const { key } of values) {
        const resource = `keys ${resourceOf(key)}`;
        byResource.set(resource, (byResource.get(resource) ?? 0) + 1);
      }
    }
    return {
      revision: report.revision,
      keys,
      bytes,
      leases,
      snapshotRevision: report.snapshotRevision,
      snapshotKeys: report.snapshotKeys,
      segments: report.segments,
      logBytes: report.logBytes,
      groups: report.groups,
      records: report.records,
      ...Object.fromEntries([...byResource].sort(([, a], [, b]) => b - a)),
    };
  } finally {
    store.close();
  }
}

/** `/registry/pods/default/a` → `/registry/pods`; groups with a dot are one part longer. */
function resourceOf(key: string): string {
  const parts = key.split("/");
  return parts.slice(0, parts[2]?.includes(".") === true ? 4 : 3).join("/");
}

/** What a running server's metrics say of its store, by the metric's name with its labels. */
export async function runningStatistics(
  platform: Platform,
  kubeconfig: string,
): Promise<StoreNumbers> {
  const { credentials } = loadKubeconfig(platform, kubeconfig);
  const transport = new RestTransport({ platform, credentials });
  try {
    const answer = await transport.raw({ path: "/metrics" });
    const text = new TextDecoder().decode(await answer.readAll(maxMetricsBytes));
    if (answer.status !== 200) throw new Error(`${transport.server}/metrics: ${answer.status}`);
    return storeNumbers(text);
  } finally {
    transport.close();
  }
}

/** The samples of the store's metrics in the text format. */
export function storeNumbers(metrics: string): StoreNumbers {
  const numbers: Record<string, number> = {};
  for (const line of metrics.split("\n")) {
    const match = /^((?:steersman_store|etcd_disk|etcd_debugging_mvcc|etcd_mvcc)_\S*) (\S+)$/.exec(
      line,
    );
    const [, name = "", value = ""] = match ?? [];
    if (match !== null) numbers[name] = Number(value);
  }
  return numbers;
}
