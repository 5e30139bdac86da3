import { parseCidr } from "../api/ipAddress.js";
import { nativeCodec } from "../api/nativeCodec.js";
import { firstServiceAddress } from "../apiserver/allocation/serviceAllocation.js";
import { ApiServer } from "../apiserver/apiServer.js";
import type { PlainListenOptions, SecureListenOptions } from "../apiserver/apiServerOptions.js";
import { bootstrapLog } from "../apiserver/bootstrap/bootstrapLog.js";
import { NodeConnector } from "../apiserver/connector/nodeConnector.js";
import {
  createServerPolicy,
  type ServerPolicy,
  type ServerPolicyOptions,
} from "../apiserver/serverPolicy.js";
import { type Logger, silentLogger } from "../platform/logger.js";
import { nodePlatform } from "../platform/node/nodePlatform.js";
import type { Platform } from "../platform/platform.js";
import { makeDataDirectory, makePrivateDirectory } from "../platform/privateDirectory.js";
import { type EmbeddedStorage, openEmbeddedStorage } from "../storage/embeddedStorage.js";
import { type Storage, StorageError } from "../storage/storage.js";
import { defaultServiceRange } from "./clusterCidr.js";
import { ClusterError } from "./clusterError.js";
import type { ClusterEtcdOptions, ClusterOptions } from "./clusterOptions.js";
import { ClusterPki } from "./clusterPki.js";
import { EtcdPartError } from "./etcdAdvice.js";
import { type EtcdOptions, openEtcd } from "./openEtcd.js";
import { openStorage } from "./openStorage.js";
import { type ServedEtcd, serveEtcd } from "./servedEtcd.js";
import type { SimulatedNode } from "./simulatedNode.js";

/** How long it is tried to reach an etcd, which may be starting. */
const etcdStartMilliseconds = 10_000;
/** As --etcd-db-metric-poll-interval. */
const etcdSizeMilliseconds = 30_000;

/** What of a cluster is there before its components run. */
export interface ClusterParts {
  /** Simulated nodes by name: the server asks them for logs and streams. */
  readonly nodes: Map<string, SimulatedNode>;
  readonly platform: Platform;
  readonly logger: Logger;
  readonly storage: Storage;
  /** The storage as etcd's API; absent without the option. */
  readonly served: ServedEtcd | undefined;
  readonly policy: ServerPolicy;
  readonly server: ApiServer;
  readonly pki: ClusterPki | undefined;
  /** PEM of what signs service accounts' tokens. */
  readonly signingKey: string;
}

/** Opens the storage and starts the API server on it; leaves nothing open where it rejects. */
export async function startParts(options: ClusterOptions): Promise<ClusterParts> {
  const platform = options.platform ?? nodePlatform;
  const logger = options.logger ?? silentLogger;
  const { storage, served } = await storageOf(options, platform, logger);
  try {
    const parts = await startServer(options, platform, logger, storage);
    return { ...parts, served };
  } catch (error) {
    await served?.close();
    await storage.close();
    throw listenError(error, options);
  }
}

interface OpenedStorage {
  readonly storage: Storage;
  readonly served?: ServedEtcd;
}

/** Where objects are kept. Keys that are made are in the data directory in any case. */
async function storageOf(
  options: ClusterOptions,
  platform: Platform,
  logger: Logger,
): Promise<OpenedStorage> {
  const { dataDirectory: directory, etcd } = options;
  if (etcd !== undefined) {
    if (directory !== undefined) await makeKeyDirectory(platform, directory);
    return { storage: await openClusterEtcd(platform, etcd, logger) };
  }
  const isShared = options.serveEtcd !== undefined;
  const storage =
    directory === undefined
      ? await openEmbeddedStorage({ clock: platform.clock, isShared })
      : await openDataDirectory(platform, directory, logger, isShared);
  if (options.serveEtcd === undefined) return { storage };
  try {
    return { storage, served: await serveEtcd(storage, platform, options.serveEtcd, options) };
  } catch (error) {
    await storage.close();
    throw error;
  }
}

