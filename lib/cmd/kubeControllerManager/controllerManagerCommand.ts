import { MetricsRegistry } from "../../api/metrics/metricsRegistry.js";
import { nativeCodec } from "../../api/nativeCodec.js";
import type { Client } from "../../client/client.js";
import type { ClientConfig } from "../../client/config/clientConfig.js";
import { ControllerManager } from "../../controllers/controllerManager.js";
import type { ControllerOptions } from "../../controllers/controllerOptions.js";
import { controllersMissing } from "../../controllers/controllerTable.js";
import { serviceAccountClients } from "../../controllers/serviceAccountClients.js";
import { type Logger, silentLogger } from "../../platform/logger.js";
import type { Platform } from "../../platform/platform.js";
import { connectComponent } from "../connectComponent.js";
import { DelegatedAccess } from "../delegatedAccess.js";
import { FlagError, type FlagValues } from "../flags/flagValues.js";
import { kubeControllerManagerFlags } from "../flags/kubeControllerManagerFlags.js";
import { startHealthServers } from "../healthServer.js";
import { readNamedFile } from "../readNamedFile.js";
import type { ComponentCommand, RunningComponent } from "../runComponent.js";

/** Whose number of keys that are worked on at once each flag says. */
const syncFlags: Readonly<Record<string, string>> = {
  "concurrent-cron-job-syncs": "cronjob-controller",
  "concurrent-daemonset-syncs": "daemonset-controller",
  "concurrent-deployment-syncs": "deployment-controller",
  "concurrent-disruption-syncs": "disruption-controller",
  "concurrent-endpoint-syncs": "endpoints-controller",
  "concurrent-gc-syncs": "garbage-collector-controller",
  "concurrent-job-syncs": "job-controller",
  "concurrent-namespace-syncs": "namespace-controller",
  "concurrent-rc-syncs": "replicationcontroller-controller",
  "concurrent-replicaset-syncs": "replicaset-controller",
  "concurrent-resource-quota-syncs": "resourcequota-controller",
  "concurrent-service-endpoint-syncs": "endpointslice-controller",
  "concurrent-serviceaccount-token-syncs": "serviceaccount-token-controller",
  "concurrent-statefulset-syncs": "statefulset-controller",
  "concurrent-ttl-after-finished-syncs": "ttl-after-finished-controller",
  "mirroring-concurrent-service-endpoint-syncs": "endpointslice-mirroring-controller",
};

function concurrentSyncs(values: FlagValues): Readonly<Record<string, number>> {
  const all = Object.entries(syncFlags);
  return Object.fromEntries(all.map(([flag, name]) => [name, values.integer(flag)]));
}

/** Those of --controllers, less what another flag switches off. Throws FlagError. */
export function controllerNames(values: FlagValues, logger: Logger): string[] {
  const names = values.strings("controllers");
  const { unknown, toCome } = controllersMissing(names);
  if (unknown.length > 0) {
    throw new FlagError(`--controllers: ${unknown.join(", ")}: not a known controller`);
  }
  if (toCome.length > 0) {
    logger.warning("These controllers are not there yet", { controllers: toCome });
  }
  const collects = values.boolean("enable-garbage-collector");
  return collects ? names : ["-garbage-collector-controller", ...names];
}

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
    concurrentSyncs: concurrentSyncs(values),
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
    localTimeZone: platform.host.timeZone,
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
    controllers: controllerNames(values, logger),
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
  controllerNames(values, silentLogger);
  const access = new DelegatedAccess(values, platform.clock);
  const health = await startHealthServers({
    logger,
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
      await health.stop();
    },
  };
}

export const controllerManagerCommand: ComponentCommand = {
  name: "kube-controller-manager",
  flags: kubeControllerManagerFlags,
  start,
};
