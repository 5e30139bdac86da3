import type { FieldRow } from "../../api/capabilities/objects/fieldRow.js";
import { fieldRowsOf, podMetadataOf } from "../../api/capabilities/objects/fields.js";
import { kindRow } from "../../api/capabilities/objects/kinds.js";
import { annotationMessage } from "../../api/capabilities/objects/podAnnotations.js";
import {
  deprecatedServiceAnnotations,
  serviceAnnotationRows,
} from "../../api/capabilities/objects/serviceAnnotations.js";
import { semanticEqual } from "../../api/equality.js";
import type { ObjectTree } from "../admission/admissionPlugin.js";
import type { ServedResource } from "./servedResource.js";
import type { WriteTarget } from "./writeObject.js";

/** Of one write; one more sentence then says that there are others. */
export const mostFieldWarnings = 20;
export const furtherFields = "more of its fields have no effect yet";

/** The paths of a kind's rows as one tree: a write walks only where rows are. */
interface Step {
  readonly fields: Map<string, Step>;
  /** Of every item of a list. */
  items: Step | undefined;
  readonly rows: FieldRow[];
}

interface KindLimits {
  /** Absent where the kind itself works. */
  readonly warning?: string;
  readonly steps?: Step;
  /** Where pods' metadata is. */
  readonly podMetadata?: readonly string[];
}

function newStep(): Step {
  return { fields: new Map(), items: undefined, rows: [] };
}

function addPath(root: Step, path: string, row: FieldRow): void {
  let step = root;
  for (const part of path.split(".")) {
    const name = part.endsWith("[]") ? part.slice(0, -2) : part;
    let next = step.fields.get(name);
    if (next === undefined) {
      next = newStep();
      step.fields.set(name, next);
    }
    step = next;
    if (name === part) continue;
    step.items ??= newStep();
    step = step.items;
  }
  step.rows.push(row);
}

function compile(group: string, kind: string): KindLimits {
  const own = kindRow(group, kind);
  const rows = fieldRowsOf(group === "" ? kind : `${group}/${kind}`);
  const steps = rows.length === 0 ? undefined : newStep();
  for (const row of rows) {
    for (const path of row.paths) if (steps !== undefined) addPath(steps, path, row);
  }
  const warning = own?.state === "inert" ? `${kind}: has no effect yet: ${own.why}` : undefined;
  const podMetadata = podMetadataOf(group === "" ? kind : `${group}/${kind}`);
  return {
    ...(warning === undefined ? {} : { warning }),
    ...(steps ? { steps } : {}),
    ...(podMetadata ? { podMetadata } : {}),
  };
}

/** By message of the served resource; at most one entry for each kind of the scheme. */
const compiled = new Map<string, KindLimits>();

function limitsOf({ group, kind }: Pick<ServedResource, "group" | "kind">): KindLimits {
  const name = `${group}/${kind}`;
  let limits = compiled.get(name);
  if (limits === undefined) {
    limits = compile(group, kind);
    compiled.set(name, limits);
  }
  return limits;
}

const none: readonly string[] = [];

/**
 * Warnings of what the object, as the requester sent it, asks for and nothing acts on yet: of the
 * kind itself, and of each field that the write sets or changes. For the requester, once the write
 * is accepted. `old` is absent where the object is created. Writes to status and other subresources
 * set no such field, except ephemeral containers.
 */
export function limitationWarnings(
  { resource, subresource }: Pick<WriteTarget, "resource" | "subresource">,
  object: ObjectTree,
  old: ObjectTree | undefined,
): readonly string[] {
  if (subresource !== "" && subresource !== "ephemeralcontainers") return none;
  const { warning, steps, podMetadata } = limitsOf(resource);
  if (steps === undefined) return warning === undefined ? none : [warning];
  const warnings = warning === undefined ? [] : [warning];
  let told = 0;
  walk(steps, object, old, undefined, "", (path, row) => {
    told += 1;
    const isLast = told > mostFieldWarnings;
    warnings.push(isLast ? furtherFields : `${path}: has no effect yet: ${row.why}`);
    return !isLast;
  });
  if (podMetadata !== undefined) {
    warnings.push(...annotationWarnings(podMetadata, object, old).slice(0, mostFieldWarnings));
  }
  if (resource.group === "" && resource.kind === "Service") {
    warnings.push(...serviceAnnotationWarnings(object, old));
  }
  return warnings;
}

