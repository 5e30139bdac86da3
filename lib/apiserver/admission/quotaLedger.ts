import type { ApiObject, Codec } from "../../api/codec.js";
import type { ResourceQuota } from "../../api/gen/types/coreV1.js";
import { withOwnObjects } from "../../api/ownedCodec.js";
import { Quantity } from "../../api/quantity.js";
import type { Usage } from "../../api/quota/quotaUsage.js";
import { apiErrors } from "../../api/status.js";
import type { Clock } from "../../platform/clock.js";
import { compareAndSwap } from "../../storage/compareAndSwap.js";
import type { Storage, StoredValue, Transaction } from "../../storage/storage.js";

/** What one write adds to the use of one quota; negative quantities give back. */
export interface QuotaCharge {
  readonly quota: ResourceQuota;
  readonly usage: Usage;
}

/**
 * Decides one write's charges from the newest versions of the namespace's quotas, which count what
 * was decided before it. Throws the error that the write is to fail with. Called again after a lost
 * race.
 */
export type QuotaPlan = (quotas: readonly ResourceQuota[]) => readonly QuotaCharge[];

type Outcome = { readonly charges: readonly QuotaCharge[] } | { readonly error: unknown };

interface Waiter {
  readonly plan: QuotaPlan;
  /** Whether its charges are written; a dry run only learns whether it would fit. */
  readonly writes: boolean;
  readonly settle: (outcome: Outcome) => void;
}

/** A quota between its read and its write. */
interface OpenQuota {
  readonly key: string;
  readonly stored: StoredValue;
  readonly base: ApiObject;
  current: ResourceQuota;
  isChanged: boolean;
}

/** Lost races of one batch, all against writers other than this ledger. */
const mostAttempts = 20;
/** As long as upstream's evaluator lets a request wait. */
const maxWaitMilliseconds = 10_000;
const message = "k8s.io.api.core.v1.ResourceQuota";

/**
 * The use of each namespace's quotas, written by one batch at a time: whoever comes while a batch
 * is on its way to the disk is decided in the next one, all of them by one compare and swap over
 * all quotas of the namespace. Requests of one server never race each other, and a write is charged
 * to all of its quotas or to none. As many wait as requests in flight allow, and nobody longer than
 * ten seconds.
 */
export class QuotaLedger {
  readonly #quotaNames: (namespace: string) => readonly string[];
  readonly #storage: Storage;
  readonly #codec: Codec;
  readonly #clock: Clock;
  /** By namespace, while a batch of it is under way: who waits for the next one. */
  readonly #waiting = new Map<string, Waiter[]>();
  /** Charged for writes that are not decided yet: bounded by requests in flight. */
  readonly #open = new Set<QuotaCharge>();

  constructor(
    quotaNames: (namespace: string) => readonly string[],
    storage: Storage,
    codec: Codec,
    clock: Clock,
  ) {
    this.#quotaNames = quotaNames;
    this.#storage = storage;
    this.#codec = codec;
    this.#clock = clock;
  }

  /** Rejects with what the plan throws, or InternalError after ten seconds. */
  check(namespace: string, plan: QuotaPlan): Promise<readonly QuotaCharge[]> {
    return this.#enqueue(namespace, plan, false);
  }

  /** As check; what it resolves with was charged, and is given to `decided` once. */
  async charge(namespace: string, plan: QuotaPlan): Promise<readonly QuotaCharge[]> {
    const charges = await this.#enqueue(namespace, plan, true);
    for (const charge of charges) this.#open.add(charge);
    return charges;
  }

  /** The write is over. What nothing came of is given back, or counted anew by the controller. */
  async decided(
    namespace: string,
    charges: readonly QuotaCharge[],
    committed: boolean,
  ): Promise<void> {
    for (const charge of charges) this.#open.delete(charge);
    if (!committed && charges.length > 0) await this.#giveBack(namespace, charges);
  }

  /** What writes under way were charged of this quota: no count of objects can include it yet. */
  undecided(quotaUid: string): Usage {
    const total = new Map<string, Quantity>();
    for (const { quota, usage } of this.#open) {
      if (quota.metadata.uid !== quotaUid) continue;
      for (const [name, value] of usage) add(total, name, value);
    }
    return total;
  }

