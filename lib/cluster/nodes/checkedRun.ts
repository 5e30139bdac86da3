import type { Platform } from "../../platform/platform.js";
import type { RunOptions } from "../../platform/processes.js";

const timeoutMilliseconds = 30_000;
const maxMessageLength = 300;

/**
 * Runs a command to the end and resolves with its output. Rejects with one line that holds the
 * command and what it said.
 */
export async function checkedRun(
  { processes }: Pick<Platform, "processes">,
  [command = "", ...args]: readonly string[],
  options: RunOptions = {},
): Promise<string> {
  const result = await processes.run(command, args, { timeoutMilliseconds, ...options });
  if (result.exitCode === 0) return result.stdout;
  const said = (result.stderr.trim() || result.stdout.trim()).replaceAll(/\s*\n\s*/g, "; ");
  const end = result.exitCode === null ? `ended by ${result.signal}` : `exit ${result.exitCode}`;
  const words = [command, ...args].join(" ").slice(0, maxMessageLength);
  throw new Error(`${words}: ${said.slice(0, maxMessageLength) || end}`);
}
