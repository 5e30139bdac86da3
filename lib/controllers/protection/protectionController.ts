import type { ResourceType } from "../../api/resourceType.js";
import { hasReason } from "../../api/status.js";
import type { Indexer } from "../../client/informer/indexer.js";
import type { KubernetesObject } from "../../client/resourceClient.js";
import type { ControllerContext } from "../controllerContext.js";
import { QueueController } from "../queueController.js";

/** Keeps an object from going while something uses it, by a finalizer of its own. */
export abstract class ProtectionController<T extends KubernetesObject> extends QueueController {
  protected readonly objects: Indexer<T>;

  constructor(
    name: string,
    context: ControllerContext,
    readonly type: ResourceType<T>,
    readonly finalizer: string,
  ) {
    super(name, context);
    const informer = this.informer(type);
    this.objects = informer.indexer;
    informer.addEventHandler({
      onAdd: this.enqueue,
      onUpdate: (_, object) => this.enqueue(object),
    });
  }

  /** By the caches, and where they say no by the server: a new user may not have come through. */
  protected abstract isUsed(object: T, signal: AbortSignal): Promise<boolean>;

  /** For kinds whose status says whether they are used. */
  protected tellUse(_object: T, _signal: AbortSignal): Promise<void> {
    return Promise.resolve();
  }

  protected override async sync(key: string, signal: AbortSignal): Promise<void> {
    const object = this.objects.get(key);
    if (object === undefined) return;
    await this.tellUse(object, signal);
    const finalizers = object.metadata?.finalizers ?? [];
    const isHeld = finalizers.includes(this.finalizer);
    const isGoing = object.metadata?.deletionTimestamp !== undefined;
    if (isGoing ? !isHeld || (await this.isUsed(object, signal)) : isHeld) return;
    const next = isGoing
      ? finalizers.filter((name) => name !== this.finalizer)
      : [...finalizers, this.finalizer];
    const metadata = { ...object.metadata, finalizers: next };
    try {
      await this.context.client.resource(this.type).update({ ...object, metadata }, { signal });
    } catch (error) {
      if (!hasReason(error, "NotFound")) throw error;
    }
  }
}
