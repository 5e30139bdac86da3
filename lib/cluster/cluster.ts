import { parseCidr } from "../api/ipAddress.js";
import { nativeCodec } from "../api/nativeCodec.js";
import { gitVersion } from "../api/versions.js";
import { firstServiceAddress } from "../apiserver/allocation/serviceAllocation.js";
import { ApiServer } from "../apiserver/apiServer.js";
import type { PlainListenOptions, SecureListenOptions } from "../apiserver/apiServerOptions.js";
import { NodeConnector } from "../apiserver/connector/nodeConnector.js";
import type { UserInfo } from "../apiserver/identity.js";
import type { ServerAddresses } from "../apiserver/serverAddresses.js";
import {
  createServerPolicy,
  type ServerPolicy,
  type ServerPolicyOptions,
} from "../apiserver/serverPolicy.js";
import type { Client } from "../client/client.js";
import { channelClient } from "../client/connectClient.js";
import { ControllerManager } from "../controllers/controllerManager.js";
import { dnsUser } from "../dns/dnsService.js";
import { SimulationModel } from "../kubelet/simulated/simulationModel.js";
import { type Logger, silentLogger } from "../platform/logger.js";
import { nodePlatform } from "../platform/node/nodePlatform.js";
import type { Platform } from "../platform/platform.js";
import { makePrivateDirectory } from "../platform/privateDirectory.js";
import { Scheduler } from "../scheduler/scheduler.js";
import { openEmbeddedStorage } from "../storage/embeddedStorage.js";
import type { Storage } from "../storage/storage.js";
import { checkAddNodeOptions, checkClusterOptions, checkUser } from "./checkClusterOptions.js";
import { defaultClusterCidr } from "./clusterCidr.js";
import { ClusterError } from "./clusterError.js";
import type { ClusterOptions } from "./clusterOptions.js";
import { ClusterPki } from "./clusterPki.js";
import { kubeconfigText } from "./kubeconfigText.js";
import { openStorage } from "./openStorage.js";
import { type ClusterDns, type ServedDns, serveDns } from "./servedDns.js";
import { type SimulatedNode, simulatedNode } from "./simulatedNode.js";

const defaultServiceRange = "10.96.0.0/12";
const noAuthority = "# This cluster has no port, so there is no certificate to check.\n";

/** As the components say when they run alone. */
const agents = {
  controllerManager: `kube-controller-manager/${gitVersion}`,
  scheduler: `kube-scheduler/${gitVersion}`,
  kubelet: `kubelet/${gitVersion}`,
  dns: `steersman-dns/${gitVersion}`,
} as const;

function user(name: string, ...groups: string[]): UserInfo {
  return { name, uid: "", groups: [...groups, "system:authenticated"], extra: {} };
}

/** One address for each simulated node, from the range that is set aside for documentation. */
function nodeAddress(index: number): string {
  return `198.${18 + Math.floor(index / 65_024)}.${Math.floor(index / 254) % 256}.${(index % 254) + 1}`;
}

/** Of whom only the name is needed; without groups they are in `system:authenticated`. */
export type ClusterUser = Pick<UserInfo, "name"> & Partial<UserInfo>;

/** What a simulated node has. */
export interface AddNodeOptions {
  readonly name?: string;
  /** Default 8,000. */
  readonly cpuMilli?: number;
  /** Default 32 GiB. */
  readonly memoryBytes?: number;
  /** Default 110. */
  readonly maxPods?: number;
}

interface Parts {
  /** Simulated nodes by name: the server asks them for logs and streams. */
  readonly nodes: Map<string, SimulatedNode>;
  readonly platform: Platform;
  readonly logger: Logger;
  readonly storage: Storage;
  readonly policy: ServerPolicy;
  readonly server: ApiServer;
  readonly pki: ClusterPki | undefined;
  /** PEM of what signs service accounts' tokens. */
  readonly signingKey: string;
}

/**
 * A whole cluster in this process: API server, controllers, scheduler and nodes over the in-process
 * transport. Nothing listens and nothing is written unless options ask for it; stop() leaves
 * nothing running.
 *
 * @example
 * ```ts
 * import { Cluster, resources } from "steersman";
 *
 * const cluster = await Cluster.start({ nodes: 2 });
 * const { items } = await cluster.client.resource(resources.nodes).list();
 * console.log(items.map(({ metadata }) => metadata?.name)); // → [ 'node-0', 'node-1' ]
 * await cluster.stop();
 * ```
 */
export class Cluster {
  readonly #parts: Parts;
  readonly #options: ClusterOptions;
  readonly #clients: Client[] = [];
  readonly #nodes: Map<string, SimulatedNode>;
  readonly #model: SimulationModel;
  /** Rejects whoever waits for a node to register. Bounded by the nodes being added. */
  readonly #ending = new Set<(error: Error) => void>();
  readonly #abort = new AbortController();
  #controllers: ControllerManager | undefined;
  #scheduler: Scheduler | undefined;
  #client: Client | undefined;
  #dns: ServedDns | undefined;
  #stopping: Promise<void> | undefined;
  #isOver = false;

