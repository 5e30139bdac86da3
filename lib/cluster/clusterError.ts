/**
 * What a program got wrong about a Cluster: an option (whose name `option` is), or that it has been
 * stopped.
 */
export class ClusterError extends Error {
  readonly reason: "InvalidOption" | "Stopped";
  /** Empty where no option is at fault. */
  readonly option: string;

  constructor(reason: "InvalidOption" | "Stopped", option: string, message: string) {
    super(option === "" ? message : `${option}: ${message}`);
    this.name = "ClusterError";
    this.reason = reason;
    this.option = option;
  }
}
