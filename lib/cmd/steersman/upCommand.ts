import { parseIp } from "../../api/ipAddress.js";
import { Cluster } from "../../cluster/cluster.js";
import { defaultClusterCidr } from "../../cluster/clusterCidr.js";
import type { ClusterEtcdOptions, ClusterServeEtcdOptions } from "../../cluster/clusterOptions.js";
import type { ClusterDnsChoice } from "../../cluster/nodes/nodesDns.js";
import type { RealNodes } from "../../cluster/nodes/realNodes.js";
import { createLogger, type Logger } from "../../platform/logger.js";
import type { Platform } from "../../platform/platform.js";
import { readNamedFile } from "../readNamedFile.js";
import { chooseNodes, type NodeChoice, type NodeRuntimeFlag } from "./chooseNodes.js";
import { startError, writeKubeconfig } from "./startError.js";

export interface UpFlags {
  readonly dataDir: string;
  readonly inMemory?: boolean;
  readonly etcdServers?: string;
  readonly etcdCafile?: string;
  readonly etcdCertfile?: string;
  readonly etcdKeyfile?: string;
  readonly etcdPrefix?: string;
  readonly serveEtcd?: string;
  readonly securePort: string;
  readonly grpcPort: string;
  readonly insecurePort: string;
  readonly insecurePortAllowAnyUser?: boolean;
  readonly bindAddress: string;
  readonly nodes: string;
  readonly runtime: NodeRuntimeFlag;
  readonly jobRunSeconds: string;
  readonly kubeconfig?: string;
  readonly serviceClusterIpRange: string;
  readonly clusterCidr?: string;
  readonly nodeCidr: string;
  readonly clusterDns?: string;
  readonly enableAdmissionPlugins?: string;
  readonly disableAdmissionPlugins?: string;
  readonly workers: string;
  readonly v: string;
  readonly loggingFormat: string;
}

interface UpSettings {
  readonly etcd: ClusterEtcdOptions | undefined;
  readonly serveEtcd: ClusterServeEtcdOptions | undefined;
  readonly nodes: number;
  /** Of simulated nodes; Infinity: until they are stopped. */
  readonly jobRunSeconds: number;
  readonly securePort: number;
  readonly grpcPort: number;
  readonly insecurePort: number | undefined;
  readonly clusterCidr: string;
  readonly clusterDns: ClusterDnsChoice;
}

function whole(name: string, text: string, maximum: number): number {
  const value = Number(text);
  if (!/^\d+$/.test(text) || value > maximum) {
    throw new Error(`--${name}: ${JSON.stringify(text)} is not a whole number up to ${maximum}`);
  }
  return value;
}

function secondsOrNever(name: string, text: string): number {
  if (text === "never") return Number.POSITIVE_INFINITY;
  if (/^\d+(\.\d+)?$/.test(text)) return Number(text);
  throw new Error(`--${name}: ${JSON.stringify(text)} is not a number of seconds, nor "never"`);
}

function readClusterDns(text: string | undefined): ClusterDnsChoice {
  if (text === undefined) return { kind: "own" };
  if (text === "none") return { kind: "none" };
  const servers = text.split(",").map((one) => one.trim());
  const wrong = servers.find((one) => parseIp(one) === undefined);
  if (wrong === undefined) return { kind: "given", servers };
  throw new Error(`--cluster-dns: ${JSON.stringify(wrong)} is neither none nor an IP address`);
}

function etcdFilesOf({ etcdCafile, etcdCertfile, etcdKeyfile }: UpFlags) {
  return {
    "etcd-cafile": etcdCafile,
    "etcd-certfile": etcdCertfile,
    "etcd-keyfile": etcdKeyfile,
  };
}

function readEtcd(flags: UpFlags, platform: Platform): ClusterEtcdOptions | undefined {
  const { etcdServers, etcdPrefix } = flags;
  const files = etcdFilesOf(flags);
  if (etcdServers === undefined) {
    const all = { ...files, "etcd-prefix": etcdPrefix };
    const [idle] = Object.entries(all).find(([, value]) => value !== undefined) ?? [];
    if (idle === undefined) return undefined;
    throw new Error(`--${idle}: there is no etcd without --etcd-servers`);
  }
  if (flags.inMemory) throw new Error("--in-memory: --etcd-servers keeps objects in etcd");
  const [certificateAuthorities, certificate, key] = Object.entries(files).map(([flag, path]) =>
    path === undefined ? undefined : readNamedFile(platform, flag, path),
  );
  return {
    servers: namesOf(etcdServers),
    ...(certificateAuthorities === undefined ? {} : { certificateAuthorities }),
    ...(certificate === undefined ? {} : { certificate }),
    ...(key === undefined ? {} : { key }),
    ...(etcdPrefix === undefined ? {} : { prefix: etcdPrefix }),
  };
}

