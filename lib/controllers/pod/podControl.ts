import { coreV1 } from "../../api/gen/resources.js";
import type { ObjectReference, Pod, PodTemplateSpec } from "../../api/gen/types/coreV1.js";
import type { OwnerReference } from "../../api/gen/types/metaV1.js";
import { hasReason, isNamespaceTerminating } from "../../api/status.js";
import type { Client } from "../../client/client.js";
import type { EventRecorder } from "../../client/events/eventRecorder.js";

/**
 * A pod as a template and its owner make it. The name's prefix is the owner's where it is short
 * enough.
 */
export function podFromTemplate(
  template: PodTemplateSpec,
  owner: { readonly name: string; readonly namespace: string },
  reference: OwnerReference,
): Pod {
  const { metadata = {}, spec } = template;
  return {
    metadata: {
      generateName: `${owner.name}-`,
      namespace: owner.namespace,
      ...(metadata.labels === undefined ? {} : { labels: { ...metadata.labels } }),
      ...(metadata.annotations === undefined ? {} : { annotations: { ...metadata.annotations } }),
      ...(metadata.finalizers === undefined ? {} : { finalizers: [...metadata.finalizers] }),
      ownerReferences: [reference],
    },
    spec: structuredClone(spec ?? { containers: [] }),
  };
}

/** Creates and deletes pods for controllers, and says so in events on their owner. */
export class PodControl {
  constructor(
    readonly client: Client,
    readonly recorder: EventRecorder,
  ) {}

  async create(pod: Pod, owner: ObjectReference, signal: AbortSignal): Promise<Pod> {
    const pods = this.client.resource(coreV1.pods);
    try {
      const created = await pods.create(pod, { signal });
      const message = `Created pod: ${created.metadata.name}`;
      this.recorder.event(owner, "Normal", "SuccessfulCreate", message);
      return created;
    } catch (error) {
      if (!isNamespaceTerminating(error) && !signal.aborted) {
        const why = error instanceof Error ? error.message : String(error);
        this.recorder.event(owner, "Warning", "FailedCreate", `Error creating: ${why}`);
      }
      throw error;
    }
  }

  async delete(pod: Pod, owner: ObjectReference, signal: AbortSignal): Promise<void> {
    const name = pod.metadata.name ?? "";
    const namespace = pod.metadata.namespace ?? "";
    const uid = pod.metadata.uid;
    try {
      await this.client.resource(coreV1.pods).delete(name, {
        namespace,
        signal,
        ...(uid === undefined ? {} : { preconditions: { uid } }),
      });
      this.recorder.event(owner, "Normal", "SuccessfulDelete", `Deleted pod: ${name}`);
    } catch (error) {
      if (hasReason(error, "NotFound") || signal.aborted) throw error;
      const why = error instanceof Error ? error.message : String(error);
      this.recorder.event(owner, "Warning", "FailedDelete", `Error deleting: ${why}`);
      throw error;
    }
  }
}

/**
 * Runs calls in batches of 1, 2, 4, …: the first failure stops what has not begun, so that a
 * template that is refused costs one call and not all. Returns how many succeeded; the first
 * error comes with it.
 */
export async function slowStartBatch(
  count: number,
  call: (index: number) => Promise<unknown>,
): Promise<{ succeeded: number; error?: unknown }> {
  let succeeded = 0;
  let started = 0;
  for (let size = 1; started < count; size *= 2) {
    const batch = Math.min(size, count - started);
    const results = await Promise.allSettled(
      Array.from({ length: batch }, (_, index) => call(started + index)),
    );
    started += batch;
    succeeded += results.filter((result) => result.status === "fulfilled").length;
    const failed = results.find((result) => result.status === "rejected");
    if (failed !== undefined) return { succeeded, error: failed.reason as unknown };
  }
  return { succeeded };
}
