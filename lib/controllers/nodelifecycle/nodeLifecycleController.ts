import { equalJson } from "../../api/equality.js";
import { coordinationV1, coreV1 } from "../../api/gen/resources.js";
import type { Lease } from "../../api/gen/types/coordinationV1.js";
import type { Node, NodeCondition, Pod, Taint } from "../../api/gen/types/coreV1.js";
import { hasReason, isObjectNotFound } from "../../api/status.js";
import { formatTime } from "../../api/time.js";
import { objectReference } from "../../client/events/eventRecorder.js";
import type { Indexer } from "../../client/informer/indexer.js";
import { withCondition } from "../conditions.js";
import type { ControllerContext } from "../controllerContext.js";
import { isNodeReady, nodeCondition, taintId, taintKeys } from "../node/taints.js";
import { PodIndex } from "../ownership/podIndex.js";
import { PeriodicController } from "../periodicController.js";
import { podCondition } from "../pod/podState.js";
import { ZoneLimits, zoneOf } from "./zones.js";

const leaseNamespace = "kube-node-lease";
const watchedConditions = ["Ready", "MemoryPressure", "DiskPressure", "PIDPressure"];
const olderLabels: Readonly<Record<string, string>> = {
  "kubernetes.io/os": "beta.kubernetes.io/os",
  "kubernetes.io/arch": "beta.kubernetes.io/arch",
};
/** Nodes looked at side by side. */
const concurrency = 8;

/** What was last seen of a node: only changes count, so that clocks are never compared. */
interface NodeHealth {
  readonly uid: string;
  seen: string;
  /** By the monotonic clock. */
  seenAt: number;
  /** The last renewal of its lease that the server told of when the cache had an older one. */
  liveRenewal: string | undefined;
  wasReady: boolean | undefined;
  /** Its pods are still to be marked not ready. */
  marksPods: boolean;
}

/** What a node's taints follow from; heartbeats leave it as it is. */
function taintInputs(node: Node): string {
  const conditions = (node.status?.conditions ?? []).map(({ type, status }) => `${type}=${status}`);
  return `${node.spec?.unschedulable === true} ${conditions.join(" ")}`;
}

/** Marks nodes whose kubelets have fallen silent, by conditions and taints. */
export class NodeLifecycleController extends PeriodicController {
  readonly #nodes: Indexer<Node>;
  readonly #leases: Indexer<Lease>;
  readonly #pods: PodIndex;
  readonly #zones: ZoneLimits;
  readonly #health = new Map<string, NodeHealth>();

  constructor(context: ControllerContext) {
    const { nodeMonitorPeriodSeconds } = context.options;
    super("node-lifecycle-controller", context, nodeMonitorPeriodSeconds * 1000);
    const nodes = this.informer(coreV1.nodes);
    this.#nodes = nodes.indexer;
    // A node that has become ready (or not) is told its taints at once, as upstream's taint pass
    // does.
    nodes.addEventHandler({
      onAdd: () => this.wake(),
      onUpdate: (old, node) => {
        if (taintInputs(old) !== taintInputs(node)) this.wake();
      },
    });
    const leases = this.informer(coordinationV1.leases, { namespace: leaseNamespace });
    this.#leases = leases.indexer;
    this.#pods = new PodIndex(this.informer(coreV1.pods).indexer);
    this.#zones = new ZoneLimits(context.platform.clock, context.options);
  }

