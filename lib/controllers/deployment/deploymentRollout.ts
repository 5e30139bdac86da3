import { equalJson } from "../../api/equality.js";
import { appsV1 } from "../../api/gen/resources.js";
import type { Deployment, DeploymentStatus, ReplicaSet } from "../../api/gen/types/appsV1.js";
import type { PodTemplateSpec } from "../../api/gen/types/coreV1.js";
import { parseInt64 } from "../../api/int64.js";
import { hasReason, isNamespaceTerminating } from "../../api/status.js";
import { objectReference } from "../../client/events/eventRecorder.js";
import {
  isControlledBy,
  newControllerReference,
} from "../../client/ownership/controllerReference.js";
import { findCondition } from "../conditions.js";
import type { ControllerContext } from "../controllerContext.js";
import type { PodIndex } from "../ownership/podIndex.js";

import { isPodFinished } from "../pod/podState.js";
import { templateHash } from "../pod/templateHash.js";
import type { WrittenVersions } from "../writtenVersions.js";
import {
  nextRevision,
  replicaSetAnnotations,
  replicasAnnotations,
  revisionAnnotation,
  revisionOf,
  rollbackToAnnotation,
} from "./deploymentAnnotations.js";
import {
  calculateStatus,
  isComplete,
  isTimedOut,
  newCondition,
  rolloutConditions,
  setCondition,
} from "./deploymentStatus.js";
import { proportionalScale } from "./proportionalScale.js";
import {
  activeOrLatest,
  activeSets,
  byCreation,
  byRevision,
  desiredReplicas,
  equalTemplates,
  findNewSet,
  hashLabel,
  hasProgressDeadline,
  isRollingUpdate,
  isSaturated,
  maxUnavailable,
  newSetReplicas,
  rollingLimits,
  sumReplicas,
  sumStatus,
  unlimited,
} from "./rollout.js";

/** One sync's step of one Deployment. */
export class DeploymentRollout {
  /** As last written by this step. */
  deployment: Deployment;
  #newSet: ReplicaSet | undefined;
  #oldSets: ReplicaSet[];

  constructor(
    readonly context: ControllerContext,
    deployment: Deployment,
    sets: readonly ReplicaSet[],
    readonly pods: PodIndex,
    readonly written: WrittenVersions,
    readonly signal: AbortSignal,
  ) {
    this.deployment = deployment;
    this.#newSet = findNewSet(deployment, sets);
    this.#oldSets = sets.filter((set) => set.metadata.uid !== this.#newSet?.metadata.uid);
  }

