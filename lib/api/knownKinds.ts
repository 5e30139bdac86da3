import type { ResourceType } from "./resourceType.js";

/** A group, and its versions with the preferred one first. */
export interface GroupVersions {
  readonly group: string;
  readonly versions: readonly string[];
}

/** Which resources and kinds there are, and which belong together. */
export interface KnownKinds {
  /** Every resource of every version, in discovery order. */
  readonly resources: readonly ResourceType<unknown>[];
  /** In discovery order. */
  readonly groups: readonly GroupVersions[];
  /** The resource at /apis/{group}/{version}/…/{plural}. */
  resource(group: string, version: string, plural: string): ResourceType<unknown> | undefined;
  /** The resource that serves a kind; a list's kind has none. */
  resourceOfKind(group: string, version: string, kind: string): ResourceType<unknown> | undefined;
  resourceOfMessage(message: string): ResourceType<unknown> | undefined;
  /**
   * The resources of a group version, by plural; empty where there are none. The same list as long
   * as it is the same resources.
   */
  resourcesOf(group: string, version: string): readonly ResourceType<unknown>[];
  /** The versions of a group, the one that clients should take first; empty where it is unknown. */
  versionsOf(group: string): readonly string[];
}

/** The resource in its group's preferred version, or in the first one that has it. */
export function preferredResource(
  kinds: KnownKinds,
  group: string,
  plural: string,
): ResourceType<unknown> | undefined {
  for (const version of kinds.versionsOf(group)) {
    const found = kinds.resource(group, version, plural);
    if (found !== undefined) return found;
  }
  return undefined;
}
