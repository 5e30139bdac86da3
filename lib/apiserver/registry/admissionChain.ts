import { andThen, ensuring, type MaybePromise } from "../../api/maybePromise.js";
import type { HistogramSeries } from "../../api/metrics/histogram.js";
import type { Clock } from "../../platform/clock.js";
import type {
  AdmissionAttributes,
  AdmissionOperation,
  AdmissionPlugin,
} from "../admission/admissionPlugin.js";
import { type Grounds, joinGrounds, lasting } from "../grounds.js";
import type { AdmissionMetrics } from "../metrics/admissionMetrics.js";

type Step = "admit" | "validate";

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

  /**
   * Mutating admission, in order; all of it once more where a plugin asks for that. Makes no
   * promise as long as no plugin waits.
   */
  admit(attributes: AdmissionAttributes): MaybePromise<void> {
    return andThen(this.#run("admit", attributes), () => {
      if (attributes.reinvocation.begin()) return this.#run("admit", attributes);
    });
  }

  /** Validating admission, in order. Makes no promise as long as no plugin waits. */
  validate(attributes: AdmissionAttributes): MaybePromise<void> {
    return this.#run("validate", attributes);
  }

  /** See AdmissionPlugin.writeGrounds: of all plugins together. */
  writeGrounds(attributes: AdmissionAttributes): Grounds | undefined {
    let all: Grounds | undefined = lasting;
    for (const { plugin } of this.#ofAttributes(attributes)) {
      const grounds = plugin.writeGrounds?.(attributes);
      if (grounds === undefined) return undefined;
      all = joinGrounds(all, grounds);
    }
    return all;
  }

  #run(step: Step, attributes: AdmissionAttributes): MaybePromise<void> {
    const plugins = this.#ofAttributes(attributes);
    if (plugins.length === 0) return undefined;
    const run = new ChainRun(step, attributes, this.#clock);
    return ensuring(
      () => run.from(plugins, 0),
      () => this.#observe(run),
    );
  }

  #observe({ step, attributes, asked, since, started }: ChainRun): void {
    const { operation } = attributes;
    const now = asked === undefined ? since : this.#clock.monotonic();
    if (asked !== undefined) {
      const rejected = this.#metrics.pluginSeries(asked.plugin.name, step, operation, true);
      rejected.observe((now - since) / 1000);
    }
    this.#metrics.observeStep(step, operation, asked !== undefined, (now - started) / 1000);
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
    const series = (step: Step) =>
      plugin[step] === undefined
        ? noSeries
        : this.#metrics.pluginSeries(plugin.name, step, operation, false);
    return { plugin, admit: series("admit"), validate: series("validate") };
  }
}

/** One way through the plugins. */
class ChainRun {
  readonly step: Step;
  readonly attributes: AdmissionAttributes;
  readonly started: number;
  /** When the plugin before ended: one look at the clock for each. */
  since: number;
  /** The plugin that is being asked: after an error, the one that threw it. */
  asked: TimedPlugin | undefined = undefined;
  readonly #clock: Clock;

  constructor(step: Step, attributes: AdmissionAttributes, clock: Clock) {
    this.step = step;
    this.attributes = attributes;
    this.#clock = clock;
    this.started = clock.monotonic();
    this.since = this.started;
  }

  /** Runs the plugins from this one on. */
  from(plugins: readonly TimedPlugin[], first: number): MaybePromise<void> {
    const { step, attributes } = this;
    for (let at = first; at < plugins.length; at += 1) {
      const timed = plugins[at] as TimedPlugin;
      const { plugin } = timed;
      if (plugin[step] === undefined) continue;
      this.asked = timed;
      const waiting = plugin[step]?.(attributes);
      if (waiting !== undefined) {
        attributes.waits?.();
        return waiting.then(() => this.#passed(plugins, at));
      }
      const others = this.#observed(timed);
      if (others !== undefined) return others.then(() => this.#resumed(plugins, at));
    }
  }

  #passed(plugins: readonly TimedPlugin[], at: number): MaybePromise<void> {
    const others = this.#observed(plugins[at] as TimedPlugin);
    return others === undefined
      ? this.from(plugins, at + 1)
      : others.then(() => this.#resumed(plugins, at));
  }

  #resumed(plugins: readonly TimedPlugin[], at: number): MaybePromise<void> {
    this.since = this.#clock.monotonic();
    return this.from(plugins, at + 1);
  }

  /** A plugin has let it pass; others may have their turn now. */
  #observed(timed: TimedPlugin): Promise<void> | undefined {
    const now = this.#clock.monotonic();
    timed[this.step].observe((now - this.since) / 1000);
    this.since = now;
    this.asked = undefined;
    return this.attributes.pause?.();
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
