/**
 * What a program got wrong about a Cluster:
 * - InvalidOption: an option, whose name `option` is.
 * - DataDirectory: what `dataDirectory` names cannot be made, read or written.
 * - Etcd: what `etcd` names cannot be reached, or does not let it in.
 * - NotListening: it was asked for what only a cluster with a port has.
 * - Stopped: it has been stopped.
 */
export type ClusterErrorReason =
  | "InvalidOption"
  | "DataDirectory"
  | "Etcd"
  | "NotListening"
  | "Stopped";

/**
 * What a program got wrong about a Cluster; the message says what to do.
 *
 * @example
 * ```ts
 * import { Cluster, ClusterError } from "steersman";
 *
 * try {
 *   await Cluster.start({ nodes: -1 });
 * } catch (error) {
 *   if (!(error instanceof ClusterError)) throw error;
 *   console.log(error.reason, error.option); // → InvalidOption nodes
 * }
 * ```
 */
export class ClusterError extends Error {
  readonly reason: ClusterErrorReason;
  /** Empty where no option is at fault. */
  readonly option: string;

  constructor(reason: ClusterErrorReason, option: string, message: string, cause?: unknown) {
    super(option === "" ? message : `${option}: ${message}`, { cause });
    this.name = "ClusterError";
    this.reason = reason;
    this.option = option;
  }
}
