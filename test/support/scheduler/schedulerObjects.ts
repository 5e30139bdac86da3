import { coreV1 } from "../../../lib/api/gen/resources.js";
import type { Event, Node, Pod, PodSpec } from "../../../lib/api/gen/types/coreV1.js";
import type { VirtualCluster } from "../client/virtualCluster.js";

/** A node as a kubelet would register it: ready, with some room. */
export function readyNode(name: string, change: (node: Node) => void = () => {}): Node {
  const node: Node = {
    metadata: { name, labels: { "kubernetes.io/hostname": name } },
    spec: {},
    status: { allocatable: { cpu: "2", memory: "4Gi", pods: "10" } },
  };
  change(node);
  return node;
}

/** A pod that waits for a node, as the API server would have defaulted it. */
export function pendingPod(name: string, cpu = "100m", spec: Partial<PodSpec> = {}): Pod {
  return {
    metadata: { name, namespace: "default", labels: { app: name } },
    spec: {
      schedulerName: "default-scheduler",
      containers: [{ name: "main", image: "image", resources: { requests: { cpu } } }],
      ...spec,
    },
    status: { phase: "Pending" },
  };
}

/** What the API holds of pods, nodes and events. */
export class SchedulerObjects {
  constructor(readonly cluster: VirtualCluster) {}

  async addNode(node: Node): Promise<void> {
    await this.cluster.client.resource(coreV1.nodes).create(node);
  }

  async addPod(pod: Pod): Promise<Pod> {
    return this.cluster.client.resource(coreV1.pods).create(pod, { namespace: "default" });
  }

  async pod(name: string): Promise<Pod> {
    return this.cluster.client.resource(coreV1.pods).get(name, { namespace: "default" });
  }

  async deletePod(name: string): Promise<void> {
    await this.cluster.client.resource(coreV1.pods).delete(name, { namespace: "default" });
  }

  /** Waits in virtual time until the pod has a node, and says which. */
  async nodeOf(name: string): Promise<string> {
    let node = "";
    await this.cluster.clock.advanceUntil(async () => {
      node = (await this.pod(name)).spec?.nodeName ?? "";
      return node !== "";
    });
    return node;
  }

  /** Waits until the pod's PodScheduled condition is False, and gives its reason and message. */
  async refusalOf(name: string): Promise<{ reason: string; message: string }> {
    let found: { reason: string; message: string } | undefined;
    await this.cluster.clock.advanceUntil(async () => {
      const { status } = await this.pod(name);
      const condition = status?.conditions?.find((one) => one.type === "PodScheduled");
      if (condition?.status !== "False") return false;
      found = { reason: condition.reason ?? "", message: condition.message ?? "" };
      return true;
    });
    return found as { reason: string; message: string };
  }

  async events(): Promise<Event[]> {
    await this.cluster.clock.settle(10);
    return (await this.cluster.client.resource(coreV1.events).list()).items;
  }
}
