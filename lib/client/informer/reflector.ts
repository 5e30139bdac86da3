import { ApiError, hasReason } from "../../api/status.js";
import { type Logger, type LogValues, silentLogger } from "../../platform/logger.js";
import type { Platform } from "../../platform/platform.js";
import { Backoff, reflectorBackoff } from "../backoff.js";
import type { KubernetesObject, ResourceClient, WatchEvent } from "../resourceClient.js";
import type { InformerOptions, InformerSelection } from "./informer.js";

/** Watches end after 5 to 10 minutes, at random, so that reconnections do not come in waves. */
const minWatchSeconds = 300;
/** A server that is away for so long is not just being started again. */
const awayMilliseconds = 10_000;

export interface ReflectorParts {
  readonly platform: Pick<Platform, "clock" | "random">;
  readonly logger?: Logger;
}

export type ReflectorOptions = InformerSelection &
  Pick<InformerOptions<unknown>, "pageSize" | "sendInitialEvents">;

/** Who is told what the server holds. Its calls must not throw. */
export interface ReflectorSink<T> {
  /** A list begins; what came of one before that did not end is void. */
  beginList(): void;
  listed(object: T): void;
  /** It is gone while the list still comes. */
  unlisted(object: T): void;
  /** The list is whole: what it does not have is gone. */
  endList(): void;
  changed(object: T): void;
  deleted(object: T): void;
}

/**
 * Lists, then watches from the list's revision, and again when the watch ends: from the last
 * revision seen, or with a new list when that is too old (410). Keeps no object.
 */
export class Reflector<T> {
  readonly #client: ResourceClient<T>;
  readonly #options: ReflectorOptions;
  readonly #parts: ReflectorParts;
  readonly #sink: ReflectorSink<T>;
  readonly #logger: Logger;
  readonly #backoff: Backoff;
  #running = false;
  #resourceVersion = "";
  /** Empty: the next list must be the newest, since the last revision is gone. */
  #listVersion = "0";
  #streamsList: boolean;
  /** Since when the server has not been there, and whether that was said. */
  #away: { readonly since: number; said: boolean } | undefined;

  constructor(
    client: ResourceClient<T>,
    parts: ReflectorParts,
    sink: ReflectorSink<T>,
    options: ReflectorOptions = {},
  ) {
    this.#client = client;
    this.#parts = parts;
    this.#sink = sink;
    this.#options = options;
    this.#logger = parts.logger ?? silentLogger;
    this.#backoff = new Backoff(parts.platform.clock, parts.platform.random, reflectorBackoff);
    this.#streamsList = options.sendInitialEvents ?? true;
  }

  get lastSyncResourceVersion(): string {
    return this.#resourceVersion;
  }

