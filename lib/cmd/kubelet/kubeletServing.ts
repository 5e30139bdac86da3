import type { ZPages } from "../../api/introspection/zpages.js";
import type { AlternativeNames, CertifiedKey } from "../../api/pki/certifiedKey.js";
import { CertificateRotation } from "../../kubelet/certificates/certificateRotation.js";
import { CertificateStore } from "../../kubelet/certificates/certificateStore.js";
import type { Kubelet } from "../../kubelet/kubelet.js";
import type { KubeletOptions } from "../../kubelet/kubeletOptions.js";
import { KubeletServer, type KubeletServerOptions } from "../../kubelet/server/kubeletServer.js";
import { StatsCollector } from "../../kubelet/stats/statsCollector.js";
import { StatsPages } from "../../kubelet/stats/statsPages.js";
import type { TlsServerOptions } from "../../platform/network.js";
import type { Platform } from "../../platform/platform.js";
import { CertificateReload } from "../certificateReload.js";
import { FlagError, type FlagValues } from "../flags/flagValues.js";
import { ownCertificate } from "../ownCertificate.js";
import { readNamedFile } from "../readNamedFile.js";
import { checkPair } from "../servingCertificate.js";
import { tlsSettings } from "../tlsSettings.js";
import { certificateDirectory } from "./certificateDirectory.js";
import type { KubeletSettings } from "./kubeletSettings.js";

export interface RunningKubeletServer {
  stop(): Promise<void>;
}

async function tlsOf(
  flags: FlagValues,
  settings: KubeletSettings,
  options: KubeletOptions,
  serving: CertificateStore | undefined,
): Promise<TlsServerOptions> {
  const { platform } = options;
  type FileFlag = "tls-cert-file" | "tls-private-key-file" | "client-ca-file";
  const read = (flag: FileFlag): string | undefined => {
    const path = settings.string(flag);
    return path === "" ? undefined : readNamedFile(platform, flag, path);
  };
  const certificate = read("tls-cert-file");
  const key = read("tls-private-key-file");
  checkPair(certificate, key);
  const authorities = read("client-ca-file");
  const given = certificate !== undefined && key !== undefined ? { certificate, key } : undefined;
  const rotated = serving === undefined ? undefined : await serving.current();
  const pair =
    given ??
    rotated ??
    (await ownCertificate(platform, {
      directory: certificateDirectory(flags),
      pair: "kubelet",
      name: options.nodeName,
      names: servingNames(options),
    }));
  return {
    ...tlsSettings(settings.string("tls-min-version"), settings.strings("tls-cipher-suites")),
    ...pair,
    ...(authorities ? { clientCertificateAuthorities: authorities } : {}),
  };
}

/** The names by which others call this node's server. */
function servingNames(options: KubeletOptions): AlternativeNames {
  const addresses = options.addresses.map((one) => one.address);
  const isIp = (text: string): boolean => /^[\d.]+$|:/.test(text);
  return {
    dns: [...new Set(addresses.filter((one) => !isIp(one)))],
    ips: [...new Set(addresses.filter(isIp))],
  };
}

/** --rotate-server-certificates: where no certificate is given, one is asked of the API server. */
function servingStore(
  settings: KubeletSettings,
  flags: FlagValues,
  options: KubeletOptions,
): CertificateStore | undefined {
  const isGiven = settings.string("tls-cert-file") !== "";
  if (isGiven || !settings.boolean("rotate-server-certificates")) return undefined;
  return new CertificateStore(options.platform, certificateDirectory(flags), "kubelet-server");
}

function rotationOf(
  options: KubeletOptions,
  store: CertificateStore,
  onNew: (pair: CertifiedKey) => void,
): CertificateRotation {
  const { platform, client, logger, nodeName } = options;
  const names = servingNames(options);
  const identity = { nodeName, purpose: "server auth", names } as const;
  return new CertificateRotation({ platform, client, logger, ...identity, store, onNew });
}

function modeOf(settings: KubeletSettings): "AlwaysAllow" | "Webhook" {
  const mode = settings.string("authorization-mode");
  if (mode === "" || mode === "AlwaysAllow") return "AlwaysAllow";
  if (mode === "Webhook") return "Webhook";
  throw new FlagError(`--authorization-mode: ${JSON.stringify(mode)} is not known`);
}

