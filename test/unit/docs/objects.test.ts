import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { FieldRow } from "../../../lib/api/capabilities/objects/fieldRow.js";
import { fieldRowsOf, kindsWithFields } from "../../../lib/api/capabilities/objects/fields.js";
import { kindRows } from "../../../lib/api/capabilities/objects/kinds.js";
import { podFieldRows } from "../../../lib/api/capabilities/objects/podFields.js";
import { subresourceRows } from "../../../lib/api/capabilities/objects/subresources.js";
import { loadModel, type MessageModel } from "../../../proto/generators/model.js";

const root = fileURLToPath(new URL("../../../../", import.meta.url));
const model = loadModel(join(root, "proto"));
const nameOf = (group: string, kind: string): string => (group === "" ? kind : `${group}/${kind}`);
const known = new Map(
  [...model.messages].flatMap(([message, { groupVersionKind }]) =>
    groupVersionKind ? [[nameOf(groupVersionKind.group, groupVersionKind.kind), message]] : [],
  ),
);

/** The message that a field of a message leads to, through what is inline in JSON. */
function follow(message: MessageModel | undefined, name: string): string | undefined {
  for (const [field, { type, inline, jsonName }] of Object.entries(message?.fields ?? {})) {
    const base = type.replace(/^repeated /, "");
    if (inline === true) {
      const found = follow(model.messages.get(base), name);
      if (found !== undefined) return found;
    } else if ((jsonName ?? field) === name) return base;
  }
  return undefined;
}

function isInSchema(kind: string, path: string): boolean {
  let type = known.get(kind);
  for (const part of path.split(".")) {
    if (type === undefined || type.startsWith("map<")) return type !== undefined;
    type = follow(model.messages.get(type), part.replace("[]", ""));
  }
  return type !== undefined;
}

function sourceOf(...folders: readonly string[]): string {
  return folders
    .flatMap((folder) =>
      readdirSync(join(root, folder), { recursive: true, encoding: "utf8" })
        .filter((name) => /\.(?:ts|rs)$/.test(name) && !name.startsWith("gen"))
        .map((name) => readFileSync(join(root, folder, name), "utf8")),
    )
    .join("\n");
}

describe("the table of kinds", () => {
  const named = kindRows.flatMap(({ kinds }) => kinds);

  it("names kinds that exist, each once", () => {
    assert.equal(new Set(named).size, named.length);
    assert.deepEqual(
      named.filter((kind) => !known.has(kind)),
      [],
    );
  });

  it("names every kind that no component and no rule of admission works with", () => {
    const components = sourceOf(
      ...["lib/controllers", "lib/scheduler", "lib/kubelet", "lib/proxy", "lib/client"],
      ...["lib/apiserver", "crates/scheduling/src", "lib/cluster"],
    );
    const served = model.resources.filter(
      ({ enabledByDefault, storagePath }) => enabledByDefault && storagePath !== undefined,
    );
    const silent = served.filter(
      ({ resource, kind, group }) =>
        !named.includes(nameOf(group, kind)) && !components.includes(resource),
    );
    assert.deepEqual(
      silent.map(({ kind }) => kind),
      [],
    );
  });
});

describe("the table of fields", () => {
  for (const kind of kindsWithFields) {
    it(`names fields of ${kind} that its schema has`, () => {
      const missing = fieldRowsOf(kind)
        .flatMap(({ paths }) => paths)
        .filter((path) => !isInSchema(kind, path));
      assert.deepEqual(missing, []);
    });
  }

  /** Names that other fields have, too, which are read. */
  const sharedNames: ReadonlySet<string> = new Set([
    ...["persistentVolumeClaim", "ephemeral", "image", "csi", "claims", "user", "mode", "name"],
    ...["windowsOptions", "resourceClaims", "recursiveReadOnly", "ephemeral-storage"],
    "nfs",
  ]);
  /** Of these, some values work. */
  const isWhole = ({ only, unless, worksBeside }: FieldRow): boolean =>
    only === undefined && unless === undefined && worksBeside === undefined;

  it("names fields of pods that neither kubelet, scheduler nor controllers read", () => {
    const source = sourceOf(
      ...["lib/kubelet", "lib/scheduler", "lib/controllers", "lib/proxy"],
      "crates/scheduling/src",
    );
    const read = podFieldRows
      .filter(isWhole)
      .flatMap(({ paths }) => paths)
      .map((path) => path.split(".").at(-1)?.replace("[]", "") ?? "")
      .filter((name) => !sharedNames.has(name) && new RegExp(`\\b${name}\\b`).test(source));
    assert.deepEqual([...new Set(read)], []);
  });
});

describe("the table of subresources", () => {
  it("names subresources that are served", () => {
    for (const { group, subresources } of subresourceRows) {
      for (const name of subresources) {
        const [plural, subresource] = name.split("/");
        const resource = model.resources.find(
          (one) => one.group === group && one.resource === plural,
        );
        assert.ok(
          resource?.subresources.some((one) => one.name === subresource),
          name,
        );
      }
    }
  });
});