function readServeEtcd({
  serveEtcd,
  etcdServers,
  inMemory,
}: UpFlags): ClusterServeEtcdOptions | undefined {
  if (serveEtcd === undefined) return undefined;
  if (etcdServers !== undefined) {
    throw new Error("--serve-etcd: with --etcd-servers there is no own store to serve");
  }
  if (inMemory) {
    const why =
      "the certificate that it asks for is in the data directory, and --in-memory has none";
    throw new Error(`--serve-etcd: ${why}`);
  }
  const [, host = "", port = ""] = /^(.*):(\d+)$/.exec(serveEtcd) ?? [];
  const address = host.replace(/^\[(.*)\]$/, "$1");
  if (parseIp(address) === undefined || Number(port) > 65_535) {
    const given = JSON.stringify(serveEtcd);
    throw new Error(`--serve-etcd: ${given} is not an IP address and a port, as 127.0.0.1:2379`);
  }
  return { host: address, port: Number(port) };
}

function readSettings(flags: UpFlags, platform: Platform): UpSettings {
  const insecure = flags.insecurePort;
  const nodes = whole("nodes", flags.nodes, 5_000);
  return {
    etcd: readEtcd(flags, platform),
    serveEtcd: readServeEtcd(flags),
    nodes,
    jobRunSeconds: secondsOrNever("job-run-seconds", flags.jobRunSeconds),
    clusterCidr: flags.clusterCidr ?? defaultClusterCidr(nodes),
    clusterDns: readClusterDns(flags.clusterDns),
    securePort: whole("secure-port", flags.securePort, 65_535),
    grpcPort: whole("grpc-port", flags.grpcPort, 65_535),
    insecurePort: insecure === "" ? undefined : whole("insecure-port", insecure, 65_535),
  };
}

function namesOf(list = ""): string[] {
  return list
    .split(",")
    .map((name) => name.trim())
    .filter((name) => name !== "");
}

async function startCluster(
  flags: UpFlags,
  settings: UpSettings,
  choice: NodeChoice,
  platform: Platform,
  logger: Logger,
): Promise<Cluster> {
  const { insecurePort, jobRunSeconds } = settings;
  return Cluster.start({
    platform,
    logger,
    nodes: choice.real ? 0 : settings.nodes,
    simulation: { jobRunSeconds },
    ...(choice.real ? { nodeNetworkAddress: choice.real.address } : {}),
    ...(flags.inMemory ? {} : { dataDirectory: flags.dataDir }),
    ...(settings.etcd === undefined ? {} : { etcd: settings.etcd }),
    ...(settings.serveEtcd === undefined ? {} : { serveEtcd: settings.serveEtcd }),
    bindAddress: flags.bindAddress,
    securePort: settings.securePort,
    grpcPort: settings.grpcPort,
    insecurePort,
    insecurePortAllowAnyUser: flags.insecurePortAllowAnyUser,
    admissionPlugins: {
      enabled: namesOf(flags.enableAdmissionPlugins),
      disabled: namesOf(flags.disableAdmissionPlugins),
    },
    serviceClusterIpRange: flags.serviceClusterIpRange,
    clusterCidr: settings.clusterCidr,
  });
}

/** What a person sees of the nodes when everything is ready. */
function nodeLines(settings: UpSettings, { real, why }: NodeChoice): string[] {
  const because = why === "" ? "" : `: ${why}`;
  if (!real) {
    const dns = settings.clusterDns.kind === "own" ? [] : ["dns    none: nodes are simulated"];
    return [`nodes  ${settings.nodes}, simulated${because}`, ...dns];
  }
  const rest = settings.nodes - real.count;
  const simulated = rest > 0 ? [`${rest} more, simulated${because}`] : [];
  const lines = [...real.describe(), ...simulated].map((line, index) =>
    index === 0 ? `nodes  ${line}` : `       ${line}`,
  );
  return [...lines, `dns    ${real.describeDns()}`];
}

interface UpRun {
  readonly flags: UpFlags;
  readonly settings: UpSettings;
  readonly platform: Platform;
  readonly logger: Logger;
  /** The URL of this program's own file. */
  readonly script: string;
  readonly signal: AbortSignal;
}

