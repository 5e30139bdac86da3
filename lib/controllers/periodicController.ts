import type { ResourceType } from "../api/resourceType.js";
import type { Informer, InformerOptions } from "../client/informer/informer.js";
import type { Controller, ControllerContext } from "./controllerContext.js";

/** Wakes are gathered for so long, so that many changes at once cost one round. */
const gatherMilliseconds = 100;

/** A control loop over everything at an interval, and soon after a wake. */
export abstract class PeriodicController implements Controller {
  readonly #informers: Informer<unknown>[] = [];
  #pause = new AbortController();

  constructor(
    readonly name: string,
    protected readonly context: ControllerContext,
    readonly periodMilliseconds: number,
  ) {}

  protected abstract round(signal: AbortSignal): Promise<void>;

  protected informer<T>(type: ResourceType<T>, options: InformerOptions<T> = {}): Informer<T> {
    const informer = this.context.informers.informer(type, options);
    this.#informers.push(informer as unknown as Informer<unknown>);
    return informer;
  }

  /** Something changed that should not wait for the next interval. */
  protected wake(): void {
    this.#pause.abort();
  }

  async run(signal: AbortSignal): Promise<void> {
    const synced = await Promise.all(this.#informers.map((i) => i.waitForSync(signal)));
    if (!synced.every(Boolean)) return;
    const { logger, platform } = this.context;
    while (!signal.aborted) {
      try {
        await this.round(signal);
      } catch (error) {
        if (signal.aborted) return;
        logger.warning("Round failed", { controller: this.name, error });
      }
      const either = AbortSignal.any([signal, this.#pause.signal]);
      await platform.clock.sleep(this.periodMilliseconds, either);
      if (this.#pause.signal.aborted) await platform.clock.sleep(gatherMilliseconds, signal);
      this.#pause = new AbortController();
    }
  }
}
