import type { KubernetesObject } from "../client/resourceClient.js";

/**
 * What a controller wrote last to each object, until its cache has it. A sync on an older cache
 * entry would only be refused as a conflict; the write's own event brings the key back. Resource
 * versions of one resource are ordered numbers (API concepts, "Resource versions").
 */
export class WrittenVersions {
  readonly #versions = new Map<string, bigint>();

  note(object: KubernetesObject): void {
    const version = versionOf(object);
    const uid = object.metadata?.uid;
    if (version !== undefined && uid !== undefined) this.#versions.set(uid, version);
  }

  /** Something was written that no sync has seen in the cache yet. */
  isNoted(object: KubernetesObject): boolean {
    return this.#versions.has(object.metadata?.uid ?? "");
  }

  /** The cache does not have the last write yet. */
  isBehind(cached: KubernetesObject): boolean {
    const uid = cached.metadata?.uid ?? "";
    const written = this.#versions.get(uid);
    if (written === undefined) return false;
    const version = versionOf(cached);
    if (version !== undefined && version < written) return true;
    this.#versions.delete(uid);
    return false;
  }

  forget(object: KubernetesObject): void {
    this.#versions.delete(object.metadata?.uid ?? "");
  }
}

function versionOf({ metadata }: KubernetesObject): bigint | undefined {
  const text = metadata?.resourceVersion ?? "";
  return /^\d+$/.test(text) ? BigInt(text) : undefined;
}
