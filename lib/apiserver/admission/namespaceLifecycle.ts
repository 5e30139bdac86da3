import type { Namespace } from "../../api/gen/types/coreV1.js";
import { andThen, type MaybePromise } from "../../api/maybePromise.js";
import { apiErrors } from "../../api/status.js";
import type { ServerCaches } from "../cache/serverCaches.js";
import { type Grounds, lasting, onKey } from "../grounds.js";
import type {
  AdmissionAttributes,
  AdmissionOperation,
  AdmissionPlugin,
} from "./admissionPlugin.js";
import { forbidden, forbiddenWithCause } from "./forbidden.js";

/** Without these the cluster does not work. */
const immortal = new Set(["default", "kube-system", "kube-public"]);

/** Nothing is made in a namespace that is not there, or that is going. */
export class NamespaceLifecycle implements AdmissionPlugin {
  readonly name = "NamespaceLifecycle";
  readonly #caches: ServerCaches;

  constructor(caches: ServerCaches) {
    this.#caches = caches;
  }

  handles(operation: AdmissionOperation, group: string, resource: string): boolean {
    if (group === "" && resource === "namespaces") return operation === "DELETE";
    if (group === "authorization.k8s.io") return false;
    return operation === "CREATE" || operation === "UPDATE";
  }

  admit(attributes: AdmissionAttributes): MaybePromise<void> {
    if (attributes.resource === "namespaces" && attributes.group === "") {
      if (immortal.has(attributes.name)) {
        throw forbidden(attributes, "this namespace may not be deleted");
      }
      return;
    }
    if (attributes.namespace === "") return;
    return andThen(this.#caches.namespaces.find("", attributes.namespace), (namespace) =>
      this.#check(attributes, namespace),
    );
  }

  writeGrounds({ namespace }: AdmissionAttributes): Grounds {
    return namespace === "" ? lasting : onKey(`/registry/namespaces/${namespace}`);
  }

  #check(attributes: AdmissionAttributes, namespace: Namespace | undefined): void {
    const { namespace: name } = attributes;
    if (namespace === undefined) {
      throw apiErrors.notFound({ group: "", resource: "namespaces" }, name);
    }
    if (attributes.operation !== "CREATE" || namespace.status?.phase !== "Terminating") return;
    const why = `unable to create new content in namespace ${name} because it is being terminated`;
    throw forbiddenWithCause(attributes, why, {
      reason: "NamespaceTerminating",
      message: `namespace ${name} is being terminated`,
      field: "metadata.namespace",
    });
  }
}
