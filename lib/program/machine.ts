import { nodePlatform } from "../platform/node/nodePlatform.js";
import type { Platform } from "../platform/platform.js";

/** Clock and chance of what a program makes; a simulation gives its own. */
export interface MachineOptions {
  /** Default: the machine. */
  readonly platform?: Pick<Platform, "clock" | "random">;
}

/** Those of the options, else the machine's. */
export function machineOf(options: MachineOptions): Pick<Platform, "clock" | "random"> {
  return options.platform ?? nodePlatform;
}
