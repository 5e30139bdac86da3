import type { Node, Service } from "../api/gen/types/coreV1.js";
import type { EndpointSlice } from "../api/gen/types/discoveryV1.js";
import { MetricsRegistry } from "../api/metrics/metricsRegistry.js";
import { addProcessMetrics } from "../api/metrics/processMetrics.js";
import type { Informer } from "../client/informer/informer.js";
import type { NetRulesLocalDetector } from "../native/gen/addon.js";
import type { Logger } from "../platform/logger.js";
import type { Platform } from "../platform/platform.js";
import { type AddressFamily, AddressRange, familyOf } from "./addressRange.js";
import { type Change, serviceChange, sliceChanges } from "./changes/pendingChanges.js";
import { isSysctlSet, tcpBeLiberalPath } from "./conntrack/conntrackSysctls.js";
import { ProxyHealth } from "./health/proxyHealth.js";
import { healthRoutes, metricsRoutes, ProxyHttpServer } from "./health/proxyHttpServer.js";
import { type ServiceHealthCheck, ServiceHealthServer } from "./health/serviceHealthServer.js";
import { initializeNode } from "./initializeNode.js";
import { IptablesCommand } from "./iptables/iptablesCommand.js";
import { NodePortAddresses } from "./nodePortAddresses.js";
import { Proxier } from "./proxier.js";
import type { ProxyConfig } from "./proxyConfig.js";
import { createProxyMetrics, type ProxyMetrics } from "./proxyMetrics.js";
import { chooseProxyMode } from "./proxyMode.js";

const zoneLabel = "topology.kubernetes.io/zone";

export interface ProxyServerOptions {
  readonly platform: Platform;
  readonly logger: Logger;
  readonly config: ProxyConfig;
  /** See proxyInformers for what they select. Whoever made the informers runs them. */
  readonly services: Informer<Service>;
  readonly endpointSlices: Informer<EndpointSlice>;
  readonly nodes: Informer<Node>;
  readonly metrics?: MetricsRegistry;
  /** The command line's flags in effect, for /flagz. */
  readonly flags?: ReadonlyMap<string, string>;
}

/** kube-proxy: makes the node's kernel send what is meant for services to their endpoints. */
export class ProxyServer {
  readonly #options: ProxyServerOptions;
  readonly #registry: MetricsRegistry;
  readonly #metrics: ProxyMetrics;
  readonly #startedMilliseconds: number;
  readonly #health: ProxyHealth;
  readonly #serviceHealth: ServiceHealthServer;
  #proxiers: readonly Proxier[] = [];
  #servers: ProxyHttpServer[] = [];
  #unsubscribe: (() => void)[] = [];
  #nodePortAddresses: readonly NodePortAddresses[] = [];
  readonly #stopped = new AbortController();

