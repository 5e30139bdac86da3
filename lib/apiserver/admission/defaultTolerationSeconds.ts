import type { Pod, Toleration } from "../../api/gen/types/coreV1.js";
import type {
  AdmissionAttributes,
  AdmissionOperation,
  AdmissionPlugin,
} from "./admissionPlugin.js";
import { isPods } from "./refusal.js";

const keys = ["node.kubernetes.io/not-ready", "node.kubernetes.io/unreachable"];

/** Pods leave a node that is gone after a while, unless they say themselves how long they stay. */
export class DefaultTolerationSeconds implements AdmissionPlugin {
  readonly name = "DefaultTolerationSeconds";
  readonly #seconds: readonly number[];

  /** --default-not-ready-toleration-seconds and --default-unreachable-toleration-seconds. */
  constructor(notReadySeconds = 300, unreachableSeconds = 300) {
    this.#seconds = [notReadySeconds, unreachableSeconds];
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

  admit(attributes: AdmissionAttributes): void {
    const { spec } = attributes.object as unknown as Pod;
    for (const [position, key] of keys.entries()) {
      if ((spec.tolerations ?? []).some((toleration) => tolerates(toleration, key))) continue;
      spec.tolerations = [
        ...(spec.tolerations ?? []),
        {
          key,
          operator: "Exists",
          effect: "NoExecute",
          tolerationSeconds: this.#seconds[position] ?? 300,
        },
      ];
    }
  }
}

function tolerates({ key, effect }: Toleration, wanted: string): boolean {
  return (!key || key === wanted) && (!effect || effect === "NoExecute");
}
