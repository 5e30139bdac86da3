import type { MaybePromise } from "../../api/maybePromise.js";
import type { MetricsRegistry } from "../../api/metrics/metricsRegistry.js";
import type { StoredValue, Transaction, TransactionResult } from "../../storage/storage.js";
import type { ServedResource } from "./servedResource.js";

/** The object before and after a write; what is absent is not there. */
export interface ClaimedChange {
  readonly key: string;
  readonly before: StoredValue | undefined;
  readonly after: Uint8Array | undefined;
}

/** What the object wants to hold, or to give up, is no longer as it was when that was decided. */
export interface ClaimLost {
  readonly succeeded: false;
  readonly claimLost: true;
}

export type ClaimedResult = TransactionResult | ClaimLost;

/**
 * What objects hold beside their own keys, as a Service its addresses: it is taken and given up in
 * the transaction that writes the object, or nothing is written.
 */
export interface WriteClaims {
  /** Adds what is counted of them. */
  countIn(registry: MetricsRegistry): void;
  /** Whether objects of this resource hold anything. */
  concerns(resource: ServedResource): boolean;
  /**
   * Writes the object with what the change takes and gives up. A claim that is lost is to be
   * decided anew, from everything that is newest then: it can be read when this resolves.
   */
  transact(transaction: Transaction, change: ClaimedChange): MaybePromise<ClaimedResult>;
}

export function isClaimLost(result: ClaimedResult): result is ClaimLost {
  return "claimLost" in result;
}
