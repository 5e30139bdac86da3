/**
 * A configuration that cannot be used; the message is one line for the person who wrote it.
 *
 * @example
 * ```ts
 * import { ConfigError, connect } from "steersman";
 *
 * try {
 *   await connect("/nowhere/kubeconfig");
 * } catch (error) {
 *   if (!(error instanceof ConfigError)) throw error;
 *   console.log(error.message); // → kubeconfig /nowhere/kubeconfig: no such file
 * }
 * ```
 */
export class ConfigError extends Error {
  constructor(message: string) {
    super(message);
    this.name = "ConfigError";
  }
}
