import { createHash } from "node:crypto";
import {
  type CryptoKeyPair,
  createRequest,
  noNames,
  publicKeyPem,
} from "../../api/pki/certificates.js";
import type { AlternativeNames } from "../../api/pki/certifiedKey.js";

export const kubeletClientSigner = "kubernetes.io/kube-apiserver-client-kubelet";
export const kubeletServingSigner = "kubernetes.io/kubelet-serving";

/** What every certificate of a node says of it. */
export function nodeSubject(nodeName: string): { commonName: string; organizations: string[] } {
  return { commonName: `system:node:${nodeName}`, organizations: ["system:nodes"] };
}

/** PKCS #10, PEM. */
export function nodeRequest(
  nodeName: string,
  keys: CryptoKeyPair,
  names: AlternativeNames = noNames,
): Promise<string> {
  return createRequest(nodeSubject(nodeName), names, keys);
}

/** The same for the same node and key, and for no other. */
export async function requestName(nodeName: string, keys: CryptoKeyPair): Promise<string> {
  const hash = createHash("sha256");
  for (const part of [await publicKeyPem(keys), nodeName]) {
    hash.update(Buffer.from(part).toString("base64url")).update("|");
  }
  return `node-csr-${hash.digest("hex")}`;
}
