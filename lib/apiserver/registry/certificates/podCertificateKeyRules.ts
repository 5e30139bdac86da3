import {
  constants,
  createPublicKey,
  type KeyObject,
  type SigningOptions,
  verify,
} from "node:crypto";
import type { PodCertificateRequestSpec } from "../../../api/gen/types/certificatesV1beta1.js";
import { isOneSequence } from "../../../api/pki/derCertificate.js";
import { podKeyProblem, readStubRequest } from "../../../api/pki/stubRequest.js";
import type { ErrorList } from "../errorList.js";
import { FieldPath } from "../fieldPath.js";

const spec = FieldPath.root("spec");
const requestPath = spec.child("stubPKCS10Request");
const keyPath = spec.child("pkixPublicKey");
const proofPath = spec.child("proofOfPossession");
/** Of a request, a key and a proof each. */
const longestBytes = 10 * 1024;

const bytesOf = (text: string | undefined): Buffer => Buffer.from(text ?? "", "base64");

/** The key that a certificate is asked for, and the proof that whoever asks has it. */
export async function examinePodKey(
  asked: PodCertificateRequestSpec,
  errors: ErrorList,
): Promise<void> {
  const request = bytesOf(asked.stubPKCS10Request);
  const key = bytesOf(asked.pkixPublicKey);
  const proof = bytesOf(asked.proofOfPossession);
  if (request.length > 0 && key.length === 0 && proof.length === 0) {
    await examineRequest(request, errors);
  } else if (request.length === 0 && key.length > 0 && proof.length > 0) {
    examineProof(asked, key, proof, errors);
  } else {
    const forms = "(stubPKCS10Request) or (pkixPublicKey, proofOfPossession)";
    errors.invalidUnshown(spec, `exactly one of ${forms} must be set`);
  }
}

async function examineRequest(request: Buffer, errors: ErrorList): Promise<void> {
  if (request.length > longestBytes) {
    errors.tooLong(requestPath, longestBytes);
    return;
  }
  const read = await readStubRequest(request);
  if (read === undefined) {
    errors.invalidUnshown(requestPath, "must be a valid PKCS#10 CSR");
    return;
  }
  if (isOtherKey(read.publicKey, requestPath, errors)) return;
  if (!read.isAuthentic) errors.invalidUnshown(requestPath, "invalid signature");
}

function isOtherKey(key: KeyObject, path: FieldPath, errors: ErrorList): boolean {
  const problem = podKeyProblem(key);
  if (problem === undefined) return false;
  if (problem.shown === undefined) errors.invalidUnshown(path, problem.detail);
  else errors.invalid(path, problem.shown, problem.detail);
  return true;
}

/** The older form, which v1beta1 has: a key, and its signature of the pod's UID. */
function examineProof(
  asked: PodCertificateRequestSpec,
  key: Buffer,
  proof: Buffer,
  errors: ErrorList,
): void {
  if (key.length > longestBytes) {
    errors.tooLong(keyPath, longestBytes);
    return;
  }
  if (proof.length > longestBytes) {
    errors.tooLong(proofPath, longestBytes);
    return;
  }
  const publicKey = publicKeyOf(key);
  if (publicKey === undefined) {
    errors.invalid(keyPath, asked.pkixPublicKey, "must be a valid PKIX-serialized public key");
    return;
  }
  if (isOtherKey(publicKey, keyPath, errors)) return;
  if (!isProof(publicKey, Buffer.from(asked.podUID), proof)) {
    errors.invalidUnshown(proofPath, "could not verify proof-of-possession signature");
  }
}

/** Undefined where the bytes are no SubjectPublicKeyInfo. */
export function publicKeyOf(bytes: Buffer): KeyObject | undefined {
  if (!isOneSequence(bytes)) return undefined;
  try {
    return createPublicKey({ key: bytes, format: "der", type: "spki" });
  } catch {
    return undefined;
  }
}

const pss: SigningOptions = {
  padding: constants.RSA_PKCS1_PSS_PADDING,
  saltLength: constants.RSA_PSS_SALTLEN_AUTO,
};

function isProof(key: KeyObject, message: Buffer, proof: Buffer): boolean {
  const digest = key.asymmetricKeyType === "ed25519" ? null : "sha256";
  try {
    return verify(digest, message, key.asymmetricKeyType === "rsa" ? { key, ...pss } : key, proof);
  } catch {
    return false;
  }
}
