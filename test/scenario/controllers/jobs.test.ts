import assert from "node:assert/strict";
import type { Job, JobSpec } from "../../../lib/api/gen/types/batchV1.js";
import type { Pod } from "../../../lib/api/gen/types/coreV1.js";
import { hasReason } from "../../../lib/api/status.js";
import { Cluster, resources } from "../../../lib/index.js";
import { nodePlatform } from "../../../lib/platform/node/nodePlatform.js";

const { clock } = nodePlatform;
const namespace = "default";
const simulation = "simulation.steersman.dev";
const finalizer = "batch.kubernetes.io/job-tracking";

async function eventually<T>(what: string, ask: () => Promise<T | undefined>): Promise<T> {
  const end = clock.monotonic() + 20_000;
  for (;;) {
    const value = await ask();
    if (value !== undefined) return value;
    if (clock.monotonic() > end) throw new Error(`never: ${what}`);
    await clock.sleep(20);
  }
}

/** What its simulated containers do; without seconds they run until they are stopped. */
interface Behaviour {
  readonly seconds?: number;
  readonly exitCode?: number;
}

describe("Jobs on simulated nodes", () => {
  let cluster: Cluster;
  const jobs = () => cluster.client.resource(resources.jobs);
  const pods = () => cluster.client.resource(resources.pods);

  before(async () => {
    cluster = await Cluster.start({ nodes: 2, simulation: { jobRunSeconds: Infinity } });
  });
  after(() => cluster.stop());

  async function create(name: string, spec: Partial<JobSpec>, does: Behaviour = {}): Promise<void> {
    const annotations: Record<string, string> = {};
    if (does.seconds !== undefined) annotations[`${simulation}/run-seconds`] = `${does.seconds}`;
    if (does.exitCode !== undefined) annotations[`${simulation}/exit-code`] = `${does.exitCode}`;
    const containers = [{ name: "c", image: "registry.local/a:1" }];
    const template = {
      metadata: { annotations },
      spec: { restartPolicy: "Never", terminationGracePeriodSeconds: 1, containers },
    };
    await jobs().create({ metadata: { name, namespace }, spec: { ...spec, template } });
  }

  const patch = (name: string, spec: object) =>
    jobs().patch(name, { type: "merge", body: { spec } }, { namespace });

  const podsOf = async (name: string): Promise<Pod[]> => {
    const labelSelector = `batch.kubernetes.io/job-name=${name}`;
    return (await pods().list({ namespace, labelSelector })).items;
  };

  const until = (name: string, what: string, holds: (job: Job) => boolean): Promise<Job> =>
    eventually(`${name}: ${what}`, async () => {
      const job = await jobs().get(name, { namespace });
      return holds(job) ? job : undefined;
    });

  const isRunning =
    (count: number) =>
    ({ status }: Job): boolean =>
      status?.active === count && status.ready === count;

  /** The type and reason of the last condition, when the Job has ended. */
  async function endOf(name: string): Promise<string> {
    const { status } = await until(name, "an end", ({ status }) =>
      (status?.conditions ?? []).some(({ type, status: value }) => {
        return ["Complete", "Failed"].includes(type) && value === "True";
      }),
    );
    const last = status?.conditions?.at(-1);
    const held = (await podsOf(name)).filter((pod) => pod.metadata.finalizers?.includes(finalizer));
    assert.deepEqual(held, []);
    return `${last?.type} ${last?.reason}`;
  }

  it("are suspended and resumed without a failure", async () => {
    await create("pause", { backoffLimit: 0, parallelism: 2, completions: 2 });
    await until("pause", "two pods", isRunning(2));
    await patch("pause", { suspend: true });
    await until("pause", "none left", ({ status }) => {
      return (status?.active ?? 0) === 0 && status?.terminating === 0;
    });
    const { status } = await jobs().get("pause", { namespace });
    assert.deepEqual([status?.failed, status?.startTime], [undefined, undefined]);
    const body = {
      template: { metadata: { annotations: { [`${simulation}/run-seconds`]: "0" } } },
    };
    await patch("pause", { suspend: false, ...body });
    assert.equal(await endOf("pause"), "Complete CompletionsReached");
    assert.equal((await jobs().get("pause", { namespace })).status?.failed, undefined);
  });

  it("fail at once by a rule of podFailurePolicy", async () => {
    const rules = [{ action: "FailJob", onExitCodes: { operator: "In", values: [42] } }];
    await create("rule", { podFailurePolicy: { rules } }, { seconds: 0, exitCode: 42 });
    assert.equal(await endOf("rule"), "Failed PodFailurePolicy");
    assert.equal((await podsOf("rule")).length, 1);
  });

  it("fail with their indexes", async () => {
    const indexed = { completionMode: "Indexed", completions: 2, parallelism: 2 } as const;
    await create("index", { ...indexed, backoffLimitPerIndex: 0 }, { seconds: 0, exitCode: 1 });
    assert.equal(await endOf("index"), "Failed FailedIndexes");
    const { status } = await jobs().get("index", { namespace });
    assert.deepEqual([status?.failedIndexes, status?.failed], ["0,1", 2]);
  });

  it("succeed with the indexes that matter", async () => {
    const indexed = { completionMode: "Indexed", completions: 3, parallelism: 1 } as const;
    const successPolicy = { rules: [{ succeededCount: 1 }] };
    await create("enough", { ...indexed, successPolicy }, { seconds: 0 });
    assert.equal(await endOf("enough"), "Complete SuccessPolicy");
    const { status } = await jobs().get("enough", { namespace });
    assert.deepEqual([status?.succeeded, status?.completedIndexes], [1, "0"]);
  });

  it("grow and shrink with their indexes", async () => {
    const sized = (count: number) => ({ completions: count, parallelism: count });
    await create("elastic", { completionMode: "Indexed", ...sized(2) });
    await until("elastic", "two pods", isRunning(2));
    await patch("elastic", sized(4));
    await until("elastic", "four pods", isRunning(4));
    await patch("elastic", sized(1));
    const { status } = await until("elastic", "one pod", isRunning(1));
    assert.equal(status?.failed, undefined);
  });

  it("count a pod that is stopped by how it ends, where only failed ones are replaced", async () => {
    await create("replace", { podReplacementPolicy: "Failed", backoffLimit: 0, completions: 2 });
    await until("replace", "a pod", isRunning(1));
    const [pod] = await podsOf("replace");
    // A simulated container that is stopped ends well.
    await pods().delete(pod?.metadata.name ?? "", { namespace });
    const { status } = await until("replace", "another pod", (job) => {
      return isRunning(1)(job) && job.status?.succeeded === 1;
    });
    assert.equal(status?.failed, undefined);
    assert.equal((await podsOf("replace")).length, 1);
  });

  it("adopt a pod again, and leave it free behind when they are deleted", async () => {
    await create("adopt", {});
    await until("adopt", "a pod", isRunning(1));
    const [pod] = await podsOf("adopt");
    const name = pod?.metadata.name ?? "";
    const body = { metadata: { ownerReferences: null } };
    await pods().patch(name, { type: "merge", body }, { namespace });
    await eventually("adoption", async () => {
      const { metadata } = await pods().get(name, { namespace });
      return metadata.ownerReferences?.[0]?.name === "adopt" ? true : undefined;
    });
    await jobs().delete("adopt", { namespace, propagationPolicy: "Orphan" });
    await eventually("freedom", async () => {
      const { metadata } = await pods().get(name, { namespace });
      const isFree = !metadata.finalizers?.includes(finalizer);
      return isFree && metadata.ownerReferences === undefined ? true : undefined;
    });
    await pods().delete(name, { namespace });
    await eventually("its end", () => {
      return pods()
        .get(name, { namespace })
        .then(() => undefined)
        .catch((error: unknown) => hasReason(error, "NotFound") || undefined);
    });
  });

  it("are deleted some time after their end, with their pods", async () => {
    await create("short", { ttlSecondsAfterFinished: 0 }, { seconds: 0 });
    await eventually("nothing left", async () => {
      const { items } = await jobs().list({ namespace });
      const isThere = items.some(({ metadata }) => metadata.name === "short");
      return !isThere && (await podsOf("short")).length === 0 ? true : undefined;
    });
  });
});
