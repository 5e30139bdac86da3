import type { PodTemplateSpec } from "../../api/gen/types/coreV1.js";

/** No vowels and nothing that is easily misread, so that names never spell words. */
const alphabet = "bcdfghjklmnpqrstvwxz2456789";

/** Each character of the text as one of the alphabet that generated names use. */
export function safeEncode(text: string): string {
  let encoded = "";
  for (const byte of Buffer.from(text)) encoded += alphabet[byte % alphabet.length];
  return encoded;
}

const fnvOffset = 0x811c9dc5;
const fnvPrime = 0x01000193;

/** FNV-1a, 32 bits. */
export function fnv32a(bytes: Uint8Array): number {
  let hash = fnvOffset;
  for (const byte of bytes) hash = Math.imul(hash ^ byte, fnvPrime) >>> 0;
  return hash;
}

/** Keys sorted, so that equal objects give equal text. */
export function canonicalJson(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonicalJson).join(",")}]`;
  if (typeof value !== "object" || value === null) return JSON.stringify(value ?? null);
  const entries = Object.entries(value)
    .filter(([, field]) => field !== undefined && field !== null)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, field]) => `${JSON.stringify(name)}:${canonicalJson(field)}`);
  return `{${entries.join(",")}}`;
}

/**
 * The label's value that tells one revision of a pod template from another; a count of collisions
 * changes it.
 */
export function templateHash(template: PodTemplateSpec, collisionCount?: number): string {
  const parts: Uint8Array[] = [Buffer.from(canonicalJson(template))];
  if (collisionCount !== undefined) {
    const count = Buffer.alloc(8);
    count.writeUInt32LE(collisionCount);
    parts.push(count);
  }
  return safeEncode(String(fnv32a(Buffer.concat(parts))));
}
