import assert from "node:assert/strict";
import type { ResourceQuota } from "../../../../lib/api/gen/types/coreV1.js";
import { nativeCodec } from "../../../../lib/api/nativeCodec.js";
import { Quantity } from "../../../../lib/api/quantity.js";
import { ApiError } from "../../../../lib/api/status.js";
import { type QuotaCharge, QuotaLedger } from "../../../../lib/apiserver/admission/quotaLedger.js";
import { VirtualClock } from "../../../../lib/platform/virtual/virtualClock.js";
import { EmbeddedStorage } from "../../../../lib/storage/embeddedStorage.js";
import type { Transaction, TransactionResult } from "../../../../lib/storage/storage.js";

const key = "/registry/resourcequotas/team/q";
const message = "k8s.io.api.core.v1.ResourceQuota";

/** A store whose answers can be kept waiting. */
class StuckStorage extends EmbeddedStorage {
  stuck: Promise<void> | undefined;

  override async transact(transaction: Transaction): Promise<TransactionResult> {
    const result = await super.transact(transaction);
    await this.stuck;
    return result;
  }
}

describe("QuotaLedger", () => {
  let clock: VirtualClock;
  let storage: StuckStorage;
  let ledger: QuotaLedger;

  beforeEach(async () => {
    clock = new VirtualClock();
    storage = await StuckStorage.open({ clock });
    ledger = new QuotaLedger(() => ["q"], storage, nativeCodec, clock);
    const quota = {
      metadata: { name: "q", namespace: "team", uid: "u" },
      spec: { hard: { pods: "10" } },
      status: { hard: { pods: "10" }, used: { pods: "0" } },
    };
    const bytes = Buffer.from(JSON.stringify(quota));
    const { object } = nativeCodec.decode(message, bytes, { format: "json" });
    assert.ok(object);
    await storage.transact({
      compare: [],
      success: [{ type: "put", key, value: object.stored() }],
    });
  });
  afterEach(() => storage.close());

  async function used(): Promise<string | undefined> {
    const stored = await storage.get(key);
    assert.ok(stored);
    const object = nativeCodec.decodeStored(stored.value, message, "1");
    return (JSON.parse(object.json()) as ResourceQuota).status?.used?.pods;
  }

  const onePod = (quotas: readonly ResourceQuota[]): QuotaCharge[] =>
    quotas.map((quota) => ({ quota, usage: new Map([["pods", Quantity.of(1)]]) }));

  it("writes once for all that wait together", async () => {
    const before = storage.currentRevision();
    const charging = Promise.all(Array.from({ length: 8 }, () => ledger.charge("team", onePod)));
    await clock.settle();
    await charging;
    assert.equal(await used(), "8");
    // The first one alone, then everybody who came meanwhile.
    assert.equal(storage.currentRevision() - before, 2);
  });

  it("keeps nobody waiting beyond ten seconds, and takes back what came too late", async () => {
    let free: () => void = () => undefined;
    storage.stuck = new Promise((resolve) => {
      free = resolve;
    });
    const late = assert.rejects(
      ledger.charge("team", onePod),
      (error: unknown) => error instanceof ApiError && error.code === 500,
    );
    await clock.advance(9_900);
    assert.equal(await used(), "1");
    await clock.advance(200);
    await late;
    storage.stuck = undefined;
    free();
    await clock.settle();
    assert.equal(await used(), "0");
    assert.equal(clock.pendingTimers, 0);
  });

  it("gives back nothing to another quota of the same name", async () => {
    const charges = await ledger.charge("team", onePod);
    assert.equal(ledger.undecided("u").get("pods")?.toString(), "1");
    const other = charges.map((charge) => ({
      ...charge,
      quota: { ...charge.quota, metadata: { ...charge.quota.metadata, uid: "before" } },
    }));
    await ledger.decided("team", other, false);
    assert.equal(await used(), "1");
    await ledger.decided("team", charges, false);
    assert.equal(await used(), "0");
    assert.equal(ledger.undecided("u").size, 0);
  });

  it("tells everybody who waits when the store cannot write", async () => {
    await storage.close();
    const results = await Promise.allSettled([
      ledger.charge("team", onePod),
      ledger.charge("team", onePod),
    ]);
    assert.deepEqual(new Set(results.map(({ status }) => status)), new Set(["rejected"]));
  });
});