  protected override async round(signal: AbortSignal): Promise<void> {
    const nodes = this.#nodes.list();
    const names = new Set(nodes.map((node) => node.metadata.name));
    for (const name of this.#health.keys()) if (!names.has(name)) this.#removed(name);
    const monitored: Node[] = [];
    await this.#each(nodes, async (node) => {
      monitored.push(await this.#monitor(node, signal));
    });
    this.#zones.update(monitored);
    await this.#each(monitored, async (node) => {
      await this.#taint(node, signal);
      await this.#label(node, signal);
    });
  }

  /** One node's failure must not keep the others waiting; it comes again in the next round. */
  async #each(nodes: readonly Node[], work: (node: Node) => Promise<void>): Promise<void> {
    const left = [...nodes];
    const next = async (): Promise<void> => {
      for (let node = left.shift(); node !== undefined; node = left.shift()) {
        try {
          await work(node);
        } catch (error) {
          if (hasReason(error, "NotFound", "Conflict")) continue;
          this.context.logger.warning("Node failed", { node: node.metadata.name, error });
        }
      }
    };
    await Promise.all(Array.from({ length: concurrency }, next));
  }

  /** The node with its conditions as they should be. */
  async #monitor(node: Node, signal: AbortSignal): Promise<Node> {
    const health = this.#observe(node);
    const { options, platform } = this.context;
    const ready = nodeCondition(node, "Ready");
    const graceSeconds =
      ready === undefined
        ? options.nodeStartupGracePeriodSeconds
        : options.nodeMonitorGracePeriodSeconds;
    const isOverdue = platform.clock.monotonic() - health.seenAt > graceSeconds * 1000;
    const isSilent = isOverdue && !(await this.#isRenewed(node, health, signal));
    const current = isSilent ? await this.#markUnknown(node, signal) : node;
    const isReady = isNodeReady(current);
    const wentDown = !isReady && health.wasReady !== false;
    if (wentDown && health.wasReady === true) this.#tellNotReady(current);
    health.wasReady = isReady;
    health.marksPods = !isReady && (health.marksPods || wentDown);
    if (health.marksPods && nodeCondition(current, "Ready") !== undefined) {
      for (const pod of this.#pods.onNode(node.metadata.name ?? "")) {
        await this.#markPodNotReady(pod, signal);
      }
      health.marksPods = false;
    }
    return current;
  }

  #observe(node: Node): NodeHealth {
    const name = node.metadata.name ?? "";
    const lease = this.#leases.getByName(leaseNamespace, name);
    const ready = nodeCondition(node, "Ready");
    // What this controller writes itself is no sign of life.
    const heartbeat = ready?.status === "Unknown" ? "" : ready?.lastHeartbeatTime;
    const seen = JSON.stringify([node.metadata.uid, heartbeat, lease?.spec?.renewTime]);
    const now = this.context.platform.clock.monotonic();
    const { uid = "" } = node.metadata;
    // A node that took the name of one that is gone is another, however soon it came.
    const known = this.#health.get(name);
    if (known !== undefined && known.uid !== uid) this.#removed(name);
    const health = this.#health.get(name);
    if (health === undefined) {
      const fresh: NodeHealth = {
        uid,
        seen,
        seenAt: now,
        liveRenewal: undefined,
        wasReady: undefined,
        marksPods: false,
      };
      this.#health.set(name, fresh);
      this.#tell({ name, uid }, "RegisteredNode", `Registered Node ${name} in Controller`);
      return fresh;
    }
    if (health.seen !== seen) {
      health.seen = seen;
      health.seenAt = now;
    }
    return health;
  }

  /**
   * The server knows of a renewal that the cache does not: the cache is behind, and would have
   * every node taken for silent. Not asked about nodes that are marked already.
   */
  async #isRenewed(node: Node, health: NodeHealth, signal: AbortSignal): Promise<boolean> {
    const isMarked = watchedConditions.every((type) => {
      return nodeCondition(node, type)?.status === "Unknown";
    });
    if (isMarked) return false;
    const name = node.metadata.name ?? "";
    let renewal: string | undefined;
    try {
      const leases = this.context.client.resource(coordinationV1.leases);
      const lease = await leases.get(name, { namespace: leaseNamespace, signal });
      renewal = lease.spec?.renewTime;
    } catch (error) {
      if (!isObjectNotFound(error, name)) throw error;
    }
    const cached = this.#leases.getByName(leaseNamespace, name)?.spec?.renewTime;
    if (renewal === undefined || renewal === cached || renewal === health.liveRenewal) return false;
    this.context.logger.warning("The cache of leases is behind", { node: name });
    health.liveRenewal = renewal;
    health.seenAt = this.context.platform.clock.monotonic();
    return true;
  }

  #removed(name: string): void {
    const uid = this.#health.get(name)?.uid ?? "";
    this.#health.delete(name);
    this.#tell({ name, uid }, "RemovingNode", `Removing Node ${name} from Controller`);
  }

  async #markUnknown(node: Node, signal: AbortSignal): Promise<Node> {
    const now = formatTime(this.context.platform.clock.now());
    let conditions: NodeCondition[] = node.status?.conditions ?? [];
    for (const type of watchedConditions) {
      const old = nodeCondition(node, type);
      if (old?.status === "Unknown") continue;
      const [reason, message] =
        old === undefined
          ? ["NodeStatusNeverUpdated", "Kubelet never posted node status."]
          : ["NodeStatusUnknown", "Kubelet stopped posting node status."];
      conditions = withCondition(conditions, {
        type,
        status: "Unknown",
        reason: reason ?? "",
        message: message ?? "",
        lastHeartbeatTime: old?.lastHeartbeatTime ?? node.metadata.creationTimestamp ?? now,
        lastTransitionTime: now,
      });
    }
    if (equalJson(conditions, node.status?.conditions)) return node;
    const status = { ...node.status, conditions };
    return this.context.client.resource(coreV1.nodes).updateStatus({ ...node, status }, { signal });
  }

  #tell({ name, uid }: { name: string; uid: string }, reason: string, what: string): void {
    const about = { kind: "Node", apiVersion: "v1", name, uid };
    this.context.recorder.event(about, "Normal", reason, `Node ${name} event: ${what}`);
  }

  #tellNotReady(node: Node): void {
    const about = objectReference(coreV1.nodes, node);
    const message = `Node ${node.metadata.name} status is now: NodeNotReady`;
    this.context.recorder.event(about, "Normal", "NodeNotReady", message);
  }

  /** Services must not lead to pods that nobody looks after. */
  async #markPodNotReady(pod: Pod, signal: AbortSignal): Promise<void> {
    const ready = podCondition(pod, "Ready");
    if (ready === undefined || ready.status === "False") return;
    const lastTransitionTime = formatTime(this.context.platform.clock.now());
    const condition = { ...ready, status: "False", lastTransitionTime };
    const conditions = withCondition(pod.status?.conditions, condition);
    const pods = this.context.client.resource(coreV1.pods);
    try {
      const status = { ...pod.status, conditions };
      await pods.updateStatus({ ...pod, status }, { signal });
      const about = objectReference(coreV1.pods, pod);
      this.context.recorder.event(about, "Warning", "NodeNotReady", "Node is not ready");
    } catch (error) {
      // After a conflict the next round finds the newer pod.
      if (!hasReason(error, "NotFound")) throw error;
    }
  }

  async #taint(node: Node, signal: AbortSignal): Promise<void> {
    const current = node.spec?.taints ?? [];
    const owned = ownedTaints(node);
    const wanted = this.#withEvictionPace(node, current, owned);
    const now = formatTime(this.context.platform.clock.now());
    const others = current.filter((taint) => !isOwned(taint));
    const taints = [
      ...others,
      ...wanted.map(
        (id) =>
          current.find((taint) => taintId(taint) === id) ?? { ...parseId(id), timeAdded: now },
      ),
    ];
    const ids = (list: readonly Taint[]): string => list.map(taintId).sort().join();
    if (ids(taints) === ids(current)) return;
    const metadata = { resourceVersion: node.metadata.resourceVersion, uid: node.metadata.uid };
    const body = { metadata, spec: { taints } };
    const nodes = this.context.client.resource(coreV1.nodes);
    await nodes.patch(node.metadata.name ?? "", { type: "merge", body }, { signal });
  }

  /** Older workloads select nodes by the older names of their system labels. */
  async #label({ metadata }: Node, signal: AbortSignal): Promise<void> {
    const labels: Record<string, string> = {};
    for (const [name, older] of Object.entries(olderLabels)) {
      const value = metadata.labels?.[name];
      if (value !== undefined && metadata.labels?.[older] !== value) labels[older] = value;
    }
    if (Object.keys(labels).length === 0) return;
    const body = { metadata: { uid: metadata.uid, labels } };
    const nodes = this.context.client.resource(coreV1.nodes);
    await nodes.patch(metadata.name ?? "", { type: "merge", body }, { signal });
  }

  /** New NoExecute taints come only as fast as the zone's limit lets them. */
  #withEvictionPace(node: Node, current: readonly Taint[], wanted: readonly string[]): string[] {
    const had = new Set(current.map(taintId));
    const evicts = (id: string): boolean => id.endsWith(":NoExecute");
    const isEvicting = [...had].some((id) => evicts(id) && isOwned(parseId(id)));
    return wanted.filter((id) => {
      if (!evicts(id)) return true;
      if (this.#zones.isAllDisrupted) return false;
      return isEvicting || this.#zones.mayEvict(zoneOf(node));
    });
  }
}

