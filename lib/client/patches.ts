import type { Patch } from "./requestOptions.js";

/** A step of a JSON patch (RFC 6902). Paths are JSON pointers: `/metadata/labels/app`. */
export type JsonPatchStep =
  | { readonly op: "add" | "replace" | "test"; readonly path: string; readonly value: unknown }
  | { readonly op: "remove"; readonly path: string }
  | { readonly op: "move" | "copy"; readonly from: string; readonly path: string };

/** The kinds of patches that an API server takes, for `ResourceClient.patch` and its like. */
export const patches = {
  /** RFC 7386: what is given replaces what is there, null removes it, lists are replaced whole. */
  merge: (body: object): Patch => ({ type: "merge", body }),
  /** As merge, and lists of built-in kinds are merged by their keys (containers by name). */
  strategic: (body: object): Patch => ({ type: "strategic", body }),
  /** Server-side apply; needs a fieldManager in the options. */
  apply: (body: object): Patch => ({ type: "apply", body }),
  /** Steps in order; none is done where one fails (a `test` that does not hold, say). */
  json: (...steps: JsonPatchStep[]): Patch => ({ type: "json", body: steps }),
} as const;

/** A JSON pointer of names as they are: their `~` and `/` are escaped. */
export function jsonPointer(...names: readonly (string | number)[]): string {
  return names
    .map((name) => `/${String(name).replaceAll("~", "~0").replaceAll("/", "~1")}`)
    .join("");
}
