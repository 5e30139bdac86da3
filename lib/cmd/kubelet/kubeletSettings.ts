import type { Taint } from "../../api/gen/types/coreV1.js";
import { parseYaml } from "../../api/parseYaml.js";
import { parseDurationMilliseconds } from "../../api/time.js";
import { FlagError, type FlagValues } from "../flags/flagValues.js";

type Json = Record<string, unknown>;

/** Where a flag's setting stands in KubeletConfiguration (kubelet.config.k8s.io/v1beta1). */
const configPaths: Readonly<Record<string, string>> = {
  address: "address",
  port: "port",
  "read-only-port": "readOnlyPort",
  "healthz-port": "healthzPort",
  "healthz-bind-address": "healthzBindAddress",
  "tls-cert-file": "tlsCertFile",
  "tls-private-key-file": "tlsPrivateKeyFile",
  "client-ca-file": "authentication.x509.clientCAFile",
  "anonymous-auth": "authentication.anonymous.enabled",
  "authentication-token-webhook": "authentication.webhook.enabled",
  "authentication-token-webhook-cache-ttl": "authentication.webhook.cacheTTL",
  "authorization-mode": "authorization.mode",
  "authorization-webhook-cache-authorized-ttl": "authorization.webhook.cacheAuthorizedTTL",
  "authorization-webhook-cache-unauthorized-ttl": "authorization.webhook.cacheUnauthorizedTTL",
  "rotate-certificates": "rotateCertificates",
  "rotate-server-certificates": "serverTLSBootstrap",
  "cluster-dns": "clusterDNS",
  "cluster-domain": "clusterDomain",
  "resolv-conf": "resolvConf",
  "cgroup-driver": "cgroupDriver",
  "cgroup-root": "cgroupRoot",
  "cgroups-per-qos": "cgroupsPerQOS",
  "max-pods": "maxPods",
  "pod-cidr": "podCIDR",
  "pod-manifest-path": "staticPodPath",
  "file-check-frequency": "fileCheckFrequency",
  "node-status-update-frequency": "nodeStatusUpdateFrequency",
  "node-status-max-images": "nodeStatusMaxImages",
  "register-node": "registerNode",
  "register-with-taints": "registerWithTaints",
  "provider-id": "providerID",
  "serialize-image-pulls": "serializeImagePulls",
  "cpu-cfs-quota": "cpuCFSQuota",
  "seccomp-default": "seccompDefault",
  "image-gc-high-threshold": "imageGCHighThresholdPercent",
  "image-gc-low-threshold": "imageGCLowThresholdPercent",
  "minimum-image-ttl-duration": "imageMinimumGCAge",
  "container-log-max-size": "containerLogMaxSize",
  "container-log-max-files": "containerLogMaxFiles",
  "fail-swap-on": "failSwapOn",
  "container-runtime-endpoint": "containerRuntimeEndpoint",
  "runtime-request-timeout": "runtimeRequestTimeout",
  "streaming-connection-idle-timeout": "streamingConnectionIdleTimeout",
  "enable-server": "enableServer",
  "enable-debugging-handlers": "enableDebuggingHandlers",
  "system-reserved": "systemReserved",
  "kube-reserved": "kubeReserved",
};

/** KubeletConfiguration's defaults where they differ from the flags' own. */
const configDefaults: Readonly<Record<string, unknown>> = {
  "anonymous-auth": false,
  "authentication-token-webhook": true,
  "authorization-mode": "Webhook",
  "read-only-port": 0,
};

function readPath(tree: Json, path: string): unknown {
  let current: unknown = tree;
  for (const part of path.split(".")) {
    if (typeof current !== "object" || current === null) return undefined;
    current = (current as Json)[part];
  }
  return current;
}

/** Reads the file of --config. Throws a FlagError that names the file. */
export function parseKubeletConfiguration(text: string, file: string): Json {
  let tree: unknown;
  try {
    tree = parseYaml(text);
  } catch (error) {
    const why = error instanceof Error ? error.message.split("\n")[0] : String(error);
    throw new FlagError(`--config ${file}: ${why}`);
  }
  const json = (tree ?? {}) as Json;
  if (json.kind !== "KubeletConfiguration") {
    throw new FlagError(`--config ${file}: kind is not KubeletConfiguration`);
  }
  if (json.apiVersion !== "kubelet.config.k8s.io/v1beta1") {
    throw new FlagError(`--config ${file}: apiVersion ${String(json.apiVersion)} is not known`);
  }
  return json;
}

