import { nodeClock } from "../platform/node/nodeClock.js";
import { nodeRandom } from "../platform/node/nodeRandom.js";
import type { Platform } from "../platform/platform.js";

/** Clock and chance of what a program makes; a simulation gives its own. */
export interface MachineOptions {
  /** Default: the machine. */
  readonly platform?: Pick<Platform, "clock" | "random">;
}

const machine = { clock: nodeClock, random: nodeRandom } as const;

/** Those of the options, else the machine's. */
export function machineOf(options: MachineOptions): Pick<Platform, "clock" | "random"> {
  return options.platform ?? machine;
}
