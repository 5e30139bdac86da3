import { certificatesV1 } from "../../api/gen/resources.js";
import type {
  CertificateSigningRequest,
  CertificateSigningRequestStatus,
} from "../../api/gen/types/certificatesV1.js";
import {
  type Authority,
  type CertificateRequest,
  openAuthority,
  signCertificate,
} from "../../api/pki/certificates.js";
import { hasReason } from "../../api/status.js";
import { formatTime } from "../../api/time.js";
import type { Indexer } from "../../client/informer/indexer.js";
import type { ControllerContext } from "../controllerContext.js";
import { QueueController } from "../queueController.js";
import {
  certificateUsages,
  hasCondition,
  requestOf,
  signerProblem,
  signers,
} from "./certificateKinds.js";

/** A certificate begins so much earlier, for clients whose clocks are behind. */
const backdateMilliseconds = 300_000;
const minDurationSeconds = 600;

/** Signs approved requests of the built-in signers with the cluster's CA. */
export class CertificateSigner extends QueueController {
  readonly #requests: Indexer<CertificateSigningRequest>;
  #authority: Promise<Authority> | undefined;

  constructor(context: ControllerContext) {
    super("certificatesigningrequest-signing-controller", context);
    const requests = this.informer(certificatesV1.certificatesigningrequests);
    this.#requests = requests.indexer;
    this.enqueueAll(requests);
  }

  protected override async sync(key: string, signal: AbortSignal): Promise<void> {
    const csr = this.#requests.get(key);
    if (csr === undefined || !(Object.values(signers) as string[]).includes(csr.spec.signerName)) {
      return;
    }
    const isOver = hasCondition(csr, "Denied") || hasCondition(csr, "Failed");
    if ((csr.status?.certificate ?? "") !== "" || isOver || !hasCondition(csr, "Approved")) return;
    const status = await this.#answer(csr);
    const requests = this.context.client.resource(certificatesV1.certificatesigningrequests);
    try {
      await requests.updateStatus({ ...csr, status: { ...csr.status, ...status } }, { signal });
    } catch (error) {
      if (!hasReason(error, "NotFound")) throw error;
    }
  }

  async #answer(csr: CertificateSigningRequest): Promise<CertificateSigningRequestStatus> {
    const request = await requestOf(csr);
    const why = request.isAuthentic ? signerProblem(csr, request) : "the signature does not hold";
    if (why === "") {
      const certificate = await this.#sign(csr, request);
      return { certificate: Buffer.from(certificate).toString("base64") };
    }
    const now = formatTime(this.now());
    const failed = {
      type: "Failed",
      status: "True",
      reason: "SignerValidationFailure",
      message: why,
      lastUpdateTime: now,
      lastTransitionTime: now,
    };
    return { conditions: [...(csr.status?.conditions ?? []), failed] };
  }

  async #sign(csr: CertificateSigningRequest, request: CertificateRequest): Promise<string> {
    const { clusterSigning, clusterSigningDurationSeconds } = this.context.options;
    if (clusterSigning === undefined) throw new Error("no CA to sign with was given");
    this.#authority ??= openAuthority(clusterSigning);
    const asked = csr.spec.expirationSeconds ?? clusterSigningDurationSeconds;
    const seconds = Math.min(Math.max(asked, minDurationSeconds), clusterSigningDurationSeconds);
    const now = this.now();
    return signCertificate(
      await this.#authority,
      request.subject,
      request.publicKey,
      certificateUsages(csr.spec.usages ?? []),
      request.alternativeNames,
      { notBefore: now - backdateMilliseconds, notAfter: now + seconds * 1000 },
    );
  }
}
