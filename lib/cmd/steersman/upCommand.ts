import { Cluster } from "../../cluster/cluster.js";
import { createLogger } from "../../platform/logger.js";
import type { Platform } from "../../platform/platform.js";

export interface UpFlags {
  readonly dataDir: string;
  readonly inMemory?: boolean;
  readonly securePort: string;
  readonly grpcPort: string;
  readonly insecurePort: string;
  readonly bindAddress: string;
  readonly nodes: string;
  readonly runtime: string;
  readonly kubeconfig?: string;
  readonly serviceClusterIpRange: string;
  readonly clusterCidr: string;
  readonly workers: string;
  readonly v: string;
  readonly loggingFormat: string;
}

function whole(name: string, text: string, maximum: number): number {
  const value = Number(text);
  if (!/^\d+$/.test(text) || value > maximum) {
    throw new Error(`--${name}: ${JSON.stringify(text)} is not a whole number up to ${maximum}`);
  }
  return value;
}

/**
 * `steersman up`: a whole cluster until SIGTERM or SIGINT. Throws an Error whose message is for the
 * user.
 */
export async function up(flags: UpFlags, platform: Platform): Promise<void> {
  const { host, clock, files } = platform;
  const started = clock.monotonic();
  if (!["auto", "simulated"].includes(flags.runtime)) {
    throw new Error(
      flags.runtime === "containerd"
        ? "--runtime=containerd: not available in this version of `up`; run kubelet beside it"
        : `--runtime: ${JSON.stringify(flags.runtime)} is not known; it may be auto or simulated`,
    );
  }
  const workers = whole("workers", flags.workers, 64);
  const logger = createLogger(platform, {
    format: flags.loggingFormat === "json" ? "json" : "text",
    verbosity: whole("v", flags.v, 10),
  });
  if (workers > 0) logger.warning("--workers has no effect yet: one thread serves");
  const insecurePort =
    flags.insecurePort === "" ? undefined : whole("insecure-port", flags.insecurePort, 65_535);
  const cluster = await Cluster.start({
    platform,
    logger,
    nodes: whole("nodes", flags.nodes, 5_000),
    ...(flags.inMemory ? {} : { dataDirectory: flags.dataDir }),
    bindAddress: flags.bindAddress,
    securePort: whole("secure-port", flags.securePort, 65_535),
    grpcPort: whole("grpc-port", flags.grpcPort, 65_535),
    ...(insecurePort === undefined ? {} : { insecurePort }),
    serviceClusterIpRange: flags.serviceClusterIpRange,
    clusterCidr: flags.clusterCidr,
  });
  const { secure, secureRpc, insecure } = cluster.addresses;
  const kubeconfig =
    flags.kubeconfig ?? (flags.inMemory ? undefined : `${flags.dataDir}/kubeconfig`);
  if (kubeconfig !== undefined)
    await files.replaceFile(kubeconfig, await cluster.kubeconfig(), 0o600);
  const lines = [
    ...(secure ? [`REST   https://${secure.address}:${secure.port}`] : []),
    ...(secureRpc ? [`gRPC   ${secureRpc.address}:${secureRpc.port}`] : []),
    ...(insecure ? [`plain  http://${insecure.address}:${insecure.port}`] : []),
    ...(kubeconfig ? [`kubeconfig  ${kubeconfig}`] : []),
    `nodes  ${flags.nodes}, simulated`,
    `ready in ${Math.round(clock.monotonic() - started)} ms`,
  ];
  host.writeOutput(`${lines.join("\n")}\n`);
  await new Promise<void>((resolve) => {
    host.onTermination(() => resolve());
  });
  await cluster.stop();
}
