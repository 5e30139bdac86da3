import { appsV1, coreV1 } from "../../api/gen/resources.js";
import type { Deployment, ReplicaSet } from "../../api/gen/types/appsV1.js";
import type { Pod } from "../../api/gen/types/coreV1.js";
import { Selector } from "../../api/labels.js";
import { hasReason } from "../../api/status.js";
import { objectReference } from "../../client/events/eventRecorder.js";
import type { Indexer } from "../../client/informer/indexer.js";
import { controllerOf } from "../../client/ownership/controllerReference.js";
import { findCondition } from "../conditions.js";
import type { ControllerContext } from "../controllerContext.js";
import { claim } from "../ownership/claim.js";
import { ControllerIndex } from "../ownership/controllerIndex.js";
import { PodIndex } from "../ownership/podIndex.js";
import { isPodFinished } from "../pod/podState.js";
import { QueueController } from "../queueController.js";
import { WrittenVersions } from "../writtenVersions.js";
import { desiredReplicasAnnotation } from "./deploymentAnnotations.js";
import { DeploymentRollout } from "./deploymentRollout.js";
import {
  hasEnded,
  isComplete,
  newCondition,
  progressDeadline,
  setCondition,
} from "./deploymentStatus.js";
import { activeSets, desiredReplicas, hasProgressDeadline, isRollingUpdate } from "./rollout.js";

/** Moves a Deployment's pods from one ReplicaSet to the next. */
export class DeploymentController extends QueueController {
  readonly #deployments: Indexer<Deployment>;
  readonly #sets: ControllerIndex<ReplicaSet>;
  readonly #pods: PodIndex;
  readonly #written = new WrittenVersions();

  constructor(context: ControllerContext) {
    // Never given up: what refuses it, a quota say, tells nobody when it no longer does.
    super("deployment-controller", context);
    const deployments = this.informer(appsV1.deployments);
    this.#deployments = deployments.indexer;
    this.enqueueAll(deployments);
    deployments.addEventHandler({ onDelete: (object) => this.#written.forget(object) });
    const sets = this.informer(appsV1.replicasets);
    this.#sets = new ControllerIndex(sets.indexer);
    sets.addEventHandler({
      onAdd: (set) => this.#setChanged(set),
      onUpdate: (old, set) => {
        if (controllerOf(old)?.uid !== controllerOf(set)?.uid) this.#enqueueOwner(old);
        this.#setChanged(set);
      },
      onDelete: (set) => {
        this.#written.forget(set);
        this.#enqueueOwner(set);
      },
    });
    const pods = this.informer(coreV1.pods);
    this.#pods = new PodIndex(pods.indexer);
    // Recreate waits for the last old pod.
    pods.addEventHandler({ onDelete: (pod) => this.#podDeleted(pod) });
  }

  #setChanged(set: ReplicaSet): void {
    if (controllerOf(set) !== undefined) {
      this.#enqueueOwner(set);
      return;
    }
    for (const deployment of this.#deployments.list(set.metadata.namespace)) {
      if (selectorOf(deployment).matches(set.metadata.labels)) this.enqueue(deployment);
    }
  }

  #enqueueOwner(set: ReplicaSet): void {
    const owner = this.#ownerOf(set);
    if (owner !== undefined) this.enqueue(owner);
  }

  #ownerOf(set: ReplicaSet): Deployment | undefined {
    const reference = controllerOf(set);
    if (reference?.kind !== "Deployment") return undefined;
    const owner = this.#deployments.getByName(set.metadata.namespace ?? "", reference.name);
    return owner?.metadata.uid === reference.uid ? owner : undefined;
  }

  #podDeleted(pod: Pod): void {
    const reference = controllerOf(pod);
    if (reference?.kind !== appsV1.replicasets.kind) return;
    const set = this.#sets.indexer.getByName(pod.metadata.namespace ?? "", reference.name);
    if (set?.metadata.uid !== reference.uid) return;
    if (this.#pods.controlledBy(set).some((left) => !isPodFinished(left))) return;
    const owner = this.#ownerOf(set);
    if (owner !== undefined && !isRollingUpdate(owner)) this.enqueue(owner);
  }

  protected override async sync(key: string, signal: AbortSignal): Promise<void> {
    const deployment = this.#deployments.get(key);
    if (deployment === undefined || this.#written.isBehind(deployment)) return;
    if (Selector.ofLabelSelector(deployment.spec.selector).isEverything) {
      await this.#refuseSelector(deployment, signal);
      return;
    }
    const unclaimed: unknown[] = [];
    const sets = await this.#claim(deployment, signal, (error) => unclaimed.push(error));
    if (sets.some((set) => this.#written.isBehind(set))) return;
    const rolloutOf = (current: Deployment): DeploymentRollout => {
      return new DeploymentRollout(this.context, current, sets, this.#pods, this.#written, signal);
    };
    if (deployment.metadata.deletionTimestamp !== undefined) {
      await rolloutOf(deployment).writeCounts();
      return;
    }
    const current = await this.#withPausedCondition(deployment, signal);
    const rollout = rolloutOf(current);
    try {
      // Without all of its sets it would count wrongly, and only tells what it has.
      if (unclaimed.length > 0) throw unclaimed[0];
      await this.#roll(rollout, current, sets);
    } catch (error) {
      if (hasReason(error, "NotFound")) return;
      // After a conflict the cache is behind; all else is what the world now is.
      if (!signal.aborted && !hasReason(error, "Conflict")) await this.#tryStatus(rollout);
      throw error;
    } finally {
      this.#recheckDeadline(key, rollout.deployment);
    }
  }

  /** What is refused must not keep people from seeing what is there, nor the deadline away. */
  async #tryStatus(rollout: DeploymentRollout): Promise<void> {
    try {
      await rollout.writeStatus();
    } catch (error) {
      const { name } = rollout.deployment.metadata;
      this.context.logger.verbose(2).info("Could not write a status", { name, error });
    }
  }

  async #roll(
    rollout: DeploymentRollout,
    deployment: Deployment,
    sets: readonly ReplicaSet[],
  ): Promise<void> {
    if (deployment.spec.paused === true) return rollout.scaleOnly();
    if (await rollout.rollBack()) return undefined;
    const desired = String(desiredReplicas(deployment));
    const wasScaled = activeSets(sets).some((set) => {
      const annotated = set.metadata.annotations?.[desiredReplicasAnnotation];
      return annotated !== undefined && annotated !== desired;
    });
    // Recreate gives its sets their sizes itself: of several with pods only one is to keep them.
    if (!isRollingUpdate(deployment)) return rollout.recreate();
    return wasScaled ? rollout.scaleOnly() : rollout.rollingUpdate();
  }

  #claim(
    deployment: Deployment,
    signal: AbortSignal,
    failed: (error: unknown) => void,
  ): Promise<ReplicaSet[]> {
    const { name = "", namespace = "" } = deployment.metadata;
    return claim(this.#sets.controlledBy(deployment), this.#sets.orphans(namespace), {
      owner: deployment,
      ownerKind: appsV1.deployments,
      selector: selectorOf(deployment),
      objects: this.context.client.resource(appsV1.replicasets),
      freshOwner: () => {
        const deployments = this.context.client.resource(appsV1.deployments);
        return deployments.get(name, { namespace, signal });
      },
      failed,
      signal,
    });
  }

  async #refuseSelector(deployment: Deployment, signal: AbortSignal): Promise<void> {
    const about = objectReference(appsV1.deployments, deployment);
    const message = "This deployment is selecting all pods. A non-empty selector is required.";
    this.context.recorder.event(about, "Warning", "SelectingAll", message);
    const generation = deployment.metadata.generation ?? 0;
    if ((deployment.status?.observedGeneration ?? 0) >= generation) return;
    const status = { ...deployment.status, observedGeneration: generation };
    await this.#writeStatus(deployment, status, signal);
  }

