import assert from "node:assert/strict";
import { appsV1, coreV1 } from "../../../lib/api/gen/resources.js";
import type { PersistentVolumeClaim, Pod } from "../../../lib/api/gen/types/coreV1.js";
import { apiErrors, hasReason } from "../../../lib/api/status.js";
import { formatTime } from "../../../lib/api/time.js";
import { SharedInformerFactory } from "../../../lib/client/informer/sharedInformerFactory.js";
import { TransportClient } from "../../../lib/client/transportClient.js";
import type { Controller, ControllerContext } from "../../../lib/controllers/controllerContext.js";
import { ControllerHarness } from "./controllerHarness.js";
import { type Fate, MortalTransport } from "./mortalTransport.js";

const namespace = "default";
const kubeletFinalizer = "test/kubelet";
const longestPhaseSeconds = 1_800;

export interface Phase {
  readonly name: string;
  readonly act: (trial: WorkloadTrial) => Promise<unknown>;
  /** What must come about, and stay for some seconds. */
  readonly settled: (trial: WorkloadTrial) => Promise<boolean>;
  /** What must hold at every second on the way. */
  readonly always?: (trial: WorkloadTrial) => Promise<void>;
}

export interface Disturbance {
  /** What becomes of a controller's write, counted over all its processes. */
  readonly fate?: (write: number) => Fate;
  /** How far the wall clock is set in the second that begins. */
  readonly jump?: () => number;
}

/** For so long in each phase things go wrong; then they must come right. */
const disturbedSeconds = 90;
const quietSeconds = 10;

/**
 * Controllers of workloads on the virtual platform, in a process that begins anew when it ends,
 * with a kubelet that takes a second for everything, a quota of pods, and a garbage collector of
 * claims.
 */
export class WorkloadTrial extends ControllerHarness {
  /** Pods there may be; creating more is refused. */
  quota = Number.POSITIVE_INFINITY;
  /** Pods of this image never become ready. */
  badImage = "bad";
  writes = 0;
  readonly #make: (context: ControllerContext) => Controller[];
  readonly #disturbance: Disturbance;
  readonly #runs: Promise<void>[] = [];
  #process: AbortController | undefined;
  #isDisturbed = false;
  #address = 0;

  constructor(
    make: (context: ControllerContext) => Controller[],
    disturbance: Disturbance = {},
    options: { readonly transport?: "rpc" | "rest" } = {},
  ) {
    super(options);
    this.#make = make;
    this.#disturbance = disturbance;
    this.transport.refuse = (call) => {
      const isPod = call.verb === "create" && call.type.resource === "pods";
      return isPod && this.transport.countOf("/pods") >= this.quota
        ? apiErrors.forbidden(call.type, "", "exceeded quota: pods")
        : undefined;
    };
  }

