import type { HorizontalPodAutoscaler } from "../../../api/gen/types/autoscalingV2.js";
import type { ErrorList } from "../errorList.js";
import { FieldPath } from "../fieldPath.js";
import { nameIsPathSegment } from "../nameRules.js";
import { keepGeneration, startGeneration, type TypedStrategy } from "../typedStrategy.js";

const spec = FieldPath.root("spec");

export const horizontalPodAutoscalerStrategy: TypedStrategy<HorizontalPodAutoscaler> = {
  group: "autoscaling",
  kind: "HorizontalPodAutoscaler",
  defaults(autoscaler) {
    autoscaler.spec ??= {} as NonNullable<HorizontalPodAutoscaler["spec"]>;
    autoscaler.spec.minReplicas ??= 1;
    if ((autoscaler.spec.metrics ?? []).length === 0) {
      const target = { type: "Utilization", averageUtilization: 80 };
      autoscaler.spec.metrics = [{ type: "Resource", resource: { name: "cpu", target } }];
    }
    defaultBehavior(autoscaler);
  },
  prepareForCreate: startGeneration,
  prepareForUpdate: keepGeneration,
  validate: validateSpec,
  validateUpdate(autoscaler, _old, errors, context) {
    if (context.subresource !== "status") validateSpec(autoscaler, errors);
  },
};

function defaultBehavior(autoscaler: HorizontalPodAutoscaler): void {
  const behavior = autoscaler.spec?.behavior;
  if (!behavior) return;
  behavior.scaleUp ??= {};
  behavior.scaleUp.selectPolicy ??= "Max";
  behavior.scaleUp.stabilizationWindowSeconds ??= 0;
  behavior.scaleUp.policies ??= [
    { type: "Pods", value: 4, periodSeconds: 15 },
    { type: "Percent", value: 100, periodSeconds: 15 },
  ];
  behavior.scaleDown ??= {};
  behavior.scaleDown.selectPolicy ??= "Max";
  behavior.scaleDown.policies ??= [{ type: "Percent", value: 100, periodSeconds: 15 }];
}

function validateSpec(autoscaler: HorizontalPodAutoscaler, errors: ErrorList): void {
  const { minReplicas, maxReplicas, scaleTargetRef, metrics } = autoscaler.spec ?? {};
  if (typeof minReplicas === "number" && minReplicas < 1) {
    errors.invalid(spec.child("minReplicas"), minReplicas, "must be greater than or equal to 1");
  }
  if ((maxReplicas ?? 0) < 1) {
    errors.invalid(spec.child("maxReplicas"), maxReplicas ?? 0, "must be greater than 0");
  }
  if (typeof minReplicas === "number" && (maxReplicas ?? 0) < minReplicas) {
    const detail = "must be greater than or equal to `minReplicas`";
    errors.invalid(spec.child("maxReplicas"), maxReplicas ?? 0, detail);
  }
  for (const field of ["kind", "name"] as const) {
    const value = scaleTargetRef?.[field] ?? "";
    const path = spec.child("scaleTargetRef").child(field);
    if (value === "") errors.required(path);
    else errors.invalidAll(path, value, nameIsPathSegment(value, false));
  }
  const types = ["ContainerResource", "External", "Object", "Pods", "Resource"];
  for (const [position, metric] of (metrics ?? []).entries()) {
    const path = spec.child("metrics").index(position).child("type");
    if (!metric.type) errors.required(path, "must specify a metric source type");
    else errors.oneOf(path, metric.type, types);
  }
}
