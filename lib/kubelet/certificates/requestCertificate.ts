import { certificatesV1 } from "../../api/gen/resources.js";
import type { CertificateSigningRequest } from "../../api/gen/types/certificatesV1.js";
import { hasReason } from "../../api/status.js";
import type { Client } from "../../client/client.js";
import { CachingInformer } from "../../client/informer/cachingInformer.js";
import type { Logger } from "../../platform/logger.js";
import type { Platform } from "../../platform/platform.js";

export interface CertificateRequestOptions {
  readonly platform: Platform;
  readonly client: Client;
  readonly logger: Logger;
  /** Fixed, so that a kubelet that starts again waits for the same; else the server chooses. */
  readonly name?: string;
  readonly signerName: string;
  readonly purpose: "client auth" | "server auth";
  /** PKCS #10, PEM. */
  readonly request: string;
  /** How long to wait for the certificate. */
  readonly waitMilliseconds: number;
  readonly signal: AbortSignal;
}

/** The certificate, PEM; undefined while it is not issued. Throws where it never will be. */
function issued({ metadata, status }: CertificateSigningRequest): string | undefined {
  for (const { type, reason = "", message = "" } of status?.conditions ?? []) {
    if (type !== "Denied" && type !== "Failed") continue;
    const why = [reason, message].filter((text) => text !== "").join(": ");
    throw new Error(`certificate signing request ${metadata.name} is ${type.toLowerCase()} ${why}`);
  }
  const certificate = status?.certificate ?? "";
  return certificate === "" ? undefined : Buffer.from(certificate, "base64").toString("utf8");
}

/**
 * Asks the API server for a certificate and waits until somebody has approved and signed it.
 * Rejects when it is denied, when its signing failed, and when nothing came in time.
 */
export async function requestCertificate(options: CertificateRequestOptions): Promise<string> {
  const { client, logger } = options;
  const { name, signerName } = await create(options);
  logger.info("Waiting for a certificate", { request: name, signer: signerName });
  const abort = new AbortController();
  const either = AbortSignal.any([options.signal, abort.signal]);
  const informer = new CachingInformer(
    client.resource(certificatesV1.certificatesigningrequests),
    options,
    { fieldSelector: `metadata.name=${name}` },
  );
  const certificate = new Promise<string>((resolve, reject) => {
    const look = (csr: CertificateSigningRequest): void => {
      try {
        const found = issued(csr);
        if (found !== undefined) resolve(found);
      } catch (error) {
        reject(error);
      }
    };
    informer.addEventHandler({
      onAdd: look,
      onUpdate: (_old, csr) => look(csr),
      onDelete: () => reject(new Error(`certificate signing request ${name} was deleted`)),
    });
  });
  const late = options.platform.clock
    .sleep(options.waitMilliseconds, either)
    .then(() => Promise.reject(new Error(`certificate signing request ${name} was not answered`)));
  const running = informer.run(either);
  try {
    return await Promise.race([certificate, late]);
  } finally {
    abort.abort();
    await Promise.allSettled([running, late]);
  }
}

async function create(
  options: CertificateRequestOptions,
): Promise<{ name: string; signerName: string }> {
  const { client, name, signerName, purpose, signal } = options;
  const requests = client.resource(certificatesV1.certificatesigningrequests);
  try {
    const made = await requests.create(
      {
        metadata: name === undefined ? { generateName: "csr-" } : { name },
        spec: {
          request: Buffer.from(options.request).toString("base64"),
          signerName,
          usages: ["digital signature", purpose],
        },
      },
      { signal },
    );
    return { name: made.metadata.name ?? "", signerName };
  } catch (error) {
    // Its name tells of its key: it is this kubelet's own, of an earlier start.
    if (name === undefined || !hasReason(error, "AlreadyExists")) throw error;
    return { name, signerName };
  }
}
