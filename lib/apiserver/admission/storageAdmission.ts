import { coreV1, networkingV1 } from "../../api/gen/resources.js";
import type { PersistentVolumeClaim } from "../../api/gen/types/coreV1.js";
import type { ObjectMeta } from "../../api/gen/types/metaV1.js";
import type { ServerCaches } from "../cache/serverCaches.js";
import { compareQuantities } from "../registry/quantityValue.js";
import type {
  AdmissionAttributes,
  AdmissionOperation,
  AdmissionPlugin,
} from "./admissionPlugin.js";
import { forbidden } from "./forbidden.js";
import { objectAs, objectOf, oldObjectOf } from "./typedObjects.js";

const defaultStorageClass = "storageclass.kubernetes.io/is-default-class";
const defaultIngressClass = "ingressclass.kubernetes.io/is-default-class";

function isCreate(
  wanted: string,
  operation: AdmissionOperation,
  group: string,
  resource: string,
  subresource: string,
): boolean {
  return operation === "CREATE" && subresource === "" && `${group}/${resource}` === wanted;
}

/** The youngest of those that say they are the default; by name where they are of one age. */
function youngestDefault<T extends { readonly metadata: ObjectMeta }>(
  classes: Iterable<T>,
  annotation: string,
): T | undefined {
  const age = ({ metadata }: T): string => metadata.creationTimestamp ?? "";
  let best: T | undefined;
  for (const candidate of classes) {
    if (candidate.metadata.annotations?.[annotation] !== "true") continue;
    const younger =
      best === undefined ||
      age(candidate) > age(best) ||
      (age(candidate) === age(best) &&
        (candidate.metadata.name ?? "") < (best.metadata.name ?? ""));
    if (younger) best = candidate;
  }
  return best;
}

/** A claim that names no class gets the default one. */
export class DefaultStorageClass implements AdmissionPlugin {
  readonly name = "DefaultStorageClass";
  readonly #caches: ServerCaches;

  constructor(caches: ServerCaches) {
    this.#caches = caches;
  }

  handles(
    operation: AdmissionOperation,
    group: string,
    resource: string,
    subresource: string,
  ): boolean {
    return isCreate("/persistentvolumeclaims", operation, group, resource, subresource);
  }

  async admit(attributes: AdmissionAttributes): Promise<void> {
    const claim = objectOf(attributes, coreV1.persistentvolumeclaims);
    const annotated = claim.metadata.annotations?.["volume.beta.kubernetes.io/storage-class"];
    const named = claim.spec?.storageClassName;
    if (annotated !== undefined || (named !== undefined && named !== null)) return;
    await this.#caches.storageClasses.readYourWrites();
    const found = youngestDefault(this.#caches.storageClasses.all(), defaultStorageClass);
    if (found?.metadata.name) claim.spec = { ...claim.spec, storageClassName: found.metadata.name };
  }
}

/** An ingress that names no class gets the default one. */
export class DefaultIngressClass implements AdmissionPlugin {
  readonly name = "DefaultIngressClass";
  readonly #caches: ServerCaches;

  constructor(caches: ServerCaches) {
    this.#caches = caches;
  }

  handles(
    operation: AdmissionOperation,
    group: string,
    resource: string,
    subresource: string,
  ): boolean {
    return isCreate("networking.k8s.io/ingresses", operation, group, resource, subresource);
  }

  async admit(attributes: AdmissionAttributes): Promise<void> {
    const ingress = objectOf(attributes, networkingV1.ingresses);
    const annotated = ingress.metadata.annotations?.["kubernetes.io/ingress.class"];
    const named = ingress.spec?.ingressClassName;
    if (annotated !== undefined || (named !== undefined && named !== null)) return;
    await this.#caches.ingressClasses.readYourWrites();
    const found = youngestDefault(this.#caches.ingressClasses.all(), defaultIngressClass);
    if (found?.metadata.name) {
      ingress.spec = { ...ingress.spec, ingressClassName: found.metadata.name };
    }
  }
}

/** Claims grow only where their class lets them, and never shrink. */
export class PersistentVolumeClaimResize implements AdmissionPlugin {
  readonly name = "PersistentVolumeClaimResize";
  readonly #caches: ServerCaches;

  constructor(caches: ServerCaches) {
    this.#caches = caches;
  }

  handles(
    operation: AdmissionOperation,
    group: string,
    resource: string,
    subresource: string,
  ): boolean {
    const claims = group === "" && resource === "persistentvolumeclaims";
    return operation === "UPDATE" && claims && subresource === "";
  }

  async validate(attributes: AdmissionAttributes): Promise<void> {
    const claim = objectOf(attributes, coreV1.persistentvolumeclaims);
    const old = oldObjectOf(attributes, coreV1.persistentvolumeclaims);
    const size = (c: PersistentVolumeClaim): string => c.spec?.resources?.requests?.storage ?? "0";
    if (compareQuantities(size(claim), size(old)) <= 0) return;
    if (old.status?.phase !== "Bound") {
      throw forbidden(attributes, "Only bound persistent volume claims can be expanded");
    }
    await this.#caches.storageClasses.readYourWrites();
    const name = claim.spec?.storageClassName ?? "";
    const allowed = this.#caches.storageClasses.get("", name)?.allowVolumeExpansion === true;
    if (allowed) return;
    const why =
      "only dynamically provisioned pvc can be resized and the storageclass that provisions " +
      "the pvc must support resize";
    throw forbidden(attributes, why);
  }
}

/**
 * Volumes and claims that are in use go only when nobody uses them any more: a controller takes
 * this away.
 */
export class StorageObjectInUseProtection implements AdmissionPlugin {
  readonly name = "StorageObjectInUseProtection";

  handles(
    operation: AdmissionOperation,
    group: string,
    resource: string,
    subresource: string,
  ): boolean {
    return (
      isCreate("/persistentvolumeclaims", operation, group, resource, subresource) ||
      isCreate("/persistentvolumes", operation, group, resource, subresource)
    );
  }

  admit(attributes: AdmissionAttributes): void {
    const kinds = ["PersistentVolume", "PersistentVolumeClaim"];
    const metadata = objectAs<{ metadata: ObjectMeta }>(attributes, ...kinds)?.metadata;
    if (metadata === undefined) return;
    const kind = attributes.resource === "persistentvolumes" ? "pv" : "pvc";
    const finalizer = `kubernetes.io/${kind}-protection`;
    const finalizers = metadata.finalizers ?? [];
    if (!finalizers.includes(finalizer)) metadata.finalizers = [...finalizers, finalizer];
  }
}
