import type { DeleteOptions } from "./deleteOptions.js";
import type { ServedResource } from "./servedResource.js";

export const orphanFinalizer = "orphan";
export const foregroundFinalizer = "foregroundDeletion";

/**
 * Finalizers after a deletion asked for: the garbage collector's two are set by the propagation
 * policy, else by what the object has, else by the kind's default. See KEP "Synchronous Garbage
 * Collection".
 */
export function deletionFinalizers(
  resource: ServedResource,
  finalizers: readonly string[],
  options: DeleteOptions,
): string[] {
  if (resource.storage.kind === "Event") {
    // Events have no dependents: upstream does not collect them at all.
    return [...finalizers];
  }
  const others = finalizers.filter((f) => f !== orphanFinalizer && f !== foregroundFinalizer);
  if (shouldOrphan(resource, finalizers, options)) {
    return [...others, orphanFinalizer];
  }
  if (shouldDeleteInForeground(finalizers, options)) {
    return [...others, foregroundFinalizer];
  }
  return others;
}

function shouldOrphan(
  resource: ServedResource,
  finalizers: readonly string[],
  options: DeleteOptions,
): boolean {
  if (options.orphanDependents !== undefined) {
    return options.orphanDependents;
  }
  if (options.propagationPolicy !== undefined) {
    return options.propagationPolicy === "Orphan";
  }
  const found = finalizers.find((f) => f === orphanFinalizer || f === foregroundFinalizer);
  return found === undefined
    ? resource.strategy.defaultGarbageCollection === "orphan"
    : found === orphanFinalizer;
}

function shouldDeleteInForeground(finalizers: readonly string[], options: DeleteOptions): boolean {
  if (options.orphanDependents !== undefined) {
    return false;
  }
  if (options.propagationPolicy !== undefined) {
    return options.propagationPolicy === "Foreground";
  }
  return finalizers.includes(foregroundFinalizer);
}
