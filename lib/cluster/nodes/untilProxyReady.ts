import type { HttpClient } from "../../platform/network.js";
import type { Platform } from "../../platform/platform.js";
import { proxyHealthPort } from "./nodeFiles.js";
import type { PlannedNode } from "./nodePlan.js";

const limitMilliseconds = 60_000;
const pollMilliseconds = 50;
const maxResponseBytes = 64 * 1024;

async function hasWritten(http: HttpClient, url: string): Promise<boolean> {
  try {
    const answer = await http.call({ url, timeoutMilliseconds: 2_000 });
    const body = Buffer.from(await answer.readAll(maxResponseBytes)).toString("utf8");
    // A family is told of once its first rules are written.
    const { status = {} } = JSON.parse(body) as { status?: object };
    return Object.keys(status).length > 0;
  } catch {
    return false;
  }
}

/**
 * Resolves when the node's proxy has written its first rules. Rejects with where its log is when it
 * takes too long, and when the signal aborts.
 */
export async function untilProxyReady(
  { clock, network }: Pick<Platform, "clock" | "network">,
  node: PlannedNode,
  signal: AbortSignal,
): Promise<void> {
  const http = network.httpClient();
  const end = clock.monotonic() + limitMilliseconds;
  try {
    while (!(await hasWritten(http, `http://${node.address}:${proxyHealthPort}/healthz`))) {
      if (clock.monotonic() > end) {
        const log = `${node.directory}/kube-proxy.log`;
        throw new Error(`the kube-proxy of ${node.name} has written no rules: see ${log}`);
      }
      await clock.sleep(pollMilliseconds, signal);
      signal.throwIfAborted();
    }
  } finally {
    http.close();
  }
}
