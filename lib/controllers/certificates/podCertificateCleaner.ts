import { deadlineAfter } from "../../api/deadline.js";
import { certificatesV1 } from "../../api/gen/resources.js";
import type { PodCertificateRequest } from "../../api/gen/types/certificatesV1.js";
import { hasReason } from "../../api/status.js";
import type { Indexer } from "../../client/informer/indexer.js";
import type { ControllerContext } from "../controllerContext.js";
import { PeriodicController } from "../periodicController.js";

const minuteMilliseconds = 60_000;
/** Whoever asked has its certificate by then, or asks again. */
const lifetimeMilliseconds = 15 * minuteMilliseconds;

/** Deletes requests for pods' certificates that are old, whatever became of them. */
export class PodCertificateCleaner extends PeriodicController {
  readonly #requests: Indexer<PodCertificateRequest>;

  constructor(context: ControllerContext) {
    super("podcertificaterequest-cleaner-controller", context, 5 * minuteMilliseconds);
    this.#requests = this.informer(certificatesV1.podcertificaterequests).indexer;
  }

  protected override async round(signal: AbortSignal): Promise<void> {
    const now = this.context.platform.clock.now();
    const requests = this.context.client.resource(certificatesV1.podcertificaterequests);
    for (const { metadata } of this.#requests.list()) {
      const { name = "", namespace = "", uid = "", creationTimestamp } = metadata;
      if (deadlineAfter(creationTimestamp, lifetimeMilliseconds, now).state !== "passed") continue;
      try {
        await requests.delete(name, { namespace, preconditions: { uid }, signal });
      } catch (error) {
        if (signal.aborted) throw error;
        if (hasReason(error, "NotFound", "Conflict")) continue;
        // One that cannot be deleted must not keep the others.
        const about = { request: `${namespace}/${name}`, error };
        this.context.logger.warning("Could not delete a request for a pod's certificate", about);
      }
    }
  }
}
