import { appsV1 } from "../../api/gen/resources.js";
import type { ControllerRevision } from "../../api/gen/types/appsV1.js";
import type { PodTemplateSpec } from "../../api/gen/types/coreV1.js";
import type { LabelSelector } from "../../api/gen/types/metaV1.js";
import { hasReason } from "../../api/status.js";
import type { Client } from "../../client/client.js";
import type { Indexer } from "../../client/informer/indexer.js";
import {
  controllerOf,
  newControllerReference,
} from "../../client/ownership/controllerReference.js";
import type { KubernetesObject } from "../../client/resourceClient.js";
import { equalJson } from "../equalJson.js";
import { templateHash } from "../pod/templateHash.js";

export interface RevisionedOwner {
  readonly object: KubernetesObject;
  readonly kind: { readonly group: string; readonly version: string; readonly kind: string };
  readonly selector: LabelSelector;
  readonly template: PodTemplateSpec;
  readonly collisionCount: number | undefined;
  /** Added to a revision's labels beside the selector's. */
  readonly hashLabel: string;
}

/** The history of an owner's pod template, as `kubectl rollout history` reads it. */
export class ControllerRevisions {
  readonly #client: Client;
  readonly #indexer: Indexer<ControllerRevision>;

  constructor(client: Client, indexer: Indexer<ControllerRevision>) {
    this.#client = client;
    this.#indexer = indexer;
    indexer.addIndex("controllerUid", (revision) => [controllerOf(revision)?.uid ?? ""]);
  }

  /** The oldest first. */
  of(owner: RevisionedOwner): ControllerRevision[] {
    return this.#indexer
      .byIndex("controllerUid", owner.object.metadata?.uid ?? "")
      .sort((a, b) => (a.revision ?? 0) - (b.revision ?? 0));
  }

  /** The revision of the template as it is, made or made the newest where need be. */
  async current(owner: RevisionedOwner, signal: AbortSignal): Promise<ControllerRevision> {
    const all = this.of(owner);
    const data = revisionData(owner.template);
    const highest = all.at(-1)?.revision ?? 0;
    const same = all.filter((revision) => equalJson(revision.data, data)).at(-1);
    const revisions = this.#client.resource(appsV1.controllerrevisions);
    if (same !== undefined) {
      if (same.revision === highest) return same;
      return revisions.update({ ...same, revision: highest + 1 }, { signal });
    }
    const draft = this.#draft(owner, data, highest + 1);
    try {
      return await revisions.create(draft, { signal });
    } catch (error) {
      if (!hasReason(error, "AlreadyExists")) throw error;
      const { name = "", namespace = "" } = draft.metadata;
      const existing = await revisions.get(name, { namespace, signal });
      if (equalJson(existing.data, data)) return existing;
      throw error;
    }
  }

  #draft(owner: RevisionedOwner, data: object, revision: number): ControllerRevision {
    const { name = "", namespace = "" } = owner.object.metadata ?? {};
    const hash = templateHash(owner.template, owner.collisionCount);
    return {
      metadata: {
        name: `${name}-${hash}`,
        namespace,
        labels: { ...owner.template.metadata?.labels, [owner.hashLabel]: hash },
        // `kubectl rollout history` reads the change's cause from here.
        annotations: { ...owner.object.metadata?.annotations },
        ownerReferences: [newControllerReference(owner.object, owner.kind)],
      },
      data: data as NonNullable<ControllerRevision["data"]>,
      revision,
    };
  }

  /** Removes the oldest that no pod uses, beyond the limit. */
  async truncate(
    owner: RevisionedOwner,
    limit: number,
    inUse: ReadonlySet<string>,
    signal: AbortSignal,
  ): Promise<void> {
    const unused = this.of(owner).filter((revision) => !inUse.has(hashOf(revision, owner)));
    const revisions = this.#client.resource(appsV1.controllerrevisions);
    for (const revision of unused.slice(0, Math.max(0, unused.length - limit))) {
      const { name = "", namespace = "" } = revision.metadata;
      try {
        await revisions.delete(name, { namespace, signal });
      } catch (error) {
        if (!hasReason(error, "NotFound")) throw error;
      }
    }
  }
}

export function hashOf(revision: ControllerRevision, owner: RevisionedOwner): string {
  return revision.metadata.labels?.[owner.hashLabel] ?? "";
}

/** A strategic merge patch that puts the template back. */
function revisionData(template: PodTemplateSpec): object {
  return { spec: { template: { ...template, $patch: "replace" } } };
}
