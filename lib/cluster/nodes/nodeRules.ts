import type { Platform } from "../../platform/platform.js";
import { checkedRun } from "./checkedRun.js";
import { cniNetworkName } from "./cniConfig.js";
import type { NodePlan } from "./nodePlan.js";

type Parts = Pick<Platform, "processes">;

const forward = { table: "filter", from: "FORWARD", chain: "STEERSMAN-FORWARD" };
const postrouting = { table: "nat", from: "POSTROUTING", chain: "STEERSMAN-POSTROUTING" };

/**
 * The machine's own rules, as iptables-restore takes them: pods may be forwarded (where something
 * else has made that the exception), and what they send out of the cluster leaves under the
 * machine's address.
 */
export function nodeRulesText({ clusterCidr, nodeCidr }: NodePlan): string {
  return [
    "*filter",
    `:${forward.chain} - [0:0]`,
    `-A ${forward.chain} -s ${clusterCidr} -j ACCEPT`,
    `-A ${forward.chain} -d ${clusterCidr} -j ACCEPT`,
    "COMMIT",
    "*nat",
    `:${postrouting.chain} - [0:0]`,
    `-A ${postrouting.chain} -d ${clusterCidr} -j RETURN`,
    `-A ${postrouting.chain} -d ${nodeCidr} -j RETURN`,
    `-A ${postrouting.chain} -s ${clusterCidr} -j MASQUERADE`,
    "COMMIT",
    "",
  ].join("\n");
}

export async function writeNodeRules(parts: Parts, plan: NodePlan): Promise<void> {
  const input = nodeRulesText(plan);
  await checkedRun(parts, ["iptables-restore", "-w", "5", "--noflush"], { input });
  for (const { table, from, chain } of [forward, postrouting]) {
    const rule = (verb: string): string[] => [
      ...["iptables", "-w", "5", "-t", table, verb, from, "-j", chain],
    ];
    await checkedRun(parts, rule("-C")).catch(() => checkedRun(parts, rule("-A")));
  }
}

/** This program's own, and the one that the proxy leaves to the kubelet when it cleans up. */
const ownChains = /^(?:STEERSMAN-(?:FORWARD|POSTROUTING)|KUBE-FIREWALL)$/;
/** CNI's portmap makes these and leaves them when its last pod has gone. */
const cniChains = /^CNI-HOSTPORT-(?:DNAT|MASQ|SETMARK)$/;
const cniPodChain = /^:(CNI-DN-\S+)/gm;
/** How portmap notes whose network a pod's chain is of. */
const ownPodJump = new RegExp(`dnat name: \\\\"${cniNetworkName}\\\\".* -j (CNI-DN-\\S+)`, "g");

/** Commands for iptables-restore that remove these chains, from what iptables-save printed. */
export function nodeRulesRemoval(saved: string): string {
  // Left where a pod's network was not taken down: after a crash.
  const ownPods = new Set([...saved.matchAll(ownPodJump)].map((match) => match[1] ?? ""));
  const isCniIdle = [...saved.matchAll(cniPodChain)].every((match) => ownPods.has(match[1] ?? ""));
  const isMeant = (chain: string): boolean =>
    ownChains.test(chain) || ownPods.has(chain) || (isCniIdle && cniChains.test(chain));
  const removals = saved.split(/^(?=\*)/m).map((table) => tableRemoval(table, isMeant));
  return removals.join("");
}

function tableRemoval(text: string, isMeant: (chain: string) => boolean): string {
  const [head = "", ...lines] = text.split("\n");
  const chains = lines
    .filter((line) => line.startsWith(":"))
    .map((line) => line.slice(1).split(" ")[0] ?? "")
    .filter(isMeant);
  if (chains.length === 0) return "";
  const jumps = lines.filter((line) => {
    const target = / -j (\S+)/.exec(line)?.[1] ?? "";
    return line.startsWith("-A ") && chains.includes(target);
  });
  const removal = [
    ...jumps.map((line) => `-D ${line.slice("-A ".length)}`),
    ...chains.map((chain) => `-F ${chain}`),
    ...chains.map((chain) => `-X ${chain}`),
  ];
  return `${[head, ...removal, "COMMIT"].join("\n")}\n`;
}

export async function removeNodeRules(parts: Parts): Promise<void> {
  for (const family of ["iptables", "ip6tables"]) {
    if ((await parts.processes.find(family)) === undefined) continue;
    const input = nodeRulesRemoval(await checkedRun(parts, [`${family}-save`]));
    if (input === "") continue;
    await checkedRun(parts, [`${family}-restore`, "-w", "5", "--noflush"], { input });
  }
}
