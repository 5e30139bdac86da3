import { nativeCodec } from "../../api/nativeCodec.js";
import { bytesField, stringField, unknownEnvelope, varintField } from "../../api/wire.js";
import type { ListFrame } from "../../storage/storage.js";
import type { ListHeader } from "../serverResult.js";
import type { ResponseFormat } from "./negotiateMediaType.js";

const newline = Buffer.from("\n");
const listEnd = Buffer.from("]}\n");

/** An encoded object as REST sends it: JSON ends with a newline, YAML is made from JSON here. */
export function renderObject(
  bytes: Uint8Array,
  format: ResponseFormat,
  pretty: boolean,
): readonly Uint8Array[] {
  switch (format) {
    case "protobuf":
      return [bytes];
    case "yaml":
      return [jsonToYaml(bytes)];
    case "json":
      return pretty ? [prettyJson(bytes)] : [bytes, newline];
  }
}

/** A list document around its items' chunks, without copying them. */
export function renderList(
  header: ListHeader,
  chunks: readonly Uint8Array[],
  format: ResponseFormat,
  pretty: boolean,
): readonly Uint8Array[] {
  if (format === "protobuf") {
    return protobufList(header, chunks);
  }
  // Upstream's own lists have their items typed, this one has not: nothing is null there.
  const isNull = chunks.length === 0 && header.kind === "PartialObjectMetadataList";
  const parts = isNull
    ? [jsonListHead(header, "null}\n")]
    : [jsonListHead(header, "["), ...chunks, listEnd];
  return format === "json" && !pretty ? parts : renderObject(Buffer.concat(parts), format, pretty);
}

/** What stands around the items of a list that is streamed. */
export function listFrame(
  header: ListHeader,
  format: "json" | "protobuf",
): Omit<ListFrame, "gzip"> {
  if (format === "json") return { before: jsonListHead(header, "["), after: listEnd };
  const { head, tail } = unknownEnvelope(header.apiVersion, header.kind, 0);
  // The length is written when it is known: one byte stands for it here.
  return { before: head.subarray(0, head.length - 1), inside: listMetaField(header), after: tail };
}

function jsonListHead(header: ListHeader, items: string): Uint8Array {
  const metadata = {
    ...(header.resourceVersion === "" ? {} : { resourceVersion: header.resourceVersion }),
    ...(header.continue === "" ? {} : { continue: header.continue }),
    ...(header.remainingItemCount === undefined
      ? {}
      : { remainingItemCount: header.remainingItemCount }),
  };
  return Buffer.from(
    `{"kind":"${header.kind}","apiVersion":"${header.apiVersion}",` +
      `"metadata":${JSON.stringify(metadata)},"items":${items}`,
  );
}

/** ListMeta as field 1 of a list message; the items are field 2. */
export function listMetaField(header: ListHeader): Uint8Array {
  const meta = Buffer.concat([
    stringField(1, ""),
    stringField(2, header.resourceVersion),
    stringField(3, header.continue),
    ...(header.remainingItemCount === undefined ? [] : [varintField(4, header.remainingItemCount)]),
  ]);
  return bytesField(1, meta);
}

function protobufList(header: ListHeader, chunks: readonly Uint8Array[]): Uint8Array[] {
  const meta = listMetaField(header);
  const length = chunks.reduce((sum, chunk) => sum + chunk.length, meta.length);
  const { head, tail } = unknownEnvelope(header.apiVersion, header.kind, length);
  return [head, meta, ...chunks, tail];
}

function prettyJson(bytes: Uint8Array): Uint8Array {
  return nativeCodec.indentJson(bytes);
}

export function jsonToYaml(bytes: Uint8Array): Uint8Array {
  return nativeCodec.jsonToYaml(bytes);
}
