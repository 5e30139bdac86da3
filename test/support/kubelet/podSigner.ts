import { certificatesV1 } from "../../../lib/api/gen/resources.js";
import type { PodCertificateRequest } from "../../../lib/api/gen/types/certificatesV1.js";
import { pemText } from "../../../lib/api/pki/pemBlocks.js";
import { readStubRequest } from "../../../lib/api/pki/stubRequest.js";
import { formatTime } from "../../../lib/api/time.js";
import type { Client } from "../../../lib/client/client.js";
import type { Clock } from "../../../lib/platform/clock.js";

const hour = 3_600_000;

/** A signer of pods' certificates, whose certificates are no more than a text and times. */
export class PodSigner {
  readonly #client: Client;
  readonly #clock: Clock;
  /** How many certificates were issued, and the keys they were for. */
  readonly keys: string[] = [];
  lifeHours = 24;

  constructor(client: Client, clock: Clock) {
    this.#client = client;
    this.#clock = clock;
  }

  get #requests() {
    return this.#client.resource(certificatesV1.podcertificaterequests);
  }

  async all(): Promise<PodCertificateRequest[]> {
    return (await this.#requests.list()).items;
  }

  async open(): Promise<PodCertificateRequest[]> {
    return (await this.all()).filter(({ status }) => (status?.conditions ?? []).length === 0);
  }

  condition(type: string, reason = "R", message = "m") {
    const lastTransitionTime = formatTime(this.#clock.now());
    return { type, status: "True", reason, message, lastTransitionTime };
  }

  async end(request: PodCertificateRequest, type: "Denied" | "Failed", reason: string) {
    const conditions = [this.condition(type, reason, "not today")];
    await this.#requests.updateStatus({ ...request, status: { conditions } });
  }

  /** Issues what is asked for; two certificates with a line between them that nobody needs. */
  async issue(request: PodCertificateRequest): Promise<void> {
    const read = await readStubRequest(Buffer.from(request.spec.stubPKCS10Request, "base64"));
    if (read?.isAuthentic !== true) throw new Error("the request proves nothing");
    this.keys.push(read.publicKey.export({ type: "spki", format: "pem" }).toString());
    const now = this.#clock.now();
    const leaf = pemText("CERTIFICATE", Buffer.from(`leaf ${this.keys.length}`));
    const chain = `${leaf}a comment\n${pemText("CERTIFICATE", Buffer.from("middle"))}`;
    await this.#requests.updateStatus({
      ...request,
      status: {
        conditions: [this.condition("Issued")],
        certificateChain: chain,
        notBefore: formatTime(now),
        notAfter: formatTime(now + this.lifeHours * hour),
        beginRefreshAt: formatTime(now + (this.lifeHours / 2) * hour),
      },
    });
  }

  async delete({ metadata }: PodCertificateRequest): Promise<void> {
    const { name = "", namespace = "" } = metadata;
    await this.#requests.delete(name, { namespace });
  }
}
