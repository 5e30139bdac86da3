import type { MaybePromise } from "../../api/maybePromise.js";
import type { Transaction, TransactionResult } from "../../storage/storage.js";
import type { StorageOperation } from "../metrics/storageMetrics.js";
import type { RegistryDependencies } from "./registryDependencies.js";
import type { ServedResource } from "./servedResource.js";

/** One transaction, counted as an operation on a resource. */
export function transactFor(
  deps: RegistryDependencies,
  operation: StorageOperation,
  resource: ServedResource,
  transaction: Transaction,
): MaybePromise<TransactionResult> {
  return deps.metrics.storage.measure(deps.clock, operation, resource, () =>
    deps.storage.transact(transaction),
  );
}
