import {
  abortSignal,
  logger,
  milliseconds,
  namespaceName,
  type OptionCheck,
  oneOf,
  text,
} from "../api/optionChecks.js";
import { OptionError } from "../api/optionError.js";
import type { Client } from "../client/client.js";
import type { Logger } from "../platform/logger.js";
import { checkProgramOptions } from "./checkProgramOptions.js";

/** How to reach the cluster that a kubeconfig names. */
export interface ConnectOptions {
  /** The kubeconfig's context. Default: its current one. */
  readonly context?: string;
  /** Of requests that need one and name none. Default: the kubeconfig's or service account's. */
  readonly namespace?: string;
  /** What stands before its slash is the field manager of writes. Default `steersman`. */
  readonly userAgent?: string;
  /** auto speaks gRPC where the server offers that, else REST. Default auto. */
  readonly transport?: "auto" | "rest";
  /** How long to go on asking a server that does not respond yet. Default 0: one try. */
  readonly waitMilliseconds?: number;
  readonly signal?: AbortSignal;
  /** Default: says nothing. */
  readonly logger?: Logger;
}

const optionChecks: Readonly<Record<keyof ConnectOptions, OptionCheck>> = {
  context: text,
  namespace: namespaceName,
  userAgent: text,
  transport: oneOf("auto", "rest"),
  waitMilliseconds: milliseconds,
  signal: abortSignal,
  logger,
};

/**
 * A client of any Kubernetes API server. `kubeconfig` is a file's path or, with more than one line,
 * its text; without it $KUBECONFIG, then ~/.kube/config, then the pod's service account. Rejects
 * with ConfigError where these name no server or no usable credentials, and with ApiError where the
 * server cannot be reached. Close it when done.
 *
 * @example
 * ```ts
 * import { Cluster, connect, resources } from "steersman";
 *
 * const cluster = await Cluster.start({ nodes: 1, securePort: 0 });
 * const client = await connect(await cluster.kubeconfig(), { namespace: "kube-system" });
 * const { items } = await client.resource(resources.nodes).list();
 * console.log(client.namespace, items.length); // → kube-system 1
 * client.close();
 * await cluster.stop();
 * ```
 */
export async function connect(kubeconfig?: string, options: ConnectOptions = {}): Promise<Client> {
  if (kubeconfig !== undefined && typeof kubeconfig !== "string") {
    throw new OptionError(
      "kubeconfig",
      "it is a path or a text; leave it out for the usual places",
    );
  }
  checkProgramOptions(options, optionChecks);
  // Loaded by the first that connects, not by everyone who imports the package.
  const { connectTo } = await import("./connectTo.js");
  return connectTo(kubeconfig, options);
}
