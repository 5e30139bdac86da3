import assert from "node:assert/strict";
import { ApiError } from "../../../lib/api/status.js";
import { Cluster, resources } from "../../../lib/index.js";
import { nodePlatform } from "../../../lib/platform/node/nodePlatform.js";

const namespace = "default";
const { clock } = nodePlatform;

describe("a quota amid writers, deleters and its own changes", () => {
  let cluster: Cluster;
  beforeEach(async () => {
    cluster = await Cluster.start({ nodes: 0, scheduler: false });
  });
  afterEach(() => cluster.stop());

  async function until(what: string, ask: () => Promise<boolean>): Promise<void> {
    const end = clock.monotonic() + 20_000;
    while (!(await ask())) {
      if (clock.monotonic() > end) throw new Error(`never: ${what}`);
      await clock.sleep(10);
    }
  }

  it("is never passed, and is exact when all is quiet", async () => {
    const quotas = cluster.client.resource(resources.resourcequotas);
    const pods = cluster.client.resource(resources.pods);
    const serviceAccounts = cluster.client.resource(resources.serviceaccounts);
    await until("a service account", async () => {
      const { items } = await serviceAccounts.list({ namespace });
      return items.some(({ metadata }) => metadata.name === "default");
    });
    await quotas.create({ metadata: { name: "q", namespace }, spec: { hard: { pods: "10" } } });
    const used = async () => {
      const { status } = await quotas.get("q", { namespace });
      return `${status?.used?.pods} of ${status?.hard?.pods}`;
    };
    await until("a counted quota", async () => (await used()) === "0 of 10");

    let largest = 10;
    const surprises: unknown[] = [];
    const writer = async (number: number): Promise<void> => {
      for (let i = 0; i < 12; i += 1) {
        const name = `p-${number}-${i}`;
        try {
          await pods.create({
            metadata: { name, namespace },
            spec: { containers: [{ name: "c", image: "i" }] },
          });
          const { items } = await pods.list({ namespace });
          if (items.length > largest) surprises.push(`${items.length} pods of ${largest}`);
          if (i % 2 === 0) await pods.delete(name, { namespace, gracePeriodSeconds: 0 });
        } catch (error) {
          if (!(error instanceof ApiError && error.code === 403)) surprises.push(error);
        }
      }
    };
    const raise = async (): Promise<void> => {
      for (const hard of [12, 14, 16, 18, 20]) {
        largest = hard;
        const body = { spec: { hard: { pods: String(hard) } } };
        await quotas.patch("q", { type: "merge", body }, { namespace });
        await clock.sleep(20);
      }
    };
    await Promise.all([raise(), ...Array.from({ length: 64 }, (_, i) => writer(i))]);
    assert.deepEqual(surprises, []);

    const fill = await Promise.allSettled(
      Array.from({ length: 64 }, async (_, i) => {
        const name = `late-${i}`;
        await until(`room for ${name}`, async () => {
          if (i >= 20) return true;
          const { items } = await pods.list({ namespace });
          if (items.length >= 20) return true;
          const spec = { containers: [{ name: "c", image: "i" }] };
          return pods.create({ metadata: { name, namespace }, spec }).then(
            () => true,
            () => false,
          );
        });
      }),
    );
    assert.ok(fill.every(({ status }) => status === "fulfilled"));
    const { items } = await pods.list({ namespace });
    assert.equal(items.length, 20);
    await until("an exact quota", async () => (await used()) === "20 of 20");
  });
});
