import type { PlainStatusChange } from "../../api/codec.js";
import type { MaybePromise } from "../../api/maybePromise.js";
import type { GroupVersionKind } from "../../api/resourceType.js";
import type { Grounds } from "../grounds.js";
import type { UserInfo } from "../identity.js";
import type { PlainBinding } from "./plainBinding.js";
import type { PlainPod, UnchangedPod } from "./plainPod.js";
import type { Reinvocation } from "./reinvocation.js";

/** The object as JSON gives it; the rules of a kind give it its type. */
export type ObjectTree = Record<string, unknown>;

export type AdmissionOperation = "CREATE" | "UPDATE" | "DELETE" | "CONNECT";

export interface AdmissionAttributes {
  readonly operation: AdmissionOperation;
  readonly user: UserInfo;
  /** With `version` and `resource`: the resource as it was asked for. */
  readonly group: string;
  readonly version: string;
  /** Of `objectKind`. */
  readonly kind: string;
  /** Of what the request is about, in its version: of a subresource, what that takes (Scale). */
  readonly requestKind: GroupVersionKind;
  /** What `object` and `oldObject` are trees of: the stored version, or a subresource's own kind. */
  readonly objectKind: GroupVersionKind;
  readonly resource: string;
  readonly subresource: string;
  readonly namespace: string;
  readonly name: string;
  /** Mutable in admit, read-only in validate. Absent for DELETE and most CONNECT. */
  readonly object: ObjectTree | undefined;
  readonly oldObject: ObjectTree | undefined;
  /**
   * A pod that is created and that its plugins need not look at: what they add is added here, and
   * `object` stays untouched. Whoever reads `object` in admit makes a tree of it, for all that
   * follow.
   */
  readonly plainPod?: PlainPod | undefined;
  /** A pod that is updated in its metadata alone: where this says enough, `object` is not asked. */
  readonly unchangedPod?: UnchangedPod | undefined;
  /** Of the creation of a pod's binding: `object` is there nevertheless. */
  readonly plainBinding?: PlainBinding | undefined;
  /** A status that no rule finds a fault with: where this says enough, `object` is not asked. */
  readonly plainStatus?: PlainStatusChange | undefined;
  /**
   * All of them: CreateOptions, UpdateOptions (of patches, too), DeleteOptions, or PodExecOptions
   * and its like for CONNECT.
   */
  readonly options: ObjectTree | undefined;
  readonly dryRun: boolean;
  /**
   * Between plugins: lets others have their turn where the object is long. Absent where it cannot
   * be.
   */
  readonly pause?: (() => Promise<void> | undefined) | undefined;
  /**
   * Called before the server waits for a plugin: releases what keeps others from writing the
   * object. Absent where nothing does.
   */
  readonly waits?: (() => void) | undefined;
  /** Adds a Warning header to the response. */
  warn(message: string): void;
  /**
   * Adds an annotation to the request's audit event, by a key of the form `plugin/key`; the first
   * value of a key stays. Absent where nothing is audited.
   */
  readonly annotate?: ((key: string, value: string) => void) | undefined;
  /** Of admit. The same in both runs over one object. */
  readonly reinvocation: Reinvocation;
  /**
   * Registers a hook of commit and rollback, run once when the write is over: `committed` says
   * whether it was stored. For what a plugin reserved or charged in admit or validate and must give
   * back when nothing came of it. Absent where nothing is stored. Where a lost race is tried again,
   * the plugin runs again, and the hooks of the attempt that lost have run with false.
   */
  readonly onDecided?: ((hook: (committed: boolean) => MaybePromise<void>) => void) | undefined;
}

/**
 * Objections are thrown as ApiError (lib/api/status.ts), by default Forbidden as upstream words it.
 */
export interface AdmissionPlugin {
  /** Upstream's plugin name. */
  readonly name: string;
  /** Cheap test without the object, so that most requests never parse JSON for this plugin. */
  handles(
    operation: AdmissionOperation,
    group: string,
    resource: string,
    subresource: string,
  ): boolean;
  /**
   * May change the object. What it does to its own work is nothing: it may run again over the same
   * object (`reinvocation`), and does over a newer one after a lost race. Returns a promise only
   * where it waits.
   */
  admit?(attributes: AdmissionAttributes): MaybePromise<void>;
  /** Sees the object as it will be stored. Returns a promise only where it waits. */
  validate?(attributes: AdmissionAttributes): MaybePromise<void>;
  /**
   * After a plain write (with `plainPod`, `unchangedPod`, `plainStatus` or `plainBinding`, where it
   * has such) was admitted: what that rests on. Later plain writes of the same requester,
   * operation, kind, subresource and namespace, and of the same facts, are stored with the same
   * additions without this plugin, for as long as that stays as it is. Undefined where each of them
   * has to be looked at; absent means the same.
   */
  writeGrounds?(attributes: AdmissionAttributes): Grounds | undefined;
}
