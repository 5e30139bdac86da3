import type { MaybePromise } from "../../api/maybePromise.js";
import type { LentLease } from "../grounds.js";
import type { RegistryDependencies } from "./registryDependencies.js";
import type { ServedResource } from "./servedResource.js";

/** Whether its objects last for a time only. */
export function expires({ storage }: Pick<ServedResource, "storage">): boolean {
  return storage.kind === "Event";
}

/**
 * The lease that an object is written with, now and at each later update: Events last --event-ttl
 * from their last write, as upstream computes it anew. Undefined for kinds that do not expire.
 */
export function eventLease(
  deps: RegistryDependencies,
  resource: ServedResource,
): MaybePromise<number | undefined> {
  if (!expires(resource)) return undefined;
  // No lease at all where Events are kept for ever.
  return deps.eventTtlSeconds > 0 ? deps.leases.leaseFor(deps.eventTtlSeconds) : 0;
}

/**
 * Who lends leases for later objects like one that was just written; nobody where they last as long
 * as they are kept. Undefined where each has to be written here: where Events are kept for ever, an
 * update takes the lease of an earlier time away.
 */
export function lenderOf(
  deps: RegistryDependencies,
  resource: ServedResource,
): { readonly lend?: () => LentLease | undefined } | undefined {
  if (!expires(resource)) return {};
  if (deps.eventTtlSeconds === 0) return undefined;
  return { lend: () => deps.leases.lend(deps.eventTtlSeconds) };
}
