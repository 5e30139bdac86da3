import { parseIp } from "../../api/ipAddress.js";
import { MetricsRegistry } from "../../api/metrics/metricsRegistry.js";
import { gitVersion } from "../../api/versions.js";
import type { Client } from "../../client/client.js";
import { countedChannel } from "../../kubelet/cri/countedChannel.js";
import { CriRuntime } from "../../kubelet/cri/criRuntime.js";
import { Kubelet } from "../../kubelet/kubelet.js";
import type { KubeletOptions } from "../../kubelet/kubeletOptions.js";
import { parseResolvConf } from "../../kubelet/pods/podDns.js";
import { sysctlPatternProblem } from "../../kubelet/pods/sysctls.js";
import type { Logger } from "../../platform/logger.js";
import type { Platform } from "../../platform/platform.js";
import { checkNamedFile } from "../flags/checkFlagFiles.js";
import { FlagError, type FlagValues } from "../flags/flagValues.js";
import { kubeletFlags } from "../flags/kubeletFlags.js";
import { whyUnreadable } from "../readNamedFile.js";
import type { ComponentCommand, RunningComponent } from "../runComponent.js";
import { garbageOptions } from "./garbageOptions.js";
import { connectKubelet } from "./kubeletClient.js";
import { type RunningKubeletServer, startKubeletServer } from "./kubeletServing.js";
import { KubeletSettings, parseKubeletConfiguration } from "./kubeletSettings.js";
import { maxPodsOf, reservedResources, unenforcedReservations } from "./nodeResources.js";
import { runtimeDisagreements } from "./runtimeDisagreements.js";

const usualResolvConf = "/etc/resolv.conf";
const defaultEndpoint = "unix:///run/containerd/containerd.sock";

function readSettings(flags: FlagValues, platform: Platform): KubeletSettings {
  const file = flags.string("config");
  if (file === "") return new KubeletSettings(flags, undefined);
  let text: string;
  try {
    text = platform.files.readTextNow(file);
  } catch (error) {
    throw new FlagError(`--config ${file}: ${whyUnreadable(error)}`);
  }
  return new KubeletSettings(flags, parseKubeletConfiguration(text, file));
}

/**
 * The node's own addresses: --node-ip, a node name that is one, else the first that is not
 * loopback; `::` of --node-ip asks for one of IPv6 before the others. Throws FlagError.
 */
export function nodeIps(flags: FlagValues, nodeName: string, platform: Platform): string[] {
  const text = flags.string("node-ip");
  const given = text.split(",").map((one) => one.trim());
  const wrong = text === "" ? undefined : given.find((one) => parseIp(one) === undefined);
  if (wrong !== undefined) {
    throw new FlagError(`--node-ip: ${JSON.stringify(wrong)} is not an IP address`);
  }
  if (text !== "" && text !== "0.0.0.0" && text !== "::") return given;
  if (parseIp(nodeName) !== undefined) return [nodeName];
  const own = platform.host.addresses().filter((address) => !address.loopback);
  const family = text === "::" ? "IPv6" : "IPv4";
  const best = own.find((address) => address.family === family) ?? own[0];
  return [best?.address ?? "127.0.0.1"];
}

function nodeNameOf(flags: FlagValues, platform: Platform): string {
  return (flags.string("hostname-override") || platform.host.hostname()).toLowerCase();
}

/**
 * What pods get of the machine's resolv.conf. An empty --resolv-conf keeps the machine's from them:
 * whoever has no DNS of the cluster then asks a server beside itself, as upstream.
 */
export async function resolvConfOf(
  settings: KubeletSettings,
  platform: Platform,
): Promise<KubeletOptions["settings"]["resolvConf"]> {
  const file = settings.string("resolv-conf");
  if (file === "") return { servers: ["127.0.0.1"], searches: ["."], options: [] };
  try {
    return parseResolvConf(await platform.files.readText(file));
  } catch (error) {
    if (file === usualResolvConf) return { servers: [], searches: [], options: [] };
    throw new FlagError(`--resolv-conf: ${file}: ${(error as Error).message}`);
  }
}

