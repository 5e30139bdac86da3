import { semanticEqual } from "../../../api/equality.js";
import type { PodCertificateRequest } from "../../../api/gen/types/certificatesV1beta1.js";
import { validateUserAnnotations } from "../core/projectedVolumeRules.js";
import type { ErrorList } from "../errorList.js";
import { FieldPath } from "../fieldPath.js";
import { dns1123Subdomain } from "../nameRules.js";
import { splitStatus, type TypedStrategy } from "../typedStrategy.js";
import { examinePodKey } from "./podCertificateKeyRules.js";
import {
  examineStatus,
  mayChangeStatus,
  statusConditionsHold,
} from "./podCertificateStatusRules.js";
import {
  longestCertificateSeconds,
  shortestCertificateSeconds,
  validateSignerName,
} from "./signerRules.js";

const spec = FieldPath.root("spec");
const longestUidBytes = 128;

export const podCertificateRequestStrategy: TypedStrategy<PodCertificateRequest> = {
  group: "certificates.k8s.io",
  kind: "PodCertificateRequest",
  allowUnconditionalUpdate: false,
  prepareForCreate(request) {
    delete request.status;
  },
  prepareForUpdate: splitStatus,
  validate: validateSpec,
  validateUpdate(request, old, errors, { subresource }) {
    if (subresource === "status") {
      if (errors.list.length === 0) statusConditionsHold(request, errors);
      return;
    }
    errors.immutable(spec, request.spec, semanticEqual(request.spec, old.spec));
  },
  async examine(request, old, errors, { context, authorizer }) {
    if (old === undefined) {
      // Upstream looks at the key only where it is known how long a certificate may live.
      if (typeof request.spec.maxExpirationSeconds === "number") {
        await examinePodKey(request.spec, errors);
      }
      return;
    }
    if (context.subresource !== "status" || errors.list.length > 0) return;
    await examineStatus(request, old, errors, context.now);
    if (errors.list.length > 0 || semanticEqual(request.status, old.status)) return;
    await mayChangeStatus(old, errors, context, authorizer);
  },
};

function validateSpec({ spec: asked }: PodCertificateRequest, errors: ErrorList): void {
  const { signerName = "", unverifiedUserAnnotations, maxExpirationSeconds } = asked;
  validateSignerName(signerName, errors, spec.child("signerName"));
  if (unverifiedUserAnnotations) {
    const at = spec.child("unverifiedUserAnnotations");
    validateUserAnnotations(unverifiedUserAnnotations, errors, at);
  }
  for (const what of ["pod", "serviceAccount", "node"] as const) {
    const name = asked[`${what}Name`] ?? "";
    errors.invalidAll(spec.child(`${what}Name`), name, dns1123Subdomain(name));
    const uid = asked[`${what}UID`] ?? "";
    const at = spec.child(`${what}UID`);
    if (uid === "") errors.invalid(at, uid, "must not be empty");
    if (Buffer.byteLength(uid) > longestUidBytes) errors.tooLong(at, longestUidBytes);
  }
  const at = spec.child("maxExpirationSeconds");
  if (typeof maxExpirationSeconds !== "number") {
    errors.required(at, "must be set");
    return;
  }
  const longest = longestCertificateSeconds(signerName);
  if (maxExpirationSeconds < shortestCertificateSeconds || maxExpirationSeconds > longest) {
    const detail = `must be in the range [${shortestCertificateSeconds}, ${longest}]`;
    errors.invalid(at, maxExpirationSeconds, detail);
  }
}
