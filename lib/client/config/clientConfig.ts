import type { Platform } from "../../platform/platform.js";
import { ConfigError } from "./configError.js";
import { type CredentialParts, MutableCredentials } from "./credentials.js";
import { type ClientConfig, loadKubeconfig } from "./kubeconfig.js";

export type { ClientConfig } from "./kubeconfig.js";

const serviceAccountFolder = "/var/run/secrets/kubernetes.io/serviceaccount";

/**
 * What a component takes from its flags. `--master` overrides the kubeconfig's server; with
 * neither, the process must run in a pod.
 */
export function loadClientConfig(
  platform: Pick<Platform, "clock" | "files" | "host">,
  flags: { readonly kubeconfig?: string; readonly master?: string; readonly context?: string },
): ClientConfig {
  const { kubeconfig, master, context } = flags;
  if (kubeconfig !== undefined && kubeconfig !== "") {
    return loadKubeconfig(platform, kubeconfig, {
      ...(master === undefined ? {} : { master }),
      ...(context === undefined ? {} : { context }),
    });
  }
  if (master !== undefined && master !== "") return configOf(platform, { server: master });
  return inClusterConfig(platform);
}

/** Of parts that are known already, for example what a cluster in this process was started with. */
export function configOf(
  platform: Pick<Platform, "clock" | "files">,
  parts: CredentialParts,
): ClientConfig {
  return { credentials: new MutableCredentials(platform, parts), namespace: undefined };
}

/** A pod's service account: mounted token and CA, the server from the environment. */
export function inClusterConfig(
  platform: Pick<Platform, "clock" | "files" | "host">,
): ClientConfig {
  const { environment } = platform.host;
  const host = environment.KUBERNETES_SERVICE_HOST ?? "";
  const port = environment.KUBERNETES_SERVICE_PORT ?? "";
  if (host === "" || port === "") {
    throw new ConfigError(
      "no --kubeconfig and no --master was given, and this process does not run in a pod " +
        "(KUBERNETES_SERVICE_HOST and KUBERNETES_SERVICE_PORT are not set)",
    );
  }
  let authorities: string;
  let namespace: string | undefined;
  try {
    authorities = platform.files.readTextNow(`${serviceAccountFolder}/ca.crt`);
    namespace = platform.files.readTextNow(`${serviceAccountFolder}/namespace`).trim() || undefined;
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new ConfigError(`the pod's service account cannot be read: ${why}`);
  }
  const bracketed = host.includes(":") ? `[${host}]` : host;
  const credentials = new MutableCredentials(platform, {
    server: `https://${bracketed}:${port}`,
    tls: { certificateAuthorities: authorities },
    tokenFile: `${serviceAccountFolder}/token`,
  });
  return { credentials, namespace };
}
