import { fileURLToPath } from "node:url";
import type { RealNodesOptions, StartPart } from "../../cluster/nodes/realNodes.js";
import type { Platform } from "../../platform/platform.js";
import { kubeletFlags } from "../flags/kubeletFlags.js";
import { kubeProxyFlags } from "../flags/kubeProxyFlags.js";
import { parseFlags } from "../flags/parseFlags.js";
import { startKubelet } from "../kubelet/kubeletCommand.js";
import { proxyConfigOf, startKubeProxy } from "../kubeProxy/kubeProxyCommand.js";
import { KubeProxySettings } from "../kubeProxy/kubeProxySettings.js";

/**
 * What namespaces run, and what their containers' sandboxes are built from. `script` is the URL of
 * this program's own file: the other commands are beside it, however they were bundled.
 */
export function nodePaths(script: string): RealNodesOptions["paths"] {
  const pathOf = (relative: string): string => fileURLToPath(new URL(relative, script));
  return {
    kubelet: pathOf("kubelet.js"),
    kubeProxy: pathOf("kubeProxy.js"),
    steersman: pathOf("steersman.js"),
    pauseSource: pathOf("../../../../packaging/pause/pause.c"),
  };
}

/** The two components of the machine itself, in this process, by their commands' own flags. */
export function partsInProcess(platform: Platform): { kubelet: StartPart; kubeProxy: StartPart } {
  return {
    kubelet: (args, client, logger) =>
      startKubelet(parseFlags(kubeletFlags, args), logger, platform, client),
    kubeProxy: (args, client, logger) => {
      const flags = parseFlags(kubeProxyFlags, args);
      const config = proxyConfigOf(new KubeProxySettings(flags, undefined), platform);
      return startKubeProxy(config, logger, platform, client);
    },
  };
}
