import type { HistogramSeries } from "../../api/metrics/histogram.js";
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
  readonly #handling = new Map<string, readonly TimedPlugin[]>();

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
    // When the plugin before ended: one look at the clock for each.
    let since = started;
    let asked: TimedPlugin | undefined;
    try {
      for (const timed of plugins) {
        const { plugin } = timed;
        if (plugin[step] === undefined) continue;
        asked = timed;
        const waiting = plugin[step]?.(attributes);
        if (waiting !== undefined) {
          await waiting;
        }
        const now = this.#clock.monotonic();
        timed[step].observe((now - since) / 1000);
        since = now;
        asked = undefined;
        const others = attributes.pause?.();
        if (others !== undefined) {
          await others;
          since = this.#clock.monotonic();
        }
      }
    } finally {
      const { operation } = attributes;
      const now = asked === undefined ? since : this.#clock.monotonic();
      if (asked !== undefined) {
        const refused = this.#metrics.pluginSeries(asked.plugin.name, step, operation, true);
        refused.observe((now - since) / 1000);
      }
      this.#metrics.observeStep(step, operation, asked !== undefined, (now - started) / 1000);
    }
  }

  #ofAttributes(attributes: AdmissionAttributes): readonly TimedPlugin[] {
    const { operation, group, resource, subresource } = attributes;
    return this.#of(operation, group, resource, subresource);
  }

  #of(
    operation: AdmissionOperation,
    group: string,
    resource: string,
    subresource: string,
  ): readonly TimedPlugin[] {
    const key = `${operation} ${group}/${resource}/${subresource}`;
    let plugins = this.#handling.get(key);
    if (plugins === undefined) {
      plugins = this.#plugins
        .filter((plugin) => plugin.handles(operation, group, resource, subresource))
        .map((plugin) => this.#timed(plugin, operation));
      this.#handling.set(key, plugins);
    }
    return plugins;
  }

  #timed(plugin: AdmissionPlugin, operation: AdmissionOperation): TimedPlugin {
    const series = (step: "admit" | "validate") =>
      plugin[step] === undefined
        ? noSeries
        : this.#metrics.pluginSeries(plugin.name, step, operation, false);
    return { plugin, admit: series("admit"), validate: series("validate") };
  }
}

/** A plugin and where the time goes that it takes when it lets a request pass. */
interface TimedPlugin {
  readonly plugin: AdmissionPlugin;
  readonly admit: Observer;
  readonly validate: Observer;
}

type Observer = Pick<HistogramSeries, "observe">;

const noSeries: Observer = { observe: () => undefined };
