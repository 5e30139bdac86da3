import { equal } from "node:assert/strict";
import { coreV1 } from "../../../lib/api/gen/resources.js";
import type { Node, Pod } from "../../../lib/api/gen/types/coreV1.js";
import { apiErrors } from "../../../lib/api/status.js";
import { SeededRandom } from "../../../lib/platform/virtual/seededRandom.js";
import { Scheduler } from "../../../lib/scheduler/scheduler.js";
import { VirtualCluster } from "../../support/client/virtualCluster.js";
import { podsOn, requested } from "../../support/scheduler/referenceCluster.js";
import { refusalOf } from "../../support/scheduler/referenceFilters.js";
import {
  pendingPod,
  readyNode,
  SchedulerObjects,
} from "../../support/scheduler/schedulerObjects.js";

const seeds = 40;
const steps = 60;

/** Nodes and pods that come, change and go while a scheduler works, with bindings that fail. */
class Churn {
  readonly cluster = new VirtualCluster();
  readonly objects = new SchedulerObjects(this.cluster);
  readonly random: SeededRandom;
  #serial = 0;

  constructor(seed: number) {
    this.random = new SeededRandom(seed);
    this.cluster.transport.refuse = (call) =>
      call.subresource === "binding" && this.random.below(5) === 0
        ? apiErrors.internal("no luck")
        : undefined;
  }

  async nodes(): Promise<Node[]> {
    return (await this.cluster.client.resource(coreV1.nodes).list()).items;
  }

  async pods(): Promise<Pod[]> {
    return (await this.cluster.client.resource(coreV1.pods).list()).items;
  }

  async step(): Promise<void> {
    const nodes = this.cluster.client.resource(coreV1.nodes);
    const serial = this.#serial++;
    switch (this.random.below(17)) {
      case 0:
      case 1:
        await this.objects.addNode(
          readyNode(`n${serial}`, (node) => {
            node.metadata!.labels!.zone = `z${this.random.below(2)}`;
          }),
        );
        break;
      case 2: {
        const node = this.#pick(await this.nodes());
        if (node) await nodes.delete(node.metadata?.name ?? "");
        break;
      }
      case 3:
      case 4: {
        const node = this.#pick(await this.nodes());
        const unschedulable = this.random.below(2) === 0;
        const body = { spec: { unschedulable } };
        if (node) await nodes.patch(node.metadata?.name ?? "", { type: "merge", body });
        break;
      }
      case 5: {
        const node = this.#pick(await this.nodes());
        const body = { metadata: { labels: { zone: `z${this.random.below(2)}` } } };
        if (node) await nodes.patch(node.metadata?.name ?? "", { type: "merge", body });
        break;
      }
      case 6:
      case 7:
      case 8: {
        const pod = this.#pick(await this.pods());
        if (pod) await this.objects.deletePod(pod.metadata?.name ?? "");
        break;
      }
      default:
        await this.objects.addPod(this.#pod(`p${serial}`));
    }
    await this.cluster.clock.advance(this.random.below(4) * 300);
  }

  #pod(name: string): Pod {
    const pod = pendingPod(name, `${1 + this.random.below(9)}00m`);
    pod.metadata!.labels = { app: "web" };
    const kind = this.random.below(5);
    const labelSelector = { matchLabels: { app: "web" } };
    if (kind === 0) pod.spec!.nodeSelector = { zone: "z0" };
    if (kind === 1) {
      const term = { labelSelector, topologyKey: "kubernetes.io/hostname" };
      const podAntiAffinity = { requiredDuringSchedulingIgnoredDuringExecution: [term] };
      pod.spec!.affinity = { podAntiAffinity };
    }
    if (kind === 2) {
      pod.spec!.topologySpreadConstraints = [
        { maxSkew: 2, topologyKey: "zone", whenUnsatisfiable: "DoNotSchedule", labelSelector },
      ];
    }
    return pod;
  }

  #pick<T>(of: readonly T[]): T | undefined {
    return of[this.random.below(Math.max(1, of.length))];
  }
}

describe("scheduler under churn", () => {
  it("overcommits nothing and forgets no pod that fits somewhere", async function () {
    this.timeout(60_000);
    for (let seed = 0; seed < seeds; seed++) {
      const churn = new Churn(seed);
      const { cluster } = churn;
      const scheduler = new Scheduler({ client: cluster.client, platform: cluster });
      await scheduler.start(cluster.signal);
      for (let step = 0; step < steps; step++) await churn.step();
      cluster.transport.refuse = undefined;
      // Longer than any backoff, and much shorter than the five minutes after which all are tried.
      await cluster.clock.advance(30_000);
      const nodes = await churn.nodes();
      const all = await churn.pods();
      const pods = all.filter((pod) => pod.spec?.nodeName);
      const state = { nodes, pods, namespaceLabels: new Map() };
      for (const node of nodes) {
        const used = podsOn(state, node).reduce((sum, pod) => sum + requested(pod, "cpu"), 0);
        equal(used <= 2000, true, `seed ${seed}: ${node.metadata?.name} has ${used}m of 2000m`);
      }
      for (const pod of all.filter((one) => !one.spec?.nodeName)) {
        const home = nodes.find((node) => refusalOf(state, pod, node) === undefined);
        const names = `${pod.metadata?.name} fits on ${home?.metadata?.name}`;
        equal(home, undefined, `seed ${seed}: ${names}`);
      }
      await scheduler.stop();
      await cluster.stop();
    }
  });
});
