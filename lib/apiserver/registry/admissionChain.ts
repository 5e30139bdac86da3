import type { Clock } from "../../platform/clock.js";
import type {
  AdmissionAttributes,
  AdmissionOperation,
  AdmissionPlugin,
} from "../admission/admissionPlugin.js";
import type { AdmissionMetrics } from "../metrics/admissionMetrics.js";

/**
 * The plugins in their order, by what they handle: asked once for each operation and resource,
 * then kept.
 */
export class AdmissionChain {
  readonly #plugins: readonly AdmissionPlugin[];
  /** Bounded by the operations, resources and subresources that are served. */
  readonly #handling = new Map<string, readonly AdmissionPlugin[]>();

  readonly #metrics: AdmissionMetrics;
  readonly #clock: Clock;

  constructor(plugins: readonly AdmissionPlugin[], metrics: AdmissionMetrics, clock: Clock) {
    this.#plugins = plugins;
    this.#metrics = metrics;
    this.#clock = clock;
  }

  handles(
    operation: AdmissionOperation,
    group: string,
    resource: string,
    subresource: string,
  ): boolean {
    return this.#of(operation, group, resource, subresource).length > 0;
  }

  /** Mutating admission, in order. */
  admit(attributes: AdmissionAttributes): Promise<void> {
    return this.#run("admit", attributes);
  }

  /** Validating admission, in order. */
  validate(attributes: AdmissionAttributes): Promise<void> {
    return this.#run("validate", attributes);
  }

  async #run(step: "admit" | "validate", attributes: AdmissionAttributes): Promise<void> {
    const plugins = this.#ofAttributes(attributes);
    if (plugins.length === 0) {
      return;
    }
    const started = this.#clock.monotonic();
    let rejected = true;
    try {
      for (const plugin of plugins) {
        const waiting = plugin[step]?.(attributes);
        if (waiting !== undefined) {
          await waiting;
        }
      }
      rejected = false;
    } finally {
      const seconds = (this.#clock.monotonic() - started) / 1000;
      this.#metrics.observeStep(step, attributes.operation, rejected, seconds);
    }
  }

  #ofAttributes(attributes: AdmissionAttributes): readonly AdmissionPlugin[] {
    const { operation, group, resource, subresource } = attributes;
    return this.#of(operation, group, resource, subresource);
  }

  #of(
    operation: AdmissionOperation,
    group: string,
    resource: string,
    subresource: string,
  ): readonly AdmissionPlugin[] {
    const key = `${operation} ${group}/${resource}/${subresource}`;
    let plugins = this.#handling.get(key);
    if (plugins === undefined) {
      plugins = this.#plugins.filter((plugin) =>
        plugin.handles(operation, group, resource, subresource),
      );
      this.#handling.set(key, plugins);
    }
    return plugins;
  }
}
