import type {
  ApiObject,
  ManagedFieldsOptions,
  PlainChange,
  PlainStatusChange,
  UpdatesLike,
} from "../../api/codec.js";
import type { Toleration } from "../../api/gen/types/coreV1.js";
import type { ObjectTree } from "../admission/admissionPlugin.js";
import type { UnchangedPod } from "../admission/plainPod.js";

/**
 * An update of an object or of its status that no rule has anything to say of. Neither version
 * becomes a JSON tree unless a plugin asks for one. The tree that it gets before the object is made
 * counts from then on; afterwards it is for reading.
 */
export class UpdateDraft {
  readonly #current: ApiObject;
  readonly #next: ApiObject;
  readonly #change: PlainChange;
  #old: ObjectTree | undefined;
  #tree: ObjectTree | undefined;
  #made: ApiObject | undefined;
  #pod: UnchangedPod | undefined;

  constructor(current: ApiObject, next: ApiObject, change: PlainChange) {
    this.#current = current;
    this.#next = next;
    this.#change = change;
  }

  /** The new version: what is stored, once that is made. */
  get tree(): ObjectTree {
    const object = this.#made ?? this.#next;
    this.#tree ??= JSON.parse(object.jsonUnmanaged()) as ObjectTree;
    return this.#tree;
  }

  get old(): ObjectTree {
    this.#old ??= JSON.parse(this.#current.jsonUnmanaged()) as ObjectTree;
    return this.#old;
  }

  /** For plugins, of a pod. */
  get unchangedPod(): UnchangedPod | undefined {
    const { tolerations } = this.#change;
    if (tolerations === undefined) return undefined;
    this.#pod ??= { tolerations: JSON.parse(tolerations) as Toleration[] };
    return this.#pod;
  }

  /** For plugins, of a write to the status. */
  get plainStatus(): PlainStatusChange | undefined {
    const isRead = this.#tree !== undefined && this.#made === undefined;
    return isRead ? undefined : this.#change.status;
  }

  /** As what it was made natively; undefined where others cannot be made like it. */
  like(like: UpdatesLike): object | undefined {
    if (this.#made === undefined) return undefined;
    return this.#next.updatesLike(this.#current, like);
  }

  /** The object that is stored. Undefined where a plugin has a tree that it may have changed. */
  make(write: ManagedFieldsOptions): ApiObject | undefined {
    if (this.#tree !== undefined) return undefined;
    this.#made = this.#next.updated(this.#current, write);
    return this.#made;
  }
}
