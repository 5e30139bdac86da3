import type { PodCertificateRequest } from "../../api/gen/types/certificatesV1beta1.js";
import type { ObjectTree } from "../admission/admissionPlugin.js";

/** What authorization needs of a request for a pod's certificate. */
export interface CachedPodCertificateRequest {
  readonly name: string;
  readonly namespace: string;
  readonly nodeName: string;
}

/** Those that `cachedPodCertificateRequest` reads. */
export const podCertificateRequestFields = ["metadata.name", "metadata.namespace", "spec.nodeName"];

export function cachedPodCertificateRequest(object: ObjectTree): CachedPodCertificateRequest {
  const { metadata, spec } = object as unknown as PodCertificateRequest;
  return {
    name: metadata.name ?? "",
    namespace: metadata.namespace ?? "",
    nodeName: spec.nodeName ?? "",
  };
}
