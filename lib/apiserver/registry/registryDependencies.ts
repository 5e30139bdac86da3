import type { Codec } from "../../api/codec.js";
import type { Clock } from "../../platform/clock.js";
import type { Random } from "../../platform/random.js";
import type { Storage } from "../../storage/storage.js";
import type { Authorizer } from "../authorization/authorizer.js";
import type { ApiServerMetrics } from "../metrics/apiServerMetrics.js";
import type { AdmissionChain } from "./admissionChain.js";
import type { ComponentCheck } from "./componentStatuses.js";
import type { KeyedMutex } from "./keyedMutex.js";
import type { LeaseManager } from "./leaseManager.js";
import type { ServedResource } from "./servedResource.js";
import type { WriteClaims } from "./writeClaims.js";

/** What the registry's functions work with. */
export interface RegistryDependencies {
  readonly storage: Storage;
  readonly codec: Codec;
  readonly clock: Clock;
  readonly random: Random;
  readonly admission: AdmissionChain;
  /** For rules of kinds that ask what the writer may do. */
  readonly authorizer: Authorizer;
  readonly leases: LeaseManager;
  readonly mutex: KeyedMutex;
  /** Absent where objects hold nothing beside their keys. */
  readonly claims: WriteClaims | undefined;
  /** --event-ttl. */
  readonly eventTtlSeconds: number;
  /**
   * --min-request-timeout: watches without timeoutSeconds end at random between one and two of
   * these, so that they spread.
   */
  readonly minRequestTimeoutSeconds: number;
  readonly metrics: ApiServerMetrics;
  /** Beside the store, for ComponentStatus. */
  readonly componentChecks: readonly ComponentCheck[];
  /**
   * The resource in its preferred version, for functions that touch another resource than the
   * request's.
   */
  readonly resource: (group: string, resource: string) => ServedResource | undefined;
}
