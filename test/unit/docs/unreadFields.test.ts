import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { fieldRowsOf } from "../../../lib/api/capabilities/objects/fields.js";
import { kindRow } from "../../../lib/api/capabilities/objects/kinds.js";
import { loadModel } from "../../../proto/generators/model.js";

const root = fileURLToPath(new URL("../../../../", import.meta.url));
const model = loadModel(join(root, "proto"));

/** Where a field can have its effect: not the rules of validation, tables or this table. */
function components(): string {
  const folders = [
    ...[
      "lib/kubelet",
      "lib/controllers",
      "lib/scheduler",
      "lib/proxy",
      "lib/client",
      "lib/cluster",
    ],
    ...["lib/apiserver", "lib/api", "crates/scheduling/src", "crates/netrules/src"],
  ];
  const isRule = (path: string): boolean =>
    /\/gen\/|\/capabilities\/|\/table\/|registry\/[a-z]+\/[a-z]+[A-Z]?\w*\.ts$/.test(path);
  return folders
    .flatMap((folder) =>
      readdirSync(join(root, folder), { recursive: true, encoding: "utf8" })
        .map((name) => `${folder}/${name}`)
        .filter((path) => /\.(?:ts|rs)$/.test(path) && !isRule(path))
        .map((path) => readFileSync(join(root, path), "utf8")),
    )
    .join("\n");
}

const source = components();
const snake = (name: string): string =>
  name.replace(/[A-Z]+/g, (upper) => `_${upper.toLowerCase()}`).replace(/^_/, "");
const words = new Set(source.match(/\b[A-Za-z_]\w*\b/g));
const isRead = (name: string): boolean =>
  words.has(name) || words.has(snake(name)) || source.includes(`"${name}"`);

/** What no component reads, and need not. */
const notRead: Readonly<Record<string, string>> = {
  mismatchLabelKeys: "merged into the selector when the pod is stored",
  manualSelector: "decides when the Job is stored whether a selector is made",
  stringData: "merged into data when the Secret is stored",
  externalName: "answered by the cluster's DNS",
  externalID: "read by nobody, as upstream",
  deprecatedTopology: "read by nobody, as upstream",
};

/** Written for people and other programs to read. */
const written: ReadonlySet<string> = new Set(["Event"]);

function unread(message: string, path: string, rows: readonly string[], depth: number): string[] {
  return Object.entries(model.messages.get(message)?.fields ?? {}).flatMap(([field, one]) => {
    const isList = one.type.startsWith("repeated ");
    const base = one.type.replace(/^repeated /, "");
    if (one.inline === true) return unread(base, path, rows, depth);
    const name = one.jsonName ?? field;
    const at = `${path}${path === "" ? "" : "."}${name}${isList ? "[]" : ""}`;
    if (rows.includes(at) || rows.includes(at.replace(/\[\]$/, ""))) return [];
    if (/^(?:metadata|status|kind|apiVersion)$/.test(at) || notRead[name] !== undefined) return [];
    const hasRowsBelow = rows.some((row) => row.startsWith(`${at}.`));
    if (!isRead(name) && !hasRowsBelow) return [at];
    const isOwn = /^k8s\.io\.api\./.test(base) && depth < 12;
    return isOwn ? unread(base, at, rows, depth + 1) : [];
  });
}

describe("fields of kinds that work", () => {
  const served = model.resources.filter((one) => one.enabledByDefault && one.storagePath);
  for (const { group, kind, version } of served) {
    if (kindRow(group, kind) !== undefined || written.has(kind)) continue;
    const message = [...model.messages].find(
      ([, { groupVersionKind: own }]) =>
        own?.group === group && own.kind === kind && own.version === version,
    )?.[0];
    it(`are read by a component or have a row: ${kind} of ${group || "core"}/${version}`, () => {
      assert.ok(message);
      const rows = fieldRowsOf(group === "" ? kind : `${group}/${kind}`);
      const paths = rows.flatMap((row) => row.paths);
      assert.deepEqual(unread(message, "", paths, 0), []);
    });
  }
});
