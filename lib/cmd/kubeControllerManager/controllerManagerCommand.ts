import { MetricsRegistry } from "../../api/metrics/metricsRegistry.js";
import { nativeCodec } from "../../api/nativeCodec.js";
import type { Client } from "../../client/client.js";
import type { ClientConfig } from "../../client/config/clientConfig.js";
import { ControllerManager } from "../../controllers/controllerManager.js";
import type { ControllerOptions } from "../../controllers/controllerOptions.js";
import { serviceAccountClients } from "../../controllers/serviceAccountClients.js";
import type { Logger } from "../../platform/logger.js";
import type { Platform } from "../../platform/platform.js";
import { connectComponent } from "../connectComponent.js";
import { DelegatedAccess } from "../delegatedAccess.js";
import type { FlagValues } from "../flags/flagValues.js";
import { kubeControllerManagerFlags } from "../flags/kubeControllerManagerFlags.js";
import { startHealthServers } from "../healthServer.js";
import { readNamedFile } from "../readNamedFile.js";
import type { ComponentCommand, RunningComponent } from "../runComponent.js";

/** The text of a file that a flag may name; empty without one. */
function optionalFile(values: FlagValues, flag: string, platform: Platform): string {
  const path = values.string(flag);
  return path === "" ? "" : readNamedFile(platform, flag, path);
}

/** What the flags say of the controllers. Throws FlagError for files that cannot be read. */
export function controllerOptions(
  values: FlagValues,
  platform: Platform,
): Partial<ControllerOptions> {
  const certificate = optionalFile(values, "cluster-signing-cert-file", platform);
  const key = optionalFile(values, "cluster-signing-key-file", platform);
  const mask = (flag: string, fallback: number): number => values.integer(flag) || fallback;
  return {
    concurrentSyncs: values.integer("concurrent-deployment-syncs"),
    allocateNodeCidrs: values.boolean("allocate-node-cidrs"),
    clusterCidrs: values
      .string("cluster-cidr")
      .split(",")
      .filter((cidr) => cidr !== ""),
    serviceClusterIpRange: values.string("service-cluster-ip-range") || undefined,
    nodeCidrMaskSizeIPv4: mask("node-cidr-mask-size-ipv4", mask("node-cidr-mask-size", 24)),
    nodeCidrMaskSizeIPv6: mask("node-cidr-mask-size-ipv6", 64),
    nodeMonitorPeriodSeconds: values.duration("node-monitor-period") / 1000,
    nodeMonitorGracePeriodSeconds: values.duration("node-monitor-grace-period") / 1000,
    nodeStartupGracePeriodSeconds: values.duration("node-startup-grace-period") / 1000,
    nodeEvictionRate: values.number("node-eviction-rate"),
    secondaryNodeEvictionRate: values.number("secondary-node-eviction-rate"),
    unhealthyZoneThreshold: values.number("unhealthy-zone-threshold"),
    largeClusterSizeThreshold: values.integer("large-cluster-size-threshold"),
    terminatedPodGcThreshold: values.integer("terminated-pod-gc-threshold"),
    rootCertificateAuthorities: optionalFile(values, "root-ca-file", platform),
    serviceAccountPrivateKey: optionalFile(values, "service-account-private-key-file", platform),
    clusterSigning: certificate !== "" && key !== "" ? { certificate, key } : undefined,
    clusterSigningDurationSeconds: values.duration("cluster-signing-duration") / 1000,
    maxEndpointsPerSlice: values.integer("max-endpoints-per-slice"),
    resourceQuotaSyncPeriodSeconds: values.duration("resource-quota-sync-period") / 1000,
  };
}

function makeManager(
  values: FlagValues,
  logger: Logger,
  platform: Platform,
  client: Client,
  config: ClientConfig,
  metrics: MetricsRegistry,
): ControllerManager {
  const identity = `${platform.host.hostname()}_${platform.random.uuid()}`;
  const usesAccounts = values.boolean("use-service-account-credentials");
  return new ControllerManager({
    platform,
    client,
    logger,
    metrics,
    controllers: values.strings("controllers"),
    options: controllerOptions(values, platform),
    ...(usesAccounts
      ? {
          clientFor: serviceAccountClients({
            platform,
            codec: nativeCodec,
            client,
            credentials: config.credentials,
          }),
        }
      : {}),
    ...(values.boolean("leader-elect")
      ? {
          leaderElection: {
            identity,
            namespace: values.string("leader-elect-resource-namespace"),
            leaseName: values.string("leader-elect-resource-name"),
            leaseDurationSeconds: values.duration("leader-elect-lease-duration") / 1000,
            renewDeadlineSeconds: values.duration("leader-elect-renew-deadline") / 1000,
            retryPeriodSeconds: values.duration("leader-elect-retry-period") / 1000,
          },
        }
      : {}),
  });
}

async function start(
  values: FlagValues,
  logger: Logger,
  platform: Platform,
): Promise<RunningComponent> {
  const metrics = new MetricsRegistry();
  // Wrong files are told before anything is waited for.
  controllerOptions(values, platform);
  const access = new DelegatedAccess(values, platform.clock);
  const listeners = await startHealthServers({
    platform,
    values,
    component: "kube-controller-manager",
    metrics,
    access,
    problem: () => "",
  });
  const { client, config } = await connectComponent(
    "kube-controller-manager",
    values,
    logger,
    platform,
    metrics,
  );
  access.connected(client);
  const manager = makeManager(values, logger, platform, client, config, metrics);
  let isStopping = false;
  const ended = manager.start().then(() => {
    if (!isStopping) throw new Error("leaderelection lost");
    return new Promise<never>(() => undefined);
  });
  return {
    failed: ended,
    stop: async () => {
      isStopping = true;
      await manager.stop();
      client.close();
      await Promise.all(listeners.map((listener) => listener.close()));
    },
  };
}

export const controllerManagerCommand: ComponentCommand = {
  name: "kube-controller-manager",
  flags: kubeControllerManagerFlags,
  start,
};
