import { parseYaml } from "../../api/parseYaml.js";
import { parseDurationMilliseconds } from "../../api/time.js";
import { FlagError, type FlagValues } from "../flags/flagValues.js";

type Json = Record<string, unknown>;

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
  return json;
}

/**
 * kube-proxy's settings. As with upstream's, a file replaces the command line: flags that it could
 * hold have no effect beside it, except --hostname-override.
 */
export class KubeProxySettings {
  readonly #flags: FlagValues;
  readonly #config: Json | undefined;

  constructor(flags: FlagValues, config: Json | undefined) {
    this.#flags = flags;
    this.#config = config;
  }

  /** From the file, or undefined where the flag (or its default) counts. */
  #fromFile(name: string): unknown {
    const path = configPaths[name];
    if (this.#config === undefined || path === undefined) return undefined;
    let current: unknown = this.#config;
    for (const part of path.split(".")) {
      if (typeof current !== "object" || current === null) return undefined;
      current = (current as Json)[part];
    }
    return current === null || current === "" ? undefined : current;
  }

  string(name: string): string {
    const flag = this.#flags.string(name);
    const value = this.#fromFile(name);
    return value === undefined ? flag : String(value);
  }

  boolean(name: string): boolean {
    const flag = this.#flags.boolean(name);
    const value = this.#fromFile(name);
    return value === undefined ? flag : value === true;
  }

  integer(name: string): number {
    const flag = this.#flags.integer(name);
    const value = this.#fromFile(name);
    return value === undefined ? flag : Number(value);
  }

  /** Milliseconds; 0 for none. */
  duration(name: string): number {
    const text = this.string(name);
    if (text === "") return 0;
    try {
      return parseDurationMilliseconds(text);
    } catch {
      throw new FlagError(`--config: ${configPaths[name]} ${JSON.stringify(text)} is no duration`);
    }
  }

  strings(name: string): string[] {
    const flag = this.#flags.strings(name);
    const value = this.#fromFile(name);
    return Array.isArray(value) ? value.map(String) : flag;
  }
}