  /** Follows the server until the signal aborts. Never rejects: errors are retried with backoff. */
  async run(signal: AbortSignal): Promise<void> {
    if (this.#running) throw new Error("the informer is running already");
    this.#running = true;
    try {
      while (!signal.aborted) {
        try {
          if (this.#resourceVersion === "") await this.#list(signal);
          await this.#watch(signal);
        } catch (error) {
          if (signal.aborted) return;
          await this.#recover(error, signal);
        }
      }
    } finally {
      this.#running = false;
    }
  }

  get #selection(): InformerSelection {
    const { namespace, labelSelector, fieldSelector } = this.#options;
    return {
      ...(namespace === undefined ? {} : { namespace }),
      ...(labelSelector === undefined ? {} : { labelSelector }),
      ...(fieldSelector === undefined ? {} : { fieldSelector }),
    };
  }

  async #list(signal: AbortSignal): Promise<void> {
    this.#sink.beginList();
    if (this.#streamsList) {
      try {
        await this.#streamList(signal);
        return;
      } catch (error) {
        // A server that does not know the option refuses it; then pages it is, for good.
        if (!hasReason(error, "Invalid", "BadRequest", "MethodNotAllowed")) throw error;
        this.#streamsList = false;
        this.#sink.beginList();
      }
    }
    let resourceVersion = "";
    const pages = this.#client.listPages({
      ...this.#selection,
      resourceVersion: this.#listVersion,
      ...(this.#options.pageSize === undefined ? {} : { limit: this.#options.pageSize }),
      signal,
    });
    for await (const page of pages) {
      resourceVersion = page.metadata.resourceVersion ?? "";
      for (const item of page.items) this.#sink.listed(item);
    }
    this.#endList(resourceVersion);
  }

  /**
   * The list as a watch: initial events up to the bookmark that ends them, then the same watch
   * goes on.
   */
  async #streamList(signal: AbortSignal): Promise<void> {
    const events = this.#client.watch({
      ...this.#selection,
      resourceVersionMatch: "NotOlderThan",
      sendInitialEvents: true,
      allowWatchBookmarks: true,
      timeoutSeconds: this.#watchSeconds(),
      signal,
    });
    let initial = true;
    for await (const event of events) {
      if (!initial) this.#apply(event);
      else if (event.type === "BOOKMARK") {
        if (!event.initialEventsEnd) continue;
        this.#endList(event.resourceVersion);
        initial = false;
      } else if (event.type === "DELETED") this.#sink.unlisted(event.object);
      else this.#sink.listed(event.object);
    }
    if (initial && !signal.aborted) throw new Error("the watch ended before its initial events");
  }

  #endList(resourceVersion: string): void {
    this.#isThere();
    this.#sink.endList();
    this.#resourceVersion = resourceVersion;
    this.#listVersion = resourceVersion;
  }

  async #watch(signal: AbortSignal): Promise<void> {
    const started = this.#parts.platform.clock.monotonic();
    const events = this.#client.watch({
      ...this.#selection,
      resourceVersion: this.#resourceVersion,
      allowWatchBookmarks: true,
      timeoutSeconds: this.#watchSeconds(),
      signal,
    });
    let count = 0;
    for await (const event of events) {
      count++;
      this.#apply(event);
    }
    if (count === 0 && this.#parts.platform.clock.monotonic() - started < 1000) {
      throw new Error("the watch ended at once without an event");
    }
    this.#backoff.reset();
  }

  #watchSeconds(): number {
    return minWatchSeconds + this.#parts.platform.random.below(minWatchSeconds);
  }

  async #recover(error: unknown, signal: AbortSignal): Promise<void> {
    const { group, resource } = this.#client.type;
    const values = { group, resource, error };
    if (hasReason(error, "Expired", "Gone")) {
      this.#logger.verbose(2).info("Watch is too old, listing again", values);
      this.#resourceVersion = "";
      this.#listVersion = "";
    } else if (hasReason(error, "ServiceUnavailable", "TooManyRequests", "Timeout")) {
      this.#isAway(values);
    } else {
      this.#logger.warning("List or watch failed", values);
      // What the server holds against this watch may go away with a new list.
      if (error instanceof ApiError && error.code !== 403) this.#resourceVersion = "";
    }
    await this.#backoff.sleep(signal);
  }

  /** What lasts is said once: a wrong address or certificate would else look like nothing. */
  #isAway(values: LogValues): void {
    const now = this.#parts.platform.clock.monotonic();
    this.#away ??= { since: now, said: false };
    if (this.#away.said || now - this.#away.since < awayMilliseconds) {
      this.#logger.verbose(1).info("Server is not available, trying again", values);
      return;
    }
    this.#away.said = true;
    this.#logger.warning("Server is not available, trying on", values);
  }

  #isThere(): void {
    if (this.#away?.said) {
      const { group, resource } = this.#client.type;
      this.#logger.info("Server is available again", { group, resource });
    }
    this.#away = undefined;
  }

  #apply(event: WatchEvent<T>): void {
    this.#isThere();
    if (event.type === "BOOKMARK") {
      if (event.resourceVersion !== "") this.#resourceVersion = event.resourceVersion;
      return;
    }
    // Read first: whoever is told may change the object.
    const version = (event.object as KubernetesObject).metadata?.resourceVersion;
    if (event.type === "DELETED") this.#sink.deleted(event.object);
    else this.#sink.changed(event.object);
    this.#resourceVersion = version ?? this.#resourceVersion;
  }
}
