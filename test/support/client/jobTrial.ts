import { isDeepStrictEqual } from "node:util";
import { batchV1, coreV1 } from "../../../lib/api/gen/resources.js";
import type { Job, JobSpec } from "../../../lib/api/gen/types/batchV1.js";
import type { Pod } from "../../../lib/api/gen/types/coreV1.js";
import { hasReason } from "../../../lib/api/status.js";
import { formatTime } from "../../../lib/api/time.js";
import type { ObjectTree } from "../../../lib/apiserver/admission/admissionPlugin.js";
import { StrategyTable } from "../../../lib/apiserver/registry/strategies.js";
import { SharedInformerFactory } from "../../../lib/client/informer/sharedInformerFactory.js";
import { TransportClient } from "../../../lib/client/transportClient.js";
import { JobController } from "../../../lib/controllers/job/jobController.js";
import { ControllerHarness } from "./controllerHarness.js";
import { type Fate, MortalTransport } from "./mortalTransport.js";

const namespace = "default";
const kubeletFinalizer = "test/kubelet";
const trackingFinalizer = "batch.kubernetes.io/job-tracking";
const labels = { "batch.kubernetes.io/job-name": "work" };

export interface PodOutcome {
  /** Absent: the pod runs until it is deleted. */
  readonly exitCode?: number;
  readonly condition?: string;
}

export interface Moment {
  /** How many pods there are. */
  readonly pods: number;
  /** Since the Job's creation. */
  readonly seconds: number;
}

export interface JobCase {
  readonly name: string;
  readonly spec: Partial<JobSpec>;
  /**
   * How the n-th pod ends of those that end by themselves (from 0), or of those of its index in
   * an Indexed Job.
   */
  readonly outcome: (index: number | undefined, count: number, now: Moment) => PodOutcome;
  /** What a person does to the Job, by the seconds after which they do it. */
  readonly patches?: readonly (readonly [seconds: number, patch: object])[];
  /** When somebody takes the owner from all pods. */
  readonly orphanedAfterSeconds?: number;
}

/** What is left of a Job, with everything that must not depend on who carried it out. */
export interface JobResult {
  readonly conditions: readonly string[];
  readonly counts: Readonly<Record<string, number | string | undefined>>;
  readonly heldPods: number;
  /** What the API server would have refused of the statuses that were written. */
  readonly refusals: readonly string[];
}

const longestSeconds = 3_600;
const strategies = new StrategyTable({ allowPrivileged: false });

/**
 * One Job from its creation to its end on the virtual platform, with a kubelet that takes a second
 * for everything, and a Job controller whose process begins anew when it ends.
 */
export class JobTrial {
  readonly #harness = new ControllerHarness();
  readonly #case: JobCase;
  readonly #fate: (write: number) => Fate;
  readonly #counts = new Map<number | undefined, number>();
  readonly #runs: Promise<void>[] = [];
  readonly #versions: Job[] = [];
  #process: AbortController | undefined;
  #seconds = 0;
  /** Writes of all processes. */
  writes = 0;
  starts = 0;

  constructor(jobCase: JobCase, fate: (write: number) => Fate) {
    this.#case = jobCase;
    this.#fate = fate;
  }