  private constructor(parts: Parts, options: ClusterOptions) {
    if (parts?.server === undefined) {
      const why = "a cluster is not constructed: `await Cluster.start(options)`";
      throw new ClusterError("InvalidOption", "", why);
    }
    this.#parts = parts;
    this.#options = options;
    this.#nodes = parts.nodes;
    this.#model = new SimulationModel(options.simulation);
  }

  /**
   * Resolves when the API answers and the components run. Rejects when a port cannot be had, and
   * with a ClusterError for options that are unknown or make no sense and for a data directory that
   * cannot be used.
   */
  static async start(options: ClusterOptions = {}): Promise<Cluster> {
    checkClusterOptions(options);
    const platform = options.platform ?? nodePlatform;
    const logger = options.logger ?? silentLogger;
    const directory = options.dataDirectory;
    const storage =
      directory === undefined
        ? await openEmbeddedStorage({ clock: platform.clock })
        : await openDataDirectory(platform, directory, logger);
    const parts = await startServer(options, platform, logger, storage).catch(async (error) => {
      await storage.close();
      throw listenError(error, options);
    });
    const cluster = new Cluster(parts, options);
    try {
      await cluster.#startComponents();
      return cluster;
    } catch (error) {
      await cluster.stop();
      throw error;
    }
  }

