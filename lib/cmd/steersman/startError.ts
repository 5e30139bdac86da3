import { ClusterError } from "../../cluster/clusterError.js";
import type { Files } from "../../platform/files.js";
import { whyUnreadable } from "../readNamedFile.js";

/** `up`'s flags by the options of a Cluster that they set. */
const flagsOfOptions: Readonly<Record<string, string>> = {
  dataDirectory: "data-dir",
  bindAddress: "bind-address",
  clusterCidr: "cluster-cidr",
  serviceClusterIpRange: "service-cluster-ip-range",
  securePort: "secure-port",
  grpcPort: "grpc-port",
  insecurePort: "insecure-port",
  serveEtcd: "serve-etcd",
  "etcd.servers": "etcd-servers",
  "etcd.certificateAuthorities": "etcd-cafile",
  "etcd.certificate": "etcd-certfile",
  "etcd.key": "etcd-keyfile",
  "etcd.prefix": "etcd-prefix",
};

/**
 * Why a cluster does not start, with the flag of `up` that is at fault, and the file that it names.
 *
 * @param files by flag; absent where none was given.
 */
export function startError(
  error: unknown,
  files: Readonly<Record<string, string | undefined>> = {},
): unknown {
  if (!(error instanceof ClusterError)) return error;
  const flag = flagsOfOptions[error.option];
  if (flag === undefined) return error;
  const file = files[flag] === undefined ? "" : `: ${files[flag]}`;
  return new Error(`--${flag}${file}${error.message.slice(error.option.length)}`);
}

/** Writes the file that --kubeconfig names, for its owner alone. */
export async function writeKubeconfig(files: Files, path: string, text: string): Promise<void> {
  try {
    await files.replaceFile(path, text, 0o600);
  } catch (error) {
    const isAbsent = (error as { code?: string }).code === "ENOENT";
    const why = isAbsent ? "its directory does not exist" : whyUnreadable(error);
    throw new Error(`--kubeconfig: ${path} cannot be written: ${why}`);
  }
}
