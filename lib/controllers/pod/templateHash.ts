import type { PodTemplateSpec } from "../../api/gen/types/coreV1.js";
import { nameAlphabet } from "../../api/nameAlphabet.js";
import { addon } from "../../native/addon.js";

/** No vowels and nothing that is easily misread, so that names never spell words. */

/** Each character of the text as one of the alphabet that generated names use. */
export function safeEncode(text: string): string {
  let encoded = "";
  for (const byte of Buffer.from(text)) encoded += nameAlphabet[byte % nameAlphabet.length];
  return encoded;
}

/** Keys sorted and none that is null, so that equal objects give equal text. */
export function canonicalJson(value: object): string {
  return addon.codecCanonicalJson(JSON.stringify(value));
}

/**
 * The label's value that tells one revision of a pod template from another; a count of collisions
 * changes it. Native: a template may have 10,000 variables, and the event loop is for others too.
 */
export function templateHash(template: PodTemplateSpec, collisionCount?: number): string {
  return safeEncode(String(addon.codecTemplateHash(JSON.stringify(template), collisionCount)));
}
