import type { ResourceType } from "../api/resourceType.js";
import { objectKey } from "../client/informer/indexer.js";
import type { Informer, InformerOptions } from "../client/informer/informer.js";
import type { KubernetesObject } from "../client/resourceClient.js";
import type { RateLimiter } from "../client/workqueue/rateLimiter.js";
import { runWorkers } from "../client/workqueue/worker.js";
import { WorkQueue } from "../client/workqueue/workQueue.js";
import type { Controller, ControllerContext } from "./controllerContext.js";

export interface QueueControllerOptions {
  readonly workers?: number;
  /** Failures after which a key is dropped until something changes. Default: never. */
  readonly maxRetries?: number;
  /** How long failed keys wait. Default: as upstream's controllers. */
  readonly rateLimiter?: () => RateLimiter;
}

const usualWorkers = 5;

/**
 * A control loop over keys: informers' handlers enqueue, workers sync. A sync reads the caches,
 * brings the world one step closer to what the key's object wants, and may be repeated at any
 * time.
 */
export abstract class QueueController implements Controller {
  protected readonly queue: WorkQueue;
  readonly #informers: Informer<unknown>[] = [];

  constructor(
    readonly name: string,
    protected readonly context: ControllerContext,
    readonly queueOptions: QueueControllerOptions = {},
  ) {
    this.queue = new WorkQueue({
      name,
      clock: context.platform.clock,
      metrics: context.queueMetrics(name),
      ...(queueOptions.rateLimiter === undefined
        ? {}
        : { rateLimiter: queueOptions.rateLimiter() }),
    });
  }

  /** Exposed to the controller's tests and to health checks. */
  get isQuiet(): boolean {
    return this.queue.isQuiet;
  }

  protected abstract sync(key: string, signal: AbortSignal): Promise<void>;

  /** An informer whose first list this controller waits for before it works. */
  protected informer<T>(type: ResourceType<T>, options: InformerOptions<T> = {}): Informer<T> {
    const informer = this.context.informers.informer(type, options);
    this.#informers.push(informer as unknown as Informer<unknown>);
    return informer;
  }

  protected readonly enqueue = (object: KubernetesObject): void => {
    this.queue.add(objectKey(object));
  };

  /** Enqueues every object of an informer whenever it changes. */
  protected enqueueAll<T extends KubernetesObject>(informer: Informer<T>): void {
    informer.addEventHandler({
      onAdd: this.enqueue,
      onUpdate: (_, object) => this.enqueue(object),
      onDelete: this.enqueue,
    });
  }

  async run(signal: AbortSignal): Promise<void> {
    const { logger } = this.context;
    const synced = await Promise.all(this.#informers.map((i) => i.waitForSync(signal)));
    if (!synced.every(Boolean)) return;
    logger.verbose(2).info("Starting controller", { controller: this.name });
    const stop = (): void => this.queue.shutDown();
    signal.addEventListener("abort", stop, { once: true });
    if (signal.aborted) stop();
    await this.started(signal);
    await runWorkers({
      queue: this.queue,
      workers:
        this.context.options.concurrentSyncs[this.name] ??
        this.queueOptions.workers ??
        usualWorkers,
      sync: (key) => this.sync(key, signal),
      logger,
      ...(this.queueOptions.maxRetries === undefined
        ? {}
        : { maxRetries: this.queueOptions.maxRetries }),
    });
    signal.removeEventListener("abort", stop);
  }

  /** Once the caches are filled, before the first sync. */
  protected started(_signal: AbortSignal): Promise<void> {
    return Promise.resolve();
  }

  /** The wall clock, in milliseconds since the epoch. */
  protected now(): number {
    return this.context.platform.clock.now();
  }
}
