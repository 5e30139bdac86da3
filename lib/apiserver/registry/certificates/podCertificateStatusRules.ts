import type { KeyObject, X509Certificate } from "node:crypto";
import { semanticEqual } from "../../../api/equality.js";
import type {
  PodCertificateRequest,
  PodCertificateRequestStatus,
} from "../../../api/gen/types/certificatesV1beta1.js";
import { certificateLife } from "../../../api/pki/certificateLife.js";
import { derCertificate } from "../../../api/pki/derCertificate.js";
import { type PemBlock, pemBlocks } from "../../../api/pki/pemBlocks.js";
import { readStubRequest } from "../../../api/pki/stubRequest.js";
import { parseTime } from "../../../api/time.js";
import type { Authorizer } from "../../authorization/authorizer.js";
import { maySign } from "../../authorization/signerPermission.js";
import { validateConditions } from "../conditionRules.js";
import type { ErrorList } from "../errorList.js";
import { FieldPath } from "../fieldPath.js";
import type { StrategyContext } from "../strategy.js";
import { validateNames } from "./certificateNames.js";
import { publicKeyOf } from "./podCertificateKeyRules.js";

const statusPath = FieldPath.root("status");
const conditionsPath = statusPath.child("conditions");
const chainPath = statusPath.child("certificateChain");
const ends = ["Issued", "Denied", "Failed"];
const longestChainBytes = 100 * 1024;
const minuteMilliseconds = 60_000;
const hourMilliseconds = 60 * minuteMilliseconds;
/** How far the signer's clock may be off. */
const skewMilliseconds = 5 * minuteMilliseconds;
/** Between a certificate's renewal and either end of its life. */
const marginMilliseconds = 10 * minuteMilliseconds;

/** One end at most, and it is so; every condition whole. */
export function statusConditionsHold(request: PodCertificateRequest, errors: ErrorList): void {
  const conditions = request.status?.conditions ?? [];
  let known = 0;
  for (const [position, { type, status }] of conditions.entries()) {
    // Upstream's path has a dot before the index.
    const at = conditionsPath.child(`[${position}]`);
    if (!ends.includes(type)) {
      errors.notSupported(at.child("type"), type, ends);
      continue;
    }
    known += 1;
    if (known > 1) {
      const detail = 'There may be at most one condition with type "Issued", "Denied", or "Failed"';
      errors.invalid(at.child("type"), type, detail);
    }
    errors.oneOf(at.child("status"), status, ["True"]);
  }
  validateConditions(conditions, errors, conditionsPath);
}

function hasEnded({ status }: PodCertificateRequest, ...types: string[]): boolean {
  return (status?.conditions ?? []).some(
    (condition) => types.includes(condition.type) && condition.status === "True",
  );
}

/** A request ends once: denied, failed, or issued with a certificate that is what was asked for. */
export async function examineStatus(
  request: PodCertificateRequest,
  old: PodCertificateRequest,
  errors: ErrorList,
  now: number,
): Promise<void> {
  const isSame = (other: PodCertificateRequestStatus | undefined): boolean =>
    semanticEqual(request.status ?? {}, other ?? {});
  if (hasEnded(old, ...ends)) {
    const detail = "immutable after PodCertificateRequest is issued, denied, or failed";
    if (!isSame(old.status)) errors.invalidUnshown(statusPath, detail);
  } else if (hasEnded(request, "Denied", "Failed")) {
    const conditions = request.status?.conditions ?? [];
    const detail =
      "non-condition status fields must be empty when denying or failing the PodCertificateRequest";
    if (!isSame({ conditions })) errors.invalidUnshown(statusPath, detail);
  } else if (hasEnded(request, "Issued")) {
    await examineIssued(request, old, errors, now);
  } else if (!isSame(old.status)) {
    const detail = 'status is immutable unless transitioning to "Issued", "Denied", or "Failed"';
    errors.invalidUnshown(statusPath, detail);
  }
}

/** Whoever changes a status signs for the request's signer. */
export async function mayChangeStatus(
  { spec }: PodCertificateRequest,
  errors: ErrorList,
  { user }: StrategyContext,
  authorizer: Authorizer,
): Promise<void> {
  // The server itself may.
  if (user === undefined || (await maySign(authorizer, user, "sign", spec.signerName))) return;
  const [name, signer] = [JSON.stringify(user.name), JSON.stringify(spec.signerName)];
  const detail = `User ${name} is not permitted to "sign" for signer ${signer}`;
  errors.forbidden(FieldPath.root("spec").child("signerName"), detail);
}

