import type { ObjectTree } from "./admission/admissionPlugin.js";
import type { ConnectObjects } from "./connect.js";

/**
 * The server's own way to its objects, as user system:apiserver of system:masters: the whole
 * pipeline behind authentication and authorization, in process. Objects are JSON trees of the
 * group's preferred version. Every function rejects with the ApiError that a client would see.
 */
export interface ServerObjects extends ConnectObjects {
  create(
    group: string,
    resource: string,
    namespace: string,
    object: ObjectTree,
  ): Promise<ObjectTree>;
  /** Replaces it; optimistic when the object has a resourceVersion. */
  update(
    group: string,
    resource: string,
    namespace: string,
    name: string,
    object: ObjectTree,
    subresource?: string,
  ): Promise<ObjectTree>;
  delete(group: string, resource: string, namespace: string, name: string): Promise<void>;
}