/**
 * The kubelet's settings: a flag on the command line wins over the file, the file over the default.
 */
export class KubeletSettings {
  readonly #flags: FlagValues;
  readonly #config: Json | undefined;

  constructor(flags: FlagValues, config: Json | undefined) {
    this.#flags = flags;
    this.#config = config;
  }

  #fromFile(name: string): unknown {
    if (this.#config === undefined || this.#flags.isSet(name)) return undefined;
    const path = configPaths[name];
    if (path === undefined) return undefined;
    return readPath(this.#config, path) ?? configDefaults[name];
  }

  string(name: string): string {
    const value = this.#fromFile(name);
    const flag = this.#flags.string(name);
    return value === undefined ? flag : String(value);
  }

  boolean(name: string): boolean {
    const value = this.#fromFile(name);
    const flag = this.#flags.boolean(name);
    return value === undefined ? flag : value === true;
  }

  integer(name: string): number {
    const value = this.#fromFile(name);
    const flag = this.#flags.integer(name);
    return value === undefined ? flag : Number(value);
  }

  /** Milliseconds. */
  duration(name: string): number {
    const value = this.#fromFile(name);
    const flag = this.#flags.duration(name);
    if (value === undefined) return flag;
    try {
      return parseDurationMilliseconds(String(value));
    } catch {
      throw new FlagError(`--config: ${configPaths[name]} ${JSON.stringify(value)} is no duration`);
    }
  }

  strings(name: string): string[] {
    const value = this.#fromFile(name);
    const flag = this.#flags.strings(name);
    return Array.isArray(value) ? value.map(String) : flag;
  }

  map(name: string): ReadonlyMap<string, string> {
    const value = this.#fromFile(name);
    const flag = this.#flags.map(name);
    if (typeof value !== "object" || value === null) return flag;
    return new Map(Object.entries(value).map(([key, text]) => [key, String(text)]));
  }

  /** `key=value:effect`, or the file's list. */
  taints(name: string): Taint[] {
    const value = this.#fromFile(name);
    const texts = this.#flags.strings(name);
    if (Array.isArray(value)) return value as Taint[];
    return texts.map((text) => {
      const match = /^([^=:]+)(?:=([^:]*))?:(NoSchedule|PreferNoSchedule|NoExecute)$/.exec(text);
      if (!match) throw new FlagError(`invalid argument "${text}" for "--${name}" flag`);
      const [, key = "", taintValue, effect = ""] = match;
      return { key, effect, ...(taintValue ? { value: taintValue } : {}) };
    });
  }

  /** KubeletConfiguration with the flags' values in their places, for /configz. */
  effective(): object {
    const tree: Json = structuredClone(this.#config ?? {});
    tree.kind = "KubeletConfiguration";
    tree.apiVersion = "kubelet.config.k8s.io/v1beta1";
    for (const [name, path] of Object.entries(configPaths)) {
      if (readPath(tree, path) !== undefined && !this.#flags.isSet(name)) continue;
      const parts = path.split(".");
      const last = parts.pop() as string;
      let parent = tree;
      for (const part of parts) {
        parent[part] ??= {};
        parent = parent[part] as Json;
      }
      parent[last] = this.#typed(name);
    }
    return tree;
  }

  #typed(name: string): unknown {
    const type = this.#flags.definitions.find((definition) => definition.name === name)?.type ?? "";
    if (type === "bool") return this.boolean(name);
    if (type.startsWith("int")) return this.integer(name);
    if (type === "strings") return this.strings(name);
    if (type === "[]v1.Taint") return this.taints(name);
    if (type.startsWith("map")) return Object.fromEntries(this.map(name));
    return this.string(name);
  }

  /** A field of the file that no flag has. */
  file<T>(path: string, fallback: T): T {
    const value = this.#config === undefined ? undefined : readPath(this.#config, path);
    return value === undefined || value === null ? fallback : (value as T);
  }
}
