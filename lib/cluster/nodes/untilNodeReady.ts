import { coreV1 } from "../../api/gen/resources.js";
import type { Node } from "../../api/gen/types/coreV1.js";
import { hasReason } from "../../api/status.js";
import { parseTime } from "../../api/time.js";
import type { Client } from "../../client/client.js";
import type { Platform } from "../../platform/platform.js";

const limitMilliseconds = 90_000;
const pollMilliseconds = 50;

/**
 * Resolves when the node has said since then that it is ready; its pod range is handed over as soon
 * as there is one. Rejects with what the node lacks when it takes too long, and when the signal
 * aborts.
 */
export async function untilNodeReady(
  { clock }: Pick<Platform, "clock">,
  client: Client,
  name: string,
  sinceMilliseconds: number,
  onPodCidr: (podCidr: string) => Promise<void>,
  signal: AbortSignal,
): Promise<void> {
  const nodes = client.resource(coreV1.nodes);
  // Heartbeats are told in whole seconds.
  const since = Math.floor(sinceMilliseconds / 1000) * 1000;
  const end = clock.monotonic() + limitMilliseconds;
  let known: string | undefined;
  let lacks = "it has not registered";
  while (clock.monotonic() < end) {
    const node: Node | undefined = await nodes.get(name).catch((error: unknown) => {
      if (hasReason(error, "NotFound")) return undefined;
      throw error;
    });
    const podCidr = node?.spec?.podCIDR;
    if (podCidr !== undefined && podCidr !== "" && podCidr !== known) {
      known = podCidr;
      await onPodCidr(podCidr);
    }
    const ready = node?.status?.conditions?.find(({ type }) => type === "Ready");
    const isFresh = (parseTime(ready?.lastHeartbeatTime) ?? Number.NEGATIVE_INFINITY) >= since;
    if (ready?.status === "True" && isFresh && known !== undefined) return;
    if (isFresh) lacks = ready?.message ?? "";
    await clock.sleep(pollMilliseconds, signal);
    signal.throwIfAborted();
  }
  throw new Error(`${name} did not become ready: ${lacks}`);
}
