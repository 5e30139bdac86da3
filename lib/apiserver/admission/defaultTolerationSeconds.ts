import { coreV1 } from "../../api/gen/resources.js";
import type { Toleration } from "../../api/gen/types/coreV1.js";
import { type Grounds, lasting } from "../grounds.js";
import type {
  AdmissionAttributes,
  AdmissionOperation,
  AdmissionPlugin,
} from "./admissionPlugin.js";
import { isPods } from "./forbidden.js";
import type { PlainPod, PodAdditions } from "./plainPod.js";
import { objectOf } from "./typedObjects.js";

/** Pods leave a node that is gone after a while, unless they say themselves how long they stay. */
export class DefaultTolerationSeconds implements AdmissionPlugin {
  readonly name = "DefaultTolerationSeconds";
  readonly #tolerations: readonly (Toleration & { readonly key: string })[];
  /** By the keys that a plain pod tolerates itself: one object for each set of them. */
  readonly #additions = new Map<string, PodAdditions>();

  /** --default-not-ready-toleration-seconds and --default-unreachable-toleration-seconds. */
  constructor(notReadySeconds = 300, unreachableSeconds = 300) {
    const toleration = (key: string, tolerationSeconds: number) =>
      ({ key, operator: "Exists", effect: "NoExecute", tolerationSeconds }) as const;
    this.#tolerations = [
      toleration("node.kubernetes.io/not-ready", notReadySeconds),
      toleration("node.kubernetes.io/unreachable", unreachableSeconds),
    ];
  }

  handles(
    operation: AdmissionOperation,
    group: string,
    resource: string,
    subresource: string,
  ): boolean {
    const writes = operation === "CREATE" || operation === "UPDATE";
    return writes && isPods(group, resource) && subresource === "";
  }

  writeGrounds({ plainPod, unchangedPod }: AdmissionAttributes): Grounds | undefined {
    return plainPod === undefined && unchangedPod === undefined ? undefined : lasting;
  }

  admit(attributes: AdmissionAttributes): void {
    if (attributes.plainPod !== undefined) {
      this.#addTo(attributes.plainPod);
      return;
    }
    const tolerated = attributes.unchangedPod?.tolerations;
    if (
      tolerated !== undefined &&
      this.#tolerations.every(({ key }) => tolerated.some((known) => tolerates(known, key)))
    ) {
      return;
    }
    const { spec } = objectOf(attributes, coreV1.pods);
    for (const added of this.#tolerations) {
      const { key } = added;
      if ((spec.tolerations ?? []).some((toleration) => tolerates(toleration, key))) continue;
      spec.tolerations = [...(spec.tolerations ?? []), { ...added }];
    }
  }

  #addTo(pod: PlainPod): void {
    const own = pod.tolerations;
    const missing = this.#tolerations.filter(({ key }) => !own.some((one) => tolerates(one, key)));
    if (missing.length === 0) return;
    const keys = missing.map(({ key }) => key).join();
    let additions = this.#additions.get(keys);
    if (additions === undefined) {
      additions = { tolerations: missing };
      this.#additions.set(keys, additions);
    }
    pod.add(additions);
  }
}

function tolerates({ key, effect }: Toleration, wanted: string): boolean {
  return (!key || key === wanted) && (!effect || effect === "NoExecute");
}
