import type { Client } from "../../client/client.js";
import { type ClientConfig, loadClientConfig } from "../../client/config/clientConfig.js";
import { CertificateRotation } from "../../kubelet/certificates/certificateRotation.js";
import { CertificateStore, lifeOf } from "../../kubelet/certificates/certificateStore.js";
import { bootstrapClient } from "../../kubelet/certificates/clientBootstrap.js";
import {
  type ClientExpiryOptions,
  watchClientExpiry,
} from "../../kubelet/certificates/clientExpiry.js";
import type { Logger } from "../../platform/logger.js";
import type { Platform } from "../../platform/platform.js";
import { connectAs } from "../connectComponent.js";
import { FlagError, type FlagValues } from "../flags/flagValues.js";
import { certificateDirectory } from "./certificateDirectory.js";
import type { KubeletSettings } from "./kubeletSettings.js";

export interface KubeletClient {
  readonly client: Client;
  /** Resolves when the rotation has ended, after the signal. */
  readonly rotation: Promise<void>;
  /** Rejects when the client's certificate has ended and is not renewed; else never settles. */
  readonly expired: Promise<never>;
}

/**
 * The kubelet's client: of --kubeconfig, which --bootstrap-kubeconfig makes where it is missing;
 * its certificate is renewed where --rotate-certificates says so.
 */
export async function connectKubelet(
  flags: FlagValues,
  settings: KubeletSettings,
  nodeName: string,
  logger: Logger,
  platform: Platform,
  signal: AbortSignal,
): Promise<KubeletClient> {
  const kubeconfig = flags.string("kubeconfig");
  if (kubeconfig === "") throw new FlagError("--kubeconfig is required");
  const directory = certificateDirectory(flags);
  const store = new CertificateStore(platform, directory, "kubelet-client");
  const bootstrapKubeconfig = flags.string("bootstrap-kubeconfig");
  if (bootstrapKubeconfig !== "") {
    await bootstrapClient({
      platform,
      logger,
      nodeName,
      kubeconfig,
      bootstrapKubeconfig,
      directory,
      store,
      connect: (config) => connectAs("kubelet", config, logger, platform, signal),
      signal,
    });
  }
  const config = loadClientConfig(platform, { kubeconfig });
  const rotates = settings.boolean("rotate-certificates");
  if (rotates) await useNewest(config, store, platform);
  const client = await connectAs("kubelet", config, logger, platform, signal);
  const certificate = (): string | undefined => config.credentials.tls?.certificate;
  if (!rotates || !config.credentials.server.startsWith("https:")) {
    const expired = expiry({ platform, logger, certificate }, signal);
    return { client, rotation: Promise.resolve(), expired };
  }
  const rotation = new CertificateRotation({
    platform,
    client,
    logger,
    nodeName,
    purpose: "client auth",
    store,
    onNew: (pair) => config.credentials.replace({ tls: { ...config.credentials.tls, ...pair } }),
  });
  const serverResponds = (): boolean => rotation.serverResponds;
  const expired = expiry({ platform, logger, certificate, serverResponds }, signal);
  return { client, rotation: rotation.run(signal), expired };
}

function expiry(options: ClientExpiryOptions, signal: AbortSignal): Promise<never> {
  const expired = new Promise<never>((_resolve, reject) => {
    watchClientExpiry(options, signal).catch(reject);
  });
  // Whoever stops the kubelet before it began looks no more.
  expired.catch(() => undefined);
  return expired;
}

/** What an earlier run was given counts more than what the kubeconfig began with. */
async function useNewest(
  { credentials }: ClientConfig,
  store: CertificateStore,
  platform: Platform,
): Promise<void> {
  const pair = await store.current();
  if (!pair || lifeOf(pair.certificate).notAfter <= platform.clock.now()) return;
  credentials.replace({ tls: { ...credentials.tls, ...pair } });
}
