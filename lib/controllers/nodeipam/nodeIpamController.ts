import { equalJson } from "../../api/equality.js";
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
  /** What each node holds, by its name, also where its patch may not be in the cache yet. */
  readonly #held = new Map<string, readonly string[]>();
  /** Nodes for which nothing was left. */
  readonly #waiting = new Set<string>();

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
    for (const node of this.#nodes.values()) {
      // One that has none yet holds none, and is given one in its turn.
      if (rangesOf(node).length > 0) this.#hold(node);
    }
    return Promise.resolve();
  }

  protected override async sync(key: string, signal: AbortSignal): Promise<void> {
    const node = this.#nodes.get(key);
    if (node === undefined || node.metadata.deletionTimestamp !== undefined) return;
    if (rangesOf(node).length > 0) {
      this.#hold(node);
      return;
    }
    const ranges = this.#held.get(key) ?? this.#allocate(node);
    this.#held.set(key, ranges);
    this.#waiting.delete(key);
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
        this.#waiting.add(name);
        throw new Error(`no range is left for node ${name}`);
      }
      ranges.push(range);
    }
    return ranges;
  }

  /** The node has these ranges, whoever gave them. */
  #hold(node: Node): void {
    const name = node.metadata.name ?? "";
    const ranges = rangesOf(node);
    const before = this.#held.get(name);
    if (equalJson(before, ranges)) return;
    this.#held.set(name, ranges);
    this.#waiting.delete(name);
    for (const range of before ?? []) for (const set of this.#sets) set.release(range);
    for (const range of ranges) {
      // Of two overlapping sets each knows what is taken of it.
      if (this.#sets.filter((set) => set.occupy(range)).length > 0) continue;
      const values = { node: node.metadata.name, range };
      this.context.logger.warning("A node's range is outside the cluster's", values);
    }
  }

  #release(node: Node): void {
    const name = node.metadata.name ?? "";
    const ranges = this.#held.get(name) ?? [];
    this.#held.delete(name);
    this.#waiting.delete(name);
    for (const range of ranges) for (const set of this.#sets) set.release(range);
    for (const waiting of this.#waiting) this.queue.add(waiting);
  }
}

function rangesOf(node: Node): readonly string[] {
  const { podCIDR, podCIDRs } = node.spec ?? {};
  if (podCIDRs !== undefined && podCIDRs.length > 0) return podCIDRs;
  return podCIDR === undefined || podCIDR === "" ? [] : [podCIDR];
}
