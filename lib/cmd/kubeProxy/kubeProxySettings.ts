import { parseYaml } from "../../api/parseYaml.js";
import { parseDurationMilliseconds } from "../../api/time.js";
import { checkFields, fieldsBeyond, isZero, type Json } from "../configurationFields.js";
import { FlagError, type FlagValues } from "../flags/flagValues.js";

/** Where a flag's setting stands in KubeProxyConfiguration (kubeproxy.config.k8s.io/v1alpha1). */
const configPaths: Readonly<Record<string, string>> = {
  "bind-address": "bindAddress",
  "bind-address-hard-fail": "bindAddressHardFail",
  "cluster-cidr": "clusterCIDR",
  "config-sync-period": "configSyncPeriod",
  "conntrack-max-per-core": "conntrack.maxPerCore",
  "conntrack-min": "conntrack.min",
  "conntrack-tcp-be-liberal": "conntrack.tcpBeLiberal",
  "conntrack-tcp-timeout-close-wait": "conntrack.tcpCloseWaitTimeout",
  "conntrack-tcp-timeout-established": "conntrack.tcpEstablishedTimeout",
  "conntrack-udp-timeout": "conntrack.udpTimeout",
  "conntrack-udp-timeout-stream": "conntrack.udpStreamTimeout",
  "detect-local-mode": "detectLocalMode",
  "healthz-bind-address": "healthzBindAddress",
  "hostname-override": "hostnameOverride",
  "iptables-localhost-nodeports": "iptables.localhostNodePorts",
  "iptables-masquerade-bit": "iptables.masqueradeBit",
  "iptables-min-sync-period": "iptables.minSyncPeriod",
  "iptables-sync-period": "iptables.syncPeriod",
  kubeconfig: "clientConnection.kubeconfig",
  "masquerade-all": "iptables.masqueradeAll",
  "metrics-bind-address": "metricsBindAddress",
  "nodeport-addresses": "nodePortAddresses",
  "oom-score-adj": "oomScoreAdj",
  "pod-bridge-interface": "detectLocal.bridgeInterface",
  "pod-interface-name-prefix": "detectLocal.interfaceNamePrefix",
  "proxy-mode": "mode",
};

/** Reads the file of --config. Throws a FlagError that names the file. */
export function parseKubeProxyConfiguration(text: string, file: string): Json {
  let tree: unknown;
  try {
    tree = parseYaml(text);
  } catch (error) {
    const why = error instanceof Error ? error.message.split("\n")[0] : String(error);
    throw new FlagError(`--config ${file}: ${why}`);
  }
  const json = (tree ?? {}) as Json;
  if (json.kind !== "KubeProxyConfiguration") {
    throw new FlagError(`--config ${file}: kind is not KubeProxyConfiguration`);
  }
  if (json.apiVersion !== "kubeproxy.config.k8s.io/v1alpha1") {
    throw new FlagError(`--config ${file}: apiVersion ${String(json.apiVersion)} is not known`);
  }
  checkFields("kube-proxy", file, json);
  return json;
}

/** Of these, zero in the file is a value; of others it says nothing. */
const zeroCounts: ReadonlySet<string> = new Set([
  "conntrack-max-per-core",
  "conntrack-min",
  "conntrack-tcp-timeout-close-wait",
  "conntrack-tcp-timeout-established",
  "iptables-masquerade-bit",
  "oom-score-adj",
]);

/** What the command line says and the file could as well: the command line wins. */
const besideFile: ReadonlySet<string> = new Set(["hostname-override"]);

/**
 * kube-proxy's settings. As with upstream's, a file replaces the command line: flags that it could
 * hold have no effect beside it, except --hostname-override.
 */
export class KubeProxySettings {
  readonly #flags: FlagValues;
  readonly #config: Json | undefined;
  /** Flags on the command line that the file takes the place of. */
  readonly overruled: readonly string[];

  constructor(flags: FlagValues, config: Json | undefined) {
    const names = Object.keys(configPaths).filter((name) => !besideFile.has(name));
    this.overruled = config === undefined ? [] : names.filter((name) => flags.isSet(name));
    // What is said of them in a line of its own is no news.
    for (const name of this.overruled) flags.string(name);
    this.#flags = config === undefined ? flags : flags.only(...besideFile);
    this.#config = config;
  }

  /** Fields of the file, by their paths, that are unknown or not read yet. */
  withoutEffect(): string[] {
    const known = new Set([...Object.values(configPaths), "kind", "apiVersion"]);
    return fieldsBeyond("kube-proxy", this.#config ?? {}, known);
  }

  /** From the file, or undefined where the flag (or its default) counts. */
  #fromFile(name: string): unknown {
    const path = configPaths[name];
    if (this.#config === undefined || path === undefined) return undefined;
    if (besideFile.has(name) && this.#flags.isSet(name)) return undefined;
    let current: unknown = this.#config;
    for (const part of path.split(".")) {
      if (typeof current !== "object" || current === null) return undefined;
      current = (current as Json)[part];
    }
    if (current === null || current === "") return undefined;
    return isZero(current) && !zeroCounts.has(name) ? undefined : current;
  }

  #misfit(name: string, value: unknown, what: string): FlagError {
    return new FlagError(`--config: ${configPaths[name]}: ${JSON.stringify(value)} is no ${what}`);
  }

  string(name: string): string {
    const flag = this.#flags.string(name);
    const value = this.#fromFile(name);
    return value === undefined ? flag : String(value);
  }

  boolean(name: string): boolean {
    const flag = this.#flags.boolean(name);
    const value = this.#fromFile(name) ?? flag;
    if (typeof value === "boolean") return value;
    throw this.#misfit(name, value, "boolean");
  }

  integer(name: string): number {
    const flag = this.#flags.integer(name);
    const value = this.#fromFile(name) ?? flag;
    if (Number.isInteger(value)) return value as number;
    throw this.#misfit(name, value, "integer");
  }

  /** Milliseconds; 0 for none. */
  duration(name: string): number {
    const text = this.string(name);
    if (text === "") return 0;
    try {
      return parseDurationMilliseconds(text);
    } catch {
      throw this.#misfit(name, text, "duration");
    }
  }

  strings(name: string): string[] {
    const flag = this.#flags.strings(name);
    const value = this.#fromFile(name) ?? flag;
    if (Array.isArray(value)) return value.map(String);
    throw this.#misfit(name, value, "list");
  }
}
