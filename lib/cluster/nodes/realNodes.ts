import type { Client } from "../../client/client.js";
import type { Logger } from "../../platform/logger.js";
import type { Platform } from "../../platform/platform.js";
import { makePrivateDirectory } from "../../platform/privateDirectory.js";
import type { Cluster } from "../cluster.js";
import { removeCgroupTree } from "./cgroupTree.js";
import { socketOf } from "./containerdConfig.js";
import { HostNetwork } from "./hostNetwork.js";
import { KeptProcess } from "./keptProcess.js";
import { mountsBelow, shareMounts, unmountBelow } from "./mountTable.js";
import { nodeArguments, writeNodeFiles } from "./nodeFiles.js";
import { NodeHolder } from "./nodeHolder.js";
import { holderOf, maxRealNodes, type NodePlan, type PlannedNode } from "./nodePlan.js";
import { killAll, nodeProcesses } from "./nodeProcesses.js";
import { removeNodeRules } from "./nodeRules.js";
import type { NodeRuntime } from "./nodeRuntime.js";
import { type ClusterDnsChoice, NodesDns } from "./nodesDns.js";
import { writeNodesRecord } from "./nodesFile.js";
import { OwnContainerd } from "./ownContainerd.js";
import { buildPause } from "./pauseImage.js";
import { findCniPlugins, whyNoOwnContainerd, whyNoRealNodes } from "./realNodesNeeds.js";
import { removeNodeTraces } from "./removeNodeTraces.js";
import { SystemContainerd } from "./systemContainerd.js";
import { untilNodeReady } from "./untilNodeReady.js";
import { untilProxyReady } from "./untilProxyReady.js";

const componentGraceMilliseconds = 5_000;

export interface RunningPart {
  stop(): Promise<void>;
}

/** How a component runs in this process, by the arguments that its command would have. */
export type StartPart = (
  args: readonly string[],
  client: Client,
  logger: Logger,
) => Promise<RunningPart>;

export interface RealNodesOptions {
  readonly platform: Platform;
  readonly logger: Logger;
  readonly plan: NodePlan;
  /** For the machine itself. */
  readonly inProcess: { readonly kubelet: StartPart; readonly kubeProxy: StartPart };
  readonly clusterDns: ClusterDnsChoice;
  /** For namespaces: scripts of the two commands; of `steersman dns`; and the source of pause. */
  readonly paths: {
    readonly kubelet: string;
    readonly kubeProxy: string;
    readonly steersman: string;
    readonly pauseSource: string;
  };
  /** Tells a person what takes a while. */
  readonly say: (text: string) => void;
}

interface RealNode {
  readonly plan: PlannedNode;
  readonly holder: NodeHolder | undefined;
  readonly runtime: NodeRuntime;
}

/** Real nodes cannot be had; the message says why in one line. */
export class NoRealNodes extends Error {}

/**
 * Nodes that run real containers: the machine itself, and namespaces beside it, each with a
 * containerd, a kubelet and a kube-proxy. stop() leaves nothing on the machine but files below the
 * plan's directory.
 */
export class RealNodes {
  readonly #options: RealNodesOptions;
  readonly #network: HostNetwork;
  readonly #nodes: RealNode[] = [];
  readonly #parts: RunningPart[] = [];
  /** Why there are fewer than planned, or why the system's containerd was not taken. */
  readonly #remarks: string[] = [];
  #dns: NodesDns | undefined;

  private constructor(options: RealNodesOptions) {
    this.#options = options;
    this.#network = new HostNetwork(options.platform, options.plan);
  }

