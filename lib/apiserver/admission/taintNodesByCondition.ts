import { coreV1 } from "../../api/gen/resources.js";
import type {
  AdmissionAttributes,
  AdmissionOperation,
  AdmissionPlugin,
} from "./admissionPlugin.js";
import { objectOf } from "./typedObjects.js";

const key = "node.kubernetes.io/not-ready";

/** A new node gets no pods before the node lifecycle controller has seen it ready. */
export class TaintNodesByCondition implements AdmissionPlugin {
  readonly name = "TaintNodesByCondition";

  handles(
    operation: AdmissionOperation,
    group: string,
    resource: string,
    subresource: string,
  ): boolean {
    return operation === "CREATE" && group === "" && resource === "nodes" && subresource === "";
  }

  admit(attributes: AdmissionAttributes): void {
    const node = objectOf(attributes, coreV1.nodes);
    node.spec ??= {};
    const taints = node.spec.taints ?? [];
    if (taints.some((taint) => taint.key === key && taint.effect === "NoSchedule")) return;
    node.spec.taints = [...taints, { key, effect: "NoSchedule" }];
  }
}
