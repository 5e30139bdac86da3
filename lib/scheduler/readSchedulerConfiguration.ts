import { parseYaml } from "../api/parseYaml.js";
import { parseDurationMilliseconds } from "../api/time.js";
import {
  type PluginConfig,
  type PluginSet,
  type Plugins,
  type SchedulerConfiguration,
  SchedulerConfigurationError,
  type SchedulerLeaderElection,
  type SchedulerProfile,
} from "./schedulerConfiguration.js";

const apiVersion = "kubescheduler.config.k8s.io/v1";
const kind = "KubeSchedulerConfiguration";

/** Fields that are accepted and change nothing here. */
const withoutEffect = new Set(["parallelism", "enableProfiling", "enableContentionProfiling"]);

const connectionFields = new Set(["acceptContentTypes", "contentType", "qps", "burst"]);

type Tree = Readonly<Record<string, unknown>>;

export interface ReadSchedulerConfiguration {
  readonly configuration: SchedulerConfiguration;
  /** `clientConnection.kubeconfig`: where the API server is; empty when it is not said. */
  readonly kubeconfig: string;
  /** Fields that are set and have no effect. */
  readonly ignored: readonly string[];
}

/**
 * Reads a KubeSchedulerConfiguration (kubescheduler.config.k8s.io/v1) as YAML or JSON. Throws
 * SchedulerConfigurationError with the field's path; unknown fields are errors, as upstream reads
 * it strictly.
 */
export function readSchedulerConfiguration(text: string): ReadSchedulerConfiguration {
  let tree: unknown;
  try {
    tree = parseYaml(text);
  } catch (error) {
    throw new SchedulerConfigurationError(error instanceof Error ? error.message : String(error));
  }
  const root = new Fields(tree, "");
  const version = root.text("apiVersion");
  const kindOfFile = root.text("kind");
  if (version !== apiVersion || kindOfFile !== kind) {
    throw new SchedulerConfigurationError(
      `no kind ${JSON.stringify(kindOfFile ?? "")} is registered for version ` +
        JSON.stringify(version ?? ""),
    );
  }
  if ((root.list("extenders") ?? []).length > 0) {
    throw new SchedulerConfigurationError("extenders: not supported yet");
  }
  const connection = root.fields("clientConnection");
  const kubeconfig = connection?.text("kubeconfig") ?? "";
  const configuration = present<SchedulerConfiguration>({
    profiles: root.list("profiles")?.map(profileOf),
    percentageOfNodesToScore: root.integer("percentageOfNodesToScore", 0, 100),
    podInitialBackoffSeconds: root.integer("podInitialBackoffSeconds", 1),
    podMaxBackoffSeconds: root.integer("podMaxBackoffSeconds", 1),
    leaderElection: leaderElectionOf(root.fields("leaderElection")),
    delayCacheUntilActive: root.boolean("delayCacheUntilActive"),
  });
  const { podInitialBackoffSeconds = 1, podMaxBackoffSeconds = 10 } = configuration;
  if (podMaxBackoffSeconds < podInitialBackoffSeconds) {
    throw new SchedulerConfigurationError(
      "podMaxBackoffSeconds: must be at least podInitialBackoffSeconds",
    );
  }
  const ignored = [
    ...root.rest((name) => withoutEffect.has(name)),
    ...(connection?.rest((name) => connectionFields.has(name)) ?? []),
  ];
  return { configuration, kubeconfig, ignored };
}

function profileOf(fields: Fields): SchedulerProfile {
  const profile = present<SchedulerProfile>({
    schedulerName: fields.text("schedulerName"),
    percentageOfNodesToScore: fields.integer("percentageOfNodesToScore", 0, 100),
    plugins: pluginsOf(fields.fields("plugins")),
    pluginConfig: fields.list("pluginConfig")?.map(pluginConfigOf),
  });
  fields.rest(() => false);
  return profile;
}

function pluginsOf(fields: Fields | undefined): Plugins | undefined {
  if (fields === undefined) return undefined;
  const plugins = present<Plugins>({
    multiPoint: pluginSetOf(fields.fields("multiPoint")),
    filter: pluginSetOf(fields.fields("filter")),
    score: pluginSetOf(fields.fields("score")),
  });
  // Elsewhere only taking the default away is something that the engine does not have yet.
  fields.rest((name) => extensionPoints.has(name));
  return plugins;
}

const extensionPoints = new Set([
  "preEnqueue",
  "queueSort",
  "preFilter",
  "postFilter",
  "preScore",
  "reserve",
  "permit",
  "preBind",
  "bind",
  "postBind",
  "placementGenerate",
  "placementScore",
  "podGroupPostFilter",
]);