  /**
   * Makes network, namespaces and containerds, or adopts what a crash left of them. Rejects with
   * NoRealNodes, and then everything is as it was.
   */
  static async prepare(options: RealNodesOptions): Promise<RealNodes> {
    const { platform, logger, plan } = options;
    const why = await whyNoRealNodes(platform, plan);
    if (why !== undefined) throw new NoRealNodes(why);
    const nodes = new RealNodes(options);
    try {
      await nodes.#prepare();
      return nodes;
    } catch (error) {
      await Promise.all(nodes.#nodes.map(({ runtime }) => runtime.stop()));
      await removeNodeTraces(platform, logger, plan);
      throw error instanceof NoRealNodes ? error : new NoRealNodes((error as Error).message);
    }
  }

  get count(): number {
    return this.#nodes.length;
  }

  /** Where nodes and pods reach this machine. */
  get address(): string {
    return (this.#options.plan.nodes[0] as PlannedNode).address;
  }

  /** For the person who started it, one line each. */
  describe(): string[] {
    const lines = this.#nodes.map(({ plan, runtime }) => {
      const where = plan.index === 0 ? "this machine" : "a namespace";
      return `${plan.name} (${plan.address}) is ${where}, on ${runtime.description}`;
    });
    return [...lines, ...this.#remarks];
  }

  /** Whom pods ask for names, for the person who started it; known once start() resolves. */
  describeDns(): string {
    return this.#dns?.description ?? "none";
  }

  async #prepare(): Promise<void> {
    const { platform, plan, paths, say } = this.#options;
    const { files } = platform;
    say("preparing nodes: network and containerd");
    for (const { directory } of plan.nodes) await makePrivateDirectory(files, directory);
    await writeNodesRecord(platform, plan, []);
    await this.#endStale();
    const pause = `${plan.directory}/pause`;
    await buildPause(platform, paths.pauseSource, pause);
    const noOwn = await whyNoOwnContainerd(platform, plan);
    const system = await this.#systemContainerd(pause);
    if (typeof system === "string") {
      if (noOwn !== undefined) throw new NoRealNodes(`${system}, and ${noOwn}`);
      this.#remarks.push(`the system's containerd is not used: ${system}`);
    } else this.#nodes.push(system);
    const machine = plan.nodes[0] as PlannedNode;
    // One of its own that cannot be adopted: its place is taken.
    if (typeof system !== "string") await endProcesses(platform, machine.directory);
    const isKept = typeof system !== "string" || (await this.#adoptHolder(machine)) !== undefined;
    if (!isKept) await removeNodeRules(platform);
    await this.#network.setUp();
    const wanted = noOwn === undefined ? plan.nodes : plan.nodes.slice(0, 1);
    if (noOwn !== undefined && plan.nodes.length > 1) {
      this.#remarks.push(`no further node is real: ${noOwn}`);
    }
    const own = wanted.slice(this.#nodes.length);
    const made = await Promise.allSettled(own.map((node) => this.#ownNode(node, pause)));
    for (const result of made) if (result.status === "fulfilled") this.#nodes.push(result.value);
    for (const result of made) if (result.status === "rejected") throw result.reason;
    await writeNodesRecord(
      platform,
      plan,
      this.#nodes.map(({ plan: { name }, runtime }) => ({ name, socket: runtime.socket })),
    );
  }

  /** Components of an earlier run are replaced; nodes that are no longer wanted go. */
  async #endStale(): Promise<void> {
    const { platform, plan } = this.#options;
    const kept = plan.nodes.map(({ directory }) => directory);
    const stays = (words: readonly string[]): boolean => {
      const program = words[0] ?? "";
      const isRuntime = /(?:^|\/)containerd(?:-shim[\w-]*)?$/.test(program);
      const isHolder = program.startsWith(`${plan.directory}/`);
      const ofKept = (word: string): boolean =>
        kept.some((directory) => word.startsWith(`${directory}/`));
      return (isRuntime || isHolder) && words.some(ofKept);
    };
    const found = await nodeProcesses(platform, plan.directory);
    await killAll(
      platform,
      found.filter(({ words }) => !stays(words)).map(({ pid }) => pid),
    );
    for (let index = plan.nodes.length; index < maxRealNodes; index++) {
      await removeCgroupTree(platform, `${plan.cgroup}/node-${index}`);
    }
  }

  async #systemContainerd(pause: string): Promise<RealNode | string> {
    const { platform, logger, plan } = this.#options;
    const node = plan.nodes[0] as PlannedNode;
    if (await this.#adoptHolder(node)) return "an earlier run's own is adopted";
    const runtime = await SystemContainerd.find({ platform, logger, node, pause });
    return typeof runtime === "string" ? runtime : { plan: node, holder: undefined, runtime };
  }

  async #ownNode(node: PlannedNode, pause: string): Promise<RealNode> {
    const { platform, logger, plan } = this.#options;
    const { registryDirectories } = plan;
    const holder = (await this.#adoptHolder(node)) ?? (await this.#makeHolder(node, pause));
    if (node.index > 0) await this.#network.connect(node, holder.pid);
    const cniBinDirectory = (await findCniPlugins(platform)) ?? "";
    const settings = { cniBinDirectory, registryDirectories, pause };
    const options = { platform, logger, node, holder, ...settings };
    return { plan: node, holder, runtime: await OwnContainerd.start(options) };
  }

  async #adoptHolder(node: PlannedNode): Promise<NodeHolder | undefined> {
    const { platform } = this.#options;
    const holder = await NodeHolder.find(platform, node);
    // Without its socket (files were removed) a containerd is of no use.
    if (!(await platform.files.exists(socketOf(node)))) return undefined;
    if (holder === undefined || node.index > 0) return holder;
    // The machine's kubelet mounts here, and the holder's namespace must see it.
    const shared = (await mountsBelow(platform, node.directory)).includes(kubeletOf(node));
    return shared ? holder : undefined;
  }

  async #makeHolder(node: PlannedNode, pause: string): Promise<NodeHolder> {
    const { platform } = this.#options;
    const { files } = platform;
    await endProcesses(platform, node.directory);
    await removeCgroupTree(platform, node.cgroup);
    await unmountBelow(platform, node.directory);
    await files.makeDirectory(kubeletOf(node), 0o700);
    if (node.index === 0) await shareMounts(platform, kubeletOf(node));
    const program = holderOf(node.directory);
    await files.replaceFile(program, await files.readFile(pause), 0o755);
    return NodeHolder.start(platform, node);
  }

  /** Starts DNS, kubelets and proxies; resolves when every node is ready and DNS answers. */
  async start(cluster: Cluster, signal: AbortSignal): Promise<void> {
    const { say } = this.#options;
    say(`starting ${this.#nodes.length === 1 ? "the node" : `${this.#nodes.length} nodes`}`);
    const port = cluster.addresses.secure?.port;
    const server = `https://${this.address}:${port}`;
    const { platform, logger, plan, paths, clusterDns } = this.#options;
    const options = { platform, logger, plan, script: paths.steersman };
    const dns = await NodesDns.start(options, clusterDns, cluster, server);
    this.#dns = dns;
    this.#parts.push(dns);
    await Promise.all([
      ...this.#nodes.map((node) => this.#startNode(cluster, node, server, signal)),
      dns.untilResponding(signal),
    ]);
  }

  async #startNode(
    cluster: Cluster,
    node: RealNode,
    server: string,
    signal: AbortSignal,
  ): Promise<void> {
    const { platform, plan, logger } = this.#options;
    const { name } = node.plan;
    const since = platform.clock.now();
    const { pki } = cluster;
    if (pki === undefined) throw new Error("real nodes need a port with TLS");
    const { socket } = node.runtime;
    const clusterDns = this.#dns?.servers ?? [];
    await writeNodeFiles(platform, { pki, node: node.plan, socket, server, clusterDns });
    const args = nodeArguments(plan, node.plan);
    if (node.plan.index === 0) await this.#startHere(cluster, name, args);
    else this.#startInside(node, args);
    const log = logger.named(name);
    const onPodCidr = async (podCidr: string): Promise<void> => {
      await node.runtime.configureNetwork(podCidr);
      if (node.holder?.hasNetwork) await this.#network.route(node.plan, node.holder.pid, podCidr);
      log.verbose(1).info("The node's pods have a range", { podCidr });
    };
    await Promise.all([
      untilNodeReady(platform, cluster.client, name, since, onPodCidr, signal),
      untilProxyReady(platform, node.plan, signal),
    ]);
  }

  async #startHere(
    cluster: Cluster,
    name: string,
    args: ReturnType<typeof nodeArguments>,
  ): Promise<void> {
    const { inProcess, logger } = this.#options;
    const as = (user: string, ...groups: string[]): Client =>
      cluster.clientAs({
        ...{ name: user, uid: "", extra: {} },
        groups: [...groups, "system:authenticated"],
      });
    const [kubelet, proxy] = [
      as(`system:node:${name}`, "system:nodes"),
      as("system:kube-proxy"),
    ] as const;
    const named = logger.verbose(1).named(name);
    this.#parts.push(await inProcess.kubelet(args.kubelet, kubelet, named.named("kubelet")));
    this.#parts.push(await inProcess.kubeProxy(args.proxy, proxy, named.named("kube-proxy")));
  }

  #startInside(node: RealNode, args: ReturnType<typeof nodeArguments>): void {
    const { platform, logger, paths } = this.#options;
    const { name, directory } = node.plan;
    const keep = (component: string, script: string, flags: readonly string[]): void => {
      const command = [platform.host.executable, script, ...flags];
      const kept = new KeptProcess(platform, logger, {
        name: `${component} of ${name}`,
        command: node.holder?.enter(command) ?? command,
        logFile: `${directory}/${component}.log`,
      });
      kept.start();
      this.#parts.push({ stop: () => kept.stop(componentGraceMilliseconds) });
    };
    keep("kubelet", paths.kubelet, args.kubelet);
    keep("kube-proxy", paths.kubeProxy, args.proxy);
  }

  /** Ends pods and components and removes every trace; files below the directory stay. */
  async stop(): Promise<void> {
    const { platform, logger, plan } = this.#options;
    await Promise.all(this.#parts.splice(0).map((part) => part.stop()));
    await Promise.all(this.#nodes.splice(0).map(({ runtime }) => runtime.stop()));
    await removeNodeTraces(platform, logger, plan);
  }
}

const kubeletOf = ({ directory }: PlannedNode): string => `${directory}/kubelet`;

async function endProcesses(platform: Platform, directory: string): Promise<void> {
  const found = await nodeProcesses(platform, directory);
  await killAll(
    platform,
    found.map(({ pid }) => pid),
  );
}
