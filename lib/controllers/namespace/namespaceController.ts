import { deadlineAfter } from "../../api/deadline.js";
import { equalJson } from "../../api/equality.js";
import { coreV1 } from "../../api/gen/resources.js";
import type { Namespace, NamespaceCondition } from "../../api/gen/types/coreV1.js";
import { hasReason } from "../../api/status.js";
import { formatTime } from "../../api/time.js";
import type { Indexer } from "../../client/informer/indexer.js";
import type { KubernetesObject, ResourceClient } from "../../client/resourceClient.js";
import { withCondition } from "../conditions.js";
import type { ControllerContext } from "../controllerContext.js";
import {
  type DiscoveredResource,
  type Discovery,
  discoverResources,
} from "../discoverResources.js";
import { QueueController } from "../queueController.js";

const finalizer = "kubernetes";
/** Resources emptied at once in one namespace. */
const concurrency = 8;
const minRecheckMilliseconds = 1_000;

interface Remains {
  /** `pods.` and the like, with how many objects are left. */
  readonly counts: Map<string, number>;
  /** Finalizers that hold objects, with how many they hold. */
  readonly finalizers: Map<string, number>;
  readonly errors: string[];
  /** How long pods may still take to end. */
  waitSeconds: number;
}

/** Empties namespaces that are being deleted, then lets them go. */
export class NamespaceController extends QueueController {
  readonly #namespaces: Indexer<Namespace>;

  constructor(context: ControllerContext) {
    super("namespace-controller", context, { workers: 10 });
    const namespaces = this.informer(coreV1.namespaces);
    this.#namespaces = namespaces.indexer;
    this.enqueueAll(namespaces);
  }

  protected override async sync(key: string, signal: AbortSignal): Promise<void> {
    const cached = this.#namespaces.get(key);
    if (cached === undefined || !isToBeEmptied(cached)) return;
    const current = await this.#current(cached, signal);
    const namespace = current && (await this.#markTerminating(current, signal));
    if (namespace === undefined) return;
    const discovery = await this.#discover(signal);
    const remains = await this.#empty(key, discovery.resources, signal);
    const conditions = this.#conditions(namespace, remains, discovery.failures);
    const isEmpty =
      remains.counts.size === 0 && remains.errors.length === 0 && discovery.failures.size === 0;
    if (isEmpty) {
      await this.#letGo(namespace, signal);
      return;
    }
    if (!equalJson(conditions, namespace.status?.conditions)) {
      const status = { ...namespace.status, conditions };
      await this.#namespacesClient.updateStatus({ ...namespace, status }, { signal });
    }
    if (remains.errors.length > 0) throw new Error(remains.errors.join("; "));
    const wait = Math.max(minRecheckMilliseconds, remains.waitSeconds * 500);
    this.queue.addAfter(key, wait);
  }

  /**
   * The namespace as the server has it; undefined where it is gone, also where another has its name
   * by now: a cache that is behind must not cost the new one what is in it.
   */
  async #current(cached: Namespace, signal: AbortSignal): Promise<Namespace | undefined> {
    try {
      const current = await this.#namespacesClient.get(cached.metadata.name ?? "", { signal });
      const isSame = current.metadata.uid === cached.metadata.uid;
      return isSame && isToBeEmptied(current) ? current : undefined;
    } catch (error) {
      if (hasReason(error, "NotFound")) return undefined;
      throw error;
    }
  }