  constructor(options: ProxyServerOptions) {
    this.#options = options;
    const { platform, config } = options;
    this.#registry = options.metrics ?? new MetricsRegistry();
    this.#metrics = createProxyMetrics(this.#registry);
    this.#startedMilliseconds = platform.clock.now();
    addProcessMetrics(this.#registry, platform.host, this.#startedMilliseconds);
    // As upstream: twice the time after which everything is looked at anyway.
    this.#health = new ProxyHealth(platform.clock, 2 * config.syncPeriodMilliseconds);
    this.#serviceHealth = new ServiceHealthServer({
      platform,
      logger: options.logger.named("service-health"),
      isProxyHealthy: () => this.#health.isHealthy(),
      addresses: () => this.#listenAddresses(),
    });
  }

  #metricsRoutes(mode: string) {
    const { platform, flags } = this.#options;
    const zPages = {
      component: "kube-proxy",
      startedMilliseconds: this.#startedMilliseconds,
      paths: ["/healthz", "/metrics", "/proxyMode"],
      ...(flags === undefined ? {} : { flags }),
    };
    return metricsRoutes(this.#registry, mode, zPages, platform.clock);
  }

  /** Ports that were got, 0 for those that were not. */
  get ports(): { readonly healthz: number; readonly metrics: number } {
    return { healthz: this.#servers[0]?.port ?? 0, metrics: this.#servers[1]?.port ?? 0 };
  }

  /**
   * Starts, and resolves when the first rules are written (or with the server stopped). Rejects
   * with one line for the user when this cannot work: a retired mode, no iptables, a port with
   * bindAddressHardFail.
   */
  async start(): Promise<void> {
    const { platform, logger, config } = this.#options;
    const mode = await chooseProxyMode(platform, logger, config.mode);
    await this.#serve(mode);
    await initializeNode(platform, logger, config);
    const signal = this.#stopped.signal;
    if (!(await this.#options.nodes.waitForSync(signal))) return;
    await this.#waitForPodCIDR(signal);
    if (signal.aborted) return;
    this.#proxiers = await this.#makeProxiers();
    this.#followNode();
    this.#followServices();
    const synced = [this.#options.services, this.#options.endpointSlices].map((informer) =>
      informer.waitForSync(signal),
    );
    if ((await Promise.all(synced)).includes(false)) return;
    for (const proxier of this.#proxiers) proxier.start();
    const ended = new Promise<void>((resolve) => {
      signal.addEventListener("abort", () => resolve(), { once: true });
    });
    await Promise.race([Promise.all(this.#proxiers.map((one) => one.firstSync)), ended]);
  }

  /** Resolves when everything that the informers gave so far is written. */
  async settled(): Promise<void> {
    await Promise.all(this.#proxiers.map((proxier) => proxier.settled()));
  }

  /**
   * Stops following; the rules stay, so that connections go on. See cleanUpProxy for removing them.
   */
  async stop(): Promise<void> {
    this.#stopped.abort();
    for (const unsubscribe of this.#unsubscribe.splice(0)) unsubscribe();
    await Promise.all(this.#proxiers.map((proxier) => proxier.stop()));
    await this.#serviceHealth.close();
    await Promise.all(this.#servers.map((server) => server.close()));
  }

  async #serve(mode: string): Promise<void> {
    const { platform, logger, config } = this.#options;
    const open = async (
      name: string,
      bindAddress: string,
      routes: ReturnType<typeof healthRoutes>,
    ): Promise<void> => {
      if (bindAddress === "") return;
      const hardFail = config.bindAddressHardFail;
      const options = { platform, logger, name, bindAddress, hardFail, routes };
      this.#servers.push(await ProxyHttpServer.start(options));
    };
    await open("healthz", config.healthzBindAddress, healthRoutes(this.#health, this.#metrics));
    await open("metrics", config.metricsBindAddress, this.#metricsRoutes(mode));
  }

  get #node(): Node | undefined {
    return this.#options.nodes.indexer.get(this.#options.config.nodeName);
  }

  /** Local detection by the node's pod range needs that range, which comes with the node. */
  async #waitForPodCIDR(signal: AbortSignal): Promise<void> {
    const { config, nodes, logger } = this.#options;
    const known = (): boolean => (this.#node?.spec?.podCIDR ?? "") !== "";
    if (config.detectLocalMode !== "NodeCIDR" || known()) return;
    logger.info("Waiting for the node's podCIDR", { node: config.nodeName });
    await new Promise<void>((resolve) => {
      const check = (): void => {
        if (known() || signal.aborted) {
          remove();
          resolve();
        }
      };
      const remove = nodes.addEventHandler({ onAdd: check, onUpdate: check });
      signal.addEventListener("abort", check, { once: true });
      check();
    });
  }

  #nodeAddress(family: AddressFamily): string | undefined {
    const { bindAddress } = this.#options.config;
    const given = bindAddress !== "" && bindAddress !== "0.0.0.0" && bindAddress !== "::";
    if (given && familyOf(bindAddress) === family) return bindAddress;
    const addresses = this.#node?.status?.addresses ?? [];
    const ofFamily = (type: string): string | undefined =>
      addresses.find((one) => one.type === type && familyOf(one.address) === family)?.address;
    return ofFamily("InternalIP") ?? ofFamily("ExternalIP");
  }

  #localDetector(family: AddressFamily): NetRulesLocalDetector | undefined {
    const { config, logger } = this.#options;
    switch (config.detectLocalMode) {
      case "BridgeInterface":
        return { kind: "bridge", value: config.bridgeInterface };
      case "InterfaceNamePrefix":
        return { kind: "prefix", value: config.interfaceNamePrefix };
      case "ClusterCIDR":
      case "NodeCIDR": {
        const spec = this.#node?.spec;
        const texts =
          config.detectLocalMode === "ClusterCIDR"
            ? config.clusterCIDR.split(",")
            : (spec?.podCIDRs ?? [spec?.podCIDR ?? ""]);
        const value = texts
          .map((text) => text.trim())
          .find((text) => AddressRange.parse(text)?.family === family);
        if (value !== undefined) return { kind: "cidr", value };
        logger.info("Detect-local-mode defaulting to no-op", {
          family,
          mode: config.detectLocalMode,
        });
        return undefined;
      }
    }
  }

  async #makeProxiers(): Promise<Proxier[]> {
    const { platform, logger } = this.#options;
    const proxiers: Proxier[] = [];
    for (const family of ["IPv4", "IPv6"] as const) {
      const iptables = await IptablesCommand.detect(platform, family);
      if (iptables === undefined) {
        logger.info("No iptables support for family", { family });
        continue;
      }
      logger.info("Using iptables", {
        ...{ family, version: iptables.version, backend: iptables.backend },
      });
      proxiers.push(await this.#makeProxier(iptables));
    }
    if (proxiers.length === 0) throw new Error("iptables is not installed, or does not work here");
    return proxiers;
  }

  async #makeProxier(iptables: IptablesCommand): Promise<Proxier> {
    const { platform, logger, config } = this.#options;
    const { family } = iptables;
    const nodePorts = new NodePortAddresses(family, config.nodePortAddresses);
    this.#nodePortAddresses = [...this.#nodePortAddresses, nodePorts];
    const localhostNodePorts = config.localhostNodePorts && nodePorts.containsLoopback;
    const localDetector = this.#localDetector(family);
    const nodeIP = this.#nodeAddress(family);
    const addresses = (): string[] | undefined =>
      nodePorts.addresses(platform.host, this.#nodeAddress(family));
    return new Proxier({
      ...{ platform, iptables, health: this.#health, metrics: this.#metrics },
      logger: logger.named(family.toLowerCase()),
      rules: {
        ...{ family, nodeName: config.nodeName, localhostNodePorts },
        ...(nodeIP === undefined ? {} : { nodeIP }),
        zone: this.#node?.metadata.labels?.[zoneLabel] ?? "",
        masqueradeAll: config.masqueradeAll,
        masqueradeBit: config.masqueradeBit,
        ...(localDetector === undefined ? {} : { localDetector }),
        randomFully: iptables.isAtLeast(1, 6, 2),
        conntrackTcpBeLiberal: await isSysctlSet(platform, tcpBeLiberalPath),
      },
      minSyncPeriodMilliseconds: config.minSyncPeriodMilliseconds,
      syncPeriodMilliseconds: config.syncPeriodMilliseconds,
      nodePortAddresses: addresses,
      onSynced: () => void this.#serviceHealth.sync(this.#healthChecks()),
    });
  }

  #healthChecks(): ServiceHealthCheck[] {
    const checks = new Map<string, ServiceHealthCheck>();
    for (const check of this.#proxiers.flatMap((proxier) => proxier.healthChecks())) {
      const other = checks.get(check.service);
      if ((other?.localEndpoints ?? -1) < check.localEndpoints) checks.set(check.service, check);
    }
    return [...checks.values()];
  }

  /** Where health check node ports listen: everywhere, or where node ports are served. */
  #listenAddresses(): string[] {
    const { host } = this.#options.platform;
    if (this.#nodePortAddresses.some((one) => one.matchesAll)) {
      const hasSix = host.addresses().some(({ family }) => family === "IPv6");
      // A socket on :: also answers IPv4.
      return [hasSix ? "::" : "0.0.0.0"];
    }
    return this.#nodePortAddresses.flatMap(
      (one) => one.addresses(host, this.#nodeAddress(one.family)) ?? [],
    );
  }

  #followNode(): void {
    const { nodes, config } = this.#options;
    const apply = (node: Node | undefined): void => {
      this.#health.node = node;
      for (const proxier of this.#proxiers) {
        proxier.setZone(node?.metadata.labels?.[zoneLabel] ?? "");
        proxier.nodeChanged();
      }
    };
    const mine = (node: Node): boolean => node.metadata.name === config.nodeName;
    const remove = nodes.addEventHandler({
      onAdd: (node) => {
        if (mine(node)) apply(node);
      },
      onUpdate: (_old, node) => {
        if (mine(node)) apply(node);
      },
      onDelete: (node) => {
        if (mine(node)) apply(undefined);
      },
    });
    this.#unsubscribe.push(remove);
  }

  #followServices(): void {
    const { services, endpointSlices } = this.#options;
    const give = (...changes: Change[]): void => {
      for (const proxier of this.#proxiers) proxier.add(changes);
    };
    this.#unsubscribe.push(
      services.addEventHandler({
        onAdd: (service) => give(serviceChange(service, false)),
        onUpdate: (_old, service) => give(serviceChange(service, false)),
        onDelete: (service) => give(serviceChange(service, true)),
      }),
      endpointSlices.addEventHandler({
        onAdd: (slice) => give(...sliceChanges(undefined, slice)),
        onUpdate: (old, slice) => give(...sliceChanges(old, slice)),
        onDelete: (slice) => give(...sliceChanges(slice, undefined)),
      }),
    );
  }
}