  async #startComponents(): Promise<void> {
    const { platform, logger } = this.#parts;
    await this.#startDns();
    if (this.#options.controllers !== false) {
      this.#controllers = new ControllerManager({
        platform,
        logger: logger.named("controllers"),
        client: this.clientAs(user("system:kube-controller-manager"), agents.controllerManager),
        clientFor: (account) =>
          this.clientAs(serviceAccountUser(account), agents.controllerManager),
        options: this.#controllerOptions(),
      });
      this.#controllers.start().catch((error: unknown) => {
        logger.error("The controller manager has ended", { error });
      });
    }
    if (this.#options.scheduler !== false) {
      this.#scheduler = new Scheduler({
        platform,
        logger: logger.named("scheduler"),
        client: this.clientAs(user("system:kube-scheduler"), agents.scheduler),
      });
      await this.#scheduler.start(this.#abort.signal);
    }
    const count = this.#options.nodes ?? 1;
    const nodes: SimulatedNode[] = [];
    for (let index = 0; index < count; index++) nodes.push(await this.#beginNode({}));
    await Promise.all(nodes.map(({ kubelet }) => kubelet.registered));
  }

  async #startDns(): Promise<void> {
    const { dns = false, serviceClusterIpRange = defaultServiceRange } = this.#options;
    if (dns === false) return;
    const { platform, logger } = this.#parts;
    const listen = platform === nodePlatform ? [{ host: "127.0.0.1", port: 0 }] : [];
    this.#dns = await serveDns({
      platform,
      logger: logger.named("dns"),
      client: this.clientAs(user(dnsUser), agents.dns),
      serviceRanges: serviceClusterIpRange.split(","),
      options: { listen, ...(dns === true ? {} : dns) },
    });
  }

  #controllerOptions() {
    const { pki, platform } = this.#parts;
    const { nodes = 1, clusterCidr = defaultClusterCidr(nodes) } = this.#options;
    return {
      allocateNodeCidrs: true,
      localTimeZone: platform.host.timeZone,
      clusterCidrs: clusterCidr.split(","),
      serviceClusterIpRange: this.#options.serviceClusterIpRange ?? defaultServiceRange,
      // Pods mount what is published, so there is always something.
      rootCertificateAuthorities: pki?.authority.certificate ?? noAuthority,
      serviceAccountPrivateKey: this.#parts.signingKey,
      ...(pki ? { clusterSigning: pki.authority } : {}),
    };
  }

  /**
   * Adds a simulated node and resolves with its name, by default `node-` and its number, when the
   * API has it. Rejects with a ClusterError once the cluster stops.
   */
  async addNode(options: AddNodeOptions = {}): Promise<string> {
    if (this.#stopping !== undefined) throw stopped();
    checkAddNodeOptions(options);
    const { kubelet } = await this.#beginNode(options);
    const end = new Promise<never>((_resolve, reject) => {
      this.#ending.add(reject);
      kubelet.registered.then(
        () => this.#ending.delete(reject),
        () => this.#ending.delete(reject),
      );
    });
    await Promise.race([kubelet.registered, end]);
    return kubelet.nodeName;
  }

  async #beginNode(options: AddNodeOptions): Promise<SimulatedNode> {
    const index = this.#nodes.size;
    const name = options.name ?? this.#freeName(index);
    if (this.#nodes.has(name)) throw new ClusterError("InvalidOption", "name", `${name} is taken`);
    const node = simulatedNode({
      ...options,
      platform: this.#parts.platform,
      logger: this.#parts.logger,
      client: this.clientAs(user(`system:node:${name}`, "system:nodes"), agents.kubelet),
      name,
      address: nodeAddress(index),
      model: this.#model,
    });
    this.#nodes.set(name, node);
    await node.kubelet.start();
    return node;
  }

  #freeName(from: number): string {
    let number = from;
    while (this.#nodes.has(`node-${number}`)) number += 1;
    return `node-${number}`;
  }

  /**
   * A client of a user of your choice; requests are authorized as theirs. What stands before the
   * slash of the user agent is the field manager of its writes. Throws a ClusterError for what is
   * no user.
   */
  clientAs(identity: ClusterUser, userAgent = "steersman"): Client {
    checkUser(identity, userAgent);
    const { name, uid = "", groups = ["system:authenticated"], extra = {} } = identity;
    const { clock } = this.#parts.platform;
    const { server } = this.#parts;
    const whole: UserInfo = { name, uid, groups, extra };
    const channel = server.channel(whole);
    const http = server.http(whole, userAgent);
    const client = channelClient(channel, nativeCodec, { userAgent, clock, http });
    if (this.#isOver) client.close();
    else this.#clients.push(client);
    return client;
  }

  /** A client that may do everything. */
  get client(): Client {
    this.#client ??= this.clientAs(user("kubernetes-admin", "system:masters"));
    return this.#client;
  }

  /** Where it listens, as far as it does. */
  get addresses(): ServerAddresses {
    return this.#parts.server.addresses;
  }

  /** The certificate authority and what it signs; there only when a port with TLS was asked for. */
  get pki(): ClusterPki | undefined {
    return this.#parts.pki;
  }

  /** Answers to names of Services; there only when the option `dns` asked for it. */
  get dns(): ClusterDns | undefined {
    return this.#dns;
  }

  /** The policy's warnings, for the log. */
  get warnings(): readonly string[] {
    return this.#parts.policy.warnings;
  }

  /**
   * For kubectl and other clients. Rejects with a ClusterError where nothing listens with TLS, or
   * nothing any more.
   */
  async kubeconfig(): Promise<string> {
    if (this.#stopping !== undefined) throw stopped();
    const { pki } = this.#parts;
    const secure = this.addresses.secure;
    if (!pki || !secure) {
      const message = "no port with TLS is open: start the cluster with it to get a kubeconfig";
      throw new ClusterError("NotListening", "securePort", message);
    }
    const admin = await pki.client("admin", "kubernetes-admin", ["system:masters"]);
    const host =
      secure.address === "0.0.0.0" || secure.address === "::" ? "127.0.0.1" : secure.address;
    return kubeconfigText({
      clusterName: "steersman",
      userName: "kubernetes-admin",
      server: `https://${host.includes(":") ? `[${host}]` : host}:${secure.port}`,
      certificateAuthorities: pki.authority.certificate,
      ...admin,
    });
  }

  /** Ends every component, closes ports and data. Safe to call more than once. */
  stop(): Promise<void> {
    this.#stopping ??= this.#stop();
    return this.#stopping;
  }

  async #stop(): Promise<void> {
    const { server, policy, storage } = this.#parts;
    for (const reject of this.#ending) reject(stopped());
    await Promise.all([...this.#nodes.values()].map((node) => node.stop()));
    await this.#scheduler?.stop();
    await this.#controllers?.stop();
    await this.#dns?.stop();
    for (const client of this.#clients) client.close();
    await policy.bootstrap.stop();
    await server.stop();
    policy.close();
    await storage.close();
    this.#isOver = true;
  }
}

async function openDataDirectory(
  platform: Platform,
  directory: string,
  logger: Logger,
): Promise<Storage> {
  try {
    return await openStorage(platform, directory, logger);
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

function stopped(): ClusterError {
  return new ClusterError("Stopped", "", "the cluster has been stopped");
}

function serviceAccountUser(name: string): UserInfo {
  return user(
    `system:serviceaccount:kube-system:${name}`,
    "system:serviceaccounts",
    "system:serviceaccounts:kube-system",
  );
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
): Promise<Parts> {
  const options = await withKnownPort(given, platform);
  const bindAddress = options.bindAddress ?? "127.0.0.1";
  const listensWithTls = options.securePort !== undefined || options.grpcPort !== undefined;
  const directory = options.dataDirectory;
  const pki = listensWithTls
    ? await ClusterPki.open(platform, directory === undefined ? undefined : `${directory}/pki`)
    : undefined;
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
  }).catch((error: unknown) => {
    throw policyError(error);
  });
  if (directory !== undefined && policy.madeSigningKey !== undefined) {
    await keepSigningKey(platform, `${directory}/pki`, policy.madeSigningKey);
  }
  const onError = (error: unknown): void => logger.error("Bootstrap objects", { error });
  await policy.bootstrap.start(onError);
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
    log: (message, error) => logger.named("apiserver").error(message, { error }),
    requestLogger: logger.shows(3) ? logger.named("apiserver").verbose(3) : undefined,
  });
  const signing = policy.madeSigningKey ?? signingKey?.text ?? "";
  return { nodes, platform, logger, storage, policy, server, pki, signingKey: signing };
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
