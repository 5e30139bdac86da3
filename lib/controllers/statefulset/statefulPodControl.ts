import { appsV1, coreV1 } from "../../api/gen/resources.js";
import type { ControllerRevision, StatefulSet } from "../../api/gen/types/appsV1.js";
import type { PersistentVolumeClaim, Pod } from "../../api/gen/types/coreV1.js";
import { hasReason, isNamespaceTerminating } from "../../api/status.js";
import type { Client } from "../../client/client.js";
import { type EventRecorder, objectReference } from "../../client/events/eventRecorder.js";
import type { Indexer } from "../../client/informer/indexer.js";
import { newControllerReference } from "../../client/ownership/controllerReference.js";
import { claimKeeper, claimOwners, isClaimLeaving } from "./claimOwners.js";
import { claimsOf, identityPatch, podName, statefulPod } from "./statefulPod.js";

/** Writes a StatefulSet's pods and claims, and says so in events on the set. */
export class StatefulPodControl {
  readonly #client: Client;
  readonly #recorder: EventRecorder;
  readonly #claims: Indexer<PersistentVolumeClaim>;

  constructor(client: Client, recorder: EventRecorder, claims: Indexer<PersistentVolumeClaim>) {
    this.#client = client;
    this.#recorder = recorder;
    this.#claims = claims;
  }

  /**
   * The claims first, then the pod. One of the name that is there already fails without an Event:
   * it is somebody else's, or the cache is behind.
   */
  async create(
    set: StatefulSet,
    ordinal: number,
    revision: ControllerRevision,
    signal: AbortSignal,
  ): Promise<void> {
    const name = podName(set, ordinal);
    try {
      await this.createClaims(set, ordinal, signal);
      const pods = this.#client.resource(coreV1.pods);
      await pods.create(statefulPod(set, ordinal, revision), { signal });
    } catch (error) {
      if (!hasReason(error, "AlreadyExists")) {
        this.#podFailed("create", set, name, error, signal);
      }
      throw error;
    }
    this.#podDone("create", set, name);
  }

  async delete(set: StatefulSet, pod: Pod, signal: AbortSignal): Promise<void> {
    const { name = "", namespace = "", uid = "" } = pod.metadata;
    try {
      const pods = this.#client.resource(coreV1.pods);
      await pods.delete(name, { namespace, preconditions: { uid }, signal });
    } catch (error) {
      // Gone, or another pod by now: the cache is behind.
      if (hasReason(error, "NotFound", "Conflict")) return;
      this.#podFailed("delete", set, name, error, signal);
      throw error;
    }
    this.#podDone("delete", set, name);
  }

  /** Gives an adopted pod what makes it this ordinal's. */
  async identify(set: StatefulSet, ordinal: number, pod: Pod, signal: AbortSignal): Promise<void> {
    const body = identityPatch(set, ordinal, pod);
    if (body === undefined) return;
    const { name = "", namespace = "" } = pod.metadata;
    try {
      await this.createClaims(set, ordinal, signal);
      const pods = this.#client.resource(coreV1.pods);
      await pods.patch(name, { type: "strategic", body }, { namespace, signal });
    } catch (error) {
      if (hasReason(error, "NotFound")) return;
      this.#podFailed("update", set, name, error, signal);
      throw error;
    }
    this.#podDone("update", set, name);
  }

  /** Makes what is missing, each with the owner that the retention policy gives it. */
  async createClaims(set: StatefulSet, ordinal: number, signal: AbortSignal): Promise<void> {
    for (const wanted of claimsOf(set, ordinal)) {
      const { name = "", namespace = "" } = wanted.metadata;
      const existing = this.#claims.getByName(namespace, name);
      if (existing?.metadata.deletionTimestamp !== undefined) {
        throw new Error(`pvc ${name} is being deleted`);
      }
      if (existing === undefined) await this.#createClaim(set, ordinal, wanted, signal);
    }
  }

