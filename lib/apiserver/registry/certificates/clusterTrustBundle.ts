import type { ClusterTrustBundle } from "../../../api/gen/types/certificatesV1.js";
import { derCertificate } from "../../../api/pki/derCertificate.js";
import { type PemBlock, pemBlocks } from "../../../api/pki/pemBlocks.js";
import type { ErrorList } from "../errorList.js";
import { FieldPath } from "../fieldPath.js";
import type { TypedStrategy } from "../typedStrategy.js";
import { clusterTrustBundleName, validateSignerName } from "./signerRules.js";

const signerPath = FieldPath.root("spec").child("signerName");
const bundlePath = FieldPath.root("spec").child("trustBundle");
/** Of the PEM text. */
const longestBundleBytes = 1024 * 1024;

export const clusterTrustBundleStrategy: TypedStrategy<ClusterTrustBundle> = {
  group: "certificates.k8s.io",
  kind: "ClusterTrustBundle",
  nameRuleOf: ({ spec }) => clusterTrustBundleName(spec?.signerName ?? ""),
  validate(bundle, errors) {
    validateSigner(bundle, errors);
    validateAnchors(bundle.spec.trustBundle ?? "", errors);
  },
  validateUpdate(bundle, old, errors) {
    validateSigner(bundle, errors);
    const { trustBundle = "", signerName = "" } = bundle.spec;
    if (trustBundle !== old.spec.trustBundle) validateAnchors(trustBundle, errors);
    errors.immutable(signerPath, signerName, signerName === (old.spec.signerName ?? ""));
  },
};

function validateSigner({ spec }: ClusterTrustBundle, errors: ErrorList): void {
  if (spec.signerName) validateSignerName(spec.signerName, errors, signerPath);
}

/** Nothing but certificates of authorities, each once, and at least one. */
function validateAnchors(pem: string, errors: ErrorList): void {
  if (Buffer.byteLength(pem) > longestBundleBytes) {
    errors.tooLong(bundlePath, longestBundleBytes);
    return;
  }
  const wrong: string[] = [];
  const places = new Map<string, number[]>();
  let index = 0;
  for (const block of pemBlocks(pem)) {
    const problem = problemOf(block);
    const body = block.bytes.toString("latin1");
    const known = places.get(body);
    if (problem !== undefined) wrong.push(`entry ${index} ${problem}`);
    else if (known === undefined) places.set(body, [index]);
    else known.push(index);
    index += 1;
  }
  if (wrong.length === 0 && places.size === 0) {
    wrong.push("at least one trust anchor must be provided");
  } else if (wrong.length === 0) {
    for (const indices of places.values()) {
      if (indices.length > 1) wrong.push(`duplicate trust anchor (indices [${indices.join(" ")}])`);
    }
  }
  errors.invalidAll(bundlePath, "<value omitted>", wrong);
}

function problemOf({ type, hasHeaders, bytes }: PemBlock): string | undefined {
  if (type !== "CERTIFICATE") return `has bad block type: ${type}`;
  if (hasHeaders) return "has PEM block headers";
  try {
    const certificate = derCertificate(bytes);
    return certificate.ca ? undefined : "does not have the CA bit set";
  } catch {
    return "does not parse as X.509";
  }
}
