import { MetricsRegistry } from "../../api/metrics/metricsRegistry.js";
import type { Client } from "../../client/client.js";
import { loadClientConfig } from "../../client/config/clientConfig.js";
import { SharedInformerFactory } from "../../client/informer/sharedInformerFactory.js";
import type { Logger } from "../../platform/logger.js";
import type { Platform } from "../../platform/platform.js";
import { AddressRange } from "../../proxy/addressRange.js";
import { cleanUpProxy } from "../../proxy/cleanUpProxy.js";
import { initializeNode } from "../../proxy/initializeNode.js";
import type { DetectLocalMode, ProxyConfig } from "../../proxy/proxyConfig.js";
import { proxyInformers } from "../../proxy/proxyInformers.js";
import { chooseProxyMode } from "../../proxy/proxyMode.js";
import { ProxyServer, type ProxyServerOptions } from "../../proxy/proxyServer.js";
import { connectAs } from "../connectComponent.js";
import { FlagError, type FlagValues } from "../flags/flagValues.js";
import { kubeProxyFlags } from "../flags/kubeProxyFlags.js";
import { whyUnreadable } from "../readNamedFile.js";
import type { ComponentCommand, RunningComponent } from "../runComponent.js";
import { KubeProxySettings, parseKubeProxyConfiguration } from "./kubeProxySettings.js";

const detectLocalModes: readonly string[] = [
  "ClusterCIDR",
  "NodeCIDR",
  "BridgeInterface",
  "InterfaceNamePrefix",
];

function readSettings(flags: FlagValues, platform: Platform): KubeProxySettings {
  const file = flags.string("config");
  if (file === "") return new KubeProxySettings(flags, undefined);
  let text: string;
  try {
    text = platform.files.readTextNow(file);
  } catch (error) {
    throw new FlagError(`--config ${file}: ${whyUnreadable(error)}`);
  }
  return new KubeProxySettings(flags, parseKubeProxyConfiguration(text, file));
}

/** What was given and changes nothing is said once. */
function tellWithoutEffect(settings: KubeProxySettings, logger: Logger): void {
  const [flags, fields] = [settings.overruled, settings.withoutEffect()];
  if (flags.length > 0) {
    logger.warning("The file of --config takes the place of these flags", { flags });
  }
  if (fields.length > 0) {
    logger.warning("Fields of the configuration are unknown or have no effect yet", { fields });
  }
}

/** As upstream: rules are written again after a while, and no oftener than is allowed. */
function checkPeriods(settings: KubeProxySettings): void {
  const [sync, min] = ["iptables-sync-period", "iptables-min-sync-period"] as const;
  for (const flag of [sync, "config-sync-period"]) {
    if (settings.duration(flag) <= 0) throw new FlagError(`--${flag}: it must be greater than 0`);
  }
  if (settings.duration(min) < 0) throw new FlagError(`--${min}: it must not be negative`);
  if (settings.duration(min) > settings.duration(sync)) {
    throw new FlagError(`--${min}: it must not be greater than --${sync}`);
  }
}

function checkRanges(flag: string, texts: readonly string[]): void {
  for (const text of texts) {
    if (AddressRange.parse(text) === undefined) {
      throw new FlagError(`--${flag}: ${JSON.stringify(text)} is not an address range`);
    }
  }
}

/** Checks what would only fail later. */
function check(settings: KubeProxySettings): void {
  const clusterCIDR = settings.string("cluster-cidr");
  checkRanges("cluster-cidr", clusterCIDR === "" ? [] : clusterCIDR.split(","));
  const addresses = settings.strings("nodeport-addresses");
  if (addresses.join() !== "primary") checkRanges("nodeport-addresses", addresses);
  checkPeriods(settings);
  const bit = settings.integer("iptables-masquerade-bit");
  if (!(bit >= 0 && bit <= 31)) {
    throw new FlagError(`--iptables-masquerade-bit: ${bit} is not between 0 and 31`);
  }
  const mode = settings.string("detect-local-mode");
  if (mode !== "" && !detectLocalModes.includes(mode)) {
    const known = detectLocalModes.join(", ");
    throw new FlagError(`--detect-local-mode: ${JSON.stringify(mode)} is none of ${known}`);
  }
  const needed: Readonly<Record<string, string>> = {
    BridgeInterface: "pod-bridge-interface",
    InterfaceNamePrefix: "pod-interface-name-prefix",
  };
  const flag = needed[mode];
  if (flag !== undefined && settings.string(flag) === "") {
    throw new FlagError(`--${flag} is required with --detect-local-mode=${mode}`);
  }
}