function cgroupDriverOf(settings: KubeletSettings): "systemd" | "cgroupfs" {
  const driver = settings.string("cgroup-driver");
  if (driver === "systemd" || driver === "cgroupfs") return driver;
  throw new FlagError(`--cgroup-driver: ${JSON.stringify(driver)} is neither cgroupfs nor systemd`);
}

/** --allowed-unsafe-sysctls. Throws FlagError. */
export function unsafeSysctlsOf(settings: KubeletSettings): string[] {
  const patterns = settings.strings("allowed-unsafe-sysctls");
  for (const pattern of patterns) {
    const problem = sysctlPatternProblem(pattern);
    if (problem === undefined) continue;
    throw new FlagError(`--allowed-unsafe-sysctls: ${JSON.stringify(pattern)}: ${problem}`);
  }
  return patterns;
}

/** The whole of the kubelet's options, from flags, file and machine. */
export async function kubeletOptions(
  flags: FlagValues,
  settings: KubeletSettings,
  platform: Platform,
  logger: Logger,
  client: Client,
): Promise<KubeletOptions> {
  const nodeName = nodeNameOf(flags, platform);
  const metrics = new MetricsRegistry();
  const podLogsDirectory = settings.string("podLogsDir");
  const root = flags.string("root-dir") || "/var/lib/kubelet";
  const cgroupRoot = settings.string("cgroup-root").replace(/\/$/, "");
  const updateMilliseconds = settings.duration("node-status-update-frequency") || 10_000;
  return {
    platform,
    client,
    metrics,
    runtime: runtimeOf(settings, platform, metrics),
    logger,
    nodeName,
    addresses: [
      ...nodeIps(flags, nodeName, platform).map((address) => ({ type: "InternalIP", address })),
      { type: "Hostname", address: nodeName },
    ],
    labels: Object.fromEntries(flags.map("node-labels")),
    taints: settings.taints("register-with-taints"),
    registerNode: settings.boolean("register-node"),
    providerId: settings.string("provider-id"),
    podCidr: settings.string("pod-cidr"),
    rootDirectory: root,
    containerLogsDirectory: podLogsDirectory.replace(/pods$/, "containers"),
    staticPodPath: settings.string("pod-manifest-path"),
    fileCheckMilliseconds: settings.duration("file-check-frequency") || 20_000,
    kubeletPort: settings.integer("port"),
    kubeletVersion: gitVersion,
    maxPods: maxPodsOf(settings, platform.host.cpuCount()),
    reserved: reservedResources(settings),
    settings: {
      podLogsDirectory,
      clusterDns: settings.strings("cluster-dns"),
      clusterDomain: settings.string("cluster-domain"),
      resolvConf: await resolvConfOf(settings, platform),
      nodeHostname: platform.host.hostname(),
      seccompDefault: settings.boolean("seccomp-default"),
    },
    cgroups: {
      mountPoint: "/sys/fs/cgroup",
      root: `${cgroupRoot}/kubepods`,
      driver: cgroupDriverOf(settings),
      perQos: settings.boolean("cgroups-per-qos"),
    },
    cpuCfsQuota: settings.boolean("cpu-cfs-quota"),
    allowedUnsafeSysctls: unsafeSysctlsOf(settings),
    ...garbageOptions(flags, settings),
    maxParallelPulls: settings.boolean("serialize-image-pulls")
      ? 1
      : settings.integer("maxParallelImagePulls"),
    nodeStatusUpdateMilliseconds: updateMilliseconds,
    nodeStatusReportMilliseconds: settings.duration(
      // A file that wants to hear of the node so often wants to be told so often.
      settings.isFromFile("node-status-update-frequency") &&
        !settings.isFromFile("nodeStatusReportFrequency")
        ? "node-status-update-frequency"
        : "nodeStatusReportFrequency",
    ),
    nodeStatusMaxImages: settings.integer("node-status-max-images"),
    leaseDurationSeconds: settings.integer("nodeLeaseDurationSeconds"),
    relistMilliseconds: 1_000,
  };
}