async function makeKeyDirectory(platform: Platform, directory: string): Promise<void> {
  try {
    await makeDataDirectory(platform.files, directory);
  } catch (error) {
    const { message } = error as Error;
    throw new ClusterError("DataDirectory", "dataDirectory", message, error);
  }
}

const etcdOptionNames = {
  servers: "etcd.servers",
  authorities: "etcd.certificateAuthorities",
  certificate: "etcd.certificate",
  key: "etcd.key",
} as const;

async function openClusterEtcd(
  platform: Platform,
  { servers, certificateAuthorities, certificate, key, prefix }: ClusterEtcdOptions,
  logger: Logger,
): Promise<Storage> {
  const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);
  const options: EtcdOptions = {
    endpoints: servers,
    sizeMilliseconds: etcdSizeMilliseconds,
    ...(certificateAuthorities === undefined ? {} : { authorities: bytes(certificateAuthorities) }),
    ...(certificate === undefined || key === undefined
      ? {}
      : { identity: { certificate: bytes(certificate), key: bytes(key) } }),
    ...(prefix === undefined ? {} : { prefix }),
  };
  try {
    const opening = { names: etcdOptionNames, milliseconds: etcdStartMilliseconds };
    return await openEtcd(options, platform, logger, opening);
  } catch (error) {
    if (error instanceof EtcdPartError) {
      throw new ClusterError("Etcd", etcdOptionNames[error.part], error.text, error);
    }
    throw new ClusterError("Etcd", "etcd.servers", (error as Error).message, error);
  }
}

async function openDataDirectory(
  platform: Platform,
  directory: string,
  logger: Logger,
  isShared: boolean,
): Promise<EmbeddedStorage> {
  try {
    return await openStorage(platform, directory, logger, "protobuf", isShared);
  } catch (error) {
    const { message } = error as Error;
    throw new ClusterError("DataDirectory", "dataDirectory", message, error);
  }
}

/** What the policy says of names that it does not know, by the option that has them. */
function policyError(error: unknown): unknown {
  const { message } = error as Error;
  const option = message.startsWith("--authorization-mode: ")
    ? "authorizationModes"
    : /^unknown admission plugins: /.test(message) && "admissionPlugins";
  if (option === false) return error;
  return new ClusterError("InvalidOption", option, message.replace(/^--[a-z-]+: /, ""), error);
}

/** The Service `kubernetes` names the port before anybody listens, so a free one is chosen here. */
async function withKnownPort(options: ClusterOptions, platform: Platform): Promise<ClusterOptions> {
  if (options.nodeNetworkAddress === undefined || options.securePort !== 0) return options;
  const address = options.nodeNetworkAddress;
  const listener = await platform.network.listenTcp({ address, port: 0 }, (socket) => {
    socket.destroy();
  });
  await listener.close();
  return { ...options, securePort: listener.port };
}

async function startServer(
  given: ClusterOptions,
  platform: Platform,
  logger: Logger,
  storage: Storage,
): Promise<Omit<ClusterParts, "served">> {
  const options = await withKnownPort(given, platform);
  const bindAddress = options.bindAddress ?? "127.0.0.1";
  const listensWithTls = options.securePort !== undefined || options.grpcPort !== undefined;
  const directory = options.dataDirectory;
  const pki = listensWithTls
    ? await ClusterPki.open(platform, directory === undefined ? undefined : `${directory}/pki`)
    : undefined;
  if (options.etcd !== undefined && directory !== undefined && pki !== undefined) {
    await refuseForeignObjects(storage, directory, pki);
  }
  const signingKey =
    directory === undefined ? undefined : await readSigningKey(platform, `${directory}/pki`);
  const policy = await createServerPolicy({
    platform,
    storage,
    codec: nativeCodec,
    allowPrivileged: options.allowPrivileged ?? true,
    authorizationModes: options.authorizationModes ?? ["Node", "RBAC"],
    ...(pki ? recognizedAuthorities(pki) : {}),
    admission: options.admissionPlugins,
    bootstrapTokens: true,
    ...(signingKey ? { serviceAccounts: { signingKey } } : {}),
    serviceRanges: (options.serviceClusterIpRange ?? defaultServiceRange).split(","),
    service: {
      ...advertised(options, bindAddress),
      securePort: options.securePort ?? 6443,
      reconciler: "lease",
    },
    identity: { hostname: platform.host.hostname() },
    log: (message) => logger.named("apiserver").error(message),
  }).catch((error: unknown) => {
    throw policyError(error);
  });
  if (directory !== undefined && policy.madeSigningKey !== undefined) {
    await keepSigningKey(platform, `${directory}/pki`, policy.madeSigningKey);
  }
  await policy.bootstrap.start(...bootstrapLog(logger));
  const nodes = new Map<string, SimulatedNode>();
  const server = await ApiServer.start({
    platform,
    storage,
    codec: nativeCodec,
    ...policy,
    connector: new NodeConnector({
      platform,
      localKubelet: (name) => nodes.get(name)?.local,
      // A node's name is known to nobody's name server.
      preferredAddressTypes: ["InternalIP"],
      ...(await kubeletIdentity(options, pki)),
    }),
    ...(await listeners(options, bindAddress, pki)),
    shutdownGraceSeconds: 2,
    log: (message, error) =>
      logger.named("apiserver").error(message, error === undefined ? {} : { error }),
    requestLogger: logger.shows(3) ? logger.named("apiserver").verbose(3) : undefined,
  });
  const signing = policy.madeSigningKey ?? signingKey?.text ?? "";
  return { nodes, platform, logger, storage, policy, server, pki, signingKey: signing };
}

