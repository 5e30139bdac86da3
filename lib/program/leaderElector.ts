import type { Client } from "../client/client.js";
import {
  LeaderElector,
  type LeaderElectorOptions,
} from "../client/leaderElection/leaderElector.js";
import { type MachineOptions, machineOf } from "./machine.js";

export type ElectionOptions = MachineOptions &
  Omit<LeaderElectorOptions, "client" | "platform" | "metrics">;

/** A candidate for a Lease; `run` waits until it leads, and ends with its leadership. */
export function leaderElector(client: Client, options: ElectionOptions): LeaderElector {
  return new LeaderElector({ ...options, client, platform: machineOf(options) });
}
