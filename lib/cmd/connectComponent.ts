import type { MetricsRegistry } from "../api/metrics/metricsRegistry.js";
import { nativeCodec } from "../api/nativeCodec.js";
import { gitVersion } from "../api/versions.js";
import type { Client } from "../client/client.js";
import { type ClientConfig, loadClientConfig } from "../client/config/clientConfig.js";
import { connectClient } from "../client/connectClient.js";
import type { Logger } from "../platform/logger.js";
import type { Platform } from "../platform/platform.js";
import type { FlagValues } from "./flags/flagValues.js";

/**
 * A component's client, by its kubeconfig and --master: waits for the server however long it takes
 * (components may start in any order), then says which transport it took.
 */
export async function connectComponent(
  component: string,
  values: FlagValues,
  logger: Logger,
  platform: Platform,
  metrics?: MetricsRegistry,
  kubeconfig = values.string("kubeconfig"),
): Promise<{ client: Client; config: ClientConfig }> {
  const master = values.definitions.some((definition) => definition.name === "master")
    ? values.string("master")
    : "";
  const config = loadClientConfig(platform, {
    ...(kubeconfig === "" ? {} : { kubeconfig }),
    ...(master === "" ? {} : { master }),
  });
  const client = await connectAs(component, config, logger, platform, undefined, metrics);
  return { client, config };
}

/** The same with credentials that are read already. */
export async function connectAs(
  component: string,
  config: ClientConfig,
  logger: Logger,
  platform: Platform,
  signal?: AbortSignal,
  metrics?: MetricsRegistry,
): Promise<Client> {
  const client = await connectClient({
    platform,
    codec: nativeCodec,
    credentials: config.credentials,
    userAgent: `${component}/${gitVersion}`,
    logger,
    waitMilliseconds: Number.POSITIVE_INFINITY,
    ...(signal ? { signal } : {}),
    ...(metrics ? { metrics } : {}),
  });
  const transport = client.transport === "rpc" ? "gRPC" : "REST";
  logger.info("Connected to the API server", { server: client.server, transport });
  return client;
}
