import { AddonError } from "../native/addonError.js";
import type { Host } from "../platform/host.js";

/**
 * Runs a program whose modules are loaded only now: what they need of the machine (an addon of
 * their version) and do not find is one line on standard error and exit code 1.
 */
export async function runProgram(
  host: Pick<Host, "writeError" | "exit">,
  program: () => Promise<void>,
): Promise<void> {
  try {
    await program();
  } catch (error) {
    if (!(error instanceof AddonError)) throw error;
    host.writeError(`Error: ${error.message}\n`);
    host.exit(1);
  }
}