function listenError(error: unknown): Error {
  const known = error as { code?: string; address?: string; port?: number };
  const where = `${known.address ?? ""}:${known.port ?? ""}`;
  if (known.code === "EADDRINUSE") return new FlagError(`${where}: the port is in use`);
  if (known.code === "EADDRNOTAVAIL") {
    return new FlagError(`${where}: this machine does not have the address`);
  }
  return error as Error;
}

const tlsFiles = ["tls-cert-file", "tls-private-key-file", "client-ca-file"] as const;

/** The plain ports: 0 is off. */
function plainPortsOf(
  settings: KubeletSettings,
): Pick<KubeletServerOptions, "readOnlyPort" | "healthz"> {
  const readOnlyPort = settings.integer("read-only-port");
  const port = settings.integer("healthz-port");
  return {
    readOnlyPort: readOnlyPort > 0 ? readOnlyPort : undefined,
    healthz: port > 0 ? { address: settings.string("healthz-bind-address"), port } : undefined,
  };
}

/** Who may come in, and how long answers of the API server about that hold. */
function accessOf(
  settings: KubeletSettings,
): Pick<KubeletServerOptions, "authentication" | "authorization"> {
  return {
    authentication: {
      anonymous: settings.boolean("anonymous-auth"),
      tokenWebhook: settings.boolean("authentication-token-webhook"),
      tokenCacheMilliseconds: settings.duration("authentication-token-webhook-cache-ttl"),
    },
    authorization: {
      mode: modeOf(settings),
      allowedMilliseconds: settings.duration("authorization-webhook-cache-authorized-ttl"),
      deniedMilliseconds: settings.duration("authorization-webhook-cache-unauthorized-ttl"),
    },
  };
}

function zPagesOf(flags: FlagValues, platform: Platform): ZPages {
  return {
    component: "kubelet",
    startedMilliseconds: platform.clock.now(),
    flags: flags.inEffect(),
    paths: ["/configz", "/healthz", "/metrics", "/pods", "/stats"],
  };
}

/**
 * Serves the kubelet's ports as flags and configuration file say; undefined where --enable-server
 * is off.
 */
export async function startKubeletServer(
  flags: FlagValues,
  settings: KubeletSettings,
  options: KubeletOptions,
  kubelet: Kubelet,
): Promise<RunningKubeletServer | undefined> {
  if (!settings.boolean("enable-server")) return undefined;
  const { platform, client, runtime, logger, nodeName, rootDirectory, cgroups } = options;
  const collector = new StatsCollector({
    platform,
    kubelet,
    runtime,
    cgroupMountPoint: cgroups.mountPoint,
    cgroupDriver: cgroups.driver,
  });
  const { podLogsDirectory } = options.settings;
  const pages = { platform, kubelet, runtime, collector, nodeName, rootDirectory };
  const address = settings.string("address") || "0.0.0.0";
  const serving = servingStore(settings, flags, options);
  let tls = await tlsOf(flags, settings, options, serving);
  const server = await KubeletServer.start({
    platform,
    logger: logger.named("server"),
    client,
    kubelet,
    runtime,
    nodeName,
    address,
    port: settings.integer("port"),
    stats: new StatsPages({ ...pages, podLogsDirectory }, options.metrics),
    tls,
    ...accessOf(settings),
    ...plainPortsOf(settings),
    debuggingHandlers: settings.boolean("enable-debugging-handlers"),
    configuration: () => settings.effective(),
    zPages: zPagesOf(flags, platform),
  }).catch((error: unknown) => {
    throw listenError(error);
  });
  const abort = new AbortController();
  const loops = [collector.run(abort.signal)];
  // Files and rotation change one thing each, and neither may undo the other's.
  const use = (change: Partial<TlsServerOptions>): void => {
    const next = { ...tls, ...change };
    server.reloadTls(next);
    tls = next;
  };
  if (serving) loops.push(rotationOf(options, serving, use).run(abort.signal));
  const reload = new CertificateReload({
    ...{ platform, logger, paths: tlsFiles.map((flag) => settings.string(flag)) },
    apply: async () => use(await tlsOf(flags, settings, options, serving)),
  });
  await reload.start();
  logger.info("The kubelet's server answers", { address, port: server.port });
  return {
    stop: async () => {
      reload.stop();
      abort.abort();
      await server.stop();
      await Promise.all(loops);
    },
  };
}