function pluginSetOf(fields: Fields | undefined): PluginSet | undefined {
  if (fields === undefined) return undefined;
  const reference = (one: Fields) => {
    const name = one.text("name");
    if (name === undefined) throw one.error("name", "Required value");
    const plugin = present<{ name: string; weight?: number }>({
      name,
      weight: one.integer("weight", 0),
    });
    one.rest(() => false);
    return plugin;
  };
  const set = present<PluginSet>({
    enabled: fields.list("enabled")?.map(reference),
    disabled: fields.list("disabled")?.map(reference),
  });
  fields.rest(() => false);
  return set;
}

function pluginConfigOf(fields: Fields): PluginConfig {
  const name = fields.text("name");
  if (name === undefined) throw fields.error("name", "Required value");
  const { apiVersion: _, kind: __, ...args } = fields.tree("args") ?? {};
  fields.rest(() => false);
  return { name, args };
}

/** In a file, leaders are elected unless it says otherwise. */
function leaderElectionOf(fields: Fields | undefined): SchedulerLeaderElection {
  if (fields === undefined) return { leaderElect: true };
  const election = present<SchedulerLeaderElection>({
    leaderElect: fields.boolean("leaderElect") ?? true,
    leaseDurationSeconds: fields.seconds("leaseDuration"),
    renewDeadlineSeconds: fields.seconds("renewDeadline"),
    retryPeriodSeconds: fields.seconds("retryPeriod"),
    resourceName: fields.text("resourceName"),
    resourceNamespace: fields.text("resourceNamespace"),
  });
  const lock = fields.text("resourceLock") ?? "leases";
  if (lock !== "leases") throw fields.error("resourceLock", 'must be "leases"');
  fields.rest(() => false);
  return election;
}

/** An object's fields, each taken once by its type; `rest` then knows the unknown ones. */
class Fields {
  readonly #tree: Tree;
  readonly #path: string;
  readonly #left: Set<string>;

  constructor(tree: unknown, path: string) {
    if (typeof tree !== "object" || tree === null || Array.isArray(tree)) {
      throw new SchedulerConfigurationError(`${path || "the file"}: must be an object`);
    }
    this.#tree = tree as Tree;
    this.#path = path;
    this.#left = new Set(Object.keys(tree));
  }

  error(name: string, detail: string): SchedulerConfigurationError {
    return new SchedulerConfigurationError(`${this.#at(name)}: ${detail}`);
  }

  text(name: string): string | undefined {
    const value = this.#take(name);
    if (value === undefined || typeof value === "string") return value;
    throw this.error(name, "must be a string");
  }

  boolean(name: string): boolean | undefined {
    const value = this.#take(name);
    if (value === undefined || typeof value === "boolean") return value;
    throw this.error(name, "must be true or false");
  }

  integer(name: string, least: number, most = 2 ** 31 - 1): number | undefined {
    const value = this.#take(name);
    if (value === undefined) return undefined;
    if (Number.isInteger(value) && (value as number) >= least && (value as number) <= most) {
      return value as number;
    }
    throw this.error(name, `must be a whole number from ${least} to ${most}`);
  }

  seconds(name: string): number | undefined {
    const text = this.text(name);
    if (text === undefined) return undefined;
    try {
      return parseDurationMilliseconds(text) / 1000;
    } catch (error) {
      throw this.error(name, error instanceof Error ? error.message : String(error));
    }
  }

  tree(name: string): Tree | undefined {
    const value = this.#take(name);
    if (value === undefined) return undefined;
    if (typeof value === "object" && value !== null && !Array.isArray(value)) return value as Tree;
    throw this.error(name, "must be an object");
  }

  fields(name: string): Fields | undefined {
    const value = this.#take(name);
    return value === undefined ? undefined : new Fields(value, this.#at(name));
  }

  list(name: string): Fields[] | undefined {
    const value = this.#take(name);
    if (value === undefined) return undefined;
    if (!Array.isArray(value)) throw this.error(name, "must be a list");
    return value.map((item, index) => new Fields(item, `${this.#at(name)}[${index}]`));
  }

  /** Fields that nobody took: those that are known have no effect, others are an error. */
  rest(isKnown: (name: string) => boolean): string[] {
    const unknown = [...this.#left].find((name) => !isKnown(name));
    if (unknown !== undefined) throw this.error(unknown, "unknown field");
    return [...this.#left].map((name) => this.#at(name));
  }

  #take(name: string): unknown {
    this.#left.delete(name);
    return this.#tree[name] ?? undefined;
  }

  #at(name: string): string {
    return this.#path === "" ? name : `${this.#path}.${name}`;
  }
}

type Optional<T> = { [K in keyof T]: T[K] | undefined };

/** Leaves out what is undefined, as absent fields must be. */
function present<T extends object>(object: Optional<T>): T {
  const entries = Object.entries(object).filter(([, value]) => value !== undefined);
  return Object.fromEntries(entries) as T;
}