/**
 * Two clusters on one prefix of an etcd would each write its own authority over the other's, again
 * and again. What pods are given says whose objects they are.
 */
async function refuseForeignObjects(
  storage: Storage,
  directory: string,
  { authority }: ClusterPki,
): Promise<void> {
  const key = "/registry/configmaps/kube-system/kube-root-ca.crt";
  const view = {
    messageType: "k8s.io.api.core.v1.ConfigMap",
    format: "json",
    part: "object",
  } as const;
  const found = await Promise.resolve(storage.getEncoded(key, view)).catch((error: unknown) => {
    if (!(error instanceof StorageError) || error.reason !== "corrupt") throw error;
    const why = `whose the objects there are cannot be told: ${error.message}; etcdctl del mends it`;
    throw new ClusterError("Etcd", "etcd.prefix", why, error);
  });
  if (found === undefined) return;
  const { data } = JSON.parse(Buffer.from(found.bytes).toString("utf8")) as {
    data?: Readonly<Record<string, string>>;
  };
  if (data?.["ca.crt"] === authority.certificate) return;
  const why =
    "the objects there are another cluster's: its certificate authority is not that of " +
    `${directory}/pki. Give that cluster's data directory, or another prefix`;
  throw new ClusterError("Etcd", "etcd.prefix", why);
}

/** Of clients, and of front proxies that speak for others (extension servers are called so). */
function recognizedAuthorities(
  pki: ClusterPki,
): Pick<ServerPolicyOptions, "clientCertificateAuthorities" | "requestHeader"> {
  return {
    clientCertificateAuthorities: pki.authority.certificate,
    requestHeader: {
      certificateAuthorities: pki.frontProxyAuthority.certificate,
      allowedNames: ["front-proxy-client"],
      usernameHeaders: ["X-Remote-User"],
      uidHeaders: ["X-Remote-Uid"],
      groupHeaders: ["X-Remote-Group"],
      extraHeaderPrefixes: ["X-Remote-Extra-"],
    },
  };
}

function advertised(options: ClusterOptions, bindAddress: string): { advertiseAddress?: string } {
  const address = options.nodeNetworkAddress ?? bindAddress;
  return address.startsWith("127.") ? {} : { advertiseAddress: address };
}

/** As whom the server comes to real kubelets, which ask it whether that user may. */
async function kubeletIdentity(
  options: ClusterOptions,
  pki: ClusterPki | undefined,
): Promise<{ certificate?: string; key?: string }> {
  if (pki === undefined || options.nodeNetworkAddress === undefined) return {};
  const name = "kube-apiserver-kubelet-client";
  return pki.client(name, name, ["system:masters"]);
}

const signingKeyFile = "service-account-key.pem";

