import { andThen, type MaybePromise, orElse } from "../../api/maybePromise.js";
import { StorageError, type StoredValue, type Transaction } from "../../storage/storage.js";
import { resourceNotFound } from "../plainError.js";
import { eventLease } from "./eventLease.js";
import type { RegistryDependencies } from "./registryDependencies.js";
import type { ServedResource } from "./servedResource.js";
import type { ClaimedResult } from "./writeClaims.js";

/** What a key is to have from now on. */
export interface NewValue {
  /** Undefined deletes the key. */
  readonly value: Uint8Array | undefined;
  /**
   * Whether an Event's time to live begins anew, as with every write that a client asks for; else
   * the lease of the version before stays.
   */
  readonly renewsLease?: boolean;
}

/**
 * The one transaction of the registry: writes a key if it still has the version that was read, or
 * still has none; with what the object holds beside it. Counted as an operation on the resource.
 * NotFound where the resource is served no more, which it may have been when the request began.
 */
export function writeVersion(
  deps: RegistryDependencies,
  operation: "create" | "update" | "delete",
  resource: ServedResource,
  at: { readonly key: string; readonly over: StoredValue | undefined },
  { value, renewsLease }: NewValue,
): MaybePromise<ClaimedResult> {
  const { key, over } = at;
  const renew = () => (renewsLease === true ? eventLease(deps, resource) : undefined);
  const write = (lease: number | undefined): MaybePromise<ClaimedResult> => {
    // Nobody could reach it, or would count it.
    if (resource.service.hasEnded) throw resourceNotFound();
    const leaseId = lease ?? over?.leaseId ?? 0;
    const transaction: Transaction = {
      compare: [{ key, target: "modRevision", equals: over?.modRevision ?? 0 }],
      success: [
        value === undefined ? { type: "delete", key } : { type: "put", key, value, leaseId },
      ],
    };
    const { claims } = deps;
    return deps.metrics.storage.measure(deps.clock, operation, resource, () =>
      claims?.concerns(resource) === true
        ? claims.transact(transaction, { key, before: over, after: value })
        : deps.storage.transact(transaction),
    );
  };
  return andThen(renew(), (lease) =>
    orElse(
      () => write(lease),
      (error) => {
        const isGone = error instanceof StorageError && error.reason === "leaseNotFound";
        if (!isGone || lease === undefined) throw error;
        // It was shared with others, and somebody has ended it for all.
        deps.leases.forget(deps.eventTtlSeconds, lease);
        return andThen(renew(), write);
      },
    ),
  );
}
