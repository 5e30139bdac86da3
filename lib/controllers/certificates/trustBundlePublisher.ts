import { createHash } from "node:crypto";
import { certificatesV1 } from "../../api/gen/resources.js";
import type { ClusterTrustBundle } from "../../api/gen/types/certificatesV1.js";
import { pemBlocks } from "../../api/pki/pemBlocks.js";
import { hasReason } from "../../api/status.js";
import type { Indexer } from "../../client/informer/indexer.js";
import type { ControllerContext } from "../controllerContext.js";
import { QueueController } from "../queueController.js";

const signerName = "kubernetes.io/kube-apiserver-serving";
const hashBytes = 12;

/** Whether there is a certificate in a text at all. */
export function hasCertificates(text: string): boolean {
  return pemBlocks(text).next().done !== true;
}

/** A bundle's name changes with what is in it, so that one is never half of another. */
export function publishedBundleName(bundle: string): string {
  const hash = createHash("sha256").update(bundle).digest().subarray(0, hashBytes);
  return `${signerName.replaceAll("/", ":")}:${hash.toString("hex")}`;
}

/**
 * Publishes the CA that the API server is checked by as the trust bundle of its signer. The one of
 * this CA is there before others of the signer go.
 */
export class TrustBundlePublisher extends QueueController {
  readonly #bundles: Indexer<ClusterTrustBundle>;

  constructor(context: ControllerContext) {
    const name = "kube-apiserver-serving-clustertrustbundle-publisher-controller";
    super(name, context, { workers: 1 });
    const fieldSelector = `spec.signerName=${signerName}`;
    const bundles = this.informer(certificatesV1.clustertrustbundles, { fieldSelector });
    this.#bundles = bundles.indexer;
    const again = (): void => this.queue.add("");
    bundles.addEventHandler({ onAdd: again, onUpdate: again, onDelete: again });
  }

  protected override async started(): Promise<void> {
    this.queue.add("");
  }

  protected override async sync(_key: string, signal: AbortSignal): Promise<void> {
    const { client, options, logger } = this.context;
    const trustBundle = options.rootCertificateAuthorities;
    const name = publishedBundleName(trustBundle);
    const bundles = client.resource(certificatesV1.clustertrustbundles);
    const known = this.#bundles.getByName("", name);
    if (known === undefined) {
      await bundles.create({ metadata: { name }, spec: { signerName, trustBundle } }, { signal });
    } else if (known.spec.trustBundle !== trustBundle) {
      await bundles.update({ ...known, spec: { ...known.spec, trustBundle } }, { signal });
    }
    let failure: unknown;
    for (const { metadata } of this.#bundles.list()) {
      const { name: other = "" } = metadata;
      if (other === name) continue;
      try {
        await bundles.delete(other, { signal });
      } catch (error) {
        if (hasReason(error, "NotFound")) continue;
        logger.warning("Could not delete an old trust bundle", { bundle: other, error });
        failure = error;
      }
    }
    if (failure !== undefined) throw failure;
  }
}
