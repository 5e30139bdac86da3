import type { Logger } from "../../platform/logger.js";
import type { Platform } from "../../platform/platform.js";
import { routedCniConfig } from "./cniConfig.js";
import { cniTemplateOf, configOf, containerdConfig, socketOf } from "./containerdConfig.js";
import { importImages } from "./imageImport.js";
import { KeptProcess } from "./keptProcess.js";
import type { NodeHolder } from "./nodeHolder.js";
import type { PlannedNode } from "./nodePlan.js";
import { nodeProcesses } from "./nodeProcesses.js";
import { criAt, endPods, type NodeRuntime, untilResponding } from "./nodeRuntime.js";
import { imageArchive } from "./ociImage.js";
import { pauseImage, pauseImageName } from "./pauseImage.js";

const graceMilliseconds = 5_000;
/** CAP_SYS_RESOURCE: without it nothing may lower an OOM score. */
const sysResourceBit = 24n;

export interface OwnContainerdOptions {
  readonly platform: Platform;
  readonly logger: Logger;
  readonly node: PlannedNode;
  readonly holder: NodeHolder;
  readonly cniBinDirectory: string;
  readonly registryDirectories: readonly string[];
  /** The compiled pause. */
  readonly pause: string;
}

async function mayLowerOomScores({ files }: Platform): Promise<boolean> {
  const status = await files.readText("/proc/self/status").catch(() => "");
  const effective = BigInt(`0x${/^CapEff:\s*([0-9a-f]+)/m.exec(status)?.[1] ?? "0"}`);
  return ((effective >> sysResourceBit) & 1n) === 1n;
}

/** A containerd of the node's own, with root, state, socket and network configuration below it. */
export class OwnContainerd implements NodeRuntime {
  readonly socket: string;
  #description = "containerd of its own";

  private constructor(
    readonly options: OwnContainerdOptions,
    readonly process: KeptProcess,
  ) {
    this.socket = socketOf(options.node);
  }

  get description(): string {
    return this.#description;
  }

  /** Starts it, or adopts the one that an earlier `up` left running with the node's pods. */
  static async start(options: OwnContainerdOptions): Promise<OwnContainerd> {
    const { platform, logger, node, holder } = options;
    const running = (await nodeProcesses(platform, node.directory)).find(
      ({ words }) => /(?:^|\/)containerd$/.test(words[0] ?? "") && words.includes(configOf(node)),
    );
    if (running === undefined) await writeFiles(options, holder.isAdopted);
    const kept = new KeptProcess(platform, logger, {
      name: `containerd of ${node.name}`,
      command: holder.enter(["containerd", "--config", configOf(node), "--log-level", "warn"]),
      logFile: `${node.directory}/containerd.log`,
      ...(running === undefined ? {} : { adoptedPid: running.pid }),
    });
    const containerd = new OwnContainerd(options, kept);
    kept.start();
    try {
      await containerd.#prepare();
    } catch (error) {
      await kept.stop(graceMilliseconds);
      throw error;
    }
    return containerd;
  }

  async #prepare(): Promise<void> {
    const { platform, node, pause } = this.options;
    const { files, host } = platform;
    const log = this.process.options.logFile;
    const ended = (): string | undefined =>
      this.process.restarts > 1 ? `containerd of ${node.name} does not stay up: ${log}` : undefined;
    const version = await untilResponding(platform, this.socket, ended);
    this.#description = `containerd ${version} of its own`;
    const cri = criAt(platform, this.socket);
    try {
      if (await cri.imageStatus(pauseImageName)) return;
    } finally {
      cri.close();
    }
    const archive = `${node.directory}/pause.tar`;
    const image = pauseImage(await files.readFile(pause), host.architecture, [pauseImageName]);
    await files.writeFile(archive, imageArchive(image));
    await importImages(platform, this.socket, archive);
    await files.remove(archive);
  }

  /** The kubelet tells it, and it fills in its template. */
  async configureNetwork(): Promise<void> {}

  async stop(): Promise<void> {
    const { platform, logger } = this.options;
    const cri = criAt(platform, this.socket);
    await endPods(platform, cri, logger, () => true).catch((error: unknown) => {
      logger.warning("Cannot end the pods of a node through its runtime", { error });
    });
    cri.close();
    await this.process.stop(graceMilliseconds);
  }
}

async function writeFiles(options: OwnContainerdOptions, keepsPods: boolean): Promise<void> {
  const { platform, node, cniBinDirectory, registryDirectories } = options;
  const { files } = platform;
  const { directory } = node;
  // What it knew of running containers is wrong once their namespaces are gone.
  const stale = keepsPods ? ["run"] : ["run", "state", "cni", "cni-data"];
  for (const name of stale) await files.remove(`${directory}/${name}`);
  for (const name of ["run", "cni"]) await files.makeDirectory(`${directory}/${name}`, 0o700);
  const settings = {
    directory,
    sandboxImage: pauseImageName,
    cniBinDirectory,
    cniConfDirectory: `${directory}/cni`,
    registryDirectories,
    systemdCgroup: false,
    restrictOomScoreAdj: !(await mayLowerOomScores(platform)),
  };
  await files.writeFile(configOf(settings), containerdConfig(settings));
  await files.writeFile(cniTemplateOf(settings), routedCniConfig(`${directory}/cni-data`));
}
