import { deadlineAfter } from "../../api/deadline.js";
import { certificatesV1 } from "../../api/gen/resources.js";
import type { CertificateSigningRequest } from "../../api/gen/types/certificatesV1.js";
import { hasReason } from "../../api/status.js";
import type { Indexer } from "../../client/informer/indexer.js";
import type { ControllerContext } from "../controllerContext.js";
import { PeriodicController } from "../periodicController.js";

const hourMilliseconds = 3_600_000;
const pendingLifetimeMilliseconds = 24 * hourMilliseconds;

/** Deletes certificate requests that are decided or forgotten. */
export class CertificateCleaner extends PeriodicController {
  readonly #requests: Indexer<CertificateSigningRequest>;

  constructor(context: ControllerContext) {
    super("certificatesigningrequest-cleaner-controller", context, hourMilliseconds);
    this.#requests = this.informer(certificatesV1.certificatesigningrequests).indexer;
  }

  protected override async round(signal: AbortSignal): Promise<void> {
    const now = this.context.platform.clock.now();
    const requests = this.context.client.resource(certificatesV1.certificatesigningrequests);
    for (const csr of this.#requests.list()) {
      if (!isOld(csr, now)) continue;
      try {
        const { name = "", uid = "" } = csr.metadata;
        await requests.delete(name, { preconditions: { uid }, signal });
      } catch (error) {
        if (signal.aborted) throw error;
        if (hasReason(error, "NotFound", "Conflict")) continue;
        // One that cannot be deleted must not keep the others.
        const { name } = csr.metadata;
        this.context.logger.warning("Could not delete a certificate request", { name, error });
      }
    }
  }
}

function isOld(csr: CertificateSigningRequest, now: number): boolean {
  const conditions = csr.status?.conditions ?? [];
  const { creationTimestamp } = csr.metadata;
  const isPast = (since: string | undefined, milliseconds: number): boolean =>
    deadlineAfter(since, milliseconds, now).state === "passed";
  if (conditions.length === 0) return isPast(creationTimestamp, pendingLifetimeMilliseconds);
  const isIssued = (csr.status?.certificate ?? "") !== "";
  return conditions.some((condition) => {
    const ends = condition.type === "Denied" || condition.type === "Failed";
    if (!ends && !(condition.type === "Approved" && isIssued)) return false;
    // A condition without its own times was decided when the request was made, or later.
    const decided = condition.lastUpdateTime ?? condition.lastTransitionTime ?? creationTimestamp;
    return isPast(decided, hourMilliseconds);
  });
}
