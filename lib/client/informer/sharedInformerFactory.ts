import { setMaxListeners } from "node:events";
import { checkArgument } from "../../api/checkArgument.js";
import {
  abortSignal,
  callable,
  checkOptions,
  flag,
  milliseconds,
  type OptionCheck,
  string,
  whole,
} from "../../api/optionChecks.js";
import { OptionError } from "../../api/optionError.js";
import { type ResourceType, resourceTypeCheck } from "../../api/resourceType.js";
import type { Logger } from "../../platform/logger.js";
import type { Platform } from "../../platform/platform.js";
import type { Client, DynamicResourceType } from "../client.js";
import type { DynamicObject, KubernetesObject } from "../resourceClient.js";
import { CachingInformer } from "./cachingInformer.js";
import type { Informer, InformerOptions, InformerSelection } from "./informer.js";
import { Lister } from "./lister.js";

export interface SharedInformerFactoryOptions {
  readonly client: Client;
  readonly platform: Pick<Platform, "clock" | "random">;
  readonly logger?: Logger;
  /** For every informer that brings none of its own. Default: managedFields are dropped. */
  readonly transform?: (object: KubernetesObject) => KubernetesObject;
}

const optionChecks: Readonly<Record<keyof InformerOptions<unknown>, OptionCheck>> = {
  namespace: string,
  labelSelector: string,
  fieldSelector: string,
  transform: callable,
  resyncMilliseconds: milliseconds,
  pageSize: whole(1, Number.MAX_SAFE_INTEGER),
  sendInitialEvents: flag,
};

/** Throws an OptionError for what names no resource, and for options that no informer has. */
function checkInformer(type: unknown, options: unknown): void {
  checkArgument("type", type, resourceTypeCheck);
  checkOptions(options, optionChecks, (option, message) => new OptionError(option, message));
}

/** One informer a resource and selection, however many ask for it. */
export class SharedInformerFactory {
  readonly #options: SharedInformerFactoryOptions;
  readonly #informers = new Map<string, CachingInformer<unknown>>();
  readonly #runs: Promise<void>[] = [];
  readonly #started = new Set<string>();
  /** Of informers that can be ended before all others. */
  readonly #ends = new Map<string, AbortController>();
  #signal: AbortSignal | undefined;

  constructor(options: SharedInformerFactoryOptions) {
    this.#options = options;
  }

  /**
   * The informer, made at the first call and run from the next `start` on. Who asks first decides
   * transform and page size; resources with different selections are different informers.
   */
  informer<T>(type: ResourceType<T>, options: InformerOptions<T> = {}): Informer<T> {
    checkInformer(type, options);
    const key = informerKey(type, options);
    return this.#informer(key, () => this.#options.client.resource(type), options);
  }

  /** As `informer`, of a resource that is known only at run time. */
  dynamicInformer(
    type: DynamicResourceType,
    options: InformerOptions<DynamicObject> = {},
  ): Informer<DynamicObject> {
    checkInformer(type, options);
    const key = informerKey(type, options);
    return this.#informer(key, () => this.#options.client.dynamic(type), options);
  }

