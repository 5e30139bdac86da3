import { coreV1 } from "../../../lib/api/gen/resources.js";
import type { Pod } from "../../../lib/api/gen/types/coreV1.js";
import { hasReason } from "../../../lib/api/status.js";
import { formatTime } from "../../../lib/api/time.js";
import type { Client } from "../../../lib/client/client.js";
import { nodePlatform } from "../../../lib/platform/node/nodePlatform.js";

/** Binds pods and says that they are ready, or that their work is done. */
export function startNode(client: Client, signal: AbortSignal): Promise<void> {
  let address = 0;
  const settled = new Set<string>();
  const handle = async (pod: Pod): Promise<void> => {
    const { name = "", namespace: where = "", uid = "" } = pod.metadata;
    const pods = client.resource(coreV1.pods);
    if (pod.metadata.deletionTimestamp !== undefined) {
      await pods.delete(name, { namespace: where, gracePeriodSeconds: 0 });
      return;
    }
    if ((pod.spec.nodeName ?? "") === "") {
      const target = { kind: "Node", name: "n1" };
      await pods.bind({ metadata: { name, namespace: where }, target });
      return;
    }
    if (settled.has(uid)) return;
    settled.add(uid);
    address++;
    const isJob = pod.spec.restartPolicy === "Never";
    const podIP = `10.20.0.${address}`;
    const status = {
      phase: isJob ? "Succeeded" : "Running",
      podIP,
      podIPs: [{ ip: podIP }],
      conditions: [
        {
          type: "Ready",
          status: isJob ? "False" : "True",
          lastTransitionTime: formatTime(nodePlatform.clock.now()),
        },
      ],
    };
    await pods.patchStatus(name, { type: "strategic", body: { status } }, { namespace: where });
  };
  const run = async (): Promise<void> => {
    const events = client.resource(coreV1.pods).watch({
      sendInitialEvents: true,
      resourceVersionMatch: "NotOlderThan",
      allowWatchBookmarks: true,
      signal,
    });
    try {
      for await (const event of events) {
        if (event.type !== "ADDED" && event.type !== "MODIFIED") continue;
        await handle(event.object).catch((error: unknown) => {
          if (!hasReason(error, "NotFound", "Conflict", "Forbidden")) throw error;
        });
      }
    } catch (error) {
      if (!signal.aborted) throw error;
    }
  };
  return run();
}
