import type { ApiObject, Codec } from "../../api/codec.js";
import type { ObjectMeta } from "../../api/gen/types/metaV1.js";
import { withOwnCodec } from "../../api/ownedCodec.js";
import { apiVersionOf, type ResourceType } from "../../api/resourceType.js";
import { formatTime } from "../../api/time.js";
import type { Clock } from "../../platform/clock.js";
import type { Random } from "../../platform/random.js";
import { compareAndSwap } from "../../storage/compareAndSwap.js";
import type { Compare, Operation, Storage } from "../../storage/storage.js";
import { isNameless } from "../cache/listReadable.js";
import { UnreadableValues } from "../cache/unreadableValues.js";

export interface BootstrapDependencies {
  readonly storage: Storage;
  readonly codec: Codec;
  readonly clock: Clock;
  readonly random: Random;
  /** Is told of objects of the server that cannot be read; absent: nobody is. */
  readonly unreadable?: UnreadableValues;
}

/** The wanted state of one object that the server itself keeps. */
export interface WantedObject {
  readonly type: ResourceType<unknown>;
  readonly object: { metadata: ObjectMeta };
  /**
   * What becomes of an object that is there already; undefined leaves it as it is. It may change
   * what it is given. Absent: an existing one is never touched.
   */
  readonly reconcile?: (existing: { metadata: ObjectMeta }) => { metadata: ObjectMeta } | undefined;
}

/** Races with other servers that are tried again. */
const mostAttempts = 5;
/** Operations of one transaction: the bound that etcd has without a flag. */
export const mostOperations = 128;

/** The etcd key of an object of this type. */
export function storageKey(type: ResourceType<unknown>, namespace: string, name: string): string {
  if (type.storagePath === undefined) throw new Error(`${type.resource} are never stored`);
  return type.storagePath.replace("{namespace}", namespace).replace("{name}", name);
}

/**
 * Writes objects that the server owns straight to storage, many in one transaction: a fresh
 * start writes some two hundred, and must take well below 100 ms. Nothing else writes past the
 * registry.
 */
export class ObjectWriter {
  readonly #deps: BootstrapDependencies;

  constructor(deps: BootstrapDependencies) {
    this.#deps = deps;
  }

  /** Makes all of them be there. Safe to repeat, and beside other servers doing the same. */
  async ensure(
    wanted: readonly WantedObject[],
    durability: "durable" | "lazy" = "durable",
  ): Promise<void> {
    for (let start = 0; start < wanted.length; start += mostOperations) {
      await this.#ensureSome(wanted.slice(start, start + mostOperations), durability);
    }
  }

  async #ensureSome(
    wanted: readonly WantedObject[],
    durability: "durable" | "lazy",
  ): Promise<void> {
    const done = await compareAndSwap(this.#deps.storage, mostAttempts, async () => {
      const compare: Compare[] = [];
      const success: Operation[] = [];
      const existing = await this.#existing(wanted);
      for (const item of wanted) {
        const key = keyOf(item);
        const stored = existing.get(key);
        const value = this.#next(item, stored);
        if (value === undefined) continue;
        compare.push({ key, target: "modRevision", equals: stored?.modRevision ?? 0 });
        success.push({ type: "put", key, value });
      }
      if (success.length === 0) return { value: undefined };
      return { transaction: { compare, success, durability }, value: undefined };
    });
    if (done === undefined) {
      throw new Error("objects of the server itself keep being changed by others");
    }
  }

  /** One read a kind, so that the second start costs as many reads as there are kinds. */
  async #existing(wanted: readonly WantedObject[]) {
    const found = new Map<string, { value: Uint8Array; modRevision: number }>();
    const single = new Map<string, string[]>();
    for (const item of wanted) {
      const key = keyOf(item);
      const prefix = key.slice(0, key.lastIndexOf("/") + 1);
      single.set(prefix, [...(single.get(prefix) ?? []), key]);
    }
    for (const [prefix, keys] of single) {
      if (keys.length < 4) {
        for (const key of keys) {
          const stored = await this.#deps.storage.get(key);
          if (stored !== undefined) found.set(key, stored);
        }
        continue;
      }
      let startAfterKey: string | undefined;
      do {
        const page = await this.#deps.storage.range(prefix, {
          limit: 500,
          ...(startAfterKey === undefined ? {} : { startAfterKey }),
        });
        for (const stored of page.values) found.set(stored.key, stored);
        startAfterKey = page.nextKey;
      } while (startAfterKey !== undefined);
    }
    return found;
  }

  #next(
    item: WantedObject,
    stored: { value: Uint8Array; modRevision: number } | undefined,
  ): Uint8Array | undefined {
    const { type, object, reconcile } = item;
    const { codec, unreadable = new UnreadableValues() } = this.#deps;
    if (stored === undefined) return this.encode(type, this.#fresh(object));
    if (reconcile === undefined) return undefined;
    return withOwnCodec(codec, (own) => {
      const live = unreadable.read(keyOf(item), () => {
        const object = own.decodeStored(stored.value, type.message, String(stored.modRevision));
        if (isNameless(JSON.parse(object.json()))) throw new Error("it has no name");
        return object;
      });
      // Whoever wrote that may know what it is: it is left as it is.
      if (live === undefined) return undefined;
      const next = reconcile(JSON.parse(live.json()) as { metadata: ObjectMeta });
      return next === undefined ? undefined : this.#encode(own, type, next, live);
    });
  }

  #fresh(object: { metadata: ObjectMeta }): { metadata: ObjectMeta } {
    return {
      ...object,
      metadata: {
        ...object.metadata,
        uid: this.#deps.random.uuid(),
        creationTimestamp: formatTime(this.#deps.clock.now()),
      },
    };
  }

  /** As `encode`, of one that gets its uid and its time now. */
  encodeNew({ type, object }: WantedObject): Uint8Array {
    return this.encode(type, this.#fresh(object));
  }

  /** A new object as it is stored, with managedFields as if the server had sent it as a request. */
  encode(type: ResourceType<unknown>, object: { metadata: ObjectMeta }): Uint8Array {
    return withOwnCodec(this.#deps.codec, (codec) => this.#encode(codec, type, object, undefined));
  }

  #encode(
    codec: Codec,
    type: ResourceType<unknown>,
    object: { metadata: ObjectMeta },
    live: ApiObject | undefined,
  ): Uint8Array {
    const { clock } = this.#deps;
    const apiVersion = apiVersionOf(type);
    const text = JSON.stringify({ kind: type.kind, apiVersion, ...object });
    const decoded = codec.decode(type.message, Buffer.from(text), { format: "json" });
    if (decoded.object === undefined) {
      const [first] = decoded.errors;
      throw new Error(`${type.kind} ${object.metadata.name}: ${first?.path} ${first?.message}`);
    }
    const managed = codec.managedFieldsAfter(live, decoded.object, {
      manager: "kube-apiserver",
      operation: "Update",
      apiVersion,
      subresource: "",
      time: formatTime(clock.now()),
    });
    return decoded.object.withManagedFieldsOf(managed).stored();
  }
}

function keyOf({ type, object }: WantedObject): string {
  return storageKey(type, object.metadata.namespace ?? "", object.metadata.name ?? "");
}
