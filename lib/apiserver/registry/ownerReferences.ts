import type { ObjectTree } from "../admission/admissionPlugin.js";
import { metadataOf, type OwnerReferenceTree } from "./objectMeta.js";

/**
 * Drops owner references that are equal to one before them, with upstream's warning. Upstream looks
 * before admission at what creates and updates send, and at every object after it.
 */
export function dropEqualOwners(
  tree: ObjectTree,
  when: "sent" | "admitted",
  warn: (message: string) => void,
): void {
  const metadata = metadataOf(tree);
  const owners = metadata.ownerReferences;
  if (owners === undefined || owners.length < 2) return;
  const kept = new Map<string, OwnerReferenceTree>();
  const doubles: string[] = [];
  for (const owner of owners) {
    // Decoded objects have their fields in one order.
    const text = JSON.stringify(owner);
    if (kept.has(text)) doubles.push(owner.uid ?? "");
    else kept.set(text, owner);
  }
  if (doubles.length === 0) return;
  metadata.ownerReferences = [...kept.values()];
  const after = when === "admitted" ? " after mutating admission happens" : "";
  warn(
    `.metadata.ownerReferences contains duplicate entries${after}; API server dedups owner ` +
      "references in 1.20+, and may reject such requests as early as 1.24; please fix your " +
      `requests; duplicate UID(s) observed: ${doubles.join(", ")}`,
  );
}