  async run(): Promise<JobResult> {
    const { clock } = this.#harness;
    await this.#jobs.create(this.#job());
    this.#runs.push(this.#follow());
    const patches = [...(this.#case.patches ?? [])];
    try {
      for (; this.#seconds < longestSeconds; this.#seconds++) {
        this.#ensureProcess();
        const [next] = patches;
        if (next !== undefined && next[0] <= this.#seconds) {
          await this.#jobs.patch("work", { type: "merge", body: next[1] }, { namespace });
          patches.shift();
        }
        if (this.#seconds === this.#case.orphanedAfterSeconds) await this.#orphan();
        await clock.advance(1_000);
        for (const pod of await this.#harness.pods()) await this.#runPod(pod);
        if (patches.length === 0 && (await this.#isOver())) break;
      }
      return await this.#result();
    } finally {
      this.#process?.abort();
      await this.#harness.stop();
      await Promise.all(this.#runs);
    }
  }

  get #jobs() {
    return this.#harness.client.resource(batchV1.jobs);
  }

  #job(): Job {
    const containers = [{ name: "c", image: "i" }];
    return {
      metadata: { name: "work", namespace },
      spec: {
        parallelism: 1,
        backoffLimit: 6,
        selector: { matchLabels: labels },
        template: { metadata: { labels }, spec: { restartPolicy: "Never", containers } },
        ...this.#case.spec,
      },
    };
  }

  #ensureProcess(): void {
    if (this.#process !== undefined && !this.#process.signal.aborted) return;
    const stop = new AbortController();
    this.#process = stop;
    this.starts++;
    const transport = new MortalTransport(
      this.#harness.transport,
      () => this.#fate(++this.writes),
      () => stop.abort(),
    );
    const client = new TransportClient(transport);
    const informers = new SharedInformerFactory({ client, platform: this.#harness });
    const recorder = { event: () => undefined };
    const controller = new JobController({
      ...this.#harness.context(),
      client,
      informers,
      recorder,
    });
    informers.start(stop.signal);
    this.#runs.push(controller.run(stop.signal), informers.stopped());
  }

  /** One step of a kubelet for the pod: it starts, ends, and goes only when it has been stopped. */
  async #runPod(pod: Pod): Promise<void> {
    const { name = "", finalizers = [], deletionTimestamp } = pod.metadata;
    const { phase } = pod.status ?? {};
    const isOver = phase === "Succeeded" || phase === "Failed";
    const pods = this.#harness.client.resource(coreV1.pods);
    const others = finalizers.filter((one) => one !== kubeletFinalizer);
    try {
      if (phase === undefined) {
        const held = [...others, kubeletFinalizer];
        await pods.patch(
          name,
          { type: "merge", body: { metadata: { finalizers: held } } },
          { namespace },
        );
        const fresh = await pods.get(name, { namespace });
        await pods.updateStatus({ ...fresh, status: { phase: "Running" } });
      } else if (isOver) {
        if (deletionTimestamp === undefined || others.length === finalizers.length) return;
        const metadata = { finalizers: others, resourceVersion: pod.metadata.resourceVersion };
        await pods.patch(name, { type: "merge", body: { metadata } }, { namespace });
      } else if (deletionTimestamp !== undefined) await this.#end(pod, { exitCode: 143 });
      else await this.#endByItself(pod);
    } catch (error) {
      if (!hasReason(error, "NotFound", "Conflict")) throw error;
    }
  }

  /** Keeps every version of the Job. */
  async #follow(): Promise<void> {
    const { signal } = this.#harness;
    const events = this.#jobs.watch({
      sendInitialEvents: true,
      resourceVersionMatch: "NotOlderThan",
      allowWatchBookmarks: true,
      signal,
    });
    try {
      for await (const event of events) {
        if (event.type === "ADDED" || event.type === "MODIFIED") this.#versions.push(event.object);
      }
    } catch (error) {
      if (!signal.aborted) throw error;
    }
  }

  #refusals(): string[] {
    const strategy = strategies.strategyFor({ group: "batch", kind: "Job", namespaced: true });
    const context = {
      namespace,
      name: "work",
      subresource: "status",
      now: this.#harness.clock.now(),
      userName: "controller",
      warn: () => undefined,
    };
    if (this.#versions.length < 2) return ["no status was seen"];
    return this.#versions.flatMap((job, at) => {
      const old = this.#versions[at - 1];
      if (old === undefined || isDeepStrictEqual(old.status, job.status)) return [];
      const trees = JSON.parse(JSON.stringify([job, old])) as [ObjectTree, ObjectTree];
      const errors = strategy.validateUpdate?.(...trees, context) ?? [];
      return errors.map(({ field, detail }) => `${field}: ${detail}`);
    });
  }

  async #orphan(): Promise<void> {
    const pods = this.#harness.client.resource(coreV1.pods);
    for (const { metadata } of await this.#harness.pods()) {
      const body = { metadata: { ownerReferences: null } };
      await pods.patch(metadata.name ?? "", { type: "merge", body }, { namespace });
    }
  }

  async #endByItself(pod: Pod): Promise<void> {
    const text = pod.metadata.annotations?.["batch.kubernetes.io/job-completion-index"];
    const index = text === undefined ? undefined : Number(text);
    const count = this.#counts.get(index) ?? 0;
    const { length: pods } = await this.#harness.pods();
    const outcome = this.#case.outcome(index, count, { pods, seconds: this.#seconds });
    if (outcome.exitCode === undefined) return;
    await this.#end(pod, outcome);
    this.#counts.set(index, count + 1);
  }

  async #end(pod: Pod, { exitCode = 0, condition }: PodOutcome): Promise<void> {
    const finishedAt = formatTime(this.#harness.clock.now());
    const base = { name: "c", image: "i", imageID: "", ready: false, restartCount: 0 };
    await this.#harness.client.resource(coreV1.pods).updateStatus({
      ...pod,
      status: {
        phase: exitCode === 0 ? "Succeeded" : "Failed",
        containerStatuses: [{ ...base, state: { terminated: { exitCode, finishedAt } } }],
        conditions: condition === undefined ? [] : [{ type: condition, status: "True" }],
      },
    });
  }

  async #isOver(): Promise<boolean> {
    const { status } = await this.#jobs.get("work", { namespace });
    const isEnded = (status?.conditions ?? []).some(({ type, status: value }) => {
      return (type === "Complete" || type === "Failed") && value === "True";
    });
    return isEnded && (await this.#heldPods()) === 0;
  }

  async #heldPods(): Promise<number> {
    const pods = await this.#harness.pods();
    return pods.filter((pod) => pod.metadata.finalizers?.includes(trackingFinalizer)).length;
  }

  async #result(): Promise<JobResult> {
    const { status = {} } = await this.#jobs.get("work", { namespace });
    const { succeeded: good, failed: bad } = status.uncountedTerminatedPods ?? {};
    return {
      conditions: (status.conditions ?? []).map((c) => `${c.type}=${c.status} ${c.reason}`),
      counts: {
        active: status.active ?? 0,
        ready: status.ready ?? 0,
        terminating: status.terminating ?? 0,
        succeeded: status.succeeded ?? 0,
        failed: status.failed ?? 0,
        uncounted: (good ?? []).length + (bad ?? []).length,
        completedIndexes: status.completedIndexes,
        failedIndexes: status.failedIndexes,
      },
      heldPods: await this.#heldPods(),
      refusals: this.#refusals(),
    };
  }
}
