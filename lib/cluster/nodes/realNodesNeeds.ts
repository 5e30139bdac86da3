import { parseCidr, parseIp, rangeContains } from "../../api/ipAddress.js";
import type { Platform } from "../../platform/platform.js";
import { checkedRun } from "./checkedRun.js";
import { socketOf } from "./containerdConfig.js";
import type { NodePlan } from "./nodePlan.js";
import { readNodesRecord } from "./nodesFile.js";

/** For every node, the machine itself included. */
const commands = ["iptables", "iptables-save", "iptables-restore", "ip", "mount", "umount", "cc"];
/** For a containerd of this program's own, and for namespaces. */
const ownCommands = [
  ...["containerd", "containerd-shim-runc-v2", "runc", "ctr", "nsenter", "unshare"],
];
const cniDirectories = ["/usr/lib/cni", "/opt/cni/bin"];
const cniPlugins = ["ptp", "host-local", "portmap", "loopback"];
/** The kernel's bound for a Unix socket's path, with what containerd appends to it. */
const maxSocketBytes = 100;

/** Where CNI's plugins are, if all that a node needs are there. */
export async function findCniPlugins({
  files,
}: Pick<Platform, "files">): Promise<string | undefined> {
  for (const directory of cniDirectories) {
    const there = await Promise.all(cniPlugins.map((name) => files.exists(`${directory}/${name}`)));
    if (!there.includes(false)) return directory;
  }
  return undefined;
}

/** Why real nodes cannot be had here at all; undefined where they can. */
export async function whyNoRealNodes(
  platform: Platform,
  plan: NodePlan,
): Promise<string | undefined> {
  const { host, processes, files } = platform;
  if (host.platform !== "linux") return `this is ${host.platform}, not Linux`;
  if (!host.isRoot) return "root is needed";
  for (const command of commands) {
    if ((await processes.find(command)) === undefined) return `${command} is not installed`;
  }
  if (!(await files.exists("/sys/fs/cgroup"))) return "/sys/fs/cgroup is not there";
  return (await whoseNetwork(platform, plan)) ?? (await whoseRules(platform, plan));
}

/** Why no containerd of this program's own can run here; undefined where one can. */
export async function whyNoOwnContainerd(
  platform: Platform,
  plan: NodePlan,
): Promise<string | undefined> {
  for (const command of ownCommands) {
    const found = await platform.processes.find(command);
    if (found === undefined) return `${command} is not installed`;
  }
  if ((await findCniPlugins(platform)) === undefined) {
    return `CNI's plugins are in none of ${cniDirectories.join(", ")}`;
  }
  const longest = plan.nodes.map((node) => Buffer.byteLength(socketOf(node)));
  if (Math.max(...longest) > maxSocketBytes) {
    return `${plan.directory} is too long a path for sockets`;
  }
  if (/[:,\\]/.test(plan.directory)) {
    return `${plan.directory} has a character that overlay mounts take for a separator`;
  }
  return undefined;
}

/** The ranges must be free on this machine; links of the plan's own may be left from a crash. */
async function whoseNetwork(platform: Platform, plan: NodePlan): Promise<string | undefined> {
  // Node's own list leaves out links without a carrier, such as a bridge with nobody on it.
  const list = await checkedRun(platform, ["ip", "-oneline", "address", "show"]);
  const all = [...list.matchAll(/^\d+: (\S+) +inet6? ([^/\s]+)/gm)];
  const others = all.filter(([, link = ""]) => !link.startsWith(plan.linkPrefix));
  const bridge = others.find(([, link = ""]) => /^st[0-9a-f]{6}br$/.test(link));
  if (bridge) return `another cluster has real nodes here: ${bridge[1]} is its bridge`;
  const ranges = { "node-cidr": plan.nodeCidr, "cluster-cidr": plan.clusterCidr };
  for (const [flag, text] of Object.entries(ranges)) {
    const range = parseCidr(text);
    for (const [, link = "", address = ""] of others) {
      const parsed = parseIp(address);
      // A pod's link of an earlier run has the address of its range's gateway.
      if (link.startsWith("veth") && flag === "cluster-cidr") continue;
      if (range && parsed && rangeContains(range, parsed)) {
        return `--${flag} ${text} is in use: ${link} has ${address}`;
      }
    }
  }
  return undefined;
}

/** Two proxies in one network would undo each other's rules. */
async function whoseRules(platform: Platform, plan: NodePlan): Promise<string | undefined> {
  // After a crash they are this cluster's, also where somebody has removed its files since.
  if ((await readNodesRecord(platform, plan.directory)) !== undefined) return undefined;
  const saved = await checkedRun(platform, ["iptables-save", "-t", "nat"]).catch(String);
  if (!/^:KUBE-SERVICES /m.test(saved) || /^:STEERSMAN-/m.test(saved)) return undefined;
  return "another kube-proxy's rules are here (kube-proxy --cleanup removes them)";
}
