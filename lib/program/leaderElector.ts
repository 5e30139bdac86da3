import { isDns1123Subdomain } from "../api/names.js";
import {
  callable,
  flag,
  logger,
  namespaceName,
  type OptionCheck,
  someMachine,
  text,
} from "../api/optionChecks.js";
import { OptionError } from "../api/optionError.js";
import type { Client } from "../client/client.js";
import {
  LeaderElector,
  type LeaderElectorOptions,
} from "../client/leaderElection/leaderElector.js";
import { checkClient, checkProgramOptions } from "./checkProgramOptions.js";
import { type MachineOptions, machineOf } from "./machine.js";

const positive: OptionCheck = (value) =>
  typeof value === "number" && value > 0 && value < Number.POSITIVE_INFINITY
    ? undefined
    : "a number of seconds greater than 0";

const nameOfLease: OptionCheck = (value) =>
  typeof value === "string" && isDns1123Subdomain(value).length === 0
    ? undefined
    : "a name of a Lease";

/** The Lease, who the candidate is, and what it does when it leads. */
export type ElectionOptions = MachineOptions &
  Omit<LeaderElectorOptions, "client" | "platform" | "metrics" | "failsWithoutNamespace">;

const optionChecks: Readonly<Record<keyof ElectionOptions, OptionCheck>> = {
  platform: someMachine,
  namespace: namespaceName,
  leaseName: nameOfLease,
  identity: text,
  leaseDurationSeconds: positive,
  renewDeadlineSeconds: positive,
  retryPeriodSeconds: positive,
  releaseOnCancel: flag,
  logger,
  onStartedLeading: callable,
  onStoppedLeading: callable,
  onNewLeader: callable,
};
const required = ["namespace", "leaseName", "identity", "onStartedLeading"];

/** As the elector demands: a leader gives up before others may take its lease. */
function checkTimes(options: ElectionOptions): void {
  const { leaseDurationSeconds = 15, renewDeadlineSeconds = 10, retryPeriodSeconds = 2 } = options;
  if (leaseDurationSeconds <= renewDeadlineSeconds) {
    const why = `${leaseDurationSeconds} is not longer than renewDeadlineSeconds`;
    throw new OptionError("leaseDurationSeconds", `${why} (${renewDeadlineSeconds})`);
  }
  if (renewDeadlineSeconds <= 1.2 * retryPeriodSeconds) {
    const why = `${renewDeadlineSeconds} is not longer than 1.2 times retryPeriodSeconds`;
    throw new OptionError("renewDeadlineSeconds", `${why} (${retryPeriodSeconds})`);
  }
}

/**
 * A candidate for a Lease; `run` waits until it leads, and ends with its leadership.
 *
 * @example
 * ```ts
 * import { Cluster, leaderElector } from "steersman";
 *
 * const cluster = await Cluster.start({ nodes: 0 });
 * const over = new AbortController();
 * const elector = leaderElector(cluster.client, {
 *   namespace: "default",
 *   leaseName: "example",
 *   identity: "one",
 *   onStartedLeading: async () => {
 *     console.log(elector.leader, "leads"); // → one leads
 *     over.abort();
 *   },
 * });
 * await elector.run(over.signal);
 * await cluster.stop();
 * ```
 */
export function leaderElector(client: Client, options: ElectionOptions): LeaderElector {
  checkClient(client);
  checkProgramOptions(options, optionChecks, required);
  checkTimes(options);
  return new LeaderElector({
    failsWithoutNamespace: true,
    ...options,
    client,
    platform: machineOf(options),
  });
}
