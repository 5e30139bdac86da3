import type { NetRules } from "../../native/gen/addon.js";
import type { Logger } from "../../platform/logger.js";
import type { Platform } from "../../platform/platform.js";
import type { AddressFamily } from "../addressRange.js";

/** A tracked flow: the addresses of its first packet, and of the answer to it. */
export interface TrackedFlow {
  readonly source: string;
  readonly sourcePort: number;
  readonly destination: string;
  readonly destinationPort: number;
  readonly answerSource: string;
  readonly answerSourcePort: number;
}

/**
 * At so many flows the rest is left for the next time, so that a flood cannot hold up the proxy.
 */
const maxDeletions = 4096;
const maxListBytes = 256 * 1024 * 1024;

/** Reads one line of `conntrack -L`; undefined for what is no flow with ports. */
export function parseFlow(line: string): TrackedFlow | undefined {
  const values = (key: string): string[] =>
    [...line.matchAll(new RegExp(`\\b${key}=(\\S+)`, "g"))].map((match) => match[1] ?? "");
  const [source, answerSource] = values("src");
  const [destination] = values("dst");
  const [sourcePort, answerSourcePort] = values("sport");
  const [destinationPort] = values("dport");
  if (!source || !destination || !answerSource || !answerSourcePort) return undefined;
  return {
    source,
    sourcePort: Number(sourcePort),
    destination,
    destinationPort: Number(destinationPort),
    answerSource,
    answerSourcePort: Number(answerSourcePort),
  };
}

/**
 * Deletes tracked UDP flows that go to what is no endpoint of their service any more: the kernel
 * would send their packets there as long as they keep coming.
 */
export class UdpFlowCleaner {
  #missingWasLogged = false;

  constructor(
    readonly platform: Platform,
    readonly family: AddressFamily,
    readonly logger: Logger,
  ) {}

  /** Never rejects; returns how many flows were deleted. */
  async clean(rules: NetRules): Promise<number> {
    const family = this.family === "IPv4" ? "ipv4" : "ipv6";
    let listed: string;
    try {
      const args = ["-L", "-p", "udp", "-f", family];
      const result = await this.platform.processes.run("conntrack", args, {
        maxOutputBytes: maxListBytes,
      });
      if (result.exitCode !== 0) throw new Error(result.stderr.trim());
      listed = result.stdout;
    } catch (error) {
      if (!this.#missingWasLogged) {
        this.logger.warning("Cannot list tracked flows; old UDP flows may go astray", {
          err: error,
        });
      }
      this.#missingWasLogged = true;
      return 0;
    }
    const stale = this.#stale(listed, rules);
    rules.udpCleaned();
    return this.#delete(stale, family);
  }

  #stale(listed: string, rules: NetRules): TrackedFlow[] {
    const stale: TrackedFlow[] = [];
    for (const line of listed.split("\n")) {
      const flow = parseFlow(line);
      if (flow === undefined) continue;
      const { destination, destinationPort, answerSource, answerSourcePort } = flow;
      if (rules.isStaleUdp(destination, destinationPort, answerSource, answerSourcePort)) {
        stale.push(flow);
        if (stale.length === maxDeletions) break;
      }
    }
    return stale;
  }

  async #delete(flows: readonly TrackedFlow[], family: string): Promise<number> {
    let deleted = 0;
    for (const flow of flows) {
      const args = ["-D", "-p", "udp", "-f", family, "--orig-src", flow.source];
      args.push("--sport", String(flow.sourcePort), "--orig-dst", flow.destination);
      args.push("--dport", String(flow.destinationPort));
      const result = await this.platform.processes.run("conntrack", args).catch(() => undefined);
      if (result?.exitCode === 0) deleted += 1;
    }
    if (deleted > 0) this.logger.verbose(2).info("Deleted stale UDP flows", { flows: deleted });
    return deleted;
  }
}
