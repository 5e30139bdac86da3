import { type ChildProcess, spawn } from "node:child_process";
import { copyFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { whyNoRegistry } from "../support/nodes/testRegistry.js";
import { UpRig, whyNoUp } from "../support/nodes/upRig.js";
import { makeSuiteImages, suiteRegistry } from "./suiteImages.js";
import type { SuitePrograms } from "./suitePrograms.js";

/** Where the machine's default route leads: nobody is there, and nothing leaves the namespace. */
const deadEnd = { link: "deadend0", peer: "deadend1", address: "172.31.250.2/24" };
const deadEndGateway = "172.31.250.1";

/** Why there can be none here; undefined where there can. */
export const whyNoConformance = (): string | undefined => whyNoUp() ?? whyNoRegistry();

/** Two real nodes of `steersman up`, in namespaces of their own, with the images of the tests. */
export class ConformanceCluster {
  readonly #rig: UpRig;

  private constructor(rig: UpRig) {
    this.#rig = rig;
  }

  /** Resolves when the nodes are ready and have the images; leaves nothing when it rejects. */
  static async start(programs: SuitePrograms): Promise<ConformanceCluster> {
    const rig = await UpRig.make();
    try {
      const { link, peer, address } = deadEnd;
      rig.inside("ip", "link", "add", link, "type", "veth", "peer", "name", peer);
      for (const name of [link, peer]) rig.inside("ip", "link", "set", name, "up");
      rig.inside("ip", "address", "add", address, "dev", link);
      rig.inside("ip", "route", "add", "default", "via", deadEndGateway);
      await rig.up("--runtime", "containerd", "--nodes", "2");
      const { images, archives } = await makeSuiteImages(programs, rig.directory);
      rig.steersman("load-image", "--data-dir", rig.dataDirectory, ...archives);
      // For pods that pull always.
      await rig.startRegistry(suiteRegistry, images);
      return new ConformanceCluster(rig);
    } catch (error) {
      await rig.close();
      throw error;
    }
  }

  get kubeconfig(): string {
    return join(this.#rig.dataDirectory, "kubeconfig");
  }

  /** Starts a command in the first node's network, where Services and pods can be reached. */
  spawn(command: string, args: readonly string[]): ChildProcess {
    return spawn("nsenter", [`--net=/run/netns/${this.#rig.space}`, "--", command, ...args], {
      stdio: ["ignore", "pipe", "pipe"],
    });
  }

  /** Copies what the cluster's processes have logged. */
  keepLogs(directory: string): void {
    const { directory: own, dataDirectory } = this.#rig;
    const logs = readdirSync(own).filter((name) => name.endsWith(".log"));
    for (const name of logs) copyFileSync(join(own, name), join(directory, name));
    const nodes = join(dataDirectory, "nodes");
    for (const node of readdirSync(nodes, { withFileTypes: true })) {
      if (!node.isDirectory()) continue;
      for (const name of readdirSync(join(nodes, node.name))) {
        if (!name.endsWith(".log")) continue;
        copyFileSync(join(nodes, node.name, name), join(directory, `${node.name}-${name}`));
      }
    }
  }

  /** Stops everything and removes it. */
  async stop(): Promise<void> {
    try {
      await this.#rig.end("SIGTERM");
    } finally {
      await this.#rig.close();
    }
  }
}
