import type { Platform } from "../platform.js";
import { nodeClock } from "./nodeClock.js";
import { nodeFiles } from "./nodeFiles.js";
import { nodeHost } from "./nodeHost.js";
import { nodeNetwork } from "./nodeNetwork.js";
import { nodeProcesses } from "./nodeProcesses.js";
import { nodeRandom } from "./nodeRandom.js";

/** The machine as it is. */
export const nodePlatform: Platform = {
  clock: nodeClock,
  random: nodeRandom,
  network: nodeNetwork,
  files: nodeFiles,
  processes: nodeProcesses,
  host: nodeHost,
};
