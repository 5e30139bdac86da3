import type { PriorityClass } from "../../../api/gen/types/schedulingV1.js";
import { FieldPath } from "../fieldPath.js";
import { setGeneration, type TypedStrategy } from "../typedStrategy.js";

const highestOfUsers = 1_000_000_000;
const system = new Map([
  ["system-cluster-critical", 2_000_000_000],
  ["system-node-critical", 2_000_001_000],
]);

export const priorityClassStrategy: TypedStrategy<PriorityClass> = {
  group: "scheduling.k8s.io",
  kind: "PriorityClass",
  defaults(priority) {
    priority.preemptionPolicy ??= "PreemptLowerPriority";
  },
  prepareForCreate(priority) {
    priority.metadata.generation = 1;
  },
  prepareForUpdate(priority, old) {
    setGeneration(priority.metadata, old.metadata.generation ?? 0);
  },
  validate(priority, errors) {
    const name = priority.metadata.name ?? "";
    const value = priority.value ?? 0;
    if (name.startsWith("system-")) {
      const path = FieldPath.root("metadata").child("name");
      if (system.get(name) !== value) {
        const detail =
          "priority class names with 'system-' prefix are reserved for system use only. " +
          (system.has(name)
            ? `error: value of ${name} PriorityClass must be ${system.get(name)}`
            : `error: ${name} is not a known system priority class`);
        errors.forbidden(path, detail);
      }
    } else if (value > highestOfUsers) {
      const detail = `maximum allowed value of a user defined priority is ${highestOfUsers}`;
      errors.forbidden(FieldPath.root("value"), detail);
    }
    const path = FieldPath.root("preemptionPolicy");
    if (!priority.preemptionPolicy) errors.required(path);
    else errors.oneOf(path, priority.preemptionPolicy, ["PreemptLowerPriority", "Never"]);
  },
  validateUpdate(priority, old, errors) {
    if ((priority.value ?? 0) !== (old.value ?? 0)) {
      errors.forbidden(FieldPath.root("value"), "may not be changed in an update.");
    }
    const same = priority.preemptionPolicy === old.preemptionPolicy;
    errors.immutable(FieldPath.root("preemptionPolicy"), priority.preemptionPolicy, same);
  },
};
