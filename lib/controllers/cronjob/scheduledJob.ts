import { TimeZone } from "../../api/cron/timeZone.js";
import { batchV1 } from "../../api/gen/resources.js";
import type { CronJob, Job } from "../../api/gen/types/batchV1.js";
import { formatTime } from "../../api/time.js";
import { newControllerReference } from "../../client/ownership/controllerReference.js";

const timestampAnnotation = "batch.kubernetes.io/cronjob-scheduled-timestamp";

/**
 * The name of the Job of a start: of one start it is always the same, so that no start has two
 * Jobs.
 */
export function scheduledJobName({ metadata }: CronJob, scheduledTime: number): string {
  return `${metadata.name}-${Math.trunc(scheduledTime / 60_000)}`;
}

/** @param scheduledTime milliseconds since the epoch */
export function scheduledJob(cronJob: CronJob, scheduledTime: number): Job {
  const { jobTemplate, timeZone = "UTC" } = cronJob.spec;
  const { labels = {}, annotations = {} } = jobTemplate.metadata ?? {};
  const timestamp = formatZonedTime(scheduledTime, timeZone);
  return {
    metadata: {
      name: scheduledJobName(cronJob, scheduledTime),
      namespace: cronJob.metadata.namespace ?? "",
      labels: { ...labels },
      annotations: { ...annotations, [timestampAnnotation]: timestamp },
      ownerReferences: [newControllerReference(cronJob, batchV1.cronjobs)],
    },
    spec: structuredClone(jobTemplate.spec) as Job["spec"],
  };
}

/** RFC 3339 as the zone's clock shows it: `2026-11-23T06:32:00+01:00`. */
function formatZonedTime(milliseconds: number, timeZone: string): string {
  const offset = TimeZone.named(timeZone).offsetAt(Math.floor(milliseconds / 1000));
  if (offset === 0) return formatTime(milliseconds);
  const minutes = Math.trunc(Math.abs(offset) / 60);
  const two = (value: number): string => String(value).padStart(2, "0");
  const east = `${offset < 0 ? "-" : "+"}${two(Math.trunc(minutes / 60))}:${two(minutes % 60)}`;
  return formatTime(milliseconds + offset * 1000).replace("Z", east);
}