/** Starts everything, tells it, and resolves with what stops it. */
async function run({
  flags,
  settings,
  platform,
  logger,
  script,
  signal,
}: UpRun): Promise<() => Promise<void>> {
  const { host, clock, files } = platform;
  const started = clock.monotonic();
  const choice = await chooseNodes({
    ...{ platform, logger, runtime: flags.runtime, nodes: settings.nodes },
    ...{ script, dataDirectory: flags.dataDir },
    ...{ nodeCidr: flags.nodeCidr, clusterCidr: settings.clusterCidr },
    ...{ serviceRange: flags.serviceClusterIpRange, clusterDns: settings.clusterDns },
    say: (text) => host.writeError(`• ${text}\n`),
  });
  const { real } = choice;
  let cluster: Cluster | undefined;
  const stop = async (): Promise<void> => {
    if (real) host.writeError("• stopping pods and nodes\n");
    await real?.stop();
    await cluster?.stop();
    if (flags.inMemory && choice.plan) await files.remove(choice.plan.directory);
  };
  try {
    cluster = await startCluster(flags, settings, choice, platform, logger).catch((error) => {
      throw startError(error, etcdFilesOf(flags));
    });
    await startNodes(cluster, real, settings, signal);
    await announce(cluster, flags, platform, [
      ...nodeLines(settings, choice),
      `ready in ${Math.round(clock.monotonic() - started)} ms`,
    ]);
    return stop;
  } catch (error) {
    await stop();
    throw error;
  }
}

async function startNodes(
  cluster: Cluster,
  real: RealNodes | undefined,
  { nodes }: UpSettings,
  signal: AbortSignal,
): Promise<void> {
  if (!real) return;
  await real.start(cluster, signal);
  for (let index = real.count; index < nodes; index++) {
    await cluster.addNode({ name: `node-${index}` });
  }
}

function whoMay({ insecurePortAllowAnyUser }: UpFlags): string {
  return insecurePortAllowAnyUser
    ? "every local user may do everything"
    : "for root and this user, not for pods";
}

async function announce(
  cluster: Cluster,
  flags: UpFlags,
  { files, host }: Platform,
  more: readonly string[],
): Promise<void> {
  const { secure, secureRpc, insecure } = cluster.addresses;
  const kubeconfig =
    flags.kubeconfig ?? (flags.inMemory ? undefined : `${flags.dataDir}/kubeconfig`);
  if (kubeconfig !== undefined)
    await writeKubeconfig(files, kubeconfig, await cluster.kubeconfig());
  const lines = [
    ...(secure ? [`REST   https://${secure.address}:${secure.port}`] : []),
    ...(secureRpc ? [`gRPC   ${secureRpc.address}:${secureRpc.port}`] : []),
    ...(insecure ? [`plain  http://${insecure.address}:${insecure.port} (${whoMay(flags)})`] : []),
    ...(cluster.etcd
      ? [`etcd   ${cluster.etcd.url} (certificates in ${flags.dataDir}/pki/etcd)`]
      : []),
    `kubeconfig  ${kubeconfig ?? "none with --in-memory; --kubeconfig says where to write one"}`,
    ...more,
  ];
  try {
    await host.writeOutput(`${lines.join("\n")}\n`);
  } catch {
    // Nobody reads it: no reason to end.
  }
}

/**
 * `steersman up`: a whole cluster until SIGTERM or SIGINT, which also end it while it starts.
 * Throws an Error whose message is for the user.
 */
export async function up(flags: UpFlags, platform: Platform, script: string): Promise<void> {
  const settings = readSettings(flags, platform);
  const workers = whole("workers", flags.workers, 64);
  const logger = createLogger(platform, {
    format: flags.loggingFormat === "json" ? "json" : "text",
    verbosity: whole("v", flags.v, 10),
  });
  if (workers > 0) logger.warning("--workers has no effect yet: one thread serves");
  const abort = new AbortController();
  const signalled = new Promise<void>((resolve) => {
    // More of them change nothing: what is being taken down has its own limits.
    platform.host.onTermination(() => {
      abort.abort();
      resolve();
    });
  });
  let stop: () => Promise<void>;
  try {
    stop = await run({ flags, settings, platform, logger, script, signal: abort.signal });
  } catch (error) {
    if (abort.signal.aborted) return;
    throw error;
  }
  await signalled;
  await stop();
}
