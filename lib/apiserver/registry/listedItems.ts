import { lengthDelimitedFields } from "../../api/wire.js";
import type { EncodedList, View } from "../../storage/storage.js";
import { splitJsonItems, splitMessageItems } from "./splitItems.js";

/** Which object a list item is: its key within the collection, and its identity. */
export interface ListedItem {
  readonly namespace: string;
  readonly name: string;
  readonly uid: string;
}

/**
 * The objects of an encoded list, in its order. One chunk is split at a time and its items are
 * decoded one by one, so that a consumer which waits in between holds no more than one chunk's
 * slices beside the list itself.
 */
export function* listedItems(
  list: Pick<EncodedList, "chunks">,
  format: View["format"],
): Generator<ListedItem> {
  for (const chunk of list.chunks) {
    if (format === "json") {
      for (const item of splitJsonItems(chunk)) yield fromJson(item);
    } else {
      for (const item of splitMessageItems(chunk)) yield fromMessage(item);
    }
  }
}

function fromJson(item: Uint8Array): ListedItem {
  const text = Buffer.from(item.buffer, item.byteOffset, item.length).toString("utf8");
  const { metadata } = JSON.parse(text) as {
    metadata: { namespace?: string; name?: string; uid?: string };
  };
  const { namespace = "", name = "", uid = "" } = metadata;
  return { namespace, name, uid };
}

/** Every stored kind has its ObjectMeta as field 1, and ObjectMeta its identity in these fields. */
const metadataField = 1;
const identityFields = { 1: "name", 3: "namespace", 5: "uid" } as const;

function fromMessage(item: Uint8Array): ListedItem {
  const identity = { namespace: "", name: "", uid: "" };
  for (const [field, meta] of lengthDelimitedFields(item)) {
    if (field !== metadataField) continue;
    for (const [number, value] of lengthDelimitedFields(meta)) {
      const name = identityFields[number as keyof typeof identityFields];
      if (name !== undefined) identity[name] = Buffer.from(value).toString("utf8");
    }
  }
  return identity;
}