function runtimeOf(
  settings: KubeletSettings,
  platform: Platform,
  metrics: MetricsRegistry,
): CriRuntime {
  const endpoint = settings.string("container-runtime-endpoint") || defaultEndpoint;
  const channel = platform.network.rpcChannel({ target: endpoint.replace(/^unix:\/\//, "unix:") });
  const counted = countedChannel(channel, metrics, platform.clock);
  return new CriRuntime(counted, settings.duration("runtime-request-timeout") || 120_000);
}

/** Empty where the runtime does not respond yet: the kubelet itself waits for it. */
async function runtimeInfo(
  runtime: KubeletOptions["runtime"],
): Promise<Readonly<Record<string, string>>> {
  return "info" in runtime ? (runtime as CriRuntime).info().catch(() => ({})) : {};
}

/** A kubelet by its flags, over the given client, which stays the caller's. */
export async function startKubelet(
  flags: FlagValues,
  logger: Logger,
  platform: Platform,
  client: Client,
  settings = readSettings(flags, platform),
): Promise<RunningComponent> {
  const options = await kubeletOptions(flags, settings, platform, logger, client);
  const fields = [...settings.withoutEffect(), ...unenforcedReservations(settings)];
  if (fields.length > 0) {
    logger.warning("Parts of the configuration are unknown or have no effect yet", { fields });
  }
  const disagreements = runtimeDisagreements(flags, await runtimeInfo(options.runtime));
  if (disagreements.length > 0) {
    logger.warning("The runtime is configured otherwise, and that counts", { disagreements });
  }
  const kubelet = new Kubelet(options);
  await kubelet.start();
  let server: RunningKubeletServer | undefined;
  try {
    server = await startKubeletServer(flags, settings, options, kubelet);
  } catch (error) {
    await kubelet.stop();
    throw error;
  }
  return {
    stop: async () => {
      await server?.stop();
      await kubelet.stop();
      options.runtime.close();
    },
  };
}

/** Files that the file of --config names are looked at like those of flags. Throws FlagError. */
export function checkSettingsFiles(settings: KubeletSettings, platform: Platform): void {
  const check = (name: "client-ca-file" | "tls-cert-file" | "tls-private-key-file"): void => {
    const form = name === "tls-private-key-file" ? "private key" : "certificates";
    checkNamedFile(platform, name, settings.string(name), form);
  };
  check("client-ca-file");
  check("tls-cert-file");
  check("tls-private-key-file");
}

async function start(
  flags: FlagValues,
  logger: Logger,
  platform: Platform,
): Promise<RunningComponent> {
  // Files that are wrong are told of at once, not when the API server answers.
  const settings = readSettings(flags, platform);
  checkSettingsFiles(settings, platform);
  const abort = new AbortController();
  const nodeName = nodeNameOf(flags, platform);
  const { client, rotation, expired } = await connectKubelet(
    flags,
    settings,
    nodeName,
    logger,
    platform,
    abort.signal,
  );
  let kubelet: RunningComponent;
  try {
    // A start may wait long (for its runtime), and the certificate end meanwhile.
    const starting = startKubelet(flags, logger, platform, client, settings);
    kubelet = await Promise.race([starting, expired]);
  } catch (error) {
    abort.abort();
    throw error;
  }
  return {
    failed: expired,
    stop: async () => {
      abort.abort();
      await kubelet.stop();
      await rotation;
      client.close();
    },
  };
}

export const kubeletCommand: ComponentCommand = { name: "kubelet", flags: kubeletFlags, start };