const noScheduleByCondition: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  Ready: { False: taintKeys.notReady, Unknown: taintKeys.unreachable },
  MemoryPressure: { True: taintKeys.memoryPressure },
  DiskPressure: { True: taintKeys.diskPressure },
  PIDPressure: { True: taintKeys.pidPressure },
  NetworkUnavailable: { True: taintKeys.networkUnavailable },
};

const noExecuteKeys: readonly string[] = [taintKeys.notReady, taintKeys.unreachable];
const noScheduleKeys: readonly string[] = [
  ...Object.values(noScheduleByCondition).flatMap((byStatus) => Object.values(byStatus)),
  taintKeys.unschedulable,
];

/** Taints that this controller gives and takes. */
function isOwned(taint: Pick<Taint, "key" | "effect">): boolean {
  if (taint.effect === "NoExecute") return noExecuteKeys.includes(taint.key);
  return taint.effect === "NoSchedule" && noScheduleKeys.includes(taint.key);
}

/** What the node's conditions and spec ask for, as `key:effect`. */
function ownedTaints(node: Node): string[] {
  const ids: string[] = [];
  for (const [type, byStatus] of Object.entries(noScheduleByCondition)) {
    const key = byStatus[nodeCondition(node, type)?.status ?? ""];
    if (key === undefined) continue;
    ids.push(`${key}:NoSchedule`);
    if (type === "Ready") ids.push(`${key}:NoExecute`);
  }
  if (node.spec?.unschedulable === true) ids.push(`${taintKeys.unschedulable}:NoSchedule`);
  return ids;
}

function parseId(id: string): Taint {
  const colon = id.lastIndexOf(":");
  return { key: id.slice(0, colon), effect: id.slice(colon + 1) };
}
