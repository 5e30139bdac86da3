import type { Clock } from "../../platform/clock.js";
import type { Storage } from "../../storage/storage.js";

/** One lease serves the objects of this span, so that a busy server does not grant one an Event. */
const reuseMilliseconds = 60_000;
/** And at most this many of them, so that an expiry stays one bounded transaction. */
const maxObjects = 1000;

interface Shared {
  readonly leaseId: Promise<number>;
  readonly until: number;
  objects: number;
}

/** Leases for objects that expire (Events), shared by those written close together, by TTL. */
export class LeaseManager {
  readonly #storage: Storage;
  readonly #clock: Clock;
  /** One entry for each TTL in use. */
  readonly #shared = new Map<number, Shared>();

  constructor(storage: Storage, clock: Clock) {
    this.#storage = storage;
    this.#clock = clock;
  }

  leaseFor(ttlSeconds: number): Promise<number> {
    const now = this.#clock.now();
    const known = this.#shared.get(ttlSeconds);
    if (known !== undefined && known.until > now && known.objects < maxObjects) {
      known.objects += 1;
      return known.leaseId;
    }
    const granted = this.#storage
      .grantLease(ttlSeconds + reuseMilliseconds / 1000)
      .then((lease) => lease.leaseId);
    granted.catch(() => this.#shared.delete(ttlSeconds));
    this.#shared.set(ttlSeconds, {
      leaseId: granted,
      until: now + reuseMilliseconds,
      objects: 1,
    });
    return granted;
  }
}
