import type { Files } from "../../platform/files.js";
import type { ContainerRuntime } from "../cri/runtime.js";
import { terminationLogPath } from "../pods/containerStarter.js";
import { runtimeLabels } from "../pods/podIdentity.js";

export interface ContainerRemoverParts {
  readonly files: Files;
  readonly runtime: ContainerRuntime;
  readonly podDirectory: (uid: string) => string;
  /** Empty: there are no links to logs. */
  readonly containerLogsDirectory: string;
}

/** Removes an ended container with everything that the kubelet kept for it: logs, links, words. */
export class ContainerRemover {
  readonly #parts: ContainerRemoverParts;

  constructor(parts: ContainerRemoverParts) {
    this.#parts = parts;
  }

  async remove(id: string): Promise<void> {
    const { runtime, files, podDirectory, containerLogsDirectory } = this.#parts;
    const status = await runtime.containerStatus(id);
    await runtime.removeContainer(id);
    if (!status) return;
    const { labels, logPath, metadata } = status;
    const uid = labels[runtimeLabels.podUid] ?? "";
    const container = labels[runtimeLabels.containerName] ?? metadata.name;
    if (logPath !== "") await this.#removeLogs(logPath);
    if (uid !== "") {
      await files.remove(terminationLogPath(podDirectory(uid), container, metadata.attempt));
    }
    if (containerLogsDirectory === "") return;
    const [pod, namespace] = [labels[runtimeLabels.podName], labels[runtimeLabels.podNamespace]];
    const link = `${containerLogsDirectory}/${pod}_${namespace}_${container}-${id}.log`;
    await files.remove(link);
  }

  /** Those that were rotated too: `0.log`, `0.log.TIME`, `0.log.TIME.gz`. */
  async #removeLogs(path: string): Promise<void> {
    const { files } = this.#parts;
    const slash = path.lastIndexOf("/");
    const [directory, name] = [path.slice(0, slash), path.slice(slash + 1)];
    for (const other of await files.list(directory).catch(() => [])) {
      if (other === name || other.startsWith(`${name}.`)) {
        await files.remove(`${directory}/${other}`);
      }
    }
  }
}
