import { coreV1 } from "../../api/gen/resources.js";
import type { ConfigMap, Namespace } from "../../api/gen/types/coreV1.js";
import { hasReason, isNamespaceTerminating } from "../../api/status.js";
import type { Indexer } from "../../client/informer/indexer.js";
import type { ControllerContext } from "../controllerContext.js";

import { QueueController } from "../queueController.js";

const configMapName = "kube-root-ca.crt";
const descriptionAnnotation = "kubernetes.io/description";
const description =
  "The CA bundle to check the API server by at its addresses inside the cluster. " +
  "It is for nothing else: other distributions may not have it.";

/** Puts the API server's CA into every namespace, for pods to mount. Keys are namespaces. */
export class RootCaPublisher extends QueueController {
  readonly #namespaces: Indexer<Namespace>;
  readonly #configMaps: Indexer<ConfigMap>;
  readonly #data: Record<string, string>;

  constructor(context: ControllerContext) {
    super("root-ca-certificate-publisher-controller", context);
    this.#data = { "ca.crt": context.options.rootCertificateAuthorities };
    const namespaces = this.informer(coreV1.namespaces);
    this.#namespaces = namespaces.indexer;
    namespaces.addEventHandler({
      onAdd: this.enqueue,
      onUpdate: (_, namespace) => this.enqueue(namespace),
    });
    const fieldSelector = `metadata.name=${configMapName}`;
    const configMaps = this.informer(coreV1.configmaps, { fieldSelector });
    this.#configMaps = configMaps.indexer;
    const again = ({ metadata }: ConfigMap): void => this.queue.add(metadata?.namespace ?? "");
    // Also one that somebody else made first, with something else in it.
    configMaps.addEventHandler({
      onAdd: again,
      onUpdate: (_, map) => again(map),
      onDelete: again,
    });
  }

  protected override async sync(key: string, signal: AbortSignal): Promise<void> {
    const namespace = this.#namespaces.get(key);
    if (namespace === undefined || namespace.status?.phase === "Terminating") return;
    const existing = this.#configMaps.getByName(key, configMapName);
    const configMaps = this.context.client.resource(coreV1.configmaps);
    const annotations = {
      ...existing?.metadata?.annotations,
      [descriptionAnnotation]: description,
    };
    const metadata = { ...existing?.metadata, name: configMapName, namespace: key, annotations };
    const wanted = { ...existing, metadata, data: this.#data };
    try {
      if (existing === undefined) await configMaps.create(wanted, { signal });
      else if (!this.#isRight(existing)) await configMaps.update(wanted, { signal });
    } catch (error) {
      if (!hasReason(error, "AlreadyExists", "NotFound") && !isNamespaceTerminating(error)) {
        throw error;
      }
    }
  }

  #isRight({ data = {}, metadata }: ConfigMap): boolean {
    return (
      Object.keys(data).length === 1 &&
      data["ca.crt"] === this.#data["ca.crt"] &&
      (metadata?.annotations?.[descriptionAnnotation] ?? "") !== ""
    );
  }
}
