import { X509Certificate } from "node:crypto";
import type { ClusterTrustBundle } from "../../../api/gen/types/certificatesV1.js";
import type { ErrorList } from "../errorList.js";
import { FieldPath } from "../fieldPath.js";
import type { TypedStrategy } from "../typedStrategy.js";
import { clusterTrustBundleName, validateSignerName } from "./signerRules.js";

const signerPath = FieldPath.root("spec").child("signerName");
const bundlePath = FieldPath.root("spec").child("trustBundle");
/** Characters of the PEM text. */
const longestBundle = 1024 * 1024;

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
  if (pem.length > longestBundle) {
    errors.tooLong(bundlePath, longestBundle);
    return;
  }
  const wrong: string[] = [];
  const places = new Map<string, number[]>();
  for (const [index, block] of pemBlocks(pem).entries()) {
    const problem = problemOf(block);
    if (problem !== undefined) wrong.push(`entry ${index} ${problem}`);
    else places.set(block.body, [...(places.get(block.body) ?? []), index]);
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

interface PemBlock {
  readonly type: string;
  readonly hasHeaders: boolean;
  /** Base64 without white space. */
  readonly body: string;
}

function pemBlocks(pem: string): PemBlock[] {
  const blocks: PemBlock[] = [];
  let block: { type: string; hasHeaders: boolean; lines: string[] } | undefined;
  for (const line of pem.split("\n").map((text) => text.trim())) {
    const [, begin] = /^-----BEGIN (.+)-----$/.exec(line) ?? [];
    if (begin !== undefined) block = { type: begin, hasHeaders: false, lines: [] };
    else if (block !== undefined && line === `-----END ${block.type}-----`) {
      blocks.push({ ...block, body: block.lines.join("") });
      block = undefined;
    } else if (line.includes(":")) {
      if (block !== undefined) block.hasHeaders = true;
    } else block?.lines.push(line);
  }
  return blocks;
}

function problemOf({ type, hasHeaders, body }: PemBlock): string | undefined {
  if (type !== "CERTIFICATE") return `has bad block type: ${type}`;
  if (hasHeaders) return "has PEM block headers";
  try {
    const certificate = new X509Certificate(Buffer.from(body, "base64"));
    return certificate.ca ? undefined : "does not have the CA bit set";
  } catch {
    return "does not parse as X.509";
  }
}
