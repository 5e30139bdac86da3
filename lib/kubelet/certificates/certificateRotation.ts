import { generateKey, noNames, privateKeyPem } from "../../api/pki/certificates.js";
import type { AlternativeNames, CertifiedKey } from "../../api/pki/certifiedKey.js";
import { hasReason } from "../../api/status.js";
import type { Client } from "../../client/client.js";
import type { Logger } from "../../platform/logger.js";
import type { Platform } from "../../platform/platform.js";
import { type CertificateStore, lifeOf } from "./certificateStore.js";
import { kubeletClientSigner, kubeletServingSigner, nodeRequest } from "./nodeRequest.js";
import { requestCertificate } from "./requestCertificate.js";

export interface CertificateRotationOptions {
  readonly platform: Platform;
  readonly client: Client;
  readonly logger: Logger;
  readonly nodeName: string;
  readonly purpose: "client auth" | "server auth";
  /** Of a serving certificate. */
  readonly names?: AlternativeNames;
  readonly store: CertificateStore;
  /** A new pair counts from now on. */
  readonly onNew: (pair: CertifiedKey) => void;
}

/** Upstream's: a request is given up after this, and failures wait so long at most. */
const waitMilliseconds = 15 * 60_000;
const firstPauseMilliseconds = 2_000;
const longestPauseMilliseconds = 32_000;
const longestSleepMilliseconds = 10 * 60_000;
const earliestFraction = 0.7;
const latestFraction = 0.9;

/**
 * Keeps a certificate of this node fresh: a new one is asked for when 70 to 90 % of its life is
 * over, by chance, so that many nodes do not ask at once; where there is none, at once.
 */
export class CertificateRotation {
  readonly #options: CertificateRotationOptions;

  #serverResponds = false;

  constructor(options: CertificateRotationOptions) {
    this.#options = options;
  }

  /** Whether the last request came to a server that could judge it, even if it refused. */
  get serverResponds(): boolean {
    return this.#serverResponds;
  }

  /** Until the signal. Never rejects. */
  async run(signal: AbortSignal): Promise<void> {
    const { clock, random } = this.#options.platform;
    while (!signal.aborted) {
      const fraction = earliestFraction + random.float() * (latestFraction - earliestFraction);
      for (let left = await this.#untilRenewal(fraction); left > 0 && !signal.aborted; ) {
        // In pieces: the wall clock may be set, and a machine may sleep, in between.
        await clock.sleep(Math.min(left, longestSleepMilliseconds), signal);
        left = await this.#untilRenewal(fraction);
      }
      await this.#renew(signal);
    }
  }

  /** Milliseconds until the certificate is to be renewed; 0 without one that can be read. */
  async #untilRenewal(fraction: number): Promise<number> {
    const pair = await this.#options.store.current();
    if (!pair) return 0;
    try {
      const { notBefore, notAfter } = lifeOf(pair.certificate);
      const due = notBefore + (notAfter - notBefore) * fraction;
      return due - this.#options.platform.clock.now();
    } catch {
      return 0;
    }
  }

  async #renew(signal: AbortSignal): Promise<void> {
    const { platform, logger, onNew, store, purpose, nodeName } = this.#options;
    const { clock, random } = platform;
    let pause = firstPauseMilliseconds;
    while (!signal.aborted) {
      try {
        const pair = await this.#request(signal);
        this.#serverResponds = true;
        await store.update(pair);
        onNew(pair);
        logger.info("The node has a new certificate", { node: nodeName, purpose });
        return;
      } catch (error) {
        if (signal.aborted) return;
        // Upstream's list: what a server says that works, to one whose certificate has ended.
        this.#serverResponds = hasReason(error, "Unauthorized", "Forbidden", "NotFound");
        logger.warning("The node's certificate could not be renewed", { purpose, error });
        await clock.sleep(pause * (1 + 0.1 * random.float()), signal);
        pause = Math.min(pause * 2, longestPauseMilliseconds);
      }
    }
  }

  async #request(signal: AbortSignal): Promise<CertifiedKey> {
    const { nodeName, names = noNames, purpose } = this.#options;
    const keys = await generateKey();
    const certificate = await requestCertificate({
      ...this.#options,
      signerName: purpose === "client auth" ? kubeletClientSigner : kubeletServingSigner,
      request: await nodeRequest(nodeName, keys, names),
      waitMilliseconds,
      signal,
    });
    return { certificate, key: await privateKeyPem(keys) };
  }
}
