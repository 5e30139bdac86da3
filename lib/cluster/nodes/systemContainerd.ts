import type { ContainerRuntime } from "../../kubelet/cri/runtime.js";
import type { Logger } from "../../platform/logger.js";
import type { Platform } from "../../platform/platform.js";
import { podsInCgroup } from "./cgroupTree.js";
import { routedCniConfig } from "./cniConfig.js";
import { importImages } from "./imageImport.js";
import type { PlannedNode } from "./nodePlan.js";
import { criAt, endPods, type NodeRuntime, untilResponding } from "./nodeRuntime.js";
import { imageArchive } from "./ociImage.js";
import { pauseImage } from "./pauseImage.js";

export const systemSocket = "/run/containerd/containerd.sock";
const responseLimitMilliseconds = 3_000;
const cniFile = "10-steersman.conflist";
/** Where the system's containerd looks unless it is configured otherwise. */
const defaultConfDirectory = "/etc/cni/net.d";
export const systemCniFile = `${defaultConfDirectory}/${cniFile}`;
const neededPlugins = ["ptp", "host-local", "portmap", "loopback"];

export interface SystemContainerdOptions {
  readonly platform: Platform;
  readonly logger: Logger;
  readonly node: PlannedNode;
  readonly pause: string;
}

interface Settings {
  readonly sandboxImage: string;
}

interface CriConfig {
  readonly cni?: { readonly binDir?: string; readonly confDir?: string };
  readonly sandboxImage?: string;
  readonly containerd?: {
    readonly runtimes?: Readonly<
      Record<string, { readonly options?: { readonly SystemdCgroup?: boolean } }>
    >;
  };
}

/** Its settings where a node can use it as it is; else why not. */
async function inspect(
  { files }: Platform,
  info: Readonly<Record<string, string>>,
): Promise<Settings | string> {
  const config = JSON.parse(info.config ?? "{}") as CriConfig;
  const { binDir = "/opt/cni/bin", confDir = defaultConfDirectory } = config.cni ?? {};
  if (config.containerd?.runtimes?.runc?.options?.SystemdCgroup === true) {
    return "the system's leaves cgroups to systemd";
  }
  for (const plugin of neededPlugins) {
    if (!(await files.exists(`${binDir}/${plugin}`)))
      return `the system's lacks ${binDir}/${plugin}`;
  }
  if (confDir !== defaultConfDirectory) return `the system's has its pod network in ${confDir}`;
  const others = (await files.list(confDir).catch(() => [])).filter(
    (name) => name !== cniFile && /\.(?:conf|conflist|json)$/.test(name),
  );
  if (others.length > 0) return `the system's has a pod network already: ${confDir}/${others[0]}`;
  return { sandboxImage: config.sandboxImage ?? "" };
}

/**
 * Ends the pods that a node has on the system's containerd, by the node's cgroup, and what that
 * keeps of them: with the cgroup gone nobody could tell any more whose they were.
 */
export async function endSystemPods(
  platform: Platform,
  logger: Logger,
  cgroup: string,
): Promise<void> {
  const own = await podsInCgroup(platform, cgroup);
  if (own.size === 0 || !(await platform.files.exists(systemSocket))) return;
  const cri = criAt(platform, systemSocket);
  try {
    await endPods(platform, cri, logger, (uid) => own.has(uid));
  } finally {
    cri.close();
  }
}

/** The containerd that the system runs. It stays; only this program's pods on it are ended. */
export class SystemContainerd implements NodeRuntime {
  readonly socket = systemSocket;

  private constructor(
    readonly options: SystemContainerdOptions,
    readonly settings: Settings,
    readonly description: string,
    readonly cri: ContainerRuntime & { close(): void },
  ) {}

  /** Resolves with why not where a node cannot use it. */
  static async find(options: SystemContainerdOptions): Promise<SystemContainerd | string> {
    const { platform } = options;
    if (!(await platform.files.exists(systemSocket))) return `${systemSocket} is not there`;
    const cri = criAt(platform, systemSocket);
    try {
      const limit = responseLimitMilliseconds;
      const version = await untilResponding(platform, systemSocket, () => undefined, limit);
      const settings = await inspect(platform, await cri.info());
      if (typeof settings !== "string") {
        const text = `the system's containerd ${version}`;
        const found = new SystemContainerd(options, settings, text, cri);
        await found.#importPause();
        return found;
      }
      cri.close();
      return settings;
    } catch (error) {
      cri.close();
      return (error as Error).message;
    }
  }

  /** Under the name that it is configured with, unless it has that image: no registry is asked. */
  async #importPause(): Promise<void> {
    const { platform, node, pause } = this.options;
    const { files, host } = platform;
    const name = this.settings.sandboxImage;
    if (name === "" || (await this.cri.imageStatus(name))) return;
    const image = pauseImage(await files.readFile(pause), host.architecture, [name]);
    const archive = `${node.directory}/pause.tar`;
    await files.writeFile(archive, imageArchive(image));
    await importImages(platform, systemSocket, archive);
    await files.remove(archive);
  }

  async configureNetwork(podCidr: string): Promise<void> {
    const { platform, node } = this.options;
    await platform.files.makeDirectory(defaultConfDirectory, 0o755);
    const text = routedCniConfig(`${node.directory}/cni-data`, podCidr);
    await platform.files.replaceFile(systemCniFile, text, 0o644);
  }

  async stop(): Promise<void> {
    const { platform, logger, node } = this.options;
    const own = await podsInCgroup(platform, node.cgroup);
    await endPods(platform, this.cri, logger, (uid) => own.has(uid)).catch((error: unknown) => {
      logger.warning("Cannot end this cluster's pods on the system's containerd", { error });
    });
    this.cri.close();
    await platform.files.remove(systemCniFile);
  }
}
