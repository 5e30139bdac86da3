import { coreV1, schedulingV1 } from "../../api/gen/resources.js";
import type { PriorityClass } from "../../api/gen/types/schedulingV1.js";
import { andThen, type MaybePromise } from "../../api/maybePromise.js";
import type { ServerCaches } from "../cache/serverCaches.js";
import { type Grounds, lasting, onPrefix } from "../grounds.js";
import type {
  AdmissionAttributes,
  AdmissionOperation,
  AdmissionPlugin,
} from "./admissionPlugin.js";
import { forbidden, isPods } from "./forbidden.js";
import type { PodAdditions } from "./plainPod.js";
import { objectOf, oldObjectOf } from "./typedObjects.js";

/** Turns a pod's priority class into the number that the scheduler and the kubelet use. */
export class Priority implements AdmissionPlugin {
  readonly name = "Priority";
  readonly #caches: ServerCaches;
  /** Most pods of a cluster are of one class. */
  #lastAdditions: PodAdditions = {};

  constructor(caches: ServerCaches) {
    this.#caches = caches;
  }

  handles(
    operation: AdmissionOperation,
    group: string,
    resource: string,
    subresource: string,
  ): boolean {
    if (operation !== "CREATE" && operation !== "UPDATE") return false;
    if (subresource !== "") return false;
    return isPods(group, resource) || isClasses(group, resource);
  }

  admit(attributes: AdmissionAttributes): MaybePromise<void> {
    if (!isPods(attributes.group, attributes.resource)) return;
    // What is left out of an update that changes nothing was not there.
    if (attributes.unchangedPod !== undefined) return;
    if (attributes.operation === "UPDATE") {
      keepPriority(attributes);
      return;
    }
    return andThen(this.#classKnown(attributes), () => this.#admitPod(attributes));
  }

  #classKnown(attributes: AdmissionAttributes): MaybePromise<unknown> {
    const { plainPod } = attributes;
    const { priorityClasses } = this.#caches;
    const name = plainPod
      ? plainPod.priorityClassName
      : (objectOf(attributes, coreV1.pods).spec.priorityClassName ?? "");
    return name === "" ? priorityClasses.readYourWrites() : priorityClasses.find("", name);
  }

  validate(attributes: AdmissionAttributes): MaybePromise<void> {
    if (!isClasses(attributes.group, attributes.resource)) return;
    const wanted = objectOf(attributes, schedulingV1.priorityclasses);
    if (wanted.globalDefault !== true) return;
    return andThen(this.#caches.priorityClasses.readYourWrites(), () =>
      this.#requireOneDefault(attributes, wanted),
    );
  }

  writeGrounds({ plainPod, unchangedPod }: AdmissionAttributes): Grounds | undefined {
    if (unchangedPod !== undefined) return lasting;
    return plainPod === undefined ? undefined : onPrefix("/registry/priorityclasses/");
  }

  #requireOneDefault(attributes: AdmissionAttributes, wanted: PriorityClass): void {
    const current = this.#globalDefault();
    if (current === undefined || current.metadata.name === wanted.metadata.name) return;
    const why = `PriorityClass ${current.metadata.name} is already marked as default. Only one default can exist`;
    throw forbidden(attributes, why);
  }

  #admitPod(attributes: AdmissionAttributes): void {
    const { plainPod } = attributes;
    if (plainPod !== undefined) {
      const { name, value, policy } = this.#classFor(attributes, plainPod.priorityClassName);
      plainPod.add(this.#additionsOf(name, value, policy));
      return;
    }
    const { spec } = objectOf(attributes, coreV1.pods);
    const found = this.#classFor(attributes, spec.priorityClassName ?? "");
    if (found.name !== "") spec.priorityClassName = found.name;
    if (spec.priority !== undefined && spec.priority !== null && spec.priority !== found.value) {
      const why =
        `the integer value of priority (${spec.priority}) must not be provided in pod spec; ` +
        `priority admission controller computed ${found.value} from the given PriorityClass name`;
      throw forbidden(attributes, why);
    }
    spec.priority = found.value;
    if (spec.preemptionPolicy !== undefined && spec.preemptionPolicy !== found.policy) {
      const why =
        `the string value of PreemptionPolicy (${spec.preemptionPolicy}) must not be provided ` +
        `in pod spec; priority admission controller computed ${found.policy} from the given ` +
        "PriorityClass name";
      throw forbidden(attributes, why);
    }
    spec.preemptionPolicy = found.policy;
  }

  #additionsOf(name: string, priority: number, preemptionPolicy: string): PodAdditions {
    const { priorityClassName: before = "", ...last } = this.#lastAdditions;
    if (before === name && last.priority === priority) {
      if (last.preemptionPolicy === preemptionPolicy) return this.#lastAdditions;
    }
    const named = name === "" ? {} : { priorityClassName: name };
    this.#lastAdditions = { priority, preemptionPolicy, ...named };
    return this.#lastAdditions;
  }

  #classFor(
    attributes: AdmissionAttributes,
    name: string,
  ): { name: string; value: number; policy: string } {
    const found = name === "" ? this.#globalDefault() : this.#caches.priorityClasses.get("", name);
    if (found === undefined && name !== "") {
      throw forbidden(attributes, `no PriorityClass with name ${name} was found`);
    }
    return {
      name: found?.metadata.name ?? "",
      value: found?.value ?? 0,
      policy: found?.preemptionPolicy ?? "PreemptLowerPriority",
    };
  }

  /** Should there be several, the one of least value counts. */
  #globalDefault(): PriorityClass | undefined {
    let least: PriorityClass | undefined;
    for (const candidate of this.#caches.priorityClasses.all()) {
      if (candidate.globalDefault !== true) continue;
      if (least === undefined || (candidate.value ?? 0) < (least.value ?? 0)) least = candidate;
    }
    return least;
  }
}

/** Older clients leave out what they do not know. */
function keepPriority(attributes: AdmissionAttributes): void {
  const { spec } = objectOf(attributes, coreV1.pods);
  const old = oldObjectOf(attributes, coreV1.pods);
  if (spec.priority === undefined && old.spec.priority !== undefined) {
    spec.priority = old.spec.priority;
  }
  if (spec.preemptionPolicy === undefined && old.spec.preemptionPolicy !== undefined) {
    spec.preemptionPolicy = old.spec.preemptionPolicy;
  }
}

function isClasses(group: string, resource: string): boolean {
  return group === "scheduling.k8s.io" && resource === "priorityclasses";
}
