import type { ServedResource } from "./servedResource.js";

/**
 * Whether the native rules can read what requests of the resource bring: its stored form, or an
 * Event's other one. Their verdicts take only objects that the kind's defaults leave as they are.
 */
export function hasNativeForm({
  isUnstructured,
  message,
  storageMessage,
  storage,
}: Pick<ServedResource, "isUnstructured" | "message" | "storageMessage" | "storage">): boolean {
  return !isUnstructured && (message === storageMessage || storage.kind === "Event");
}
