import type { MaybePromise } from "../../api/maybePromise.js";
import type { Clock } from "../../platform/clock.js";
import type { Storage } from "../../storage/storage.js";
import type { LentLease } from "../grounds.js";

/** The objects that one lease serves at most, so that an expiry stays one bounded transaction. */
const maxObjects = 1000;
/** As many are lent at once. */
const lentObjects = 100;

interface Shared {
  /** A promise until it is granted. */
  leaseId: MaybePromise<number>;
  readonly until: number;
  objects: number;
}

/** Leases for objects that expire (Events), shared by those written close together, by TTL. */
export class LeaseManager {
  readonly #storage: Storage;
  readonly #clock: Clock;
  /** One entry for each TTL in use. */
  readonly #shared = new Map<number, Shared>();
  readonly #reuseSeconds: number;

  /**
   * One lease serves the objects of `reuseSeconds`, so that a busy server does not grant one an
   * Event.
   */
  constructor(storage: Storage, clock: Clock, reuseSeconds: number) {
    this.#storage = storage;
    this.#clock = clock;
    this.#reuseSeconds = reuseSeconds;
  }

  /** Somebody else has ended this lease: no object is given it any more. */
  forget(ttlSeconds: number, leaseId: number): void {
    if (this.#shared.get(ttlSeconds)?.leaseId === leaseId) this.#shared.delete(ttlSeconds);
  }

  /**
   * The lease that the last object was given, for some more whose writes are not made here.
   * Undefined where it serves no more.
   */
  lend(ttlSeconds: number): LentLease | undefined {
    const known = this.#shared.get(ttlSeconds);
    if (typeof known?.leaseId !== "number" || known.until <= this.#clock.now()) return undefined;
    const objects = Math.min(lentObjects, maxObjects - known.objects);
    if (objects === 0) return undefined;
    known.objects += objects;
    const giveBack = (): void => {
      known.objects -= objects;
    };
    return { leaseId: known.leaseId, objects, until: known.until, giveBack };
  }

  leaseFor(ttlSeconds: number): MaybePromise<number> {
    const now = this.#clock.now();
    const known = this.#shared.get(ttlSeconds);
    if (known !== undefined && known.until > now && known.objects < maxObjects) {
      known.objects += 1;
      return known.leaseId;
    }
    const granted = this.#storage
      .grantLease(ttlSeconds + this.#reuseSeconds)
      .then((lease) => lease.leaseId);
    const shared: Shared = {
      leaseId: granted,
      until: now + this.#reuseSeconds * 1000,
      objects: 1,
    };
    this.#shared.set(ttlSeconds, shared);
    granted.then(
      (leaseId) => {
        shared.leaseId = leaseId;
      },
      () => this.#shared.delete(ttlSeconds),
    );
    return granted;
  }
}
