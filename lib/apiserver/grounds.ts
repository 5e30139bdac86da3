import type { Revision, View } from "../storage/storage.js";
import type { Decision } from "./authorization/authorizer.js";
import type { UserInfo } from "./identity.js";

/**
 * What a result rests on, in the store's terms: it stays the same for as long as these do. Where a
 * result has none it may end without a write.
 */
export interface Grounds {
  /** Keys of objects, as they are. */
  readonly keys: readonly string[];
  /** Prefixes under which nothing changes. */
  readonly prefixes: readonly string[];
  /** When it ends by itself, in milliseconds since 1970. */
  readonly until?: number;
}

/** Of what no write and no time can change. */
export const lasting: Grounds = { keys: [], prefixes: [] };

/** Of what the object with this key says, as it is. */
export function onKey(key: string): Grounds {
  return { keys: [key], prefixes: [] };
}

/** Of all objects with keys that begin so. */
export function onPrefix(prefix: string): Grounds {
  return { keys: [], prefixes: [prefix] };
}

export function joinGrounds(one: Grounds, other: Grounds): Grounds {
  const until = Math.min(one.until ?? Infinity, other.until ?? Infinity);
  return {
    keys: [...one.keys, ...other.keys],
    prefixes: [...one.prefixes, ...other.prefixes],
    ...(until === Infinity ? {} : { until }),
  };
}

/** A lease for so many more objects, until then. */
export interface LentLease {
  readonly leaseId: number;
  readonly objects: number;
  /** None of them was written. */
  readonly giveBack: () => void;
  /** In milliseconds since 1970. */
  readonly until: number;
}

/** A write that others may follow. */
export interface WriteRecord {
  /** Names of the objects stand behind it. */
  readonly keyPrefix: string;
  /** The responses' form. */
  readonly view: View;
  /** What admission rests on. */
  readonly admission: Grounds;
  /** What ApiObject.creationsLike, updatesLike or bindingsLike gave. */
  readonly likeness: object;
  /** The body of each response; absent: the object that was written. */
  readonly body?: Uint8Array;
  /**
   * Where their kind expires: what each of them is written with. To be asked when it is certain
   * that they may be; undefined where there is no lease for them.
   */
  readonly lend?: () => LentLease | undefined;
}

/**
 * Collects what a request's result rests on, where others like it may follow. Stages that decide
 * about the request write down their part.
 */
export class GroundsRecord {
  /** Everything that is decided of the request is at least as new. */
  readonly since: Revision;
  requester: UserInfo | undefined;
  /** What it rests on that it is this requester. */
  identity: Grounds | undefined;
  decision: Decision | undefined;
  /** Of a request that wrote a plain object. */
  write: WriteRecord | undefined;

  constructor(since: Revision) {
    this.since = since;
  }

  /** Nobody asks who sends it, and whoever does may do everything. */
  trust(): void {
    this.identity = lasting;
    this.decision = { outcome: "allow", reason: "", grounds: lasting, covers: "cluster" };
  }
}
