import type { CertificateSigningRequest } from "../../api/gen/types/certificatesV1.js";
import {
  type CertificateRequest,
  type CertificateUsage,
  readRequest,
} from "../../api/pki/certificates.js";

export const signers = {
  client: "kubernetes.io/kube-apiserver-client",
  kubeletClient: "kubernetes.io/kube-apiserver-client-kubelet",
  kubeletServing: "kubernetes.io/kubelet-serving",
  legacyUnknown: "kubernetes.io/legacy-unknown",
} as const;

const nodeGroup = "system:nodes";
const nodePrefix = "system:node:";

export function hasCondition(csr: CertificateSigningRequest, type: string): boolean {
  return (csr.status?.conditions ?? []).some((condition) => condition.type === type);
}

/** The PKCS #10 request inside. Throws where there is none. */
export function requestOf(csr: CertificateSigningRequest): Promise<CertificateRequest> {
  return readRequest(Buffer.from(csr.spec.request, "base64").toString("utf8"));
}

/** Empty where the kubelet may get this client certificate, else why not. */
export function nodeClientProblem(request: CertificateRequest, usages: readonly string[]): string {
  const names = nodeNameProblem(request);
  if (names !== "") return names;
  const { dns, emails = [], ips, uris = [] } = request.alternativeNames;
  if (dns.length > 0) return "DNS subjectAltNames are not allowed";
  if (emails.length > 0) return "email subjectAltNames are not allowed";
  if (ips.length > 0) return "IP subjectAltNames are not allowed";
  if (uris.length > 0) return "URI subjectAltNames are not allowed";
  return usageProblem(usages, "client auth");
}

export function nodeServingProblem(request: CertificateRequest, usages: readonly string[]): string {
  const names = nodeNameProblem(request);
  if (names !== "") return names;
  const { dns, emails = [], ips, uris = [] } = request.alternativeNames;
  if (dns.length + ips.length === 0) return "DNS or IP subjectAltName is required";
  if (emails.length > 0) return "email subjectAltNames are not allowed";
  if (uris.length > 0) return "URI subjectAltNames are not allowed";
  return usageProblem(usages, "server auth");
}

function nodeNameProblem({ subject }: CertificateRequest): string {
  const organizations = subject.organizations ?? [];
  if (organizations.length !== 1 || organizations[0] !== nodeGroup) {
    return `subject organization is not ${nodeGroup}`;
  }
  if (!subject.commonName.startsWith(nodePrefix)) {
    return `subject common name does not begin with ${nodePrefix}`;
  }
  return "";
}

/** Exactly these usages; ECDSA keys need no key encipherment. */
function usageProblem(usages: readonly string[], purpose: string): string {
  const found = [...new Set(usages)].filter((usage) => usage !== "key encipherment").sort();
  const wanted = ["digital signature", purpose].sort();
  return found.join() === wanted.join() ? "" : `usages did not match [${wanted.join(" ")}]`;
}

/** Empty where the signer signs such a request, else why not. */
export function signerProblem(csr: CertificateSigningRequest, request: CertificateRequest): string {
  const usages = csr.spec.usages ?? [];
  switch (csr.spec.signerName) {
    case signers.kubeletClient:
      return nodeClientProblem(request, usages);
    case signers.kubeletServing:
      return nodeServingProblem(request, usages);
    case signers.client: {
      const allowed = ["digital signature", "key encipherment", "client auth"];
      const isAllowed = usages.every((usage) => allowed.includes(usage));
      return isAllowed && usages.includes("client auth") ? "" : "usages did not match client auth";
    }
    default:
      return "";
  }
}

export function certificateUsages(usages: readonly string[]): CertificateUsage[] {
  const isAny = usages.includes("any");
  return [
    ...(isAny || usages.includes("client auth") ? (["client"] as const) : []),
    ...(isAny || usages.includes("server auth") ? (["server"] as const) : []),
  ];
}