/** The older name is told of at each write, as upstream; what has no effect, when it is set. */
function serviceAnnotationWarnings(object: ObjectTree, old: ObjectTree | undefined): string[] {
  const annotations = annotationsAt(["metadata"], object);
  const before = annotationsAt(["metadata"], old);
  const deprecated = Object.entries(deprecatedServiceAnnotations)
    .filter(([key]) => annotations[key] !== undefined)
    .map(([, message]) => message);
  const inert = serviceAnnotationRows.flatMap(({ key, values, why }) => {
    const value = annotations[key];
    if (value === before[key] || !values.some((one) => one === value)) return [];
    return [`metadata.annotations[${key}]: has no effect yet: ${why}`];
  });
  return [...deprecated, ...inert];
}

function annotationsAt(path: readonly string[], object: ObjectTree | undefined): Fields {
  let value: unknown = object;
  for (const name of [...path, "annotations"]) value = isFields(value) ? value[name] : undefined;
  return isFields(value) ? value : {};
}

function annotationWarnings(
  path: readonly string[],
  object: ObjectTree,
  old: ObjectTree | undefined,
): string[] {
  const annotations = annotationsAt(path, object);
  const before = annotationsAt(path, old);
  return Object.keys(annotations).flatMap((key) => {
    const message = annotations[key] === before[key] ? undefined : annotationMessage(key);
    return message === undefined ? [] : [`${path.join(".")}.annotations[${key}]: ${message}`];
  });
}

/** Returns whether to go on. */
type Tell = (path: string, row: FieldRow) => boolean;
type Fields = Readonly<Record<string, unknown>>;

function isFields(value: unknown): value is Fields {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function walk(
  step: Step,
  value: unknown,
  old: unknown,
  beside: Fields | undefined,
  path: string,
  tell: Tell,
): boolean {
  for (const row of step.rows) {
    if (isMeant(row, value, beside) && !semanticEqual(value, old) && !tell(path, row)) return false;
  }
  if (step.items !== undefined && Array.isArray(value)) {
    const { items } = step;
    const before = itemsBefore(old);
    return value.every((item, index) =>
      walk(items, item, before(item, index), undefined, `${path}[${index}]`, tell),
    );
  }
  if (!isFields(value)) return true;
  for (const [name, next] of step.fields) {
    const inner = value[name];
    if (inner === undefined || inner === null) continue;
    const innerOld = isFields(old) ? old[name] : undefined;
    const at = path === "" ? name : `${path}.${name}`;
    if (!walk(next, inner, innerOld, value, at, tell)) return false;
  }
  return true;
}

/** Finds an item's version before the write: by its name where it has one, else by its place. */
function itemsBefore(old: unknown): (item: unknown, index: number) => unknown {
  if (!Array.isArray(old)) return () => undefined;
  const byName = new Map(
    old.flatMap((item) =>
      isFields(item) && typeof item.name === "string" ? [[item.name, item] as const] : [],
    ),
  );
  return (item, index) =>
    isFields(item) && typeof item.name === "string" ? byName.get(item.name) : old[index];
}

function isMeant(row: FieldRow, value: unknown, beside: Fields | undefined): boolean {
  if (value === "" || (Array.isArray(value) && value.length === 0)) return false;
  const isScalar = typeof value !== "object";
  if (isScalar && row.unless?.some((one) => one === value) === true) return false;
  if (row.only !== undefined && !row.only.some((one) => one === value)) return false;
  const { worksBeside } = row;
  return worksBeside === undefined || beside?.[worksBeside.field] !== worksBeside.value;
}