  async run(phases: readonly Phase[]): Promise<void> {
    try {
      for (const phase of phases) await this.#runPhase(phase);
    } finally {
      this.#process?.abort();
      await this.stop();
      await Promise.all(this.#runs);
    }
  }

  async #runPhase(phase: Phase): Promise<void> {
    await phase.act(this);
    let settledSeconds = 0;
    for (let second = 0; second < longestPhaseSeconds; second++) {
      this.#isDisturbed = second < disturbedSeconds;
      this.#ensureProcess();
      if (this.#isDisturbed) this.clock.jump(this.#disturbance.jump?.() ?? 0);
      await this.clock.advance(1_000);
      await phase.always?.(this);
      for (const pod of await this.pods()) await this.#runPod(pod);
      await this.#collectClaims();
      settledSeconds = (await phase.settled(this)) ? settledSeconds + 1 : 0;
      if (settledSeconds > quietSeconds) return;
    }
    assert.fail(`${phase.name} did not come about:\n${await this.describe()}`);
  }

  #ensureProcess(): void {
    if (this.#process !== undefined && !this.#process.signal.aborted) return;
    const stop = new AbortController();
    this.#process = stop;
    const fate = (): Fate => {
      this.writes++;
      return this.#isDisturbed ? (this.#disturbance.fate?.(this.writes) ?? "done") : "done";
    };
    const transport = new MortalTransport(this.transport, fate, () => stop.abort());
    const client = new TransportClient(transport);
    const informers = new SharedInformerFactory({ client, platform: this });
    const recorder = { event: () => undefined };
    const controllers = this.#make({ ...this.context(), client, informers, recorder });
    informers.start(stop.signal);
    for (const controller of controllers) this.#runs.push(controller.run(stop.signal));
    this.#runs.push(informers.stopped());
  }

  /** One step of a kubelet: a pod starts, becomes ready, and goes only when it has been stopped. */
  async #runPod(pod: Pod): Promise<void> {
    const { name = "", finalizers = [], deletionTimestamp, resourceVersion } = pod.metadata;
    const { phase } = pod.status ?? {};
    const pods = this.client.resource(coreV1.pods);
    const hold = (held: readonly string[]) => {
      const body = { metadata: { finalizers: held, resourceVersion } };
      return pods.patch(name, { type: "merge", body }, { namespace });
    };
    try {
      if (deletionTimestamp !== undefined) {
        await hold(finalizers.filter((one) => one !== kubeletFinalizer));
      } else if (phase === undefined) {
        await pods.updateStatus({ ...pod, status: { phase: "Pending" } });
        await pods.patch(
          name,
          { type: "merge", body: { metadata: { finalizers: [...finalizers, kubeletFinalizer] } } },
          { namespace },
        );
      } else if (phase === "Pending" && pod.spec.containers[0]?.image !== this.badImage) {
        const lastTransitionTime = formatTime(this.clock.now());
        const conditions = [{ type: "Ready", status: "True", lastTransitionTime }];
        this.#address = (this.#address % 250) + 1;
        const podIP = `10.2.0.${this.#address}`;
        await pods.updateStatus({ ...pod, status: { phase: "Running", podIP, conditions } });
      }
    } catch (error) {
      if (!hasReason(error, "NotFound", "Conflict")) throw error;
    }
  }

  /** Claims whose owners are all gone go. */
  async #collectClaims(): Promise<void> {
    const sets = (await this.client.resource(appsV1.statefulsets).list({ namespace })).items;
    const owners = new Set([...sets, ...(await this.pods())].map(({ metadata }) => metadata.uid));
    for (const { metadata } of await this.claims()) {
      const references = metadata.ownerReferences ?? [];
      if (references.length === 0 || references.some(({ uid }) => owners.has(uid))) continue;
      const claims = this.client.resource(coreV1.persistentvolumeclaims);
      await claims.delete(metadata.name ?? "", { namespace });
    }
  }

  async claims(): Promise<PersistentVolumeClaim[]> {
    return (await this.client.resource(coreV1.persistentvolumeclaims).list({ namespace })).items;
  }

  /** Pods that serve: ready, and nobody deletes them. */
  async serving(): Promise<Pod[]> {
    return (await this.pods()).filter(
      ({ metadata, status }) =>
        metadata.deletionTimestamp === undefined &&
        status?.phase === "Running" &&
        status.conditions?.[0]?.status === "True",
    );
  }

  /** The serving pods' names and images in order; a `+` where there are others. */
  async picture(nameOf = (pod: Pod): string => pod.metadata.name ?? ""): Promise<string> {
    const serving = await this.serving();
    const others = (await this.pods()).length - serving.length;
    const shown = serving.map((pod) => `${nameOf(pod)}=${pod.spec.containers[0]?.image}`).sort();
    return `${shown.join(" ")}${others > 0 ? ` +${others}` : ""}`;
  }

  async describe(): Promise<string> {
    const claims = (await this.claims()).map(({ metadata }) => {
      const owners = (metadata.ownerReferences ?? []).map(({ kind }) => kind).join(",");
      return `${metadata.name}:${owners}`;
    });
    const sets = (await this.client.resource(appsV1.statefulsets).list({ namespace })).items;
    const daemons = (await this.client.resource(appsV1.daemonsets).list({ namespace })).items;
    const replicas = (await this.client.resource(appsV1.replicasets).list({ namespace })).items;
    const states = [...sets, ...daemons, ...replicas].map((one) => JSON.stringify(one.status));
    return [await this.picture(), claims.join(" "), ...states].join("\n");
  }
}
