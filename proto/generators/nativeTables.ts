import type { GeneratedFile } from "./generatedFile.js";
import type { FieldModel, MessageModel, Model } from "./model.js";

const scalarCodes: Readonly<Record<string, string>> = {
  bool: "b",
  int32: "i",
  int64: "l",
  double: "d",
  string: "s",
  bytes: "y",
};

/**
 * The schema model as the native codec reads it (crates/codec/src/model.rs): lines of
 * tab-separated columns, a message's line followed by its fields in file order. Sorted by
 * message name, so equal models give equal bytes.
 */
export function nativeTables(model: Model): GeneratedFile[] {
  const stored = storedMessages(model);
  const lines: string[] = [];
  const packages = [...model.packages].sort((a, b) => (a.package < b.package ? -1 : 1));
  for (const p of packages) {
    const goPackage = p.goPackage.split("/").at(-1) ?? "";
    for (const name of Object.keys(p.messages).sort()) {
      const message = p.messages[name]!;
      const fullName = `${p.package}.${name}`;
      lines.push(messageLine(fullName, `${goPackage}.${name}`, message, stored.get(fullName)));
      for (const [field, f] of Object.entries(message.fields)) lines.push(fieldLine(field, f));
    }
  }
  return [{ path: "crates/codec/src/gen/model.txt", content: `${lines.join("\n")}\n` }];
}

function messageLine(
  fullName: string,
  goType: string,
  message: MessageModel,
  stored: string | undefined,
): string {
  const kind = message.groupVersionKind;
  const flags = `${message.root === true ? "r" : ""}${message.mapType === "atomic" ? "a" : ""}`;
  return [
    "M",
    fullName,
    goType,
    flags,
    message.json?.kind ?? "",
    kind?.group ?? "",
    kind?.version ?? "",
    kind?.kind ?? "",
    stored ?? "",
  ].join("\t");
}

function fieldLine(name: string, field: FieldModel): string {
  const { cardinality, type } = splitType(field.type);
  const scalar = scalarCodes[type];
  const flags = [
    field.omitEmpty === true ? "o" : "",
    field.omitZero === true ? "z" : "",
    field.pointer === true ? "p" : "",
    field.required === true ? "r" : "",
    field.inline === true ? "n" : "",
  ].join("");
  return [
    "F",
    `${JSON.stringify(field.jsonName ?? name)}:`,
    String(field.number),
    cardinality + (scalar ?? "m"),
    scalar === undefined ? type : "",
    flags,
    field.default === undefined ? "" : String(field.default),
    field.listType ?? "",
    (field.listMapKeys ?? []).join(","),
    field.mapType ?? "",
    field.patchStrategy ?? "",
    field.patchMergeKey ?? "",
  ].join("\t");
}

function splitType(type: string): { cardinality: "" | "*" | "%"; type: string } {
  if (type.startsWith("repeated ")) return { cardinality: "*", type: type.slice(9) };
  const map = /^map<string, (.*)>$/.exec(type);
  if (map !== null) return { cardinality: "%", type: map[1]! };
  return { cardinality: "", type };
}

/** The message that a served kind is stored as, where it is another one. */
function storedMessages(model: Model): Map<string, string> {
  const byKind = new Map<string, string>();
  for (const [name, message] of model.messages) {
    const kind = message.groupVersionKind;
    if (kind !== undefined) byKind.set(`${kind.group}/${kind.version}/${kind.kind}`, name);
  }
  const stored = new Map<string, string>();
  for (const resource of model.resources) {
    const message =
      resource.storageVersion === undefined ? undefined : byKind.get(resource.storageVersion);
    if (message !== undefined && message !== resource.message) {
      stored.set(resource.message, message);
    }
  }
  return stored;
}
