import type { PlainPodFacts } from "../../api/codec.js";
import type { PodSpec, Toleration } from "../../api/gen/types/coreV1.js";

/** What plugins may add: lists go behind the pod's own, other fields in the place of its own. */
export type PodAdditions = Partial<
  Pick<
    PodSpec,
    | "containers"
    | "imagePullSecrets"
    | "preemptionPolicy"
    | "priority"
    | "priorityClassName"
    | "serviceAccount"
    | "serviceAccountName"
    | "tolerations"
    | "volumes"
  >
>;

/**
 * A pod that is being created and has nothing that a plugin would have to look at, but what is said
 * here: no node, runtime class, overhead or priority, and no token's volume. What plugins add is added natively, so that nobody needs its tree.
 */
export class PlainPod {
  /** As it was sent; empty where nobody said one. */
  readonly serviceAccountName: string;
  readonly automountServiceAccountToken?: boolean;
  /** As it was sent. */
  readonly priorityClassName: string;
  readonly hasPullSecrets: boolean;
  readonly #tolerations: string;
  readonly #additions: PodAdditions[] = [];
  #volumePrefix = "";
  #volume = "";

  constructor(facts: PlainPodFacts) {
    this.serviceAccountName = facts.serviceAccountName;
    const { automountServiceAccountToken } = facts;
    if (automountServiceAccountToken !== undefined) {
      this.automountServiceAccountToken = automountServiceAccountToken;
    }
    this.priorityClassName = facts.priorityClassName;
    this.hasPullSecrets = facts.hasPullSecrets;
    this.#tolerations = facts.tolerations;
  }

  /** As they were sent. */
  get tolerations(): readonly Toleration[] {
    return this.#tolerations === "[]" ? [] : (JSON.parse(this.#tolerations) as Toleration[]);
  }

  /**
   * Adding the same again changes nothing. Mounts of the first container go to each of the pod's
   * containers that has nothing at their path. Each field is added by one plugin at most. Who adds
   * the same again and again gives the same object: it is read once.
   */
  add(additions: PodAdditions): void {
    if (!this.#additions.includes(additions)) this.#additions.push(additions);
  }

  /**
   * The name of added volumes, and of what mounts them: others like it end in other letters, as
   * many.
   */
  nameVolumes(prefix: string, letters: string): void {
    this.#volumePrefix = prefix;
    this.#volume = `${prefix}${letters}`;
  }

  get volumePrefix(): string {
    return this.#volumePrefix;
  }

  get additions(): readonly PodAdditions[] {
    return this.#additions;
  }

  get volume(): string {
    return this.#volume;
  }
}

/** A pod of whose update nothing but metadata changes, and that nicely. */
export interface UnchangedPod {
  readonly tolerations: readonly Toleration[];
}
