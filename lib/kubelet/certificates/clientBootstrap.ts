import { generateKey, openKeyPair, privateKeyPem } from "../../api/pki/certificates.js";
import type { Client } from "../../client/client.js";
import { type ClientConfig, loadKubeconfig } from "../../client/config/kubeconfig.js";
import type { Logger } from "../../platform/logger.js";
import type { Platform } from "../../platform/platform.js";
import { makePrivateDirectory } from "../../platform/privateDirectory.js";
import { type CertificateStore, lifeOf } from "./certificateStore.js";
import { kubeletClientSigner, nodeRequest, requestName } from "./nodeRequest.js";
import { requestCertificate } from "./requestCertificate.js";

export interface ClientBootstrapOptions {
  readonly platform: Platform;
  readonly logger: Logger;
  readonly nodeName: string;
  /** --kubeconfig: read where it is good, else written. */
  readonly kubeconfig: string;
  /** --bootstrap-kubeconfig. */
  readonly bootstrapKubeconfig: string;
  /** --cert-dir. */
  readonly directory: string;
  readonly store: CertificateStore;
  readonly connect: (config: ClientConfig) => Promise<Client>;
  readonly signal: AbortSignal;
}

/** Upstream's. */
const waitMilliseconds = 3_600_000;

/** Whether the kubeconfig names a client certificate that has not ended. */
function isStillValid({ platform, kubeconfig, logger }: ClientBootstrapOptions): boolean {
  try {
    const certificate = loadKubeconfig(platform, kubeconfig).credentials.tls?.certificate;
    return certificate !== undefined && lifeOf(certificate).notAfter > platform.clock.now();
  } catch (error) {
    logger.verbose(2).info("The kubeconfig is not usable", { kubeconfig, error });
    return false;
  }
}

const quote = (text: string): string => JSON.stringify(text);

/** A kubeconfig for the bootstrap's server with the certificate at a path. */
function kubeconfigText({ credentials }: ClientConfig, path: string): string {
  const { certificateAuthorities, insecureSkipVerify, serverName } = credentials.tls ?? {};
  const authority = Buffer.from(certificateAuthorities ?? "").toString("base64");
  return [
    "apiVersion: v1",
    "kind: Config",
    "clusters:",
    "- name: default-cluster",
    "  cluster:",
    `    server: ${quote(credentials.server)}`,
    ...(authority === "" ? [] : [`    certificate-authority-data: ${authority}`]),
    ...(insecureSkipVerify ? ["    insecure-skip-tls-verify: true"] : []),
    ...(serverName === undefined ? [] : [`    tls-server-name: ${quote(serverName)}`]),
    "users:",
    "- name: default-auth",
    "  user:",
    `    client-certificate: ${quote(path)}`,
    `    client-key: ${quote(path)}`,
    "contexts:",
    "- name: default-context",
    "  context:",
    "    cluster: default-cluster",
    "    user: default-auth",
    "    namespace: default",
    "current-context: default-context",
    "",
  ].join("\n");
}

/**
 * Sees to it that --kubeconfig is there: where it names no valid certificate, one is asked for with
 * the bootstrap's credentials. Rejects when it is denied.
 */
export async function bootstrapClient(options: ClientBootstrapOptions): Promise<void> {
  const { platform, logger, nodeName, store, signal } = options;
  const { files } = platform;
  if (isStillValid(options)) return;
  logger.info("The node has no certificate yet and asks for one", { node: nodeName });
  const config = loadKubeconfig(platform, options.bootstrapKubeconfig);
  // Kept until the certificate is there: a kubelet that starts again asks with the same key.
  const keyPath = `${options.directory}/kubelet-client.key.tmp`;
  await makePrivateDirectory(files, options.directory);
  const keys = await keyAt(platform, keyPath);
  const client = await options.connect(config);
  try {
    const certificate = await requestCertificate({
      platform,
      client,
      logger,
      name: await requestName(nodeName, keys),
      signerName: kubeletClientSigner,
      purpose: "client auth",
      request: await nodeRequest(nodeName, keys),
      waitMilliseconds,
      signal,
    });
    await store.update({ certificate, key: await privateKeyPem(keys) });
  } finally {
    client.close();
  }
  await files.remove(keyPath);
  await files.makeDirectory(options.kubeconfig.replace(/\/[^/]*$/, "") || "/", 0o700);
  await files.replaceFile(options.kubeconfig, kubeconfigText(config, store.currentPath), 0o600);
}

async function keyAt(platform: Platform, path: string) {
  try {
    return await openKeyPair(await platform.files.readText(path));
  } catch {
    // None yet, or none that can be read: a new one.
    const keys = await generateKey();
    await platform.files.replaceFile(path, await privateKeyPem(keys), 0o600);
    return keys;
  }
}
