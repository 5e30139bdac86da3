import type { LabelSelector } from "../../../api/gen/types/metaV1.js";
import { formatLabelSelector, formatLabels } from "../../../api/labels.js";
import type { ObjectMetaTree } from "../../registry/objectMeta.js";
import { age } from "../humanDuration.js";
import type { PrintContext } from "../tableRow.js";

/** What every printed object has. */
export interface Printed {
  readonly metadata: ObjectMetaTree;
}

export const none = "<none>";
export const unset = "<unset>";
export const unknown = "<unknown>";

export function nameOf(object: Printed): string {
  return object.metadata.name ?? "";
}

export function ageOf(object: Printed, context: PrintContext): string {
  return age(object.metadata.creationTimestamp, context.now);
}

/** The first three of them, and how many more there are. */
export function firstThree(values: readonly string[]): string {
  return values.length > 3
    ? `${values.slice(0, 3).join(",")} + ${values.length - 3} more...`
    : values.join(",");
}

export interface ContainersTree {
  readonly containers?: readonly { name?: string; image?: string }[];
}

/** Names and images of a pod template's containers, as wide columns show them. */
export function containerCells(spec: ContainersTree | undefined): [string, string] {
  const containers = spec?.containers ?? [];
  return [
    containers.map((c) => c.name ?? "").join(","),
    containers.map((c) => c.image ?? "").join(","),
  ];
}

/** A LabelSelector object. */
export function selectorCell(selector: LabelSelector | null | undefined): string {
  return formatLabelSelector(selector);
}

/** A plain map of labels; `<none>` where it is empty. */
export function labelsCell(labels: Readonly<Record<string, string>> | undefined): string {
  const text = formatLabels(labels ?? {});
  return text === "" ? none : text;
}

export function orNone(value: string | undefined): string {
  return value === undefined || value === "" ? none : value;
}

const accessModeShort: Readonly<Record<string, string>> = {
  ReadWriteOnce: "RWO",
  ReadOnlyMany: "ROX",
  ReadWriteMany: "RWX",
  ReadWriteOncePod: "RWOP",
};

/** Each mode once, in upstream's order. */
export function accessModesCell(modes: readonly string[] | undefined): string {
  const wanted = new Set(modes ?? []);
  return Object.keys(accessModeShort)
    .filter((mode) => wanted.has(mode))
    .map((mode) => accessModeShort[mode])
    .join(",");
}