  /**
   * An informer of which only metadata is needed: the full one where somebody follows the
   * resource already, else one that asks for nothing more.
   */
  metadataInformer(type: DynamicResourceType): Informer<KubernetesObject> {
    checkInformer(type, {});
    const existing = this.#informers.get(informerKey(type, {}));
    if (existing !== undefined) return existing as unknown as Informer<KubernetesObject>;
    const key = metadataKey(type);
    if (!this.#ends.has(key)) this.#ends.set(key, new AbortController());
    return this.#informer(key, () => this.#options.client.metadata(type), {
      // A server that does not know the form sends the whole.
      transform: ({ metadata = {} }) => dropManagedFields({ metadata }),
    });
  }

  /**
   * Ends the informer that asks for nothing but metadata of the resource, if there is one: it is
   * served no more, and the next call of `metadataInformer` makes another.
   */
  endMetadataInformer(type: DynamicResourceType): void {
    checkInformer(type, {});
    const key = metadataKey(type);
    this.#ends.get(key)?.abort();
    this.#ends.delete(key);
    this.#informers.delete(key);
    this.#started.delete(key);
  }

  /** Reads of the cache of `informer` with the same arguments. */
  lister<T>(type: ResourceType<T>, options: InformerOptions<T> = {}): Lister<T> {
    return new Lister(this.informer(type, options).indexer);
  }

  /** Runs every informer that does not run yet. Call it again after asking for more informers. */
  start(signal: AbortSignal): void {
    checkArgument("signal", signal, abortSignal);
    this.#signal ??= AbortSignal.any([signal, this.#options.client.closed]);
    // Every watch and every call in flight listens to it.
    setMaxListeners(0, signal, this.#signal);
    for (const [key, informer] of this.#informers) {
      if (this.#started.has(key)) continue;
      this.#started.add(key);
      const end = this.#ends.get(key)?.signal;
      const until = end === undefined ? this.#signal : AbortSignal.any([this.#signal, end]);
      if (end !== undefined) setMaxListeners(0, until);
      this.#runs.push(informer.run(until));
    }
  }

  /**
   * Resolves when all informers asked for so far have their first list, or with false on abort.
   * Rejects with ApiError when the client is closed before, and with OptionError where one of them
   * was asked for after the last `start`, which would be waited for in vain.
   */
  async waitForSync(signal?: AbortSignal): Promise<boolean> {
    if (signal !== undefined) checkArgument("signal", signal, abortSignal);
    this.#refuseNotStarted();
    const { closed } = this.#options.client;
    const over = AbortSignal.any([closed, ...(signal === undefined ? [] : [signal])]);
    setMaxListeners(0, over);
    const synced = await Promise.all(
      [...this.#informers.values()].map((informer) => informer.waitForSync(over)),
    );
    const isSynced = synced.every(Boolean);
    if (!isSynced && signal?.aborted !== true) closed.throwIfAborted();
    return isSynced;
  }

  /** Resolves when every informer has stopped after the signal given to start. */
  async stopped(): Promise<void> {
    await Promise.all(this.#runs);
  }

  #refuseNotStarted(): void {
    const waiting = [...this.#informers].find(([key]) => !this.#started.has(key));
    if (waiting === undefined) return;
    const [, { type }] = waiting;
    const why = `the informer of ${type.resource} does not run: call start(signal) before waitForSync`;
    throw new OptionError("start", why);
  }

  #informer<T>(
    key: string,
    client: () => ConstructorParameters<typeof CachingInformer<T>>[0],
    options: InformerOptions<T>,
  ): Informer<T> {
    const existing = this.#informers.get(key);
    if (existing !== undefined) return existing as unknown as Informer<T>;
    const { platform, logger } = this.#options;
    const transform = options.transform ?? this.#transform<T>();
    const informer = new CachingInformer<T>(
      client(),
      { platform, ...(logger === undefined ? {} : { logger }) },
      { ...options, transform },
    );
    this.#informers.set(key, informer as unknown as CachingInformer<unknown>);
    return informer;
  }

  #transform<T>(): (object: T) => T {
    const { transform } = this.#options;
    return (transform ?? dropManagedFields) as unknown as (object: T) => T;
  }
}

/** Nobody but the API server reads managedFields, and they are a good part of an object. */
export function dropManagedFields<T extends KubernetesObject>(object: T): T {
  if (object.metadata !== undefined) delete object.metadata.managedFields;
  return object;
}

function metadataKey(type: DynamicResourceType): string {
  return `metadata ${informerKey(type, {})}`;
}

function informerKey(type: DynamicResourceType, options: InformerSelection): string {
  const { namespace = "", labelSelector = "", fieldSelector = "" } = options;
  return JSON.stringify([
    type.group,
    type.version,
    type.resource,
    namespace,
    labelSelector,
    fieldSelector,
  ]);
}
