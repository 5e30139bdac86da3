import type { Platform } from "../../platform/platform.js";
import { holderOf, type PlannedNode } from "./nodePlan.js";
import { nodeProcesses } from "./nodeProcesses.js";

const pollMilliseconds = 5;
const limitMilliseconds = 10_000;
/** Where containerd, its shims and CNI write at fixed places: a node has its own. */
const ownFolders = ["/run/containerd", "/run/netns", "/var/lib/cni"];

/**
 * The process that holds a node's mount namespace and, where it is not the machine itself, its
 * network namespace. It does nothing, and outlives `up` unless it is ended: with it, running pods
 * survive a crash. The namespaces go when the last process in them does.
 */
export class NodeHolder {
  constructor(
    readonly pid: number,
    readonly hasNetwork: boolean,
    /** Whether it was there already. */
    readonly isAdopted: boolean,
  ) {}

  /** The words that run a command in the node's namespaces. */
  enter(command: readonly string[]): string[] {
    const net = this.hasNetwork ? [`--net=/proc/${this.pid}/ns/net`] : [];
    return ["nsenter", ...net, `--mount=/proc/${this.pid}/ns/mnt`, "--", ...command];
  }

  static async find(platform: Platform, node: PlannedNode): Promise<NodeHolder | undefined> {
    const all = await nodeProcesses(platform, node.directory);
    const found = all.find(({ words }) => words[0] === holderOf(node.directory));
    return found && new NodeHolder(found.pid, node.index > 0, true);
  }

  /** The program at holderOf() must be there: a copy of pause. */
  static async start(platform: Platform, node: PlannedNode): Promise<NodeHolder> {
    const { files, processes, clock } = platform;
    const hasNetwork = node.index > 0;
    const mounts = ownFolders.map((path) => `mkdir -p ${path} && mount -t tmpfs none ${path}`);
    const lines = [...mounts, ...(hasNetwork ? ["ip link set lo up"] : []), 'exec "$0"'];
    const namespaces = ["--mount", "--propagation", "slave", ...(hasNetwork ? ["--net"] : [])];
    const script = ["sh", "-c", lines.join(" && "), holderOf(node.directory)];
    const outputFile = `${node.directory}/holder.log`;
    await files.remove(outputFile);
    const daemon = processes.startDaemon("unshare", [...namespaces, ...script], { outputFile });
    let isOver = false;
    void daemon.ended.then(() => {
      isOver = true;
    });
    const end = clock.monotonic() + limitMilliseconds;
    const ready = `${holderOf(node.directory)}\0`;
    while ((await files.readText(`/proc/${daemon.pid}/cmdline`).catch(() => "")) !== ready) {
      if (isOver || clock.monotonic() > end) {
        processes.signal(daemon.pid, "SIGKILL");
        const said = (await files.readText(outputFile)).trim().replaceAll(/\s*\n\s*/g, "; ");
        throw new Error(`cannot make namespaces for ${node.name}: ${said}`);
      }
      await clock.sleep(pollMilliseconds);
    }
    return new NodeHolder(daemon.pid, hasNetwork, false);
  }
}
