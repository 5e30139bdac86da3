import { X509Certificate } from "node:crypto";

/** Whether the bytes are one DER SEQUENCE, all of them. */
export function isOneSequence(bytes: Uint8Array): boolean {
  const [tag, first = 0] = bytes;
  if (tag !== 0x30) return false;
  if (first < 0x80) return bytes.length === 2 + first;
  const lengthBytes = first & 0x7f;
  if (lengthBytes === 0 || lengthBytes > 4 || bytes.length < 2 + lengthBytes) return false;
  const length = Buffer.from(bytes.subarray(2, 2 + lengthBytes)).readUIntBE(0, lengthBytes);
  return bytes.length === 2 + lengthBytes + length;
}

/** A certificate in DER. Throws where the bytes are anything else, PEM too. */
export function derCertificate(bytes: Uint8Array): X509Certificate {
  if (!isOneSequence(bytes)) throw new Error("not a certificate in DER");
  return new X509Certificate(bytes);
}
