import type { MaybePromise } from "../../api/maybePromise.js";
import type { RegistryDependencies } from "./registryDependencies.js";
import type { ServedResource } from "./servedResource.js";

/**
 * The lease that an object is written with, now and at each later update: Events last --event-ttl
 * from their last write, as upstream computes it anew. Undefined for kinds that do not expire.
 */
export function eventLease(
  deps: RegistryDependencies,
  resource: ServedResource,
): MaybePromise<number | undefined> {
  if (resource.storage.kind !== "Event") return undefined;
  // No lease at all where Events are kept for ever.
  return deps.eventTtlSeconds > 0 ? deps.leases.leaseFor(deps.eventTtlSeconds) : 0;
}