  async #createClaim(
    set: StatefulSet,
    ordinal: number,
    wanted: PersistentVolumeClaim,
    signal: AbortSignal,
  ): Promise<void> {
    const { name = "" } = wanted.metadata;
    if (claimKeeper(set, false) === "set") {
      wanted.metadata.ownerReferences = [newControllerReference(set, appsV1.statefulsets)];
    }
    const pod = podName(set, ordinal);
    const where = `${pod} in StatefulSet ${set.metadata.name}`;
    try {
      await this.#client.resource(coreV1.persistentvolumeclaims).create(wanted, { signal });
    } catch (error) {
      if (hasReason(error, "AlreadyExists")) return;
      const why = messageOf(error);
      if (isWorthTelling(error, signal)) {
        const message = `create Claim ${name} for Pod ${where} failed error: ${why}`;
        this.#event(set, "FailedCreate", message);
      }
      throw new Error(`failed to create PVC ${name}: ${why}`, { cause: error });
    }
    this.#event(set, "SuccessfulCreate", `create Claim ${name} Pod ${where} success`);
  }

  /** Brings the owners of a pod's claims in line with the set's retention policy. */
  async alignClaims(
    set: StatefulSet,
    ordinal: number,
    pod: Pod,
    isCondemned: boolean,
    signal: AbortSignal,
  ): Promise<void> {
    for (const { metadata } of claimsOf(set, ordinal)) {
      const { name = "", namespace = "" } = metadata;
      let claim = this.#claims.getByName(namespace, name);
      if (claim === undefined && claimKeeper(set, isCondemned) === "pod") {
        claim = await this.#readClaim(namespace, name, signal);
      }
      if (claim === undefined || claim.metadata.deletionTimestamp !== undefined) continue;
      const ownerReferences = claimOwners(claim, set, pod, isCondemned);
      if (ownerReferences === undefined) continue;
      const next = { ...claim, metadata: { ...claim.metadata, ownerReferences } };
      try {
        await this.#client.resource(coreV1.persistentvolumeclaims).update(next, { signal });
      } catch (error) {
        if (hasReason(error, "NotFound")) continue;
        const why = `could not update claim ${name} for delete policy ownerRefs`;
        throw new Error(`${why}: ${messageOf(error)}`, { cause: error });
      }
    }
  }

  /** For a pod that goes now: there is no next time at which the cache could have its claim. */
  async #readClaim(
    namespace: string,
    name: string,
    signal: AbortSignal,
  ): Promise<PersistentVolumeClaim | undefined> {
    try {
      const claims = this.#client.resource(coreV1.persistentvolumeclaims);
      return await claims.get(name, { namespace, signal });
    } catch (error) {
      if (hasReason(error, "NotFound")) return undefined;
      throw error;
    }
  }

  /** Whether a claim of this ordinal is about to go with the pod that was scaled away. */
  mustWaitForClaims(set: StatefulSet, ordinal: number): boolean {
    return claimsOf(set, ordinal).some(({ metadata }) => {
      const claim = this.#claims.getByName(metadata.namespace ?? "", metadata.name ?? "");
      return claim !== undefined && isClaimLeaving(claim, set, podName(set, ordinal));
    });
  }

  #podDone(verb: Verb, set: StatefulSet, pod: string): void {
    const message = `${verb} Pod ${pod} in StatefulSet ${set.metadata.name} successful`;
    this.#event(set, `Successful${titles[verb]}`, message);
  }

  #podFailed(verb: Verb, set: StatefulSet, pod: string, error: unknown, signal: AbortSignal): void {
    if (!isWorthTelling(error, signal)) return;
    const where = `${pod} in StatefulSet ${set.metadata.name}`;
    this.#event(
      set,
      `Failed${titles[verb]}`,
      `${verb} Pod ${where} failed error: ${messageOf(error)}`,
    );
  }

  #event(set: StatefulSet, reason: string, message: string): void {
    const type = reason.startsWith("Failed") ? "Warning" : "Normal";
    this.#recorder.event(objectReference(appsV1.statefulsets, set), type, reason, message);
  }
}

type Verb = keyof typeof titles;

const titles = { create: "Create", update: "Update", delete: "Delete" } as const;

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** In a namespace that is being deleted every try would tell the same. */
function isWorthTelling(error: unknown, signal: AbortSignal): boolean {
  const cause = error instanceof Error ? (error.cause ?? error) : error;
  return !signal.aborted && !isNamespaceTerminating(cause);
}
