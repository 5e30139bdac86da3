import type { EndpointSlice } from "../../api/gen/types/discoveryV1.js";
import { hasReason, isObjectNotFound } from "../../api/status.js";
import type { KubernetesObject, ResourceClient } from "../../client/resourceClient.js";

/** How soon a sync that waits for its cache comes back where no event does. */
export const staleRetryMilliseconds = 10_000;

/**
 * The slice belongs to this very object. One that belongs to an earlier object of the name is about
 * to be collected, and one that belongs to none would never be.
 */
export function isOwnedBy(slice: EndpointSlice, kind: string, owner: KubernetesObject): boolean {
  const { name, uid } = owner.metadata ?? {};
  return (slice.metadata.ownerReferences ?? []).some(
    (reference) => reference.kind === kind && reference.name === name && reference.uid === uid,
  );
}

/**
 * Removes slices whose owner's name nothing has any more, where the collector would not, because
 * the reference to the owner was cut. The server is asked: a cache may be behind.
 */
export async function removeOrphanedSlices(
  orphans: readonly EndpointSlice[],
  slices: ResourceClient<EndpointSlice>,
  owners: ResourceClient<KubernetesObject>,
  owner: { readonly namespace: string; readonly name: string },
  signal: AbortSignal,
): Promise<void> {
  const cut = orphans.filter(({ metadata }) => (metadata.ownerReferences ?? []).length === 0);
  if (cut.length === 0) return;
  try {
    await owners.get(owner.name, { namespace: owner.namespace, signal });
    return;
  } catch (error) {
    if (!isObjectNotFound(error, owner.name)) throw error;
  }
  for (const { metadata } of cut) {
    const preconditions = { uid: metadata.uid ?? "" };
    try {
      await slices.delete(metadata.name ?? "", {
        namespace: owner.namespace,
        preconditions,
        signal,
      });
    } catch (error) {
      if (!hasReason(error, "NotFound", "Conflict")) throw error;
    }
  }
}
