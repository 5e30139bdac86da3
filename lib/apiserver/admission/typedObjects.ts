import type { ResourceType } from "../../api/resourceType.js";
import type { AdmissionAttributes, ObjectTree } from "./admissionPlugin.js";

type Admitted = Pick<AdmissionAttributes, "kind" | "object" | "oldObject">;
type Kind<T> = Pick<ResourceType<T>, "kind"> & ResourceType<T>;

/*
 * The one place where admission reads trees as objects of a kind. The codec has decoded them by
 * that kind's schema, so that their fields are of its types; that the kind is the one that a plugin
 * takes it for is looked at here.
 */

/** The object that is written. Throws where there is none, or it is of another kind. */
export function objectOf<T>(attributes: Admitted, type: Kind<T>): T {
  return present(attributes, objectAs<T>(attributes, type.kind));
}

/** The version that is stored. Throws where there is none, or it is of another kind. */
export function oldObjectOf<T>(attributes: Admitted, type: Kind<T>): T {
  return present(attributes, oldObjectAs<T>(attributes, type.kind));
}

/** As objectOf; undefined where there is none: of deletions, and most connections. */
export function objectIfAny<T>(attributes: Admitted, type: Kind<T>): T | undefined {
  return objectAs<T>(attributes, type.kind);
}

/** As oldObjectOf; undefined where there is none: of creations. */
export function oldObjectIfAny<T>(attributes: Admitted, type: Kind<T>): T | undefined {
  return oldObjectAs<T>(attributes, type.kind);
}

/** As objectIfAny, of kinds that are no resource, or that a plugin reads alike. */
export function objectAs<T>(attributes: Admitted, ...kinds: readonly string[]): T | undefined {
  return typed<T>(attributes, attributes.object, kinds);
}

export function oldObjectAs<T>(attributes: Admitted, ...kinds: readonly string[]): T | undefined {
  return typed<T>(attributes, attributes.oldObject, kinds);
}

function typed<T>(
  { kind }: Admitted,
  tree: ObjectTree | undefined,
  kinds: readonly string[],
): T | undefined {
  if (!kinds.includes(kind)) throw new Error(`a ${kind} is read as a ${kinds.join(" or a ")}`);
  return tree as T | undefined;
}

function present<T>({ kind }: Admitted, object: T | undefined): T {
  if (object === undefined) throw new Error(`there is no ${kind} to read`);
  return object;
}