async function readSigningKey(
  platform: Platform,
  directory: string,
): Promise<{ name: string; text: string } | undefined> {
  const path = `${directory}/${signingKeyFile}`;
  if (!(await platform.files.exists(path))) return undefined;
  await makePrivateDirectory(platform.files, directory);
  return { name: path, text: await platform.files.readText(path) };
}

async function keepSigningKey(platform: Platform, directory: string, pem: string): Promise<void> {
  await makePrivateDirectory(platform.files, directory);
  await platform.files.replaceFile(`${directory}/${signingKeyFile}`, pem, 0o600);
}

/** Of the Service `kubernetes`: pods dial it and check the certificate. */
function serviceAddresses(options: ClusterOptions): string[] {
  const ranges = (options.serviceClusterIpRange ?? defaultServiceRange).split(",").map(parseCidr);
  return ranges.flatMap((range) => (range ? [firstServiceAddress(range)] : []));
}

async function listeners(
  options: ClusterOptions,
  bindAddress: string,
  pki: ClusterPki | undefined,
): Promise<{
  secure?: SecureListenOptions;
  secureRpc?: SecureListenOptions;
  insecure?: PlainListenOptions;
}> {
  const allowAnyUser = options.insecurePortAllowAnyUser;
  const insecure =
    options.insecurePort === undefined
      ? {}
      : { insecure: { address: "127.0.0.1", port: options.insecurePort, allowAnyUser } };
  if (!pki) return insecure;
  const service = "kubernetes.default.svc";
  const given = options.certificateNames ?? [];
  const isIp = (name: string): boolean => /^[\d.]+$/.test(name) || name.includes(":");
  const listensEverywhere = bindAddress === "0.0.0.0" || bindAddress === "::";
  const forNodes = options.nodeNetworkAddress === undefined ? [] : [options.nodeNetworkAddress];
  const own = [...(listensEverywhere ? [] : [bindAddress]), ...forNodes];
  const moreAddresses = listensEverywhere ? [] : forNodes.filter((one) => one !== bindAddress);
  const serving = await pki.server("kube-apiserver", {
    dns: [
      ...["localhost", "kubernetes", "kubernetes.default", service, `${service}.cluster.local`],
      ...given.filter((name) => !isIp(name)),
    ],
    ips: [
      ...new Set(["127.0.0.1", "::1", ...serviceAddresses(options), ...own, ...given.filter(isIp)]),
    ],
  });
  const { authority, frontProxyAuthority } = pki;
  const clientCertificateAuthorities = authority.certificate + frontProxyAuthority.certificate;
  const tls = { ...serving, clientCertificateAuthorities };
  const on = (port: number): SecureListenOptions => ({
    address: bindAddress,
    moreAddresses,
    port,
    tls,
  });
  return {
    ...insecure,
    ...(options.securePort === undefined ? {} : { secure: on(options.securePort) }),
    ...(options.grpcPort === undefined ? {} : { secureRpc: on(options.grpcPort) }),
  };
}

const whyNotListening: Readonly<Record<string, string>> = {
  EADDRINUSE: "the port is in use",
  EADDRNOTAVAIL: "this machine does not have the address",
  EACCES: "this user may not listen there",
};

/** Why nothing can listen where an option says, by the option. */
function listenError(error: unknown, options: ClusterOptions): unknown {
  const { code = "", address = "", port } = error as NodeJS.ErrnoException & ListenPlace;
  const why = whyNotListening[code];
  if (why === undefined || error instanceof ClusterError) return error;
  const { nodeNetworkAddress, bindAddress } = options;
  if (code === "EADDRNOTAVAIL") {
    const option = address === nodeNetworkAddress ? "nodeNetworkAddress" : "bindAddress";
    return new ClusterError("InvalidOption", option, `${address || bindAddress}: ${why}`, error);
  }
  const ports = ["grpcPort", "securePort", "insecurePort"] as const;
  const option = ports.find((name) => port !== undefined && options[name] === port);
  if (option === undefined) return error;
  return new ClusterError("InvalidOption", option, `${address}:${port}: ${why}`, error);
}

/** Where a system's call failed. */
interface ListenPlace {
  readonly address?: string;
  readonly port?: number;
}
