import { bytes, type Message } from "./etcdApi.js";

/** A request of one call. */
export interface Asked {
  readonly path: string;
  readonly message: Message;
}

const keys = ["a", "a/1", "a/2", "a/3", "b", "b/1", "b/2", "c", "c\u0000", "d"];
const ends = ["", "", "a0", "b0", "c", "e", "\u0000", "a"];
const leases = ["11", "12", "13", "9000"];

/** Requests for a small set of keys, by seed: many of them meet, and some are refused. */
export class RandomRequests {
  #state: number;

  constructor(seed: number) {
    this.#state = seed >>> 0 || 1;
  }

  /** From 0 to below the bound. */
  below(bound: number): number {
    this.#state ^= this.#state << 13;
    this.#state ^= this.#state >>> 17;
    this.#state ^= this.#state << 5;
    this.#state >>>= 0;
    return this.#state % bound;
  }

  of<T>(list: readonly T[]): T {
    return list[this.below(list.length)] as T;
  }

  chance(percent: number): boolean {
    return this.below(100) < percent;
  }

  /** The next one; `newest` is about the newest revision. */
  next(newest: number): Asked {
    const kind = this.below(100);
    if (kind < 28) return { path: "KV/Put", message: this.put() };
    if (kind < 52) return { path: "KV/Range", message: this.range(newest) };
    if (kind < 62) return { path: "KV/DeleteRange", message: this.delete() };
    if (kind < 87) return { path: "KV/Txn", message: this.txn(newest, 2) };
    if (kind < 89) return this.compaction(newest);
    if (kind < 92) return { path: "Maintenance/HashKV", message: { revision: 0 } };
    return this.lease();
  }

  key(): string {
    return this.chance(2) ? "" : bytes(this.of(keys));
  }

  private put(): Message {
    const keepsValue = this.chance(8);
    const keepsLease = this.chance(8);
    return {
      key: this.key(),
      value: keepsValue && this.chance(90) ? "" : bytes(`v${this.below(20)}`),
      lease: keepsLease && this.chance(90) ? "0" : this.chance(15) ? this.of(leases) : "0",
      prev_kv: this.chance(40),
      ignore_value: keepsValue,
      ignore_lease: keepsLease,
    };
  }

  private range(newest: number): Message {
    const near = (): number => Math.max(newest - this.below(60), 0);
    return {
      key: this.key(),
      range_end: bytes(this.of(ends)),
      limit: this.chance(40) ? this.below(5) : 0,
      revision: this.chance(25) ? near() + this.below(3) : 0,
      sort_order: this.chance(30) ? this.below(3) : 0,
      sort_target: this.chance(30) ? this.below(5) : 0,
      serializable: this.chance(30),
      keys_only: this.chance(15),
      count_only: this.chance(15),
      min_mod_revision: this.chance(8) ? near() : 0,
      max_mod_revision: this.chance(8) ? near() : 0,
      min_create_revision: this.chance(8) ? near() : 0,
      max_create_revision: this.chance(8) ? near() : 0,
    };
  }

  /** `last`: where a range may end; in a transaction not with the last key of all (see the docs). */
  private delete(last = ends): Message {
    return { key: this.key(), range_end: bytes(this.of(last)), prev_kv: this.chance(50) };
  }

  private compare(newest: number): Message {
    const number = (): number => this.of([0, 1, 2, 3, -1, newest, newest - this.below(20)]);
    const target = this.below(5);
    const wanted = [
      { version: number() },
      { create_revision: number() },
      { mod_revision: number() },
      { value: bytes(`v${this.below(20)}`) },
      { lease: this.of([...leases, "0"]) },
    ][target];
    return {
      result: this.below(4),
      target,
      key: this.key(),
      range_end: this.chance(25) ? bytes(this.of(ends)) : "",
      ...(this.chance(95) ? wanted : {}),
    };
  }

  private operation(newest: number, depth: number): Message {
    const kind = this.below(depth > 0 ? 11 : 9);
    if (kind < 4) return { request_put: this.put() };
    if (kind < 7) return { request_range: this.range(newest) };
    if (kind < 9)
      return { request_delete_range: this.delete(ends.filter((end) => end !== "\u0000")) };
    return { request_txn: this.txn(newest, depth - 1) };
  }

  private txn(newest: number, depth: number): Message {
    const list = (most: number, make: () => Message): Message[] =>
      Array.from({ length: this.below(most + 1) }, make);
    return {
      compare: list(2, () => this.compare(newest)),
      success: list(3, () => this.operation(newest, depth)),
      failure: list(3, () => this.operation(newest, depth)),
    };
  }

  private compaction(newest: number): Asked {
    const revision = Math.max(newest - this.below(50) + this.below(3), 0);
    return { path: "KV/Compact", message: { revision, physical: this.chance(50) } };
  }

  private lease(): Asked {
    const id = this.of(leases);
    switch (this.below(4)) {
      case 0:
        return { path: "Lease/LeaseRevoke", message: { ID: id } };
      case 1:
        return { path: "Lease/LeaseTimeToLive", message: { ID: id, keys: true } };
      default:
        return {
          path: "Lease/LeaseGrant",
          message: { ID: id, TTL: this.of(["1000", "2000", "9000000001"]) },
        };
    }
  }
}
