import { batchV1 } from "../../api/gen/resources.js";
import type { Job } from "../../api/gen/types/batchV1.js";
import { hasReason } from "../../api/status.js";
import { parseTime } from "../../api/time.js";
import { type Indexer, splitKey } from "../../client/informer/indexer.js";
import type { ControllerContext } from "../controllerContext.js";
import { jobCondition } from "../job/jobState.js";
import { QueueController } from "../queueController.js";

/** Deletes Jobs some time after they have ended, where they ask for it. */
export class TtlAfterFinishedController extends QueueController {
  readonly #jobs: Indexer<Job>;

  constructor(context: ControllerContext) {
    super("ttl-after-finished-controller", context);
    const jobs = this.informer(batchV1.jobs);
    this.#jobs = jobs.indexer;
    const offer = (job: Job): void => {
      if (dueTime(job) !== undefined) this.enqueue(job);
    };
    jobs.addEventHandler({ onAdd: offer, onUpdate: (_, job) => offer(job) });
  }

  protected override async sync(key: string, signal: AbortSignal): Promise<void> {
    const cached = this.#jobs.get(key);
    const due = cached === undefined ? undefined : dueTime(cached);
    if (due === undefined) return;
    if (due > this.now()) {
      this.queue.addAfter(key, due - this.now());
      return;
    }
    const jobs = this.context.client.resource(batchV1.jobs);
    const { namespace, name } = splitKey(key);
    try {
      // The time to live may have been raised since.
      const fresh = await jobs.get(name, { namespace, signal });
      const freshDue = dueTime(fresh);
      // The cache may not know yet: its event comes, and until then there is nothing to ask.
      if (freshDue === undefined) return;
      if (freshDue > this.now()) {
        this.queue.addAfter(key, freshDue - this.now());
        return;
      }
      const { uid, resourceVersion } = fresh.metadata;
      const preconditions = { uid, resourceVersion };
      const propagationPolicy = "Foreground";
      await jobs.delete(name, { namespace, propagationPolicy, preconditions, signal });
    } catch (error) {
      if (!hasReason(error, "NotFound")) throw error;
    }
  }
}

/** Undefined for a Job that goes on, that stays, or of which nobody knows when it ended. */
function dueTime(job: Job): number | undefined {
  const seconds = job.spec.ttlSecondsAfterFinished;
  if (seconds === undefined || job.metadata.deletionTimestamp !== undefined) return undefined;
  const condition = jobCondition(job, "Complete") ?? jobCondition(job, "Failed");
  if (condition === undefined) return undefined;
  const { completionTime } = job.status ?? {};
  const finished = parseTime(condition.lastTransitionTime) ?? parseTime(completionTime);
  return finished === undefined ? undefined : finished + seconds * 1000;
}