  async #giveBack(namespace: string, charges: readonly QuotaCharge[]): Promise<void> {
    const plan: QuotaPlan = (quotas) =>
      charges.flatMap(({ quota, usage }) =>
        quotas
          .filter(({ metadata }) => metadata.uid === quota.metadata.uid)
          .map((current) => ({ quota: current, usage: negative(usage) })),
      );
    await new Promise<void>((resolve) => {
      this.#add(namespace, { plan, writes: true, settle: () => resolve() });
    });
  }

  #enqueue(namespace: string, plan: QuotaPlan, writes: boolean): Promise<readonly QuotaCharge[]> {
    return new Promise((resolve, reject) => {
      let isLate = false;
      const timer = this.#clock.setTimer(maxWaitMilliseconds, () => {
        isLate = true;
        reject(apiErrors.internal(new Error("resource quota evaluates timeout")));
      });
      const settle = (outcome: Outcome): void => {
        timer.cancel();
        if ("error" in outcome) reject(outcome.error);
        else if (!isLate) resolve(outcome.charges);
        // Nobody waits for it any more, so nothing will come of it.
        else if (writes) void this.decided(namespace, outcome.charges, false);
      };
      this.#add(namespace, { plan, writes, settle });
    });
  }

  #add(namespace: string, waiter: Waiter): void {
    const waiting = this.#waiting.get(namespace);
    if (waiting !== undefined) {
      waiting.push(waiter);
      return;
    }
    this.#waiting.set(namespace, [waiter]);
    void this.#run(namespace);
  }

  /** Batch after batch until nobody waits. */
  async #run(namespace: string): Promise<void> {
    for (;;) {
      const batch = this.#waiting.get(namespace) ?? [];
      if (batch.length === 0) break;
      this.#waiting.set(namespace, []);
      try {
        await this.#decide(namespace, batch);
      } catch (error) {
        for (const { settle } of batch) settle({ error });
      }
    }
    this.#waiting.delete(namespace);
  }

  async #decide(namespace: string, batch: readonly Waiter[]): Promise<void> {
    const own = { codec: this.#codec };
    const decided = await withOwnObjects(own, ({ codec }) => this.#swap(codec, namespace, batch));
    if (decided === undefined) {
      throw apiErrors.serverTimeout({ group: "", resource: "resourcequotas" }, "update", 1);
    }
    batch.forEach(({ settle }, i) => {
      settle(decided.value[i] ?? { charges: [] });
    });
  }

  /** What becomes of each; undefined where other writers were faster. */
  #swap(codec: Codec, namespace: string, batch: readonly Waiter[]) {
    return compareAndSwap(this.#storage, mostAttempts, async () => {
      const quotas = await this.#read(codec, namespace);
      const outcomes = batch.map((waiter) => outcomeOf(waiter, quotas));
      // Also where nothing changes: the versions that were looked at may still wait for the disk.
      const transaction: Transaction = {
        compare: quotas.map(({ key, stored }) => ({
          key,
          target: "modRevision",
          equals: stored.modRevision,
        })),
        success: quotas.filter(({ isChanged }) => isChanged).map(putOf),
      };
      return { transaction, value: outcomes };
    });
  }

  async #read(codec: Codec, namespace: string): Promise<OpenQuota[]> {
    const quotas: OpenQuota[] = [];
    for (const name of this.#quotaNames(namespace)) {
      const key = `/registry/resourcequotas/${namespace}/${name}`;
      const stored = await this.#storage.get(key, { pending: true });
      if (stored === undefined) continue;
      const base = codec.decodeStored(stored.value, message, String(stored.modRevision));
      const current = JSON.parse(base.json()) as ResourceQuota;
      quotas.push({ key, stored, base, current, isChanged: false });
    }
    return quotas;
  }
}

function outcomeOf({ plan, writes }: Waiter, quotas: readonly OpenQuota[]): Outcome {
  try {
    const charges = plan(quotas.map(({ current }) => current));
    if (writes) for (const charge of charges) apply(charge, quotas);
    return { charges };
  } catch (error) {
    return { error };
  }
}

function apply({ quota, usage }: QuotaCharge, quotas: readonly OpenQuota[]): void {
  const open = quotas.find(({ current }) => current.metadata.uid === quota.metadata.uid);
  if (open === undefined) return;
  const status = open.current.status ?? {};
  const used = { ...status.used };
  for (const [name, value] of usage) {
    const total = (Quantity.tryParse(used[name] ?? "") ?? Quantity.zero).add(value);
    used[name] = (total.sign() < 0 ? Quantity.zero : total).toString();
  }
  open.current = { ...open.current, status: { ...status, used } };
  open.isChanged ||= usage.size > 0;
}

function putOf({ key, stored, base, current }: OpenQuota) {
  const changed = base.withJson(JSON.stringify(current));
  if (changed.object === undefined) throw new Error("a quota's status does not decode");
  const { leaseId } = stored;
  return { type: "put", key, value: changed.object.stored(), leaseId } as const;
}

function add(total: Map<string, Quantity>, name: string, value: Quantity): void {
  total.set(name, (total.get(name) ?? Quantity.zero).add(value));
}

function negative(usage: Usage): Usage {
  return new Map([...usage].map(([name, value]) => [name, Quantity.zero.sub(value)]));
}
