import type { ErrorList } from "../errorList.js";
import type { FieldPath } from "../fieldPath.js";
import {
  dns1123Label,
  dns1123Subdomain,
  type NameRule,
  nameIsDns1123Subdomain,
} from "../nameRules.js";

const longestDomain = 253;
/** The domain, a slash, and a path that holds a label, a dot and a subdomain. */
const longestSignerName = longestDomain + 1 + 253 + 63 + 1;

/** Signers of Kubernetes' own domains, whose certificates live a day at most. */
function isKubernetesSigner(signerName: string): boolean {
  const [domain = ""] = signerName.split("/");
  return domain === "kubernetes.io" || domain.endsWith(".kubernetes.io");
}

/** What a pod's certificate lives at least, whoever signs it. */
export const shortestCertificateSeconds = 3_600;

/** What it may live: 91 days, and a day where a signer of Kubernetes itself signs. */
export function longestCertificateSeconds(signerName: string): number {
  return (isKubernetesSigner(signerName) ? 1 : 91) * 86_400;
}

/** A signer's name: a domain of two labels or more, a slash, and a path of subdomains. */
export function validateSignerName(name: string, errors: ErrorList, path: FieldPath): void {
  if (name === "") {
    errors.required(path);
    return;
  }
  const segments = name.split("/");
  const [domain = "", rest = ""] = segments;
  if (segments.length !== 2) {
    const form = "must be a fully qualified domain and path of the form 'example.com/signer-name'";
    errors.invalid(path, name, form);
    return;
  }
  if (domain.length > longestDomain) errors.tooLong(path, longestDomain);
  validateLabels(domain, dns1123Label, errors, path);
  if (!domain.includes(".")) {
    errors.invalid(path, domain, "should be a domain with at least two segments separated by dots");
  }
  validateLabels(rest, dns1123Subdomain, errors, path);
  if (name.length > longestSignerName) errors.tooLong(path, longestSignerName);
}

/** Tells of the first label that is wrong: what is wrong with others would read the same. */
function validateLabels(
  text: string,
  rule: (label: string) => string[],
  errors: ErrorList,
  path: FieldPath,
): void {
  for (const label of text.split(".")) {
    const wrong = rule(label);
    if (wrong.length === 0) continue;
    for (const why of wrong) {
      errors.invalid(path, text, `validating label ${JSON.stringify(label)}: ${why}`);
    }
    return;
  }
}

/**
 * A trust bundle's name: that of a signer begins with the signer's, its slash as a colon, and has
 * one more colon; one without a signer has no colon at all.
 */
export function clusterTrustBundleName(signerName: string): NameRule {
  return (name, prefix) => {
    if (signerName === "") {
      return name.includes(":")
        ? ['ClusterTrustBundle without signer name must not have ":" in its name']
        : nameIsDns1123Subdomain(name, prefix);
    }
    const required = `${signerName.replaceAll("/", ":")}:`;
    return name.startsWith(required)
      ? nameIsDns1123Subdomain(name.slice(required.length), prefix)
      : [`ClusterTrustBundle for signerName ${signerName} must be named with prefix ${required}`];
  };
}

/** The signer that a trust bundle's name speaks of; empty where it names none. */
export function signerOfTrustBundle(name: string): string {
  const end = name.lastIndexOf(":");
  return end < 0 ? "" : name.slice(0, end).replaceAll(":", "/");
}
