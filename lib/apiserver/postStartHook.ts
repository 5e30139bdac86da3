import type { Platform } from "../platform/platform.js";
import type { ServerObjects } from "./serverObjects.js";

export interface PostStartContext {
  readonly platform: Platform;
  readonly objects: ServerObjects;
  /** Aborts when the server stops. */
  readonly signal: AbortSignal;
}

/**
 * What runs once the server serves. Until it has run, /readyz (and /livez, /healthz) say
 * `[-]poststarthook/<name> failed`. A rejection is logged and tried again with backoff until it
 * succeeds.
 */
export interface PostStartHook {
  /** Upstream's name, for example `rbac/bootstrap-roles`. */
  readonly name: string;
  run(context: PostStartContext): Promise<void>;
}
