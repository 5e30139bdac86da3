import { coreV1 } from "../../api/gen/resources.js";
import type { Namespace, NamespaceCondition } from "../../api/gen/types/coreV1.js";
import { hasReason } from "../../api/status.js";
import { formatTime } from "../../api/time.js";
import type { Indexer } from "../../client/informer/indexer.js";
import { parseTimestamp } from "../../client/timestamps.js";
import { withCondition } from "../conditions.js";
import type { ControllerContext } from "../controllerContext.js";
import { type DiscoveredResource, discoverResources } from "../discoverResources.js";
import { equalJson } from "../equalJson.js";
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
    const namespace = await this.#markTerminating(cached, signal);
    if (namespace === undefined) return;
    const discovery = await discoverResources(this.context.client, signal);
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
    const objects = this.context.client.dynamic(resource);
    const before = await objects.list({ namespace, limit: 1, signal });
    if (before.items.length === 0) return;
    const propagationPolicy = "Background";
    if (resource.verbs.includes("deletecollection")) {
      await objects.deleteCollection({ namespace, propagationPolicy, signal });
    } else {
      const { items } = await objects.list({ namespace, signal });
      for (const item of items) {
        await objects.delete(item.metadata?.name ?? "", { namespace, propagationPolicy, signal });
      }
    }
    const { items } = await objects.list({ namespace, signal });
    if (items.length === 0) return;
    remains.counts.set(`${resource.resource}.${resource.group}`, items.length);
    for (const item of items) {
      for (const name of item.metadata?.finalizers ?? []) {
        remains.finalizers.set(name, (remains.finalizers.get(name) ?? 0) + 1);
      }
    }
    if (!isPods(resource)) return;
    for (const { metadata } of items) {
      const grace = metadata?.deletionGracePeriodSeconds ?? 0;
      const until = parseTimestamp(metadata?.deletionTimestamp) ?? this.now();
      const seconds = Math.min(grace, Math.max(0, (until - this.now()) / 1000));
      remains.waitSeconds = Math.max(remains.waitSeconds, seconds);
    }
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
