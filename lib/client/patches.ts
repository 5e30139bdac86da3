import { checkArgument } from "../api/checkArgument.js";
import { type OptionCheck, object } from "../api/optionChecks.js";
import type { Patch } from "./requestOptions.js";

/** A step of a JSON patch (RFC 6902). Paths are JSON pointers: `/metadata/labels/app`. */
export type JsonPatchStep =
  | { readonly op: "add" | "replace" | "test"; readonly path: string; readonly value: unknown }
  | { readonly op: "remove"; readonly path: string }
  | { readonly op: "move" | "copy"; readonly from: string; readonly path: string };

const operations: readonly unknown[] = ["add", "replace", "test", "remove", "move", "copy"];

const step: OptionCheck = (value) => {
  const { op, path } = (value ?? {}) as { readonly op?: unknown; readonly path?: unknown };
  const isStep = operations.includes(op) && typeof path === "string";
  return isStep ? undefined : 'a step such as { op: "replace", path: "/spec/replicas", value: 2 }';
};

function patch(type: Exclude<Patch["type"], "json">, body: object): Patch {
  checkArgument("body", body, object);
  return { type, body };
}

/**
 * The kinds of patches that an API server takes, for `ResourceClient.patch` and its like.
 *
 * @example
 * ```ts
 * import { Cluster, patches, resources } from "steersman";
 *
 * const cluster = await Cluster.start({ nodes: 0 });
 * const maps = cluster.client.inNamespace("default").resource(resources.configmaps);
 * await maps.create({ metadata: { name: "settings" }, data: { a: "1" } });
 * await maps.patch("settings", patches.merge({ data: { b: "2" } }));
 * const step = { op: "remove", path: "/data/a" } as const;
 * const { data } = await maps.patch("settings", patches.json(step));
 * console.log(data); // → { b: '2' }
 * await cluster.stop();
 * ```
 */
export const patches = {
  /** RFC 7386: what is given replaces what is there, null removes it, lists are replaced whole. */
  merge: (body: object): Patch => patch("merge", body),
  /** As merge, and lists of built-in kinds are merged by their keys (containers by name). */
  strategic: (body: object): Patch => patch("strategic", body),
  /** Server-side apply; needs a fieldManager in the options. */
  apply: (body: object): Patch => patch("apply", body),
  /** Steps in order; none is done where one fails (a `test` that does not hold, say). */
  json: (...steps: JsonPatchStep[]): Patch => {
    for (const [index, one] of steps.entries()) checkArgument(`steps[${index}]`, one, step);
    return { type: "json", body: steps };
  },
} as const;

const pointerName: OptionCheck = (value) =>
  typeof value === "string" || typeof value === "number" ? undefined : "a name or a number";

/**
 * A JSON pointer of names as they are: their `~` and `/` are escaped.
 *
 * @example
 * ```ts
 * import { jsonPointer } from "steersman";
 *
 * console.log(jsonPointer("metadata", "labels", "a.com/why")); // → /metadata/labels/a.com~1why
 * ```
 */
export function jsonPointer(...names: readonly (string | number)[]): string {
  for (const [index, name] of names.entries()) checkArgument(`names[${index}]`, name, pointerName);
  return names
    .map((name) => `/${String(name).replaceAll("~", "~0").replaceAll("/", "~1")}`)
    .join("");
}
