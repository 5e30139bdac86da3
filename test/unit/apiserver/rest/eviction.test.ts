import assert from "node:assert/strict";
import { nodePlatform } from "../../../../lib/platform/node/nodePlatform.js";
import { EmbeddedStorage } from "../../../../lib/storage/embeddedStorage.js";
import type { Transaction, TransactionResult } from "../../../../lib/storage/storage.js";
import { RestCaller } from "../../../support/apiserver/restCaller.js";
import {
  startTestApiServer,
  type TestApiServer,
} from "../../../support/apiserver/testApiServer.js";

const pods = "/api/v1/namespaces/default/pods";
const budgets = "/apis/policy/v1/namespaces/default/poddisruptionbudgets";
const merge = "application/merge-patch+json";

interface Condition {
  readonly type: string;
  readonly status: string;
  readonly reason: string;
  readonly message: string;
}

/** Lets a test change a pod when an eviction is about to write it. */
class MeddledStorage extends EmbeddedStorage {
  meddle: (() => Promise<void>) | undefined;

  override async transact(transaction: Transaction): Promise<TransactionResult> {
    const { meddle } = this;
    if (meddle !== undefined && transaction.success.some(({ key }) => key.includes("/pods/"))) {
      this.meddle = undefined;
      await meddle();
    }
    return super.transact(transaction);
  }
}

describe("eviction", () => {
  let storage: MeddledStorage;
  let api: TestApiServer;
  let rest: RestCaller;
  beforeEach(async () => {
    storage = await MeddledStorage.open({ clock: nodePlatform.clock });
    api = await startTestApiServer({ storage });
    rest = new RestCaller(api.url);
    await rest.call("/api/v1/namespaces/default/serviceaccounts", {
      method: "POST",
      body: { metadata: { name: "default" } },
    });
  });
  afterEach(async () => {
    rest.close();
    await api.stop();
  });

  const patchStatus = (path: string, status: object) =>
    rest.call(`${path}/status`, { method: "PATCH", contentType: merge, body: { status } });

  async function makePod(name: string, phase: string, isReady: boolean): Promise<void> {
    const metadata = { name, labels: { app: "web" }, finalizers: ["example.com/wait"] };
    const spec = { nodeName: "n", containers: [{ name: "c", image: "i" }] };
    await rest.call(pods, { method: "POST", body: { metadata, spec } });
    await setReady(name, phase, isReady);
  }

  async function setReady(name: string, phase: string, isReady: boolean): Promise<void> {
    const conditions = [{ type: "Ready", status: isReady ? "True" : "False" }];
    assert.equal((await patchStatus(`${pods}/${name}`, { phase, conditions })).status, 200);
  }

  async function makeBudget(status: object): Promise<void> {
    const spec = { selector: { matchLabels: { app: "web" } } };
    await rest.call(budgets, { method: "POST", body: { metadata: { name: "b" }, spec } });
    const whole = { observedGeneration: 1, currentHealthy: 1, desiredHealthy: 1, expectedPods: 1 };
    assert.equal((await patchStatus(`${budgets}/b`, { ...whole, ...status })).status, 200);
  }

  const evict = (name: string, more: object = {}) =>
    rest.call(`${pods}/${name}/eviction`, {
      method: "POST",
      body: { metadata: { name }, ...more },
    });

  async function conditionsOf(path: string): Promise<Condition[]> {
    const { status } = (await rest.call(path)).json() as { status: { conditions?: Condition[] } };
    return status.conditions ?? [];
  }

  const disrupted = async (name: string) =>
    (await conditionsOf(`${pods}/${name}`)).find(({ type }) => type === "DisruptionTarget");

  it("says on the pod why it goes", async () => {
    for (const phase of ["Running", "Pending", "Failed"]) {
      const name = phase.toLowerCase();
      await makePod(name, phase, true);
      assert.equal((await evict(name)).status, 201);
      const { status, reason, message } = (await disrupted(name)) ?? {};
      assert.deepEqual(
        [status, reason, message],
        ["True", "EvictionByEvictionAPI", "Eviction API: evicting"],
      );
    }
  });

  it("says nothing in a dry run, and where the client's preconditions keep the pod", async () => {
    await makePod("a", "Running", true);
    assert.equal((await evict("a", { deleteOptions: { dryRun: ["All"] } })).status, 201);
    const wrong = { deleteOptions: { preconditions: { resourceVersion: "1" } } };
    assert.equal((await evict("a", wrong)).status, 409);
    assert.equal(await disrupted("a"), undefined);
    const { metadata } = (await rest.call(`${pods}/a`)).json() as {
      metadata: { resourceVersion: string; deletionTimestamp?: string };
    };
    assert.equal(metadata.deletionTimestamp, undefined);
    const { resourceVersion } = metadata;
    const right = { deleteOptions: { preconditions: { resourceVersion } } };
    assert.equal((await evict("a", right)).status, 201);
  });

  it("tells the budget what it took, also that nothing is left", async () => {
    await makePod("a", "Running", true);
    await makeBudget({ disruptionsAllowed: 1 });
    assert.equal((await evict("a")).status, 201);
    const { status } = (await rest.call(`${budgets}/b`)).json() as {
      status: { disruptionsAllowed: number; disruptedPods: object };
    };
    assert.deepEqual([status.disruptionsAllowed, Object.keys(status.disruptedPods)], [0, ["a"]]);
    const [allowed] = await conditionsOf(`${budgets}/b`);
    assert.deepEqual(
      [allowed?.type, allowed?.status, allowed?.reason],
      ["DisruptionAllowed", "False", "InsufficientPods"],
    );
  });

  it("stops where a budget's controller does not keep up", async () => {
    await makePod("a", "Running", true);
    const names = Array.from({ length: 2001 }, (_, i) => [`p${i}`, "2026-01-01T00:00:00Z"]);
    await makeBudget({ disruptionsAllowed: 1, disruptedPods: Object.fromEntries(names) });
    const answer = await evict("a");
    assert.deepEqual(
      [answer.status, answer.json().message],
      [
        403,
        'poddisruptionbudget.policy "b" is forbidden: DisruptedPods map too big - too many ' +
          "evictions not confirmed by PDB controller",
      ],
    );
  });

  it("looks again at a pod that began to run before it was evicted as one that waits", async () => {
    await makePod("a", "Pending", false);
    await makeBudget({ disruptionsAllowed: 0 });
    storage.meddle = () => setReady("a", "Running", true);
    const answer = await evict("a");
    assert.equal(answer.status, 429);
    assert.equal(await disrupted("a"), undefined);
  });

  it("spares an unhealthy pod that became ready meanwhile, and asks to come again", async () => {
    await makePod("a", "Running", false);
    await makeBudget({ disruptionsAllowed: 0 });
    storage.meddle = () => setReady("a", "Running", true);
    const answer = await evict("a");
    assert.deepEqual([answer.status, answer.headers["retry-after"]], [429, "10"]);
    await setReady("a", "Running", false);
    assert.equal((await evict("a")).status, 201);
  });

  it("takes from a budget exactly what it allows, of sixty-four at once", async () => {
    await makeBudget({ disruptionsAllowed: 10 });
    const names = Array.from({ length: 64 }, (_, i) => `p${i}`);
    for (const name of names) await makePod(name, "Running", true);
    const codes = await Promise.all(names.map(async (name) => (await evict(name)).status));
    assert.equal(codes.filter((code) => code === 201).length, 10);
    assert.equal(codes.filter((code) => code === 429).length, 54);
  });
});
