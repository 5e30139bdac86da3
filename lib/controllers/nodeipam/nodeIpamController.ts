import { coreV1 } from "../../api/gen/resources.js";
import type { Node } from "../../api/gen/types/coreV1.js";
import { hasReason } from "../../api/status.js";
import { objectReference } from "../../client/events/eventRecorder.js";
import type { Indexer } from "../../client/informer/indexer.js";
import type { ControllerContext } from "../controllerContext.js";
import { QueueController } from "../queueController.js";
import { CidrSet, parseCidr } from "./cidrSet.js";

/** Gives each node its range of pod addresses. */
export class NodeIpamController extends QueueController {
  readonly #nodes: Indexer<Node>;
  readonly #sets: readonly CidrSet[];
  /** Ranges given out whose node's patch may not be in the cache yet. */
  readonly #given = new Map<string, readonly string[]>();

  constructor(context: ControllerContext) {
    // One at a time, so that ranges are given in the order of nodes.
    super("node-ipam-controller", context, { workers: 1 });
    const { clusterCidrs, nodeCidrMaskSizeIPv4, nodeCidrMaskSizeIPv6, serviceClusterIpRange } =
      context.options;
    this.#sets = clusterCidrs.map((text) => {
      const range = parseCidr(text);
      if (range === undefined) throw new Error(`--cluster-cidr: ${text} is no CIDR`);
      return new CidrSet(range, range.isIPv6 ? nodeCidrMaskSizeIPv6 : nodeCidrMaskSizeIPv4);
    });
    for (const range of (serviceClusterIpRange ?? "").split(",").filter((text) => text !== "")) {
      for (const set of this.#sets) set.occupy(range);
    }
    const nodes = this.informer(coreV1.nodes);
    this.#nodes = nodes.indexer;
    nodes.addEventHandler({
      onAdd: this.enqueue,
      onUpdate: (old, node) => {
        // Another of the name, whose deletion was not seen: the old one's ranges are free.
        if (old.metadata.uid !== node.metadata.uid) {
          this.#release(old);
          this.enqueue(node);
        } else if (rangesOf(node).length === 0) this.enqueue(node);
      },
      onDelete: (node) => this.#release(node),
    });
  }

  /** What nodes have already must be known before the first range is given. */
  protected override started(): Promise<void> {
    for (const node of this.#nodes.values()) this.#occupy(node);
    return Promise.resolve();
  }

  protected override async sync(key: string, signal: AbortSignal): Promise<void> {
    const node = this.#nodes.get(key);
    if (node === undefined || node.metadata.deletionTimestamp !== undefined) return;
    if (rangesOf(node).length > 0) {
      this.#occupy(node);
      return;
    }
    const ranges = this.#given.get(key) ?? this.#allocate(node);
    this.#given.set(key, ranges);
    const body = {
      metadata: { uid: node.metadata.uid },
      spec: { podCIDR: ranges[0], podCIDRs: ranges },
    };
    try {
      await this.context.client
        .resource(coreV1.nodes)
        .patch(key, { type: "merge", body }, { signal });
    } catch (error) {
      if (!hasReason(error, "NotFound")) throw error;
    }
  }

  #allocate(node: Node): string[] {
    const ranges: string[] = [];
    for (const set of this.#sets) {
      const range = set.allocate();
      if (range === undefined) {
        for (const given of ranges) for (const other of this.#sets) other.release(given);
        const about = objectReference(coreV1.nodes, node);
        const name = node.metadata.name ?? "";
        const message = `Node ${name} status is now: CIDRNotAvailable`;
        this.context.recorder.event(about, "Normal", "CIDRNotAvailable", message);
        throw new Error(`no range is left for node ${name}`);
      }
      ranges.push(range);
    }
    return ranges;
  }

  #occupy(node: Node): void {
    this.#given.delete(node.metadata.name ?? "");
    for (const range of rangesOf(node)) {
      if (this.#sets.some((set) => set.occupy(range))) continue;
      const values = { node: node.metadata.name, range };
      this.context.logger.warning("A node's range is outside the cluster's", values);
    }
  }

  #release(node: Node): void {
    const name = node.metadata.name ?? "";
    const ranges = [...rangesOf(node), ...(this.#given.get(name) ?? [])];
    this.#given.delete(name);
    for (const range of ranges) for (const set of this.#sets) set.release(range);
  }
}

function rangesOf(node: Node): readonly string[] {
  const { podCIDR, podCIDRs } = node.spec ?? {};
  if (podCIDRs !== undefined && podCIDRs.length > 0) return podCIDRs;
  return podCIDR === undefined || podCIDR === "" ? [] : [podCIDR];
}
