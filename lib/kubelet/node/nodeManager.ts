import { coordinationV1, coreV1 } from "../../api/gen/resources.js";
import type { Node, NodeStatus, Taint } from "../../api/gen/types/coreV1.js";
import { ApiError, hasReason } from "../../api/status.js";
import { formatMicroTime } from "../../api/time.js";
import type { Client } from "../../client/client.js";
import type { Logger } from "../../platform/logger.js";
import type { Platform } from "../../platform/platform.js";

export interface NodeManagerOptions {
  readonly platform: Platform;
  readonly client: Client;
  readonly logger: Logger;
  readonly nodeName: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly taints: readonly Taint[];
  readonly registerNode: boolean;
  readonly providerId: string;
  readonly podCidr: string;
  /** How often status is measured (--node-status-update-frequency). */
  readonly updateMilliseconds: number;
  /** How often it is told although nothing changed; upstream: 5 minutes. */
  readonly reportMilliseconds: number;
  readonly leaseDurationSeconds: number;
  readonly status: (old: NodeStatus | undefined) => Promise<NodeStatus>;
  /** The node as the API server has it now. */
  readonly onNode: (node: Node) => void;
}

/** Upstream renews a node's lease four times in its duration. */
const leaseRenewals = 4;
const leaseNamespace = "kube-node-lease";

/** Labels that every kubelet sets on its own node and keeps right. */
function ownLabels(nodeName: string, platform: Platform): Record<string, string> {
  const { architecture } = platform.host;
  const operatingSystem = platform.host.platform;
  return {
    "beta.kubernetes.io/arch": architecture,
    "beta.kubernetes.io/os": operatingSystem,
    "kubernetes.io/arch": architecture,
    "kubernetes.io/hostname": nodeName,
    "kubernetes.io/os": operatingSystem,
  };
}

/** Times in conditions change at every look: they alone are no news. */
function significant(status: NodeStatus): string {
  const conditions = (status.conditions ?? []).map((condition) => ({
    ...condition,
    lastHeartbeatTime: "",
  }));
  return JSON.stringify({ ...status, conditions });
}

/** Keeps the Node object and its Lease: registers, tells status, renews. */
export class NodeManager {
  readonly #options: NodeManagerOptions;
  #told = "";
  #reportedAt = Number.NEGATIVE_INFINITY;
  #wake: AbortController | undefined;
  /** Something changed since the last look, perhaps while nobody slept. */
  #isPoked = false;
  #node: Node | undefined;
  #onRegistered: () => void = () => undefined;
  /** Resolves when the Node object is there, or when nobody tries any more. */
  readonly registered = new Promise<void>((resolve) => {
    this.#onRegistered = resolve;
  });

  constructor(options: NodeManagerOptions) {
    this.#options = options;
  }

  get node(): Node | undefined {
    return this.#node;
  }

