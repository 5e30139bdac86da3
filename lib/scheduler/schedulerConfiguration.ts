import { addon } from "../native/addon.js";

/** A plugin of a set: its name, and for scores its weight (0 or absent is the default's). */
export interface PluginReference {
  readonly name: string;
  readonly weight?: number;
}

/** `enabled` is added to the defaults, `disabled` taken from them (`*` takes all). */
export interface PluginSet {
  readonly enabled?: readonly PluginReference[];
  readonly disabled?: readonly PluginReference[];
}

/** The extension points that have effect: multiPoint, and filter and score to override it. */
export interface Plugins {
  readonly multiPoint?: PluginSet;
  readonly filter?: PluginSet;
  readonly score?: PluginSet;
}

export interface PluginConfig {
  readonly name: string;
  readonly args?: object;
}

/** KubeSchedulerProfile of kubescheduler.config.k8s.io/v1. */
export interface SchedulerProfile {
  /** Default `default-scheduler`. */
  readonly schedulerName?: string;
  readonly percentageOfNodesToScore?: number;
  readonly plugins?: Plugins;
  readonly pluginConfig?: readonly PluginConfig[];
}

/** LeaderElectionConfiguration of component-base. */
export interface SchedulerLeaderElection {
  readonly leaderElect?: boolean;
  readonly leaseDurationSeconds?: number;
  readonly renewDeadlineSeconds?: number;
  readonly retryPeriodSeconds?: number;
  readonly resourceName?: string;
  readonly resourceNamespace?: string;
}

/** Fields of KubeSchedulerConfiguration (kubescheduler.config.k8s.io/v1) that have effect. */
export interface SchedulerConfiguration {
  readonly profiles?: readonly SchedulerProfile[];
  /** 0, the default, adapts to the number of nodes. */
  readonly percentageOfNodesToScore?: number;
  /** Default 1. */
  readonly podInitialBackoffSeconds?: number;
  /** Default 10. */
  readonly podMaxBackoffSeconds?: number;
  readonly leaderElection?: SchedulerLeaderElection;
  /** Informers start only once this process leads. */
  readonly delayCacheUntilActive?: boolean;
}

export const defaultSchedulerName = "default-scheduler";

/** Throws what an operator can act on: the field and what is wrong with it. */
export class SchedulerConfigurationError extends Error {}

interface EnginePlugin {
  name: string;
  filter: boolean;
  score: boolean;
  weight: number;
  args?: object;
}

export function schedulerNames(configuration: SchedulerConfiguration): string[] {
  const { profiles = [] } = configuration;
  if (profiles.length === 0) return [defaultSchedulerName];
  return profiles.map((profile) => profile.schedulerName ?? defaultSchedulerName);
}

/**
 * The engine's configuration (see crates/scheduling, profile.rs) as JSON: each profile's plugins
 * are resolved to one list. The seed breaks ties between nodes.
 */
export function engineConfiguration(configuration: SchedulerConfiguration, seed: number): string {
  const profiles = configuration.profiles ?? [];
  return JSON.stringify({
    seed,
    percentageOfNodesToScore: configuration.percentageOfNodesToScore ?? 0,
    profiles: (profiles.length === 0 ? [{}] : profiles).map((profile, index) => ({
      schedulerName: profile.schedulerName ?? defaultSchedulerName,
      ...(profile.percentageOfNodesToScore === undefined
        ? {}
        : { percentageOfNodesToScore: profile.percentageOfNodesToScore }),
      plugins: resolvePlugins(profile, `profiles[${index}]`),
    })),
  });
}

/** Upstream's order: multiPoint over the defaults first, then what single points say. */
function resolvePlugins(profile: SchedulerProfile, path: string): EnginePlugin[] {
  const { multiPoint, filter, score } = profile.plugins ?? {};
  const known = new Map(addon.schedulingPlugins().map((plugin) => [plugin.name, plugin]));
  const plugins = new Map<string, EnginePlugin>();
  const checked = (references: readonly PluginReference[] | undefined, point: string) => {
    for (const { name } of references ?? []) {
      if (known.has(name)) continue;
      throw new SchedulerConfigurationError(
        `${path}.plugins.${point}.enabled: plugin ${JSON.stringify(name)} does not exist`,
      );
    }
    return references ?? [];
  };
  const without = disabledIn(multiPoint);
  for (const { name, weight } of known.values()) {
    if (!without(name)) plugins.set(name, { name, filter: true, score: true, weight });
  }
  for (const { name, weight = 0 } of checked(multiPoint?.enabled, "multiPoint")) {
    plugins.set(name, { name, filter: true, score: true, weight });
  }
  for (const [set, point] of [[filter, "filter"] as const, [score, "score"] as const]) {
    const isDisabled = disabledIn(set);
    for (const plugin of plugins.values()) {
      if (isDisabled(plugin.name)) plugin[point] = false;
    }
    for (const { name, weight = 0 } of checked(set?.enabled, point)) {
      const plugin = plugins.get(name) ?? { name, filter: false, score: false, weight };
      plugin[point] = true;
      if (point === "score" && weight > 0) plugin.weight = weight;
      plugins.set(name, plugin);
    }
  }
  for (const { name, args } of profile.pluginConfig ?? []) {
    const plugin = plugins.get(name);
    if (plugin !== undefined && args !== undefined) plugin.args = args;
  }
  return [...plugins.values()];
}

function disabledIn(set: PluginSet | undefined): (name: string) => boolean {
  const names = new Set((set?.disabled ?? []).map((plugin) => plugin.name));
  return (name) => names.has("*") || names.has(name);
}
