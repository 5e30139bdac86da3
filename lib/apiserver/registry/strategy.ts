import type { PlainObject } from "../../api/codec.js";
import type { FieldError } from "../../api/fieldErrors.js";
import type { ObjectTree } from "../admission/admissionPlugin.js";
import type { Authorizer } from "../authorization/authorizer.js";
import type { UserInfo } from "../identity.js";

export type { FieldError };

export interface StrategyContext {
  readonly namespace: string;
  readonly name: string;
  readonly subresource: string;
  /** The version that is written, where it is another than the kind's own. */
  readonly apiVersion?: string;
  /** Milliseconds since the epoch, by the platform's clock. */
  readonly now: number;
  readonly userName: string;
  /** Who writes; absent where the server itself does. */
  readonly user?: UserInfo;
  warn(message: string): void;
}

/** What rules that need time are given. */
export interface Examination {
  readonly context: StrategyContext;
  readonly authorizer: Authorizer;
}

/**
 * What is peculiar to one kind when it is written. Every function may be absent. Objects are JSON
 * trees of the kind's storage version's defaults; functions change `object` in place. One file a
 * kind under registry/<group>/.
 */
export interface Strategy {
  readonly group: string;
  readonly kind: string;
  /** Sets unset fields, as upstream's defaulting of the served version; runs before admission. */
  defaults?(object: ObjectTree): void;
  /** Upstream's PrepareForCreate: drops status, sets generation 1 where the kind counts it, … */
  prepareForCreate?(object: ObjectTree, context: StrategyContext): void;
  /**
   * Whether a new object that the native rules let pass also passes what flags of the server say.
   * Absent: always.
   */
  allowsPlain?(plain: PlainObject): boolean;
  /**
   * Upstream's PrepareForUpdate for the main resource or, by context.subresource, for status and
   * others.
   */
  prepareForUpdate?(object: ObjectTree, old: ObjectTree, context: StrategyContext): void;
  validateCreate?(object: ObjectTree, context: StrategyContext): FieldError[];
  validateUpdate?(object: ObjectTree, old: ObjectTree, context: StrategyContext): FieldError[];
  /**
   * The rules that need time, after those above, which have found what is given. Resolves with all
   * that is wrong. There is no old object where one is created.
   */
  examine?(
    object: ObjectTree,
    old: ObjectTree | undefined,
    found: readonly FieldError[],
    from: Examination,
  ): Promise<readonly FieldError[]>;
  /** Deletion: whether it is graceful, and for how many seconds (pods). Undefined: at once. */
  graceSeconds?(object: ObjectTree, requested: number | undefined): number | undefined;
  /** May PUT create it (Lease, Event, …)? */
  readonly allowCreateOnUpdate?: boolean;
  /** May it be updated without a resourceVersion? Default true. */
  readonly allowUnconditionalUpdate?: boolean;
  /** Upstream's rule for the name; default a DNS-1123 subdomain. Returns what is wrong. */
  validateName?(name: string, prefix: boolean): string[];
  /** Finalizers that deletion adds by default propagation: background (default) or orphan. */
  readonly defaultGarbageCollection?: "background" | "orphan";
  /** Told to whoever deletes without a propagation policy. */
  readonly defaultPropagationWarning?: string;
}