/** The proxy's configuration from flags and file. Throws FlagError. */
export function proxyConfigOf(settings: KubeProxySettings, platform: Platform): ProxyConfig {
  check(settings);
  const hostname = settings.string("hostname-override") || platform.host.hostname();
  return {
    mode: settings.string("proxy-mode"),
    nodeName: hostname.trim().toLowerCase(),
    bindAddress: settings.string("bind-address"),
    healthzBindAddress: settings.string("healthz-bind-address"),
    metricsBindAddress: settings.string("metrics-bind-address"),
    bindAddressHardFail: settings.boolean("bind-address-hard-fail"),
    clusterCIDR: settings.string("cluster-cidr"),
    detectLocalMode: (settings.string("detect-local-mode") || "ClusterCIDR") as DetectLocalMode,
    bridgeInterface: settings.string("pod-bridge-interface"),
    interfaceNamePrefix: settings.string("pod-interface-name-prefix"),
    masqueradeAll: settings.boolean("masquerade-all"),
    masqueradeBit: settings.integer("iptables-masquerade-bit"),
    localhostNodePorts: settings.boolean("iptables-localhost-nodeports"),
    syncPeriodMilliseconds: settings.duration("iptables-sync-period"),
    configSyncPeriodMilliseconds: settings.duration("config-sync-period"),
    minSyncPeriodMilliseconds: settings.duration("iptables-min-sync-period"),
    nodePortAddresses: settings.strings("nodeport-addresses"),
    conntrack: {
      maxPerCore: settings.integer("conntrack-max-per-core"),
      min: settings.integer("conntrack-min"),
      tcpEstablishedTimeoutMilliseconds: settings.duration("conntrack-tcp-timeout-established"),
      tcpCloseWaitTimeoutMilliseconds: settings.duration("conntrack-tcp-timeout-close-wait"),
      tcpBeLiberal: settings.boolean("conntrack-tcp-be-liberal"),
      udpTimeoutMilliseconds: settings.duration("conntrack-udp-timeout"),
      udpStreamTimeoutMilliseconds: settings.duration("conntrack-udp-timeout-stream"),
    },
  };
}

async function start(
  flags: FlagValues,
  logger: Logger,
  platform: Platform,
): Promise<RunningComponent> {
  if (flags.boolean("cleanup")) {
    const complete = await cleanUpProxy(platform, logger);
    return platform.host.exit(complete ? 0 : 1);
  }
  const settings = readSettings(flags, platform);
  const config = proxyConfigOf(settings, platform);
  tellWithoutEffect(settings, logger);
  // A mode that is refused is said at once, not when the API server answers.
  const mode = await chooseProxyMode(platform, logger, config.mode);
  if (flags.boolean("init-only")) {
    await initializeNode(platform, logger, config);
    return platform.host.exit(0);
  }
  const score = `${settings.integer("oom-score-adj")}\n`;
  await platform.files.writeFile("/proc/self/oom_score_adj", score).catch((error: unknown) => {
    logger.verbose(2).info("Cannot set the OOM score", { err: error });
  });
  const [kubeconfig, master] = [settings.string("kubeconfig"), flags.string("master")];
  const clientConfig = loadClientConfig(platform, {
    ...(kubeconfig === "" ? {} : { kubeconfig }),
    ...(master === "" ? {} : { master }),
  });
  const abort = new AbortController();
  const metrics = new MetricsRegistry();
  const { signal } = abort;
  const client = await connectAs("kube-proxy", clientConfig, logger, platform, signal, metrics);
  const proxy = await startKubeProxy({ ...config, mode }, logger, platform, client, {
    flags: flags.inEffect(),
    metrics,
  });
  return {
    stop: async () => {
      abort.abort();
      await proxy.stop();
      client.close();
    },
  };
}

/** A proxy by its configuration, over the given client, which stays the caller's. */
export async function startKubeProxy(
  config: ProxyConfig,
  logger: Logger,
  platform: Platform,
  client: Client,
  shown: Pick<ProxyServerOptions, "flags" | "metrics"> = {},
): Promise<RunningComponent> {
  const abort = new AbortController();
  const factory = new SharedInformerFactory({ client, platform, logger });
  const server = new ProxyServer({
    ...{ platform, logger, config },
    ...proxyInformers(factory, config.nodeName, config.configSyncPeriodMilliseconds),
    ...shown,
  });
  factory.start(abort.signal);
  await server.start();
  return {
    stop: async () => {
      await server.stop();
      abort.abort();
      await factory.stopped();
    },
  };
}

export const kubeProxyCommand: ComponentCommand = {
  name: "kube-proxy",
  flags: kubeProxyFlags,
  start,
};
