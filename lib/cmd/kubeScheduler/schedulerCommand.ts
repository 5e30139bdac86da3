import { MetricsRegistry } from "../../api/metrics/metricsRegistry.js";
import type { Logger } from "../../platform/logger.js";
import type { Platform } from "../../platform/platform.js";
import {
  type ReadSchedulerConfiguration,
  readSchedulerConfiguration,
} from "../../scheduler/readSchedulerConfiguration.js";
import { Scheduler } from "../../scheduler/scheduler.js";
import type {
  SchedulerConfiguration,
  SchedulerLeaderElection,
} from "../../scheduler/schedulerConfiguration.js";
import { connectComponent } from "../connectComponent.js";
import { DelegatedAccess } from "../delegatedAccess.js";
import { FlagError, type FlagValues } from "../flags/flagValues.js";
import { kubeSchedulerFlags } from "../flags/kubeSchedulerFlags.js";
import { startHealthServers } from "../healthServer.js";
import { readNamedFile } from "../readNamedFile.js";
import type { ComponentCommand, RunningComponent } from "../runComponent.js";

interface SchedulerSettings {
  readonly configuration: SchedulerConfiguration;
  readonly kubeconfig: string;
}

/** What --leader-elect and its like say; with a file only those that are given. */
function leaderElectionOf(values: FlagValues, onlyGiven: boolean): SchedulerLeaderElection {
  const seconds = (flag: string): number => values.duration(flag) / 1000;
  const isMeant = (flag: string): boolean => !onlyGiven || values.isSet(flag);
  const readers = {
    leaderElect: ["leader-elect", values.boolean("leader-elect")],
    leaseDurationSeconds: ["leader-elect-lease-duration", seconds("leader-elect-lease-duration")],
    renewDeadlineSeconds: ["leader-elect-renew-deadline", seconds("leader-elect-renew-deadline")],
    retryPeriodSeconds: ["leader-elect-retry-period", seconds("leader-elect-retry-period")],
    resourceName: ["leader-elect-resource-name", values.string("leader-elect-resource-name")],
    resourceNamespace: [
      "leader-elect-resource-namespace",
      values.string("leader-elect-resource-namespace"),
    ],
  } as const;
  const given = Object.entries(readers).filter(([, [flag]]) => isMeant(flag));
  return Object.fromEntries(given.map(([field, [, value]]) => [field, value]));
}

/**
 * From flags and the file of --config. As upstream, leader election's flags win over the file; the
 * file's kubeconfig wins over --kubeconfig. Throws FlagError.
 */
export function schedulerSettings(
  values: FlagValues,
  logger: Logger,
  platform: Platform,
): SchedulerSettings {
  const file = values.string("config");
  const ofFlag = values.string("kubeconfig");
  if (file === "") {
    const leaderElection = leaderElectionOf(values, false);
    return { configuration: { leaderElection }, kubeconfig: ofFlag };
  }
  const text = readNamedFile(platform, "config", file);
  let read: ReadSchedulerConfiguration;
  try {
    read = readSchedulerConfiguration(text);
  } catch (error) {
    throw new FlagError(`--config ${file}: ${(error as Error).message}`);
  }
  const { configuration, kubeconfig, ignored } = read;
  if (ignored.length > 0) {
    logger.warning("Fields of the configuration have no effect", { file, fields: ignored });
  }
  const given = leaderElectionOf(values, true);
  const leaderElection = { ...configuration.leaderElection, ...given };
  return {
    configuration: { ...configuration, leaderElection },
    kubeconfig: kubeconfig || ofFlag,
  };
}

async function start(
  values: FlagValues,
  logger: Logger,
  platform: Platform,
): Promise<RunningComponent> {
  const metrics = new MetricsRegistry();
  const { configuration, kubeconfig } = schedulerSettings(values, logger, platform);
  const unschedulable = values.duration("pod-max-in-unschedulable-pods-duration") / 1000;
  const access = new DelegatedAccess(values, platform.clock);
  const health = await startHealthServers({
    logger,
    platform,
    values,
    component: "kube-scheduler",
    metrics,
    access,
    problem: () => "",
  });
  const { client } = await connectComponent(
    "kube-scheduler",
    values,
    logger,
    platform,
    metrics,
    kubeconfig,
  );
  access.connected(client);
  const abort = new AbortController();
  let lose: ((error: Error) => void) | undefined;
  const failed = new Promise<never>((_resolve, reject) => {
    lose = reject;
  });
  const scheduler = new Scheduler({
    client,
    platform,
    configuration,
    logger,
    metrics,
    identity: `${platform.host.hostname()}_${platform.random.uuid()}`,
    podMaxInUnschedulableSeconds: unschedulable,
    onLeaseLost: () => lose?.(new Error("leaderelection lost")),
  });
  await scheduler.start(abort.signal);
  return {
    failed,
    stop: async () => {
      abort.abort();
      await scheduler.stop();
      client.close();
      await health.stop();
    },
  };
}

export const schedulerCommand: ComponentCommand = {
  name: "kube-scheduler",
  flags: kubeSchedulerFlags,
  start,
};
