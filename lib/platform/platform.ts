import type { Clock } from "./clock.js";
import type { Files } from "./files.js";
import type { Host } from "./host.js";
import type { Network } from "./network.js";
import type { Processes } from "./processes.js";
import type { Random } from "./random.js";

/**
 * Everything of the outside world that Steersman touches. Components get one of these and nothing
 * else, so a simulation can replace it whole. The real one is node/nodePlatform.ts.
 */
export interface Platform {
  readonly clock: Clock;
  readonly random: Random;
  readonly network: Network;
  readonly files: Files;
  readonly processes: Processes;
  readonly host: Host;
}
