import { coreV1 } from "../../api/gen/resources.js";
import type { Namespace, ServiceAccount } from "../../api/gen/types/coreV1.js";
import { hasReason, isNamespaceTerminating } from "../../api/status.js";
import type { Indexer } from "../../client/informer/indexer.js";
import type { ControllerContext } from "../controllerContext.js";

import { QueueController } from "../queueController.js";

const accountName = "default";

/** Gives every namespace its service account `default`. Keys are namespaces. */
export class ServiceAccountController extends QueueController {
  readonly #namespaces: Indexer<Namespace>;
  readonly #accounts: Indexer<ServiceAccount>;

  constructor(context: ControllerContext) {
    super("serviceaccount-controller", context);
    const namespaces = this.informer(coreV1.namespaces);
    this.#namespaces = namespaces.indexer;
    namespaces.addEventHandler({
      onAdd: this.enqueue,
      onUpdate: (_, namespace) => this.enqueue(namespace),
    });
    const accounts = this.informer(coreV1.serviceaccounts);
    this.#accounts = accounts.indexer;
    accounts.addEventHandler({
      onDelete: ({ metadata }) => {
        if (metadata.name === accountName) this.queue.add(metadata.namespace ?? "");
      },
    });
  }

  protected override async sync(key: string, signal: AbortSignal): Promise<void> {
    const namespace = this.#namespaces.get(key);
    if (namespace === undefined || namespace.status?.phase === "Terminating") return;
    if (this.#accounts.getByName(key, accountName) !== undefined) return;
    const account = { metadata: { name: accountName, namespace: key } };
    try {
      await this.context.client.resource(coreV1.serviceaccounts).create(account, { signal });
    } catch (error) {
      if (!hasReason(error, "AlreadyExists", "NotFound") && !isNamespaceTerminating(error)) {
        throw error;
      }
    }
  }
}