  get #sets(): ReplicaSet[] {
    return this.#newSet === undefined ? this.#oldSets : [...this.#oldSets, this.#newSet];
  }

  get #now(): number {
    return this.context.platform.clock.now();
  }

  async rollingUpdate(): Promise<void> {
    await this.#prepareNewSet(true);
    if (await this.#growNewSet()) return this.#writeRolloutStatus();
    if (await this.#shrinkOldSets()) return this.#writeRolloutStatus();
    if (isComplete(this.deployment, this.deployment.status ?? {})) await this.#cleanUp();
    return this.#writeRolloutStatus();
  }

  async recreate(): Promise<void> {
    await this.#prepareNewSet(false);
    let shrunk = false;
    for (const set of activeSets(this.#oldSets)) shrunk = (await this.#scale(set, 0)) || shrunk;
    if (shrunk || this.#oldPodsRun()) return this.#writeRolloutStatus();
    if (this.#newSet === undefined) await this.#prepareNewSet(true);
    if (this.#newSet !== undefined) {
      await this.#scale(this.#newSet, desiredReplicas(this.deployment));
    }
    if (isComplete(this.deployment, this.deployment.status ?? {})) await this.#cleanUp();
    return this.#writeRolloutStatus();
  }

  /** What a paused Deployment and a change of its size get: no new revision. */
  async scaleOnly(): Promise<void> {
    await this.#prepareNewSet(false);
    await this.#scaleSets();
    if (this.deployment.spec.paused === true) await this.#cleanUp();
    await this.writeCounts();
  }

  /** Old clients ask for it by an annotation. True where that was all that this step did. */
  async rollBack(): Promise<boolean> {
    const asked = this.deployment.metadata.annotations?.[rollbackToAnnotation];
    const askedRevision = parseInt64(asked);
    if (askedRevision === undefined) return false;
    await this.#prepareNewSet(true);
    const sorted = byRevision(this.#sets);
    const wanted = askedRevision === 0n ? revisionOf(sorted.at(-2) ?? sorted[0]!) : askedRevision;
    const target = this.#sets.find((set) => revisionOf(set) === wanted);
    const { [rollbackToAnnotation]: _, ...annotations } =
      this.deployment.metadata.annotations ?? {};
    const about = objectReference(appsV1.deployments, this.deployment);
    let template = this.deployment.spec.template;
    if (target === undefined || wanted === 0n) {
      const message = "Unable to find the revision to rollback to.";
      this.context.recorder.event(about, "Warning", "RollbackRevisionNotFound", message);
    } else if (equalTemplates(template, target.spec.template)) {
      const message =
        "The rollback revision contains the same template as current " +
        `deployment "${this.deployment.metadata.name}"`;
      this.context.recorder.event(about, "Warning", "RollbackTemplateUnchanged", message);
    } else {
      template = withoutHashLabel(target.spec.template ?? {});
      const name = this.deployment.metadata.name;
      const message = `Rolled back deployment "${name}" to revision ${wanted}`;
      this.context.recorder.event(about, "Normal", "DeploymentRollback", message);
    }
    const deployments = this.context.client.resource(appsV1.deployments);
    this.deployment = await deployments.update(
      {
        ...this.deployment,
        metadata: { ...this.deployment.metadata, annotations },
        spec: { ...this.deployment.spec, template },
      },
      { signal: this.signal },
    );
    return true;
  }

  /** Brings the newest set's annotations up to date, and makes the set where there is none. */
  async #prepareNewSet(create: boolean): Promise<void> {
    const revision = nextRevision(this.#oldSets);
    const existing = this.#newSet;
    if (existing !== undefined) {
      await this.#adoptNewSet(existing, revision);
      return;
    }
    if (create) await this.#createNewSet(revision);
  }

  async #adoptNewSet(existing: ReplicaSet, revision: bigint): Promise<void> {
    const { deployment } = this;
    const { annotations: current } = existing.metadata;
    const annotations = replicaSetAnnotations(deployment, current, revision);
    const minReadySeconds = deployment.spec.minReadySeconds ?? 0;
    let set = existing;
    const changed = !equalJson(annotations, current ?? {});
    if (changed || (existing.spec.minReadySeconds ?? 0) !== minReadySeconds) {
      set = await this.#updateSet({
        ...existing,
        metadata: { ...existing.metadata, annotations },
        spec: { ...existing.spec, minReadySeconds },
      });
    }
    this.#newSet = set;
    const status = { ...deployment.status };
    const needsCondition =
      hasProgressDeadline(deployment) &&
      findCondition(status.conditions, "Progressing") === undefined;
    if (needsCondition) {
      const message = `Found new replica set "${set.metadata.name}"`;
      this.#setProgressing(status, "FoundNewReplicaSet", message);
    }
    const setRevision = set.metadata.annotations?.[revisionAnnotation] ?? "";
    await this.#writeRevision(setRevision, status, needsCondition);
  }

  async #createNewSet(revision: bigint): Promise<void> {
    const { deployment } = this;
    const hash = templateHash(deployment.spec.template, deployment.status?.collisionCount);
    const draft = this.#newSetDraft(hash, revision);
    const sets = this.context.client.resource(appsV1.replicasets);
    const name = draft.metadata.name ?? "";
    let created: ReplicaSet;
    let alreadyThere = false;
    try {
      created = await sets.create(draft, { signal: this.signal });
    } catch (error) {
      if (!hasReason(error, "AlreadyExists")) {
        await this.#createFailed(name, error);
        throw error;
      }
      const namespace = draft.metadata.namespace ?? "";
      created = await sets.get(name, { namespace, signal: this.signal });
      const ours =
        isControlledBy(created, deployment) &&
        equalTemplates(created.spec.template, deployment.spec.template);
      if (!ours) {
        // Another template has this hash: count it, so that the next one differs.
        const collisionCount = (deployment.status?.collisionCount ?? 0) + 1;
        await this.#putStatus({ ...deployment.status, collisionCount });
        throw error;
      }
      alreadyThere = true;
    }
    this.#newSet = created;
    const replicas = desiredReplicas(created);
    if (!alreadyThere && replicas > 0) {
      this.#event(`Scaled up replica set ${name} from 0 to ${replicas}`);
    }
    const status = { ...deployment.status };
    const tells = !alreadyThere && hasProgressDeadline(deployment);
    if (tells) {
      this.#setProgressing(status, "NewReplicaSetCreated", `Created new replica set "${name}"`);
    }
    await this.#writeRevision(String(revision), status, tells);
  }

  #newSetDraft(hash: string, revision: bigint): ReplicaSet {
    const { metadata, spec } = this.deployment;
    const { template } = spec;
    const labels = { ...template.metadata?.labels, [hashLabel]: hash };
    const draft: ReplicaSet = {
      metadata: {
        name: `${metadata.name}-${hash}`,
        namespace: metadata.namespace ?? "",
        labels,
        ownerReferences: [newControllerReference(this.deployment, appsV1.deployments)],
      },
      spec: {
        replicas: 0,
        minReadySeconds: spec.minReadySeconds ?? 0,
        selector: {
          ...spec.selector,
          matchLabels: { ...spec.selector.matchLabels, [hashLabel]: hash },
        },
        template: { ...template, metadata: { ...template.metadata, labels } },
      },
    };
    const replicas = newSetReplicas(this.deployment, [...this.#oldSets, draft], draft);
    const annotations = {
      ...replicaSetAnnotations(this.deployment, undefined, revision),
      ...this.#replicasAnnotations(),
    };
    return {
      ...draft,
      metadata: { ...draft.metadata, annotations },
      spec: { ...draft.spec, replicas },
    };
  }

  #replicasAnnotations(): Record<string, string> {
    const desired = desiredReplicas(this.deployment);
    return replicasAnnotations(desired, desired + rollingLimits(this.deployment).maxSurge);
  }

  async #createFailed(name: string, error: unknown): Promise<void> {
    if (isNamespaceTerminating(error) || this.signal.aborted) return;
    const why = error instanceof Error ? error.message : String(error);
    const message = `Failed to create new replica set "${name}": ${why}`;
    const about = objectReference(appsV1.deployments, this.deployment);
    this.context.recorder.event(about, "Warning", "ReplicaSetCreateError", message);
    if (!hasProgressDeadline(this.deployment)) return;
    const status = { ...this.deployment.status };
    // A rollout that timed out stays so, however often it is tried again.
    if (isTimedOut(this.deployment, status, this.#now)) return;
    const reason = "ReplicaSetCreateError";
    setCondition(status, newCondition("Progressing", "False", reason, message, this.#now));
    await this.#putStatus(status);
  }

  #setProgressing(status: DeploymentStatus, reason: string, message: string): void {
    setCondition(status, newCondition("Progressing", "True", reason, message, this.#now));
  }

  async #growNewSet(): Promise<boolean> {
    const newSet = this.#newSet;
    if (newSet === undefined) return false;
    const desired = desiredReplicas(this.deployment);
    if (desiredReplicas(newSet) === desired) return false;
    if (desiredReplicas(newSet) > desired) return this.#scale(newSet, desired);
    return this.#scale(newSet, newSetReplicas(this.deployment, this.#sets, newSet));
  }

  /**
   * Takes pods from old sets as far as enough stay available; those that are not available go
   * first.
   */
  async #shrinkOldSets(): Promise<boolean> {
    const old = byCreation(this.#oldSets);
    if (sumReplicas(old) === 0) return false;
    const minAvailable = desiredReplicas(this.deployment) - maxUnavailable(this.deployment);
    const newUnavailable =
      sumReplicas([this.#newSet]) - sumStatus([this.#newSet], "availableReplicas");
    const room = sumReplicas(this.#sets) - minAvailable - newUnavailable;
    if (room <= 0) return false;
    const wanted = new Map(old.map((set) => [set, desiredReplicas(set)]));
    let unhealthy = 0;
    for (const set of old) {
      const replicas = desiredReplicas(set);
      const count = Math.min(room - unhealthy, replicas - sumStatus([set], "availableReplicas"));
      if (count <= 0) continue;
      unhealthy += count;
      wanted.set(set, replicas - count);
    }
    // A set that has just been shrunk still tells of what it had: no more may go than there is
    // room for by what the sets are to have. Upstream goes by what they tell alone.
    const told = sumStatus(this.#sets, "availableReplicas") - minAvailable;
    let spare = Math.min(told, room - unhealthy);
    for (const set of old) {
      if (spare <= 0) break;
      const count = Math.min(spare, wanted.get(set) ?? 0);
      spare -= count;
      wanted.set(set, (wanted.get(set) ?? 0) - count);
    }
    let shrunk = false;
    for (const [set, replicas] of wanted) shrunk = (await this.#scale(set, replicas)) || shrunk;
    return shrunk;
  }

  /** Pods of old revisions that have not ended: Recreate waits for them. */
  #oldPodsRun(): boolean {
    return this.#oldSets.some(
      (set) =>
        sumStatus([set], "replicas") > 0 ||
        this.pods.controlledBy(set).some((pod) => !isPodFinished(pod)),
    );
  }

  async #scaleSets(): Promise<void> {
    const only = activeOrLatest(this.#newSet, this.#oldSets);
    if (only !== undefined) {
      await this.#scale(only, desiredReplicas(this.deployment));
      return;
    }
    if (isSaturated(this.deployment, this.#newSet)) {
      for (const set of activeSets(this.#oldSets)) await this.#scale(set, 0);
      return;
    }
    if (!isRollingUpdate(this.deployment)) return;
    for (const [set, replicas] of proportionalScale(this.deployment, this.#sets)) {
      await this.#scale(set, replicas);
    }
  }

  /** True where the size changed. A set whose annotations are old gets them anyway. */
  async #scale(set: ReplicaSet, replicas: number): Promise<boolean> {
    const old = desiredReplicas(set);
    const annotations = { ...set.metadata.annotations, ...this.#replicasAnnotations() };
    if (old === replicas && equalJson(annotations, set.metadata.annotations)) return false;
    await this.#updateSet({
      ...set,
      metadata: { ...set.metadata, annotations },
      spec: { ...set.spec, replicas },
    });
    if (old === replicas) return false;
    const direction = replicas > old ? "up" : "down";
    const { name } = set.metadata;
    this.#event(`Scaled ${direction} replica set ${name} from ${old} to ${replicas}`);
    return true;
  }

  async #updateSet(set: ReplicaSet): Promise<ReplicaSet> {
    const sets = this.context.client.resource(appsV1.replicasets);
    const updated = await sets.update(set, { signal: this.signal });
    this.written.note(updated);
    if (this.#newSet?.metadata.uid === updated.metadata.uid) this.#newSet = updated;
    else {
      this.#oldSets = this.#oldSets.map((old) =>
        old.metadata.uid === updated.metadata.uid ? updated : old,
      );
    }
    return updated;
  }

  /** Removes the oldest empty sets beyond the history that is to be kept. */
  async #cleanUp(): Promise<void> {
    const limit = this.deployment.spec.revisionHistoryLimit;
    if (limit === undefined || limit === unlimited) return;
    const living = this.#oldSets.filter((set) => set.metadata.deletionTimestamp === undefined);
    const sets = this.context.client.resource(appsV1.replicasets);
    for (const set of byRevision(living).slice(0, Math.max(0, living.length - limit))) {
      const inUse =
        sumStatus([set], "replicas") !== 0 ||
        desiredReplicas(set) !== 0 ||
        (set.metadata.generation ?? 0) > (set.status?.observedGeneration ?? 0);
      if (inUse) continue;
      const { name = "", namespace = "", uid = "", resourceVersion = "" } = set.metadata;
      // Only as it was judged: somebody may have given it pods again.
      const preconditions = { uid, resourceVersion };
      try {
        await sets.delete(name, { namespace, preconditions, signal: this.signal });
      } catch (error) {
        if (!hasReason(error, "NotFound", "Conflict")) throw error;
      }
    }
  }

  /** Of what is there now, whatever this step could do of what it should. */
  writeStatus(): Promise<void> {
    return this.deployment.spec.paused === true ? this.writeCounts() : this.#writeRolloutStatus();
  }

  /** Without what a rollout's progress is: of one that is paused or being deleted. */
  async writeCounts(): Promise<void> {
    await this.#writeStatus(calculateStatus(this.deployment, this.#sets, this.#newSet, this.#now));
  }

  async #writeRolloutStatus(): Promise<void> {
    const status = calculateStatus(this.deployment, this.#sets, this.#newSet, this.#now);
    rolloutConditions(this.deployment, this.#sets, this.#newSet, status, this.#now);
    await this.#writeStatus(status);
  }

  async #writeStatus(status: DeploymentStatus): Promise<void> {
    if (equalJson(nonZero(status), nonZero(this.deployment.status ?? {}))) return;
    await this.#putStatus(status);
  }

  /** The revision is an annotation, which the status subresource of Deployments takes too. */
  async #writeRevision(
    revision: string,
    status: DeploymentStatus,
    statusChanged: boolean,
  ): Promise<void> {
    const { annotations } = this.deployment.metadata;
    const hasRevision = annotations?.[revisionAnnotation] === revision;
    if (hasRevision && !statusChanged) return;
    const metadata = {
      ...this.deployment.metadata,
      annotations: { ...annotations, [revisionAnnotation]: revision },
    };
    await this.#putStatus(status, { ...this.deployment, metadata });
  }

  async #putStatus(status: DeploymentStatus, on: Deployment = this.deployment): Promise<void> {
    const deployments = this.context.client.resource(appsV1.deployments);
    this.deployment = await deployments.updateStatus({ ...on, status }, { signal: this.signal });
    this.written.note(this.deployment);
  }

  #event(message: string): void {
    const about = objectReference(appsV1.deployments, this.deployment);
    this.context.recorder.event(about, "Normal", "ScalingReplicaSet", message);
  }
}

function withoutHashLabel(template: PodTemplateSpec): PodTemplateSpec {
  const { [hashLabel]: _, ...labels } = template.metadata?.labels ?? {};
  return { ...template, metadata: { ...template.metadata, labels } };
}

/** A zero that the server leaves out is the same. */
function nonZero(status: DeploymentStatus): object {
  return Object.fromEntries(Object.entries(status).filter(([, value]) => value !== 0));
}