  /** Registers, then keeps status and lease until the signal aborts. Never rejects. */
  async run(signal: AbortSignal): Promise<void> {
    await this.#untilDone("The node could not be registered", signal, () => this.#register());
    this.#onRegistered();
    await Promise.all([this.#runStatus(signal), this.#runLease(signal)]);
  }

  /** Looks at the node's status now (a condition changed). */
  poke(): void {
    this.#isPoked = true;
    this.#wake?.abort();
  }

  async #untilDone(what: string, signal: AbortSignal, work: () => Promise<void>): Promise<void> {
    const { platform, logger } = this.#options;
    for (let delay = 100; !signal.aborted; delay = Math.min(delay * 2, 7_000)) {
      try {
        await work();
        return;
      } catch (error) {
        logger.warning(what, { node: this.#options.nodeName, error });
        await platform.clock.sleep(delay, signal);
      }
    }
  }

  async #register(): Promise<void> {
    const { client, nodeName, registerNode, platform } = this.#options;
    const nodes = client.resource(coreV1.nodes);
    const status = await this.#options.status(undefined);
    const labels = { ...ownLabels(nodeName, platform), ...this.#options.labels };
    if (registerNode) {
      try {
        this.#seen(await nodes.create(this.#newNode(labels, status)));
        this.#told = significant(status);
        this.#reportedAt = platform.clock.monotonic();
        return;
      } catch (error) {
        if (!hasReason(error, "AlreadyExists")) throw error;
      }
    }
    const node = await nodes.get(nodeName);
    const stale = Object.entries(labels).filter(
      ([key, value]) => node.metadata.labels?.[key] !== value,
    );
    const annotation = "volumes.kubernetes.io/controller-managed-attach-detach";
    if (stale.length > 0 || node.metadata.annotations?.[annotation] === undefined) {
      const body = {
        metadata: { labels: Object.fromEntries(stale), annotations: { [annotation]: "true" } },
      };
      this.#seen(await nodes.patch(nodeName, { type: "strategic", body }));
    } else {
      this.#seen(node);
    }
    await this.#tell(true);
  }

  #newNode(labels: Record<string, string>, status: NodeStatus): Node {
    const { nodeName, taints, providerId, podCidr } = this.#options;
    return {
      apiVersion: "v1",
      kind: "Node",
      metadata: {
        name: nodeName,
        labels,
        annotations: { "volumes.kubernetes.io/controller-managed-attach-detach": "true" },
      },
      spec: {
        ...(taints.length > 0 ? { taints: [...taints] } : {}),
        ...(providerId === "" ? {} : { providerID: providerId }),
        ...(podCidr === "" ? {} : { podCIDR: podCidr, podCIDRs: [podCidr] }),
      },
      status,
    };
  }

  /** The API's node was seen: what others wrote of its conditions is put right. */
  observe(node: Node): void {
    const [seen, known] = [node, this.#node].map((one) => one?.metadata.resourceVersion ?? "");
    const isOlder = /^\d+$/.test(`${seen}${known}`) && BigInt(seen || 0) < BigInt(known || 0);
    if (this.#node !== undefined && !isOlder) this.#node = node;
  }

  /** Whether the API says of a condition of the kubelet's something else than the kubelet does. */
  #isOverwritten(status: NodeStatus): boolean {
    const held = this.#node?.status?.conditions ?? [];
    return (status.conditions ?? []).some(({ type, status: own, reason }) => {
      const there = held.find((condition) => condition.type === type);
      return there?.status !== own || there.reason !== reason;
    });
  }

  #seen(node: Node): void {
    this.#node = node;
    this.#options.onNode(node);
  }

  async #runStatus(signal: AbortSignal): Promise<void> {
    const { platform, logger, updateMilliseconds, nodeName } = this.#options;
    while (!signal.aborted) {
      this.#wake = new AbortController();
      const either = AbortSignal.any([signal, this.#wake.signal]);
      if (!this.#isPoked) await platform.clock.sleep(updateMilliseconds, either);
      this.#isPoked = false;
      if (signal.aborted) return;
      try {
        await this.#tell(false);
      } catch (error) {
        logger.warning("The node's status could not be told", { node: nodeName, error });
        if (hasReason(error, "NotFound")) {
          await this.#untilDone("The node could not be registered again", signal, () =>
            this.#register(),
          );
        }
      }
    }
  }

  async #tell(always: boolean): Promise<void> {
    const { client, nodeName, platform, reportMilliseconds } = this.#options;
    const status = await this.#options.status(this.#node?.status);
    const text = significant(status);
    const now = platform.clock.monotonic();
    const isDue = always || now - this.#reportedAt >= reportMilliseconds;
    if (!isDue && text === this.#told && !this.#isOverwritten(status)) return;
    const nodes = client.resource(coreV1.nodes);
    const { addresses, ...rest } = status;
    const replace = { $patch: "replace" } as unknown as NonNullable<typeof addresses>[number];
    const body = { status: { ...rest, addresses: [...(addresses ?? []), replace] } };
    this.#seen(await nodes.patchStatus(nodeName, { type: "strategic", body }));
    this.#told = text;
    this.#reportedAt = now;
  }

  async #runLease(signal: AbortSignal): Promise<void> {
    const { platform, logger, leaseDurationSeconds, nodeName } = this.#options;
    const period = (leaseDurationSeconds * 1000) / leaseRenewals;
    while (!signal.aborted) {
      try {
        await this.#renewLease();
        // A little spread, so that the leases of many nodes do not come at once.
        await platform.clock.sleep(period * (0.96 + 0.08 * platform.random.float()), signal);
      } catch (error) {
        logger.warning("The node's lease could not be renewed", { node: nodeName, error });
        await platform.clock.sleep(Math.min(period / 4, 2_000), signal);
      }
    }
  }

  async #renewLease(): Promise<void> {
    const { client, nodeName, leaseDurationSeconds, platform } = this.#options;
    const leases = client.resource(coordinationV1.leases);
    const renewTime = formatMicroTime(platform.clock.now() * 1000);
    const spec = { holderIdentity: nodeName, leaseDurationSeconds, renewTime };
    const body = { spec };
    try {
      await leases.patch(nodeName, { type: "merge", body }, { namespace: leaseNamespace });
    } catch (error) {
      if (!(error instanceof ApiError) || error.code !== 404) throw error;
      const uid = this.#node?.metadata.uid;
      const ownerReferences = uid
        ? [{ apiVersion: "v1", kind: "Node", name: nodeName, uid }]
        : undefined;
      await leases.create({
        apiVersion: "coordination.k8s.io/v1",
        kind: "Lease",
        metadata: {
          name: nodeName,
          namespace: leaseNamespace,
          ...(ownerReferences ? { ownerReferences } : {}),
        },
        spec,
      });
    }
  }
}
