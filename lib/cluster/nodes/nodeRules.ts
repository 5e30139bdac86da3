import type { Platform } from "../../platform/platform.js";
import { checkedRun } from "./checkedRun.js";
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

/** Commands for iptables-restore that remove these rules, from what iptables-save printed. */
export function nodeRulesRemoval(saved: string): string {
  const lines: string[] = [];
  let table: string[] = [];
  const ours = /STEERSMAN-(?:FORWARD|POSTROUTING)/;
  // CNI's portmap makes these three and leaves them when its last pod has gone.
  const cni = /CNI-HOSTPORT-(?:DNAT|MASQ|SETMARK)/;
  const isCniIdle = !/^:CNI-DN-/m.test(saved);
  const isMeant = (line: string): boolean => ours.test(line) || (isCniIdle && cni.test(line));
  for (const line of saved.split("\n")) {
    if (line.startsWith("*")) table = [line];
    else if (line === "COMMIT") {
      const chains = table
        .filter((one) => one.startsWith(":") && isMeant(one))
        .map((one) => one.slice(1).split(" ")[0] ?? "");
      const jumps = table.filter((one) => {
        const target = / -j (\S+)/.exec(one)?.[1] ?? "";
        return one.startsWith("-A ") && chains.includes(target);
      });
      if (chains.length === 0) continue;
      lines.push(table[0] ?? "");
      lines.push(...jumps.map((one) => `-D ${one.slice("-A ".length)}`));
      lines.push(...chains.map((chain) => `-F ${chain}`), ...chains.map((chain) => `-X ${chain}`));
      lines.push("COMMIT");
    } else table.push(line);
  }
  return lines.length === 0 ? "" : `${lines.join("\n")}\n`;
}

export async function removeNodeRules(parts: Parts): Promise<void> {
  const input = nodeRulesRemoval(await checkedRun(parts, ["iptables-save"]));
  if (input === "") return;
  await checkedRun(parts, ["iptables-restore", "-w", "5", "--noflush"], { input });
}
