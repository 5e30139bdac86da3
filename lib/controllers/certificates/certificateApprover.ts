import { authorizationV1, certificatesV1 } from "../../api/gen/resources.js";
import type { CertificateSigningRequest } from "../../api/gen/types/certificatesV1.js";
import type { CertificateRequest } from "../../api/pki/certificates.js";
import { hasReason } from "../../api/status.js";
import { formatTime } from "../../api/time.js";
import type { Indexer } from "../../client/informer/indexer.js";
import type { ControllerContext } from "../controllerContext.js";
import { QueueController } from "../queueController.js";
import { hasCondition, nodeClientProblem, requestOf, signers } from "./certificateKinds.js";

interface Recognizer {
  readonly subresource: "selfnodeclient" | "nodeclient";
  readonly message: string;
  readonly isFor: (csr: CertificateSigningRequest, request: CertificateRequest) => boolean;
}

const recognizers: readonly Recognizer[] = [
  {
    subresource: "selfnodeclient",
    message: "Auto approving self kubelet client certificate after SubjectAccessReview.",
    isFor: (csr, request) => csr.spec.username === request.subject.commonName,
  },
  {
    subresource: "nodeclient",
    message: "Auto approving kubelet client certificate after SubjectAccessReview.",
    isFor: () => true,
  },
];

/** Approves kubelets' client certificates where RBAC lets the asker have one. */
export class CertificateApprover extends QueueController {
  readonly #requests: Indexer<CertificateSigningRequest>;

  constructor(context: ControllerContext) {
    super("certificatesigningrequest-approving-controller", context);
    const requests = this.informer(certificatesV1.certificatesigningrequests);
    this.#requests = requests.indexer;
    this.enqueueAll(requests);
  }

  protected override async sync(key: string, signal: AbortSignal): Promise<void> {
    const csr = this.#requests.get(key);
    if (csr === undefined || csr.spec.signerName !== signers.kubeletClient) return;
    if ((csr.status?.certificate ?? "") !== "") return;
    if (hasCondition(csr, "Approved") || hasCondition(csr, "Denied")) return;
    const request = await requestOf(csr);
    if (nodeClientProblem(request, csr.spec.usages ?? []) !== "") return;
    for (const recognizer of recognizers) {
      if (!recognizer.isFor(csr, request)) continue;
      if (!(await this.#isAllowed(csr, recognizer.subresource, signal))) continue;
      await this.#approve(csr, recognizer.message, signal);
      return;
    }
    throw new Error(`nobody may approve ${key} for ${csr.spec.username}`);
  }

  async #isAllowed(
    csr: CertificateSigningRequest,
    subresource: string,
    signal: AbortSignal,
  ): Promise<boolean> {
    const { extra, groups, uid, username } = csr.spec;
    const reviews = this.context.client.resource(authorizationV1.subjectaccessreviews);
    const review = await reviews.create(
      {
        metadata: {},
        spec: {
          user: username ?? "",
          ...(groups === undefined ? {} : { groups }),
          ...(uid === undefined ? {} : { uid }),
          ...(extra === undefined ? {} : { extra }),
          resourceAttributes: {
            group: "certificates.k8s.io",
            resource: "certificatesigningrequests",
            verb: "create",
            subresource,
          },
        },
      },
      { signal },
    );
    return review.status?.allowed === true;
  }

  async #approve(
    csr: CertificateSigningRequest,
    message: string,
    signal: AbortSignal,
  ): Promise<void> {
    const now = formatTime(this.now());
    const condition = {
      type: "Approved",
      status: "True",
      reason: "AutoApproved",
      message,
      lastUpdateTime: now,
      lastTransitionTime: now,
    };
    const conditions = [...(csr.status?.conditions ?? []), condition];
    const requests = this.context.client.resource(certificatesV1.certificatesigningrequests);
    try {
      await requests.approve({ ...csr, status: { ...csr.status, conditions } }, { signal });
    } catch (error) {
      if (!hasReason(error, "NotFound")) throw error;
    }
  }
}
