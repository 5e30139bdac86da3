import { coreV1 } from "../api/gen/resources.js";
import type { Service } from "../api/gen/types/coreV1.js";
import { gitVersion } from "../api/versions.js";
import type { UserInfo } from "../apiserver/identity.js";
import type { ServerAddresses } from "../apiserver/serverAddresses.js";
import type { Client } from "../client/client.js";
import type { Informer } from "../client/informer/informer.js";
import type { SharedInformerFactory } from "../client/informer/sharedInformerFactory.js";
import type { ControllerManager } from "../controllers/controllerManager.js";
import type { SimulationModel } from "../kubelet/simulated/simulationModel.js";
import type { Scheduler } from "../scheduler/scheduler.js";
import { checkAddNodeOptions, checkClusterOptions, checkUser } from "./checkClusterOptions.js";
import { defaultClusterCidr, defaultServiceRange } from "./clusterCidr.js";
import { ClusterError } from "./clusterError.js";
import type { ClusterEtcd } from "./clusterEtcd.js";
import type { ClusterOptions } from "./clusterOptions.js";
import type { ClusterPki } from "./clusterPki.js";
import { kubeconfigText } from "./kubeconfigText.js";
import type { ClusterDns, ServedDns } from "./servedDns.js";
import type { SimulatedNode } from "./simulatedNode.js";
import type { ClusterParts } from "./startParts.js";

type Machinery = typeof import("./clusterMachinery.js");

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
  readonly #parts: ClusterParts;
  readonly #machinery: Machinery;
  readonly #options: ClusterOptions;
  readonly #clients: Client[] = [];
  readonly #nodes: Map<string, SimulatedNode>;
  readonly #model: SimulationModel;
  /** Rejects whoever waits for a node to register. Bounded by the nodes being added. */
  readonly #ending = new Set<(error: Error) => void>();
  readonly #abort = new AbortController();
  /** One watch of each kind for all components, and one object for each of the kind's. */
  readonly #informers: SharedInformerFactory;
  readonly #informersEnd = new AbortController();
  #controllers: ControllerManager | undefined;
  #scheduler: Scheduler | undefined;
  #client: Client | undefined;
  #dns: ServedDns | undefined;
  #stopping: Promise<void> | undefined;
  #isOver = false;

  private constructor(parts: ClusterParts, options: ClusterOptions, machinery: Machinery) {
    if (parts?.server === undefined) {
      const why = "a cluster is not constructed: `await Cluster.start(options)`";
      throw new ClusterError("InvalidOption", "", why);
    }
    this.#parts = parts;
    this.#machinery = machinery;
    this.#options = options;
    this.#nodes = parts.nodes;
    this.#model = new machinery.SimulationModel(options.simulation);
    const { platform, logger } = parts;
    this.#informers = new machinery.SharedInformerFactory({
      platform,
      logger: logger.named("informers"),
      // Who may read every kind.
      client: this.clientAs(user("system:kube-controller-manager"), agents.controllerManager),
    });
    this.#informers.start(this.#informersEnd.signal);
  }

  /**
   * Resolves when the API answers and the components run. Rejects when a port cannot be had, and
   * with a ClusterError for options that are unknown or make no sense and for a data directory that
   * cannot be used.
   */
  static async start(options: ClusterOptions = {}): Promise<Cluster> {
    checkClusterOptions(options);
    // Whoever only connects to a cluster loads nothing of one.
    const machinery = await import("./clusterMachinery.js");
    const parts = await machinery.startParts(options);
    const cluster = new Cluster(parts, options, machinery);
    try {
      await cluster.#startComponents();
      return cluster;
    } catch (error) {
      await cluster.stop();
      throw error;
    }
  }

  async #startComponents(): Promise<void> {
    const { platform, logger, server } = this.#parts;
    await this.#startDns();
    if (this.#options.controllers !== false) {
      this.#controllers = new this.#machinery.ControllerManager({
        platform,
        logger: logger.named("controllers"),
        informers: this.#informers,
        client: this.clientAs(user("system:kube-controller-manager"), agents.controllerManager),
        clientFor: (account) =>
          this.clientAs(serviceAccountUser(account), agents.controllerManager),
        options: this.#controllerOptions(),
        onKindsChange: (listener) => server.scheme.listen(() => listener()),
      });
      this.#controllers.start().catch((error: unknown) => {
        logger.error("The controller manager has ended", { error });
      });
    }
    if (this.#options.scheduler !== false) {
      this.#scheduler = new this.#machinery.Scheduler({
        platform,
        logger: logger.named("scheduler"),
        informers: this.#informers,
        client: this.clientAs(user("system:kube-scheduler"), agents.scheduler),
      });
      this.#informers.start(this.#informersEnd.signal);
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
    const listen =
      platform === this.#machinery.nodePlatform ? [{ host: "127.0.0.1", port: 0 }] : [];
    this.#dns = await this.#machinery.serveDns({
      platform,
      logger: logger.named("dns"),
      client: this.clientAs(user(this.#machinery.dnsUser), agents.dns),
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
    const node = this.#machinery.simulatedNode({
      ...options,
      platform: this.#parts.platform,
      logger: this.#parts.logger,
      client: this.clientAs(user(`system:node:${name}`, "system:nodes"), agents.kubelet),
      services: this.#services(),
      name,
      address: nodeAddress(index),
      model: this.#model,
    });
    this.#nodes.set(name, node);
    await node.kubelet.start();
    return node;
  }

  #services(): Informer<Service> {
    const services = this.#informers.informer(coreV1.services);
    this.#informers.start(this.#informersEnd.signal);
    return services;
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
    const { channelClient, nativeCodec } = this.#machinery;
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

  /** The cluster's own store as etcd's API; there only when the option `serveEtcd` asked for it. */
  get etcd(): ClusterEtcd | undefined {
    return this.#parts.served?.etcd;
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
    const { server, policy, storage, served } = this.#parts;
    for (const reject of this.#ending) reject(stopped());
    await Promise.all([...this.#nodes.values()].map((node) => node.stop()));
    await this.#scheduler?.stop();
    await this.#controllers?.stop();
    await this.#dns?.stop();
    this.#informersEnd.abort();
    await this.#informers.stopped();
    for (const client of this.#clients) client.close();
    await policy.bootstrap.stop();
    await server.stop();
    policy.close();
    await served?.close();
    await storage.close();
    this.#isOver = true;
  }
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
