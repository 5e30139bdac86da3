import { semanticEqual } from "../../api/equality.js";
import { coreV1 } from "../../api/gen/resources.js";
import type { PodSpec } from "../../api/gen/types/coreV1.js";
import type { RuntimeClass } from "../../api/gen/types/nodeV1.js";
import { andThen, type MaybePromise } from "../../api/maybePromise.js";
import type { ServerCaches } from "../cache/serverCaches.js";
import { type Grounds, lasting } from "../grounds.js";
import type {
  AdmissionAttributes,
  AdmissionOperation,
  AdmissionPlugin,
} from "./admissionPlugin.js";
import { forbidden, isPods } from "./forbidden.js";
import { objectOf } from "./typedObjects.js";

/** A pod's runtime class says what its sandbox costs and where it may run. */
export class RuntimeClassAdmission implements AdmissionPlugin {
  readonly name = "RuntimeClass";
  readonly #caches: ServerCaches;

  constructor(caches: ServerCaches) {
    this.#caches = caches;
  }

  handles(
    operation: AdmissionOperation,
    group: string,
    resource: string,
    subresource: string,
  ): boolean {
    return operation === "CREATE" && isPods(group, resource) && subresource === "";
  }

  admit(attributes: AdmissionAttributes): MaybePromise<void> {
    if (attributes.plainPod !== undefined) return;
    const { spec } = objectOf(attributes, coreV1.pods);
    if (!spec.runtimeClassName) {
      if (spec.overhead && Object.keys(spec.overhead).length > 0) {
        const why =
          "pod rejected: Pod Overhead set without corresponding RuntimeClass defined Overhead";
        throw forbidden(attributes, why);
      }
      return;
    }
    const { runtimeClassName } = spec;
    return andThen(this.#caches.runtimeClasses.find("", runtimeClassName), (found) =>
      this.#applyClass(attributes, spec, runtimeClassName, found),
    );
  }

  writeGrounds({ plainPod }: AdmissionAttributes): Grounds | undefined {
    return plainPod === undefined ? undefined : lasting;
  }

  #applyClass(
    attributes: AdmissionAttributes,
    spec: PodSpec,
    className: string,
    found: RuntimeClass | undefined,
  ): void {
    if (found === undefined) {
      const name = JSON.stringify(className);
      throw forbidden(attributes, `pod rejected: RuntimeClass ${name} not found`);
    }
    const fixed = found.overhead?.podFixed;
    if (spec.overhead && !semanticEqual(spec.overhead, fixed)) {
      const why = "pod rejected: Pod's Overhead doesn't match RuntimeClass's defined Overhead";
      throw forbidden(attributes, why);
    }
    if (fixed) spec.overhead = { ...fixed };
    const { nodeSelector, tolerations } = found.scheduling ?? {};
    for (const [key, value] of Object.entries(nodeSelector ?? {})) {
      const own = spec.nodeSelector?.[key];
      if (own !== undefined && own !== value) {
        const why = `conflict: runtimeClass.scheduling.nodeSelector[${key}] = ${value}; pod.spec.nodeSelector[${key}] = ${own}`;
        throw forbidden(attributes, why);
      }
      spec.nodeSelector = { ...spec.nodeSelector, [key]: value };
    }
    for (const toleration of tolerations ?? []) {
      if ((spec.tolerations ?? []).some((known) => semanticEqual(known, toleration))) continue;
      spec.tolerations = [...(spec.tolerations ?? []), { ...toleration }];
    }
  }
}
