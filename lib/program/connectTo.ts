import { nativeCodec } from "../api/nativeCodec.js";
import type { Client } from "../client/client.js";
import { inClusterConfig } from "../client/config/clientConfig.js";
import { ConfigError } from "../client/config/configError.js";
import { type ClientConfig, loadKubeconfig, parseKubeconfig } from "../client/config/kubeconfig.js";
import { connectClient } from "../client/connectClient.js";
import { nodePlatform } from "../platform/node/nodePlatform.js";
import type { ConnectOptions } from "./connect.js";

/** `connect`, of arguments that make sense. */
export async function connectTo(
  kubeconfig: string | undefined,
  options: ConnectOptions,
): Promise<Client> {
  const { context, namespace: given, ...more } = options;
  const { credentials, namespace } = await configOf(kubeconfig, context);
  const platform = nodePlatform;
  const client = await connectClient({ ...more, platform, codec: nativeCodec, credentials });
  const chosen = given ?? namespace;
  return chosen === undefined ? client : client.inNamespace(chosen);
}

async function configOf(
  kubeconfig: string | undefined,
  context: string | undefined,
): Promise<ClientConfig> {
  const chosen = context === undefined ? {} : { context };
  if (kubeconfig?.includes("\n") === true) {
    return parseKubeconfig(nodePlatform, kubeconfig, "(given as text)", chosen);
  }
  const { environment } = nodePlatform.host;
  const named = kubeconfig ?? environment.KUBECONFIG ?? "";
  if (kubeconfig === undefined && named.includes(":")) {
    throw new ConfigError(`KUBECONFIG=${named}: several files are not merged, give one`);
  }
  if (named !== "") return loadKubeconfig(nodePlatform, named, chosen);
  const usual = `${environment.HOME ?? ""}/.kube/config`;
  if (await nodePlatform.files.exists(usual)) return loadKubeconfig(nodePlatform, usual, chosen);
  if ((environment.KUBERNETES_SERVICE_HOST ?? "") !== "") return inClusterConfig(nodePlatform);
  throw new ConfigError(
    `no kubeconfig: none was given, KUBECONFIG is not set, there is no ${usual}, ` +
      "and this process does not run in a pod",
  );
}
