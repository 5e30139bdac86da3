import { semanticEqual } from "../../../api/equality.js";
import type { Event } from "../../../api/gen/types/coreV1.js";
import type { ErrorList } from "../errorList.js";
import { FieldPath } from "../fieldPath.js";
import { dns1123Label, qualifiedName } from "../nameRules.js";
import type { StrategyContext } from "../strategy.js";
import type { TypedStrategy } from "../typedStrategy.js";

const root = (name: string): FieldPath => FieldPath.root(name);

/** What the newer group leaves as it is, in its order and under its names. */
const fixed = [
  ["involvedObject", "involvedObject"],
  ["reason", "reason"],
  ["message", "message"],
  ["firstTimestamp", "firstTimestamp"],
  ["lastTimestamp", "lastTimestamp"],
  ["count", "count"],
  ["type", "type"],
  ["eventTime", "eventTime"],
  ["source", "source"],
  ["action", "action"],
  ["related", "related"],
  ["reportingComponent", "reportingController"],
  ["reportingInstance", "reportingInstance"],
] as const;

const isNewer = ({ apiVersion = "v1" }: StrategyContext): boolean =>
  apiVersion.startsWith("events.k8s.io/");

/**
 * Events of both groups, in their stored form. Those with an eventTime are held to more; whoever
 * writes by events.k8s.io has to give one, nothing of the older form, and changes the series alone.
 */
export const eventStrategy: TypedStrategy<Event> = {
  group: "",
  kind: "Event",
  allowCreateOnUpdate: true,
  validate(event, errors, context) {
    validateBoth(event, errors, context);
    if (isNewer(context)) validateNewer(event, errors);
  },
  validateUpdate(event, old, errors, context) {
    validateBoth(event, errors, context);
    if (!isNewer(context)) return;
    if (!semanticEqual(event.series, old.series)) validateSeries(event, errors);
    for (const [field, name] of fixed) {
      const isSame = semanticEqual(event[field] ?? undefined, old[field] ?? undefined);
      errors.immutable(root(name), event[field] ?? "", isSame);
    }
  },
};

function validateBoth(event: Event, errors: ErrorList, context: StrategyContext): void {
  validateNamespace(event, errors);
  if (event.eventTime) validateTimed(event, errors, isNewer(context));
}

function validateNewer(event: Event, errors: ErrorList): void {
  validateSeries(event, errors);
  if (!event.eventTime) errors.required(root("eventTime"));
  const type = event.type ?? "";
  if (type !== "Normal" && type !== "Warning") {
    errors.invalid(root("type"), "", `has invalid value: ${type}`);
  }
  for (const field of ["firstTimestamp", "lastTimestamp", "count", "source"] as const) {
    const value = event[field];
    const isEmpty = typeof value === "object" ? semanticEqual(value ?? {}, {}) : !value;
    if (!isEmpty) errors.invalid(root(field), "", "needs to be unset");
  }
}

function validateSeries({ series }: Event, errors: ErrorList): void {
  if (!series) return;
  const path = root("series");
  if ((series.count ?? 0) < 2) errors.invalid(path.child("count"), "", "should be at least 2");
  if (!series.lastObservedTime) errors.required(path.child("lastObservedTime"));
}

function validateNamespace(event: Event, errors: ErrorList): void {
  const involved = event.involvedObject?.namespace ?? "";
  const namespace = event.metadata.namespace ?? "";
  const path = root("involvedObject").child("namespace");
  if (involved === "") {
    // What has no namespace is told of in default, or, by those with a time, in kube-system.
    const isSystem = Boolean(event.eventTime) && namespace === "kube-system";
    if (namespace !== "" && namespace !== "default" && !isSystem) {
      errors.invalid(path, involved, "does not match event.namespace");
    }
  } else if (!event.eventTime && involved !== namespace) {
    errors.invalid(path, involved, "does not match event.namespace");
  }
}

function validateTimed(event: Event, errors: ErrorList, isByNewer: boolean): void {
  const reporter = root(isByNewer ? "reportingController" : "reportingComponent");
  const name = event.reportingComponent ?? "";
  if (name === "") errors.required(reporter);
  errors.invalidAll(reporter, name, qualifiedName(name));
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
