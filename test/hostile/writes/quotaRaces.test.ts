import assert from "node:assert/strict";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { coreV1 } from "../../../lib/api/gen/resources.js";
import type { Pod, ResourceQuota } from "../../../lib/api/gen/types/coreV1.js";
import { nativeCodec } from "../../../lib/api/nativeCodec.js";
import { ApiError } from "../../../lib/api/status.js";
import type { Client } from "../../../lib/client/client.js";
import { channelClient } from "../../../lib/client/connectClient.js";
import { nodePlatform } from "../../../lib/platform/node/nodePlatform.js";
import { EmbeddedStorage } from "../../../lib/storage/embeddedStorage.js";
import type { Transaction, TransactionResult } from "../../../lib/storage/storage.js";
import { startTestApiServer, type TestApiServer } from "../../support/apiserver/testApiServer.js";

const namespace = "team";

/** How many of the writes went well, and the codes and messages of the others. */
async function outcomes(writes: readonly Promise<unknown>[]) {
  const results = await Promise.allSettled(writes);
  const refused = results.flatMap((r) => (r.status === "rejected" ? [r.reason as unknown] : []));
  return {
    created: results.length - refused.length,
    codes: new Set(
      refused.map((error) => (error instanceof ApiError ? error.code : String(error))),
    ),
    messages: new Set(refused.map((error) => (error as Error).message.replace(/"[^"]*"/g, '""'))),
  };
}

/** Holds writes of pods back until they are let go. */
class GatedStorage extends EmbeddedStorage {
  gate: Promise<void> | undefined;
  held = 0;

  override async transact(transaction: Transaction): Promise<TransactionResult> {
    const isPod = transaction.success.some(({ key }) => key.startsWith("/registry/pods/"));
    if (isPod && this.gate !== undefined) {
      this.held += 1;
      await this.gate;
    }
    return super.transact(transaction);
  }
}

describe("many writes under a quota", () => {
  let storage: GatedStorage;
  let directory: string;
  let api: TestApiServer;
  let client: Client;

  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), "steersman-quota-"));
    // On disk: a charge is on its way for a while, and others come meanwhile.
    storage = await GatedStorage.open({ directory, clock: nodePlatform.clock });
    api = await startTestApiServer({ storage });
    const groups = ["system:masters", "system:authenticated"];
    const channel = api.server.channel({ name: "admin", uid: "", groups, extra: {} });
    client = channelClient(channel, nativeCodec);
    await client.resource(coreV1.namespaces).create({ metadata: { name: namespace } });
    await client
      .resource(coreV1.serviceaccounts)
      .create({ metadata: { name: "default", namespace } });
  });
  afterEach(async () => {
    await api.stop();
    await rm(directory, { recursive: true, force: true });
  });

  /** A quota as the controller leaves it: what is free is known. */
  async function quota(
    name: string,
    hard: Record<string, string>,
    spec: Partial<NonNullable<ResourceQuota["spec"]>> = {},
  ): Promise<void> {
    const quotas = client.resource(coreV1.resourcequotas);
    const made = await quotas.create({ metadata: { name, namespace }, spec: { hard, ...spec } });
    const used = Object.fromEntries(Object.keys(hard).map((key) => [key, "0"]));
    await quotas.updateStatus({ ...made, status: { hard, used } });
  }

  const used = async (name: string) =>
    (await client.resource(coreV1.resourcequotas).get(name, { namespace })).status?.used;

  const pod = (name: string, spec: Partial<Pod["spec"]> = {}, requests?: Record<string, string>) =>
    client.resource(coreV1.pods).create({
      metadata: { name, namespace },
      spec: {
        containers: [
          { name: "c", image: "i", ...(requests === undefined ? {} : { resources: { requests } }) },
        ],
        ...spec,
      },
    });

  for (const writers of [64, 128]) {
    it(`lets in exactly what it has, of ${writers} at once`, async () => {
      await quota("q", { pods: "40" });
      const { created, codes, messages } = await outcomes(
        Array.from({ length: writers }, (_, i) => pod(`p${i}`)),
      );
      assert.equal(created, 40);
      assert.deepEqual(codes, new Set([403]));
      assert.deepEqual(
        messages,
        new Set([
          'pods "" is forbidden: exceeded quota: q, requested: pods=1, used: pods=40, limited: pods=40',
        ]),
      );
      assert.deepEqual(await used("q"), { pods: "40" });
    });
  }

  it("refuses nobody while there is room", async () => {
    await quota("q", { pods: "1000", "count/configmaps": "1000" });
    const maps = client.resource(coreV1.configmaps);
    const { codes } = await outcomes(
      Array.from({ length: 128 }, (_, i) =>
        i % 2 === 0 ? pod(`p${i}`) : maps.create({ metadata: { name: `m${i}`, namespace } }),
      ),
    );
    assert.deepEqual(codes, new Set());
    assert.deepEqual(await used("q"), { pods: "64", "count/configmaps": "64" });
  });

  it("charges several quotas, each for what is in its scope, or none of them", async () => {
    await quota("all", { pods: "30" });
    await quota("best-effort", { pods: "10" }, { scopes: ["BestEffort"] });
    await quota("compute", { "requests.cpu": "2" }, { scopes: ["NotBestEffort"] });
    const { created, codes } = await outcomes(
      Array.from({ length: 64 }, (_, i) =>
        i % 2 === 0 ? pod(`p${i}`) : pod(`p${i}`, {}, { cpu: "100m" }),
      ),
    );
    assert.equal(created, 30);
    assert.deepEqual(codes, new Set([403]));
    assert.deepEqual(
      [await used("all"), await used("best-effort"), await used("compute")],
      [{ pods: "30" }, { pods: "10" }, { "requests.cpu": "2" }],
    );
  });

  it("gives back what fails, to those who come after", async () => {
    await quota("q", { pods: "20" });
    // Of each name one is there already: charged, refused by the store, given back.
    await Promise.all(Array.from({ length: 10 }, (_, i) => pod(`p${i}`)));
    const { created, codes } = await outcomes(
      Array.from({ length: 64 }, (_, i) => pod(`p${i % 20}`)),
    );
    assert.ok(created <= 10);
    assert.ok([...codes].every((code) => code === 409 || code === 403));
    const { items } = await client.resource(coreV1.pods).list({ namespace });
    assert.deepEqual(await used("q"), { pods: String(items.length) });
    const late = await outcomes(Array.from({ length: 64 }, (_, i) => pod(`late${i}`)));
    assert.equal(items.length + late.created, 20);
    assert.deepEqual(await used("q"), { pods: "20" });
  });

  it("never counts as free what is charged and not written yet", async () => {
    await quota("q", { pods: "3" });
    const quotas = client.resource(coreV1.resourcequotas);
    let open: () => void = () => undefined;
    storage.gate = new Promise((resolve) => {
      open = resolve;
    });
    const pending = Promise.all([pod("a"), pod("b")]);
    while (storage.held < 2) await nodePlatform.clock.sleep(1);
    // Whoever counts now sees no pod at all.
    const current = await quotas.get("q", { namespace });
    await quotas.updateStatus({ ...current, status: { hard: { pods: "3" }, used: { pods: "0" } } });
    assert.deepEqual(await used("q"), { pods: "2" });
    // What is written back as it was read is not counted twice.
    await quotas.updateStatus(await quotas.get("q", { namespace }));
    assert.deepEqual(await used("q"), { pods: "2" });
    storage.gate = undefined;
    open();
    await pending;
    const { created } = await outcomes(Array.from({ length: 8 }, (_, i) => pod(`late${i}`)));
    assert.equal(created, 1);
  });

  it("charges a dry run nothing, and refuses it where the limit is reached", async () => {
    await quota("q", { pods: "1" });
    const pods = client.resource(coreV1.pods);
    const body = { metadata: { namespace }, spec: { containers: [{ name: "c", image: "i" }] } };
    const tries = (count: number) =>
      outcomes(
        Array.from({ length: count }, (_, i) =>
          pods.create({ ...body, metadata: { ...body.metadata, name: `d${i}` } }, { dryRun: true }),
        ),
      );
    assert.equal((await tries(8)).created, 8);
    assert.deepEqual(await used("q"), { pods: "0" });
    await pod("real");
    assert.deepEqual((await tries(8)).codes, new Set([403]));
  });

  it("charges updates for what they add, and follows a limit that changes amid", async () => {
    await quota("q", { "services.nodeports": "8", services: "100" });
    const services = client.resource(coreV1.services);
    const made = await Promise.all(
      Array.from({ length: 24 }, (_, i) =>
        services.create({
          metadata: { name: `s${i}`, namespace },
          spec: { ports: [{ port: 80 }], selector: { a: "b" } },
        }),
      ),
    );
    const exposes = made.map(({ metadata }) =>
      services.patch(
        metadata.name ?? "",
        { type: "merge", body: { spec: { type: "NodePort" } } },
        { namespace },
      ),
    );
    const quotas = client.resource(coreV1.resourcequotas);
    const hard = { "services.nodeports": "12", services: "100" };
    const body = { status: { hard } };
    const raised = quotas.patchStatus("q", { type: "merge", body }, { namespace });
    const { created, codes } = await outcomes(exposes);
    await raised;
    assert.ok(created >= 8 && created <= 12, `${created}`);
    assert.deepEqual([...codes], [403]);
    assert.equal((await used("q"))?.["services.nodeports"], String(created));
  });
});
