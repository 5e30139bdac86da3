import { andThen, type MaybePromise, orElse } from "../../api/maybePromise.js";
import { apiErrors, successStatus } from "../../api/status.js";
import type { StoredValue } from "../../storage/storage.js";
import { attributesOf } from "../authorizeRequest.js";
import type { AuthenticatedRequest } from "../serverRequest.js";
import type { ServerResult } from "../serverResult.js";
import type { DeleteOptions } from "./deleteOptions.js";
import { guaranteedUpdate } from "./guaranteedUpdate.js";
import { decodeStored } from "./longObjects.js";
import type { RegistryDependencies } from "./registryDependencies.js";
import { statusResult } from "./statusResult.js";
import type { WriteTarget } from "./writeObject.js";

const verb = "unsafe-delete-ignore-read-errors";

/**
 * Deletes what is stored under a name and cannot be read: without admission, finalizers and
 * preconditions, which nobody knows of it. For whoever may do the verb above, too. One that can be
 * read is a Conflict, and stays.
 */
export function deleteUnreadable(
  deps: RegistryDependencies,
  request: AuthenticatedRequest,
  target: WriteTarget,
  options: DeleteOptions,
): MaybePromise<ServerResult> {
  const { resource, namespace, name } = target;
  request.auditAnnotations?.add("apiserver.k8s.io/unsafe-delete-ignore-read-error", "");
  const deleting = andThen(authorize(deps, request, target), () =>
    guaranteedUpdate<void>(deps, {
      ...{ request, resource, namespace, name, operation: "delete", retries: true },
      propose({ stored }) {
        if (stored === undefined) throw apiErrors.notFound(resource, name);
        return andThen(isReadable(deps, stored, target), (readable) => {
          if (readable) throw apiErrors.conflict(resource, name, decodable);
          const result = (): void => undefined;
          return options.dryRun ? { result } : { write: { value: undefined }, result };
        });
      },
    }),
  );
  return andThen(deleting, () => {
    const details = { name, kind: resource.storage.kind };
    return statusResult(deps, request, { ...successStatus(details), code: 200 }, 200);
  });
}

const decodable = "unsafe deletion is not allowed because the object is decodable from storage";

function authorize(
  { authorizer }: RegistryDependencies,
  { info, user }: AuthenticatedRequest,
  { resource, name }: WriteTarget,
): MaybePromise<void> {
  return andThen(authorizer.authorize({ ...attributesOf(info, user), verb }), (decision) => {
    if (decision.outcome === "allow") return;
    const why = `not permitted to do ${JSON.stringify(verb)}, reason: ${decision.reason}`;
    throw apiErrors.forbidden(resource, name, why);
  });
}

function isReadable(
  deps: RegistryDependencies,
  stored: StoredValue,
  { resource }: WriteTarget,
): MaybePromise<boolean> {
  return orElse<boolean>(
    () => andThen(decodeStored(deps, stored, resource), () => true),
    () => false,
  );
}
