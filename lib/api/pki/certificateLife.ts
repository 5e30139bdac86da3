import type { X509Certificate } from "node:crypto";

/** Of a certificate's life, milliseconds since the epoch. */
export interface CertificateLife {
  readonly notBefore: number;
  readonly notAfter: number;
}

/** Throws where the times cannot be read: such a certificate is never valid. */
export function certificateLife(certificate: X509Certificate): CertificateLife {
  const notBefore = Date.parse(certificate.validFrom);
  const notAfter = Date.parse(certificate.validTo);
  if (Number.isNaN(notBefore) || Number.isNaN(notAfter)) {
    throw new Error("the certificate's times cannot be read");
  }
  return { notBefore, notAfter };
}