  /** A discovery that fails altogether is told in the status, too. */
  async #discover(signal: AbortSignal): Promise<Pick<Discovery, "resources" | "failures">> {
    try {
      return await discoverResources(this.context.client, signal);
    } catch (error) {
      if (signal.aborted) throw error;
      const why = error instanceof Error ? error.message : String(error);
      return { resources: [], failures: new Map([["all", why]]) };
    }
  }

  get #namespacesClient() {
    return this.context.client.resource(coreV1.namespaces);
  }

  async #markTerminating(
    namespace: Namespace,
    signal: AbortSignal,
  ): Promise<Namespace | undefined> {
    if (namespace.status?.phase === "Terminating") return namespace;
    try {
      const status = { ...namespace.status, phase: "Terminating" };
      return await this.#namespacesClient.updateStatus({ ...namespace, status }, { signal });
    } catch (error) {
      if (hasReason(error, "NotFound")) return undefined;
      throw error;
    }
  }

  async #empty(
    namespace: string,
    resources: readonly DiscoveredResource[],
    signal: AbortSignal,
  ): Promise<Remains> {
    const remains: Remains = {
      counts: new Map(),
      finalizers: new Map(),
      errors: [],
      waitSeconds: 0,
    };
    const all = resources.filter(
      (resource) => resource.namespaced && resource.verbs.includes("delete"),
    );
    // Pods first (KEP-5080): what guards them, a NetworkPolicy say, must not go before they do.
    await this.#emptyResources(namespace, all.filter(isPods), remains, signal);
    if (remains.counts.size > 0) return remains;
    const others = all.filter((resource) => !isPods(resource));
    await this.#emptyResources(namespace, others, remains, signal);
    return remains;
  }

  async #emptyResources(
    namespace: string,
    resources: readonly DiscoveredResource[],
    remains: Remains,
    signal: AbortSignal,
  ): Promise<void> {
    const left = [...resources];
    const next = async (): Promise<void> => {
      for (let resource = left.shift(); resource !== undefined; resource = left.shift()) {
        try {
          await this.#emptyResource(namespace, resource, remains, signal);
        } catch (error) {
          if (hasReason(error, "NotFound", "MethodNotAllowed")) continue;
          remains.errors.push(error instanceof Error ? error.message : String(error));
        }
      }
    };
    await Promise.all(Array.from({ length: concurrency }, next));
  }

  async #emptyResource(
    namespace: string,
    resource: DiscoveredResource,
    remains: Remains,
    signal: AbortSignal,
  ): Promise<void> {
    if (!resource.verbs.includes("list")) return;
    const objects = this.context.client.metadata(resource);
    const before = await objects.list({ namespace, limit: 1, signal });
    if (before.items.length === 0) return;
    await this.#deleteAll(objects, namespace, signal);
    const key = `${resource.resource}.${resource.group}`;
    for await (const { items } of objects.listPages({ namespace, signal })) {
      if (items.length > 0) {
        remains.counts.set(key, (remains.counts.get(key) ?? 0) + items.length);
      }
      for (const { metadata } of items) {
        for (const name of metadata?.finalizers ?? []) {
          remains.finalizers.set(name, (remains.finalizers.get(name) ?? 0) + 1);
        }
        if (isPods(resource)) this.#notePodsGrace(metadata, remains);
      }
    }
  }

  /** In one call where the server has it, else one by one: what is gone already is no failure. */
  async #deleteAll(
    objects: ResourceClient<KubernetesObject>,
    namespace: string,
    signal: AbortSignal,
  ): Promise<void> {
    const propagationPolicy = "Background";
    try {
      await objects.deleteCollection({ namespace, propagationPolicy, signal });
      return;
    } catch (error) {
      if (!hasReason(error, "NotFound", "MethodNotAllowed")) throw error;
    }
    for await (const { items } of objects.listPages({ namespace, signal })) {
      for (const { metadata } of items) {
        const preconditions = { uid: metadata?.uid ?? "" };
        const options = { namespace, propagationPolicy, preconditions, signal } as const;
        try {
          await objects.delete(metadata?.name ?? "", options);
        } catch (error) {
          if (!hasReason(error, "NotFound", "Conflict")) throw error;
        }
      }
    }
  }

  #notePodsGrace(metadata: KubernetesObject["metadata"], remains: Remains): void {
    const grace = metadata?.deletionGracePeriodSeconds ?? 0;
    // One that is not marked yet, or should have ended, is looked at again soon anyway.
    const end = deadlineAfter(metadata?.deletionTimestamp, 0, this.now());
    if (end.state !== "ahead") return;
    const seconds = Math.min(grace, end.waitMilliseconds / 1000);
    remains.waitSeconds = Math.max(remains.waitSeconds, seconds);
  }

  #conditions(
    namespace: Namespace,
    remains: Remains,
    failures: ReadonlyMap<string, string>,
  ): NamespaceCondition[] {
    const lastTransitionTime = formatTime(this.now());
    let conditions = namespace.status?.conditions ?? [];
    const set = (type: string, bad: readonly [string, string] | undefined, good: string[]) => {
      const [reason, message] = bad ?? (good as [string, string]);
      const status = bad === undefined ? "False" : "True";
      conditions = withCondition(conditions, { type, status, reason, message, lastTransitionTime });
    };
    const failed = [...failures].map(([version, why]) => `${version}: ${why}`);
    set(
      "NamespaceDeletionDiscoveryFailure",
      failed.length === 0
        ? undefined
        : [
            "DiscoveryFailed",
            `Discovery failed for some groups, ${failed.length} failing: ${failed.join(", ")}`,
          ],
      ["ResourcesDiscovered", "All resources successfully discovered"],
    );
    set("NamespaceDeletionGroupVersionParsingFailure", undefined, [
      "ParsedGroupVersions",
      "All legacy kube types successfully parsed",
    ]);
    set(
      "NamespaceDeletionContentFailure",
      remains.errors.length === 0
        ? undefined
        : [
            "ContentDeletionFailed",
            `Failed to delete all resource types, ${remains.errors.length} remaining: ` +
              remains.errors.join(", "),
          ],
      ["ContentDeleted", "All content successfully deleted, may be waiting on finalization"],
    );
    set(
      "NamespaceContentRemaining",
      remains.counts.size === 0
        ? undefined
        : [
            "SomeResourcesRemain",
            `Some resources are remaining: ${instances(remains.counts, "has")}`,
          ],
      ["ContentRemoved", "All content successfully removed"],
    );
    set(
      "NamespaceFinalizersRemaining",
      remains.finalizers.size === 0
        ? undefined
        : [
            "SomeFinalizersRemain",
            "Some content in the namespace has finalizers remaining: " +
              instances(remains.finalizers, "in"),
          ],
      ["ContentHasNoFinalizers", "All content-preserving finalizers finished"],
    );
    return conditions;
  }

  async #letGo(namespace: Namespace, signal: AbortSignal): Promise<void> {
    const finalizers = (namespace.spec?.finalizers ?? []).filter((name) => name !== finalizer);
    try {
      await this.#namespacesClient.finalize(
        { ...namespace, spec: { ...namespace.spec, finalizers } },
        { signal },
      );
    } catch (error) {
      if (!hasReason(error, "NotFound")) throw error;
    }
  }
}

function isPods({ group, resource }: DiscoveredResource): boolean {
  return group === "" && resource === "pods";
}

function isToBeEmptied(namespace: Namespace): boolean {
  return (
    namespace.metadata.deletionTimestamp !== undefined &&
    (namespace.spec?.finalizers ?? []).includes(finalizer)
  );
}

function instances(counts: ReadonlyMap<string, number>, verb: string): string {
  return [...counts]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, count]) => `${name} ${verb} ${count} resource instances`)
    .join(", ");
}