  /** Paused Deployments do not progress, so their deadline must not run. */
  async #withPausedCondition(deployment: Deployment, signal: AbortSignal): Promise<Deployment> {
    if (!hasProgressDeadline(deployment)) return deployment;
    const condition = findCondition(deployment.status?.conditions, "Progressing");
    // A rollout that timed out stays so.
    if (condition?.reason === "ProgressDeadlineExceeded") return deployment;
    const isMarked = condition?.reason === "DeploymentPaused";
    const paused = deployment.spec.paused === true;
    if (paused === isMarked) return deployment;
    const status = { ...deployment.status };
    const [reason, message] = paused
      ? ["DeploymentPaused", "Deployment is paused"]
      : ["DeploymentResumed", "Deployment is resumed"];
    setCondition(status, newCondition("Progressing", "Unknown", reason!, message!, this.now()));
    return this.#writeStatus(deployment, status, signal);
  }

  async #writeStatus(
    deployment: Deployment,
    status: NonNullable<Deployment["status"]>,
    signal: AbortSignal,
  ): Promise<Deployment> {
    const deployments = this.context.client.resource(appsV1.deployments);
    const updated = await deployments.updateStatus({ ...deployment, status }, { signal });
    this.#written.note(updated);
    return updated;
  }

  /** Nothing changes when a deadline passes: the key must come back by itself. */
  #recheckDeadline(key: string, deployment: Deployment): void {
    const condition = findCondition(deployment.status?.conditions, "Progressing");
    if (!hasProgressDeadline(deployment) || condition === undefined) return;
    // Neither a rollout that has ended, in whatever way, nor one that stands still on purpose.
    if (deployment.spec.paused === true || hasEnded(condition)) return;
    if (isComplete(deployment, deployment.status ?? {})) return;
    const deadline = progressDeadline(deployment, condition, this.now());
    // Without a time to count from the next write of the condition brings one.
    if (deadline.state === "unset") return;
    const wait = deadline.state === "ahead" ? deadline.waitMilliseconds : 0;
    this.queue.addAfter(key, wait + 1000);
  }
}

function selectorOf(deployment: Deployment): Selector {
  const selector = Selector.ofLabelSelector(deployment.spec.selector);
  return selector.isEverything ? Selector.nothing : selector;
}
