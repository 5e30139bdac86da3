import type { Clock } from "../../platform/clock.js";
import type { Logger } from "../../platform/logger.js";
import type { ContainerGarbage } from "./containerGarbage.js";
import type { ImageGarbage } from "./imageGarbage.js";
import type { LogRotator } from "./logRotator.js";

/** Upstream's periods. */
const containersMilliseconds = 60_000;
const imagesMilliseconds = 300_000;

export interface GarbageCollectorParts {
  readonly clock: Clock;
  readonly logger: Logger;
  readonly containers: ContainerGarbage;
  /** Undefined: images are never collected. */
  readonly images: ImageGarbage | undefined;
  /** Undefined: logs are never rotated. */
  readonly logs: { readonly rotator: LogRotator; readonly periodMilliseconds: number } | undefined;
  readonly emit: (type: "Warning", reason: string, message: string) => void;
}

/** Keeps what a node accumulates bounded: ended containers, images, logs. */
export class GarbageCollector {
  readonly #parts: GarbageCollectorParts;

  constructor(parts: GarbageCollectorParts) {
    this.#parts = parts;
  }

  /** Until the signal. Never rejects. */
  async run(signal: AbortSignal): Promise<void> {
    const { containers, images, logs } = this.#parts;
    const loops = [
      this.#loop("ContainerGC", containersMilliseconds, () => containers.collect(), signal),
    ];
    if (images) {
      loops.push(this.#loop("ImageGC", imagesMilliseconds, () => images.collect(), signal));
    }
    if (logs) {
      const { rotator, periodMilliseconds } = logs;
      loops.push(this.#loop("LogRotation", periodMilliseconds, () => rotator.rotate(), signal));
    }
    await Promise.all(loops);
  }

  async #loop(
    name: string,
    periodMilliseconds: number,
    work: () => Promise<void>,
    signal: AbortSignal,
  ): Promise<void> {
    const { clock, logger, emit } = this.#parts;
    let failures = 0;
    while (!signal.aborted) {
      try {
        await work();
        failures = 0;
      } catch (error) {
        failures += 1;
        logger.warning("Garbage could not be collected", { what: name, error });
        // Once may be a start at which not everything is there yet.
        const why = error instanceof Error ? error.message : String(error);
        if (failures > 1 && name !== "LogRotation") emit("Warning", `${name}Failed`, why);
      }
      await clock.sleep(periodMilliseconds, signal);
    }
  }
}
