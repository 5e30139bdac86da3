import { MetricsRegistry } from "../../api/metrics/metricsRegistry.js";
import type { Logger } from "../../platform/logger.js";
import type { Platform } from "../../platform/platform.js";
import { readSchedulerConfiguration } from "../../scheduler/readSchedulerConfiguration.js";
import { Scheduler } from "../../scheduler/scheduler.js";
import type { SchedulerConfiguration } from "../../scheduler/schedulerConfiguration.js";
import { connectComponent } from "../connectComponent.js";
import { DelegatedAccess } from "../delegatedAccess.js";
import { FlagError, type FlagValues } from "../flags/flagValues.js";
import { kubeSchedulerFlags } from "../flags/kubeSchedulerFlags.js";
import { startHealthServers } from "../healthServer.js";
import { readNamedFile } from "../readNamedFile.js";
import type { ComponentCommand, RunningComponent } from "../runComponent.js";

function configurationOf(
  values: FlagValues,
  logger: Logger,
  platform: Platform,
): SchedulerConfiguration {
  const file = values.string("config");
  let configuration: SchedulerConfiguration = {};
  if (file !== "") {
    try {
      const read = readSchedulerConfiguration(readNamedFile(platform, "config", file));
      configuration = read.configuration;
      if (read.ignored.length > 0) {
        logger.warning("Fields of the configuration have no effect", {
          file,
          fields: read.ignored,
        });
      }
    } catch (error) {
      throw new FlagError(`--config ${file}: ${(error as Error).message}`);
    }
  }
  // As upstream: a file is the whole of it, flags only where there is none.
  if (file !== "" && !values.isSet("leader-elect")) return configuration;
  return {
    ...configuration,
    leaderElection: {
      leaderElect: values.boolean("leader-elect"),
      leaseDurationSeconds: values.duration("leader-elect-lease-duration") / 1000,
      renewDeadlineSeconds: values.duration("leader-elect-renew-deadline") / 1000,
      retryPeriodSeconds: values.duration("leader-elect-retry-period") / 1000,
      resourceName: values.string("leader-elect-resource-name"),
      resourceNamespace: values.string("leader-elect-resource-namespace"),
    },
  };
}

async function start(
  values: FlagValues,
  logger: Logger,
  platform: Platform,
): Promise<RunningComponent> {
  const metrics = new MetricsRegistry();
  const configuration = configurationOf(values, logger, platform);
  const unschedulable = values.duration("pod-max-in-unschedulable-pods-duration") / 1000;
  const access = new DelegatedAccess(values, platform.clock);
  const listeners = await startHealthServers({
    platform,
    values,
    component: "kube-scheduler",
    metrics,
    access,
    problem: () => "",
  });
  const { client } = await connectComponent("kube-scheduler", values, logger, platform, metrics);
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
      await Promise.all(listeners.map((listener) => listener.close()));
    },
  };
}

export const schedulerCommand: ComponentCommand = {
  name: "kube-scheduler",
  flags: kubeSchedulerFlags,
  start,
};
