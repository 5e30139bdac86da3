import { semanticEqual } from "../../../api/equality.js";
import type { Event } from "../../../api/gen/types/coreV1.js";
import type { ErrorList } from "../errorList.js";
import { FieldPath } from "../fieldPath.js";
import { dns1123Label, qualifiedName } from "../nameRules.js";
import type { TypedStrategy } from "../typedStrategy.js";

const root = (name: string): FieldPath => FieldPath.root(name);

/**
 * Events of both groups, in their stored form. Those with an eventTime keep the stricter rules of
 * events.k8s.io.
 */
export const eventStrategy: TypedStrategy<Event> = {
  group: "",
  kind: "Event",
  allowCreateOnUpdate: true,
  validate(event, errors) {
    validateNamespace(event, errors);
    if (event.eventTime) validateNew(event, errors);
  },
  validateUpdate(event, old, errors) {
    validateNamespace(event, errors);
    if (!event.eventTime || !old.eventTime) return;
    validateNew(event, errors);
    for (const field of [
      "involvedObject",
      "reason",
      "message",
      "eventTime",
      "type",
      "action",
      "related",
      "reportingComponent",
      "reportingInstance",
    ] as const) {
      errors.immutable(root(field), event[field] ?? "", semanticEqual(event[field], old[field]));
    }
  },
};

function validateNamespace(event: Event, errors: ErrorList): void {
  const involved = event.involvedObject?.namespace ?? "";
  const namespace = event.metadata.namespace ?? "";
  const path = root("involvedObject").child("namespace");
  if (involved === "") {
    // What has no namespace is told of in default, or in kube-system.
    if (namespace !== "" && namespace !== "default" && namespace !== "kube-system") {
      errors.invalid(path, involved, "does not match event.namespace");
    }
  } else if (involved !== namespace) {
    errors.invalid(path, involved, "does not match event.namespace");
  }
}

function validateNew(event: Event, errors: ErrorList): void {
  if (!event.reportingComponent) errors.required(root("reportingController"));
  else {
    const wrong = qualifiedName(event.reportingComponent);
    errors.invalidAll(root("reportingController"), event.reportingComponent, wrong);
  }
  const limits = { reportingInstance: 128, action: 128, reason: 128 } as const;
  for (const [field, maximum] of Object.entries(limits) as [keyof typeof limits, number][]) {
    const value = event[field] ?? "";
    if (value === "") errors.required(root(field));
    else if (Buffer.byteLength(value) > maximum) {
      errors.invalid(root(field), "", `can have at most ${maximum} characters`);
    }
  }
  if (Buffer.byteLength(event.message ?? "") > 1024) {
    errors.invalid(root("message"), "", "can have at most 1024 characters");
  }
  if (event.metadata.namespace) {
    errors.invalidAll(
      root("metadata").child("namespace"),
      event.metadata.namespace,
      dns1123Label(event.metadata.namespace),
    );
  }
}
