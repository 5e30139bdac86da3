import { checkArgument } from "../../api/checkArgument.js";
import { object, string, texts } from "../../api/optionChecks.js";

/** What a command wrote in a container. */
export interface CommandOutput {
  readonly stdout: string;
  readonly stderr: string;
}

/**
 * A command in a container ended with another exit code than 0.
 *
 * @example
 * ```ts
 * import { Cluster, CommandError, resources, waitUntil } from "steersman";
 *
 * const cluster = await Cluster.start({
 *   simulation: { exec: () => ({ stderr: "no such table", exitCode: 3 }) },
 * });
 * const pods = cluster.client.inNamespace("default").resource(resources.pods);
 * const containers = [{ name: "db", image: "registry.local/db:1" }];
 * await pods.create({ metadata: { name: "db", namespace: "default" }, spec: { containers } });
 * await waitUntil(pods, "db", (pod) => pod?.status?.phase === "Running", { namespace: "default" });
 * try {
 *   await (await pods.exec("db", ["migrate"])).output();
 * } catch (error) {
 *   if (!(error instanceof CommandError)) throw error;
 *   console.log(error.exitCode, error.stderr); // → 3 no such table
 * }
 * await cluster.stop();
 * ```
 */
export class CommandError extends Error {
  /** 1 to 255. */
  readonly exitCode: number;
  readonly stdout: string;
  readonly stderr: string;

  constructor(command: readonly string[], exitCode: number, output: CommandOutput) {
    checkArgument("command", command, texts);
    checkArgument("output", output, object);
    checkArgument("output.stderr", output.stderr, string);
    const said = output.stderr.trim().split("\n").at(-1)?.slice(0, 200) ?? "";
    const why = said === "" ? "" : `: ${said}`;
    super(`${JSON.stringify(command.join(" "))} ended with exit code ${exitCode}${why}`);
    this.name = "CommandError";
    this.exitCode = exitCode;
    this.stdout = output.stdout;
    this.stderr = output.stderr;
  }
}
