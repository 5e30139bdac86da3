import { equalJson } from "../../api/equality.js";
import { appsV1 } from "../../api/gen/resources.js";
import type { ControllerRevision } from "../../api/gen/types/appsV1.js";
import type { PodTemplateSpec } from "../../api/gen/types/coreV1.js";
import type { LabelSelector } from "../../api/gen/types/metaV1.js";
import { hasReason } from "../../api/status.js";
import type { Client } from "../../client/client.js";
import type { Indexer } from "../../client/informer/indexer.js";
import { newControllerReference } from "../../client/ownership/controllerReference.js";
import type { KubernetesObject } from "../../client/resourceClient.js";
import { canonicalJson, templateHash } from "../pod/templateHash.js";
import { type ClaimOptions, claim } from "./claim.js";
import { ControllerIndex } from "./controllerIndex.js";

export interface RevisionedOwner {
  readonly object: KubernetesObject;
  readonly kind: { readonly group: string; readonly version: string; readonly kind: string };
  readonly selector: LabelSelector;
  readonly template: PodTemplateSpec;
  readonly collisionCount: number | undefined;
  /** Added to a revision's labels beside the selector's. */
  readonly hashLabel: string;
}

/** The revision of an owner's template, and how many names it had to pass over to get its own. */
export interface CurrentRevision {
  readonly revision: ControllerRevision;
  /** Why the template has none yet: then the revision is that of the last template which has. */
  readonly error?: unknown;
  /** For the owner's status: the next hash starts from it. */
  readonly collisionCount: number | undefined;
}

/** Names that are taken by other templates and passed over in one sync, at most. */
const maxCollisions = 10;

/** The history of an owner's pod template, as `kubectl rollout history` reads it. */
export class ControllerRevisions {
  readonly #client: Client;
  readonly #index: ControllerIndex<ControllerRevision>;

  constructor(client: Client, indexer: Indexer<ControllerRevision>) {
    this.#client = client;
    this.#index = new ControllerIndex(indexer);
  }

  /** Adopts what an earlier owner of the same selector left behind, so that its history goes on. */
  async adopt(
    options: Omit<ClaimOptions<ControllerRevision>, "objects">,
  ): Promise<ControllerRevision[]> {
    const orphans = this.#index.orphans(options.owner.metadata?.namespace ?? "");
    const objects = this.#client.resource(appsV1.controllerrevisions);
    // Another kind's with the same labels have another name.
    const prefix = `${options.owner.metadata?.name}-`;
    const mayAdopt = ({ metadata }: ControllerRevision): boolean => {
      return metadata.name?.startsWith(prefix) === true;
    };
    const all = { ...options, objects, mayAdopt };
    return claim(this.#index.controlledBy(options.owner), orphans, all);
  }

  /** The oldest first. */
  of(owner: RevisionedOwner): ControllerRevision[] {
    return this.#index
      .controlledBy(owner.object)
      .sort((a, b) => (a.revision ?? 0) - (b.revision ?? 0));
  }

  /**
   * As current(), but where the server refuses the template's revision, and there is an earlier
   * one, that. Nothing is known of the newest template's pods then.
   */
  async currentOrLast(owner: RevisionedOwner, signal: AbortSignal): Promise<CurrentRevision> {
    try {
      return await this.current(owner, signal);
    } catch (error) {
      const revision = this.of(owner).at(-1);
      if (revision === undefined || signal.aborted) throw error;
      return { revision, collisionCount: owner.collisionCount, error };
    }
  }

  /** The revision of the template as it is, made or made the newest where need be. */
  async current(owner: RevisionedOwner, signal: AbortSignal): Promise<CurrentRevision> {
    const all = this.of(owner);
    const data = revisionData(owner.template);
    const highest = all.at(-1)?.revision ?? 0;
    const same = all.filter((revision) => equalJson(revision.data, data)).at(-1);
    const { collisionCount } = owner;
    if (same === undefined) return this.#create(owner, data, highest + 1, signal);
    if (same.revision === highest) return { revision: same, collisionCount };
    const revisions = this.#client.resource(appsV1.controllerrevisions);
    const revision = await revisions.update({ ...same, revision: highest + 1 }, { signal });
    return { revision, collisionCount };
  }

  /** A name that another template's revision has is counted as a collision and passed over. */
  async #create(
    owner: RevisionedOwner,
    data: object,
    number: number,
    signal: AbortSignal,
  ): Promise<CurrentRevision> {
    const revisions = this.#client.resource(appsV1.controllerrevisions);
    let { collisionCount } = owner;
    for (let attempt = 1; ; attempt++) {
      const draft = this.#draft({ ...owner, collisionCount }, data, number);
      try {
        return { revision: await revisions.create(draft, { signal }), collisionCount };
      } catch (error) {
        if (!hasReason(error, "AlreadyExists")) throw error;
        const { name = "", namespace = "" } = draft.metadata;
        const existing = await revisions.get(name, { namespace, signal });
        if (equalJson(existing.data, data)) return { revision: existing, collisionCount };
        if (attempt === maxCollisions) throw error;
        collisionCount = (collisionCount ?? 0) + 1;
      }
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
    if (limit < 0) return;
    const unused = this.of(owner).filter((revision) => !inUse.has(hashOf(revision, owner)));
    const revisions = this.#client.resource(appsV1.controllerrevisions);
    for (const revision of unused.slice(0, Math.max(0, unused.length - limit))) {
      const { name = "", namespace = "", uid = "" } = revision.metadata;
      try {
        await revisions.delete(name, { namespace, preconditions: { uid }, signal });
      } catch (error) {
        if (!hasReason(error, "NotFound")) throw error;
      }
    }
  }
}

/** What tells a revision's pods; its name, as upstream has it, where somebody made it without. */
export function hashOf(revision: ControllerRevision, owner: RevisionedOwner): string {
  return revision.metadata.labels?.[owner.hashLabel] ?? revision.metadata.name ?? "";
}

/**
 * A strategic merge patch that puts the template back. Its keys are sorted, as in upstream's,
 * whose clients and controllers compare its bytes with those of the template.
 */
function revisionData(template: PodTemplateSpec): object {
  const data = { spec: { template: { ...template, $patch: "replace" } } };
  return JSON.parse(canonicalJson(data)) as object;
}
