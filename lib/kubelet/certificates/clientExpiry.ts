import { formatTime } from "../../api/time.js";
import type { Logger } from "../../platform/logger.js";
import type { Platform } from "../../platform/platform.js";
import { lifeOf } from "./certificateStore.js";

export interface ClientExpiryOptions {
  readonly platform: Pick<Platform, "clock">;
  readonly logger: Logger;
  /** The certificate that requests go with, PEM; undefined where they go with another identity. */
  readonly certificate: () => string | undefined;
  /**
   * Of a certificate that is renewed: whether the server answered when it was last asked for a new
   * one. Undefined where nothing renews it but whoever writes its file.
   */
  readonly serverResponds?: () => boolean;
}

/** Upstream's. */
const checkMilliseconds = 10_000;
/** An end that nobody mends is told of so often, and not at each look. */
const reminderMilliseconds = 60_000;

/**
 * Watches over the end of the kubelet's client certificate, until the signal. With one that has
 * ended every request is refused, and so is the request for a new one. Rejects, to end the kubelet,
 * where the server refuses to renew it: only a new start can take the bootstrap's credentials or a
 * new kubeconfig. A server that does not respond may yet come back to a better clock, and a file
 * may be written anew: that is told in the log.
 */
export async function watchClientExpiry(
  options: ClientExpiryOptions,
  signal: AbortSignal,
): Promise<void> {
  const { clock } = options.platform;
  let reportedAt = Number.NEGATIVE_INFINITY;
  while (!signal.aborted) {
    const certificate = options.certificate();
    const notAfter = certificate === undefined ? undefined : lifeOf(certificate).notAfter;
    if (notAfter !== undefined && notAfter < clock.now()) {
      const ended = formatTime(notAfter);
      if (options.serverResponds?.()) {
        throw new Error(
          `the client certificate ended at ${ended} and the API server does not renew it`,
        );
      }
      if (clock.monotonic() - reportedAt >= reminderMilliseconds) {
        reportedAt = clock.monotonic();
        tell(options, ended);
      }
    }
    await clock.sleep(checkMilliseconds, signal);
  }
}

function tell({ logger, serverResponds }: ClientExpiryOptions, ended: string): void {
  if (serverResponds) {
    logger.error("The client certificate has ended, and no API server answers to renew it", {
      ended,
    });
    return;
  }
  logger.error(
    "The client certificate has ended, and --rotate-certificates=false: its file must be renewed",
    { ended },
  );
}