async function examineIssued(
  request: PodCertificateRequest,
  old: PodCertificateRequest,
  errors: ErrorList,
  now: number,
): Promise<void> {
  const { certificateChain: chain = "" } = request.status ?? {};
  if (Buffer.byteLength(chain) > longestChainBytes) {
    errors.tooLong(chainPath, longestChainBytes);
    return;
  }
  const [first, ...others] = pemBlocks(chain);
  const wrong = (detail: string): void => errors.invalid(chainPath, chain, detail);
  if (first === undefined) {
    wrong("issued certificate chain must contain at least one certificate");
    return;
  }
  if (first.type !== "CERTIFICATE") {
    wrong("issued certificate chain must consist entirely of CERTIFICATE PEM blocks");
    return;
  }
  const leaf = certificateOf(first);
  if (leaf === undefined) {
    wrong("leaf certificate does not parse as valid X.509");
    return;
  }
  validateNames(leaf, errors, chainPath);
  const key = await askedKey(old);
  if (key === undefined || !leaf.publicKey.equals(key)) {
    wrong("leaf certificate was not issued to the requested public key");
    return;
  }
  if (!timesHold(request, leaf, errors, now)) return;
  for (const block of others) {
    if (block.type !== "CERTIFICATE") {
      wrong("issued certificate chain must consist entirely of CERTFICATE PEM blocks");
      return;
    }
    if (certificateOf(block) === undefined) {
      wrong("intermediate certificate does not parse as valid X.509");
      return;
    }
  }
}

function certificateOf({ bytes }: PemBlock): X509Certificate | undefined {
  try {
    const certificate = derCertificate(bytes);
    certificateLife(certificate);
    return certificate;
  } catch {
    return undefined;
  }
}

async function askedKey({ spec }: PodCertificateRequest): Promise<KeyObject | undefined> {
  const request = Buffer.from(spec.stubPKCS10Request ?? "", "base64");
  if (request.length > 0) return (await readStubRequest(request))?.publicKey;
  return publicKeyOf(Buffer.from(spec.pkixPublicKey ?? "", "base64"));
}

/** What the status says of the certificate's life is so, and it is a life that was asked for. */
function timesHold(
  { spec, status = {} }: PodCertificateRequest,
  leaf: X509Certificate,
  errors: ErrorList,
  now: number,
): boolean {
  const consistent = "must be present and consistent with the issued certificate";
  const inRange = "must be present and in the range [notbefore+10min, notafter-10min]";
  const notBefore = parseTime(status.notBefore);
  const notAfter = parseTime(status.notAfter);
  const refresh = parseTime(status.beginRefreshAt);
  if (notBefore === undefined) errors.required(statusPath.child("notBefore"), consistent);
  if (notAfter === undefined) errors.required(statusPath.child("notAfter"), consistent);
  if (refresh === undefined) errors.required(statusPath.child("beginRefreshAt"), inRange);
  if (notBefore === undefined || notAfter === undefined || refresh === undefined) return false;
  const life = certificateLife(leaf);
  const wrong = (field: "notBefore" | "notAfter" | "beginRefreshAt", detail: string): boolean => {
    errors.invalid(statusPath.child(field), status[field], detail);
    return false;
  };
  const encoded = (name: string): string =>
    `must be set to the ${name} time encoded in the leaf certificate`;
  if (notBefore !== life.notBefore) return wrong("notBefore", encoded("NotBefore"));
  if (Math.abs(notBefore - now) >= skewMilliseconds) {
    const detail = "must be set to within 5 minutes of kube-apiserver's current time";
    return wrong("notBefore", detail);
  }
  if (notAfter !== life.notAfter) return wrong("notAfter", encoded("NotAfter"));
  const milliseconds = life.notAfter - life.notBefore;
  const tooLong = milliseconds > (spec.maxExpirationSeconds ?? 0) * 1000;
  if (milliseconds < hourMilliseconds || tooLong) {
    // Upstream shows a Go duration, in nanoseconds.
    const detail = tooLong
      ? `leaf certificate lifetime must be <= spec.maxExpirationSeconds (${spec.maxExpirationSeconds})`
      : "leaf certificate lifetime must be >= 1 hour";
    errors.invalid(chainPath, milliseconds * 1e6, detail);
    return false;
  }
  if (refresh < life.notBefore + marginMilliseconds) {
    return wrong("beginRefreshAt", "must be at least 10 minutes after status.notBefore");
  }
  if (refresh > life.notAfter - marginMilliseconds) {
    return wrong("beginRefreshAt", "must be at least 10 minutes before status.notAfter");
  }
  return true;
}
