import { fileURLToPath } from "node:url";
import type { StartPart } from "../../cluster/nodes/realNodes.js";
import type { Platform } from "../../platform/platform.js";
import { kubeletFlags } from "../flags/kubeletFlags.js";
import { kubeProxyFlags } from "../flags/kubeProxyFlags.js";
import { parseFlags } from "../flags/parseFlags.js";
import { startKubelet } from "../kubelet/kubeletCommand.js";
import { proxyConfigOf, startKubeProxy } from "../kubeProxy/kubeProxyCommand.js";
import { KubeProxySettings } from "../kubeProxy/kubeProxySettings.js";

const pathOf = (relative: string): string => fileURLToPath(new URL(relative, import.meta.url));

/** What namespaces run, and what their containers' sandboxes are built from. */
export const nodePaths = {
  kubelet: pathOf("../bin/kubelet.js"),
  kubeProxy: pathOf("../bin/kubeProxy.js"),
  pauseSource: pathOf("../../../../packaging/pause/pause.c"),
};

/** The two components of the machine itself, in this process, by their commands' own flags. */
export function partsInProcess(platform: Platform): { kubelet: StartPart; kubeProxy: StartPart } {
  return {
    kubelet: (args, client, logger) =>
      startKubelet(parseFlags(kubeletFlags, args), logger, platform, client),
    kubeProxy: (args, client, logger) => {
      const flags = parseFlags(kubeProxyFlags, args);
      const config = proxyConfigOf(flags, new KubeProxySettings(flags, undefined), platform);
      return startKubeProxy(config, logger, platform, client);
    },
  };
}
