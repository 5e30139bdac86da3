import type { FieldValidation } from "../api/codec.js";

/** What every request may carry. */
export interface RequestOptions {
  /** Of a namespaced resource; for lists and watches absent means all namespaces. */
  readonly namespace?: string;
  /** Aborting it rejects the call with the signal's reason. */
  readonly signal?: AbortSignal;
  /** How long the client waits for the whole answer. Default 60 s for calls, none for watches. */
  readonly timeoutMilliseconds?: number;
}

export interface GetOptions extends RequestOptions {
  readonly resourceVersion?: string;
}

export interface SelectionOptions extends RequestOptions {
  readonly labelSelector?: string;
  readonly fieldSelector?: string;
  readonly resourceVersion?: string;
  readonly resourceVersionMatch?: "Exact" | "NotOlderThan";
  readonly timeoutSeconds?: number;
}

/** Which objects, and how many at a time. */
export interface ListOptions extends SelectionOptions {
  readonly limit?: number;
  readonly continue?: string;
}

/** Which objects, and from when on. */
export interface WatchOptions extends SelectionOptions {
  readonly allowWatchBookmarks?: boolean;
  /** Send what is there first, and then a bookmark that says so. */
  readonly sendInitialEvents?: boolean;
}

export interface WriteOptions extends RequestOptions {
  readonly dryRun?: boolean;
  readonly fieldManager?: string;
  readonly fieldValidation?: FieldValidation;
}

export interface PatchOptions extends WriteOptions {
  /** Server-side apply only: take fields over from other managers. */
  readonly force?: boolean;
}

/** apply is server-side apply. */
export type Patch =
  | { readonly type: "json"; readonly body: readonly object[] }
  | { readonly type: "merge" | "strategic" | "apply"; readonly body: object };

export interface DeleteOptions extends RequestOptions {
  readonly dryRun?: boolean;
  readonly gracePeriodSeconds?: number;
  readonly propagationPolicy?: "Orphan" | "Background" | "Foreground";
  readonly preconditions?: { readonly uid?: string; readonly resourceVersion?: string };
}

export interface DeleteCollectionOptions extends DeleteOptions {
  readonly labelSelector?: string;
  readonly fieldSelector?: string;
  readonly limit?: number;
  readonly continue?: string;
  readonly resourceVersion?: string;
}
