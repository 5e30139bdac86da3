import type { Logger } from "../../platform/logger.js";
import type { Platform } from "../../platform/platform.js";
import { checkedRun } from "./checkedRun.js";
import { KeptSysctls } from "./keptSysctls.js";
import type { NodePlan, PlannedNode } from "./nodePlan.js";
import { removeNodeRules, writeNodeRules } from "./nodeRules.js";

/** Marks this program's routes (rtnetlink's protocol number), so that they can be told apart. */
const routeProtocol = "83";

type Parts = Pick<Platform, "files" | "processes" | "host">;

/**
 * The nodes' network on this machine:
 *
 *   bridge .1 (node-0: the machine) ──┬── node-1 .2
 *                                     └── node-2 .3 …
 *
 * A namespace has no default route; it sends the other nodes' pods to the machine, which knows
 * where each node's are. The service range leads into a pair of links with nobody at its end,
 * since a kernel without a route refuses a packet before the rules see it.
 */
export class HostNetwork {
  readonly #parts: Parts;
  readonly #plan: NodePlan;
  readonly #sysctls: KeptSysctls;

  constructor(parts: Parts, plan: NodePlan) {
    this.#parts = parts;
    this.#plan = plan;
    this.#sysctls = new KeptSysctls(parts.files, `${plan.directory}/sysctls.json`);
  }

  get #hostAddress(): string {
    return (this.#plan.nodes[0] as PlannedNode).address;
  }

  async #batch(lines: readonly string[], enter: readonly string[] = []): Promise<void> {
    const command = [...enter, "ip", "-batch", "-"];
    await checkedRun(this.#parts, command, { input: `${lines.join("\n")}\n` });
  }

  /** Replaces what an earlier run left. */
  async setUp(): Promise<void> {
    const { bridge, prefixLength, clusterCidr } = this.#plan;
    await this.#removeLinks();
    await this.#batch([
      `link add name ${bridge} type bridge`,
      `address add ${this.#hostAddress}/${prefixLength} dev ${bridge}`,
      `link set dev ${bridge} up`,
      ...this.#deadEnd(` src ${this.#hostAddress}`),
      // An address that no pod has must not leave the machine; a pod's own route is narrower.
      `route replace unreachable ${clusterCidr} proto ${routeProtocol} metric 4096`,
    ]);
    await this.#sysctls.keep();
    await this.#parts.files.writeFile("/proc/sys/net/ipv4/ip_forward", "1\n");
    await writeNodeRules(this.#parts, this.#plan);
  }

  #deadEnd(source = ""): string[] {
    const { deadEnd, serviceRange } = this.#plan;
    const [near, far] = deadEnd;
    return [
      `link add name ${near} type veth peer name ${far}`,
      `link set dev ${near} up`,
      `link set dev ${far} up`,
      `route replace ${serviceRange} dev ${near}${source} proto ${routeProtocol}`,
    ];
  }

  /** Gives the namespace of a process its link to the others. */
  async connect(node: PlannedNode, pid: number): Promise<void> {
    const { bridge, prefixLength, clusterCidr, deadEnd } = this.#plan;
    const enter = ["nsenter", `--net=/proc/${pid}/ns/net`, "--"];
    const [near] = deadEnd;
    // An adopted namespace has one already.
    await checkedRun(this.#parts, [...enter, "ip", "link", "delete", near]).catch(() => undefined);
    await this.#batch([
      `link add name ${node.link} type veth peer name eth0 netns ${pid}`,
      `link set dev ${node.link} master ${bridge} up`,
    ]);
    await this.#batch(
      [
        `address add ${node.address}/${prefixLength} dev eth0`,
        "link set dev eth0 up",
        ...this.#deadEnd(` src ${node.address}`),
        `route replace ${clusterCidr} via ${this.#hostAddress} proto ${routeProtocol}`,
      ],
      enter,
    );
    const forward = "echo 1 > /proc/sys/net/ipv4/ip_forward";
    await checkedRun(this.#parts, [...enter, "sh", "-c", forward]);
  }

  /** Sends a node's pods to it. */
  async route(node: PlannedNode, pid: number, podCidr: string): Promise<void> {
    const unreachable = `route replace unreachable ${podCidr} proto ${routeProtocol} metric 4096`;
    await this.#batch([unreachable], ["nsenter", `--net=/proc/${pid}/ns/net`, "--"]);
    await this.#batch([`route replace ${podCidr} via ${node.address} proto ${routeProtocol}`]);
  }

  async #removeLinks(): Promise<void> {
    const list = await checkedRun(this.#parts, ["ip", "-oneline", "link", "show"]);
    const names = [...list.matchAll(/^\d+: ([^:@\s]+)/gm)].map((match) => match[1] ?? "");
    for (const name of names.filter((one) => one.startsWith(this.#plan.linkPrefix))) {
      // With one end of a pair its other end goes, too.
      await checkedRun(this.#parts, ["ip", "link", "delete", name]).catch(() => undefined);
    }
  }

  /** Takes everything back. What cannot be is logged. */
  async tearDown(logger: Logger): Promise<void> {
    const attempt = async (what: string, work: Promise<unknown>): Promise<void> => {
      await work.catch((error: unknown) => logger.warning("Left behind", { what, error }));
    };
    await attempt("rules", removeNodeRules(this.#parts));
    await attempt("links", this.#removeLinks());
    const flush = ["ip", "route", "flush", "proto", routeProtocol];
    await attempt("routes", checkedRun(this.#parts, flush));
    await attempt("settings", this.#sysctls.restore());
  }
}
