import type { WritesLike } from "../../api/codec.js";
import { mediaTypes } from "../../api/mediaTypes.js";
import type { AdmissionAttributes } from "../admission/admissionPlugin.js";
import type { AuthenticatedRequest } from "../serverRequest.js";
import { fieldValidationOf, isDryRun } from "./decodeBody.js";
import { lenderOf } from "./eventLease.js";
import type { RegistryDependencies } from "./registryDependencies.js";
import { isTable, storageView } from "./responseView.js";
import { managedFieldsWrite, type WriteTarget } from "./writeObject.js";

interface Written {
  readonly deps: RegistryDependencies;
  readonly request: AuthenticatedRequest;
  readonly target: WriteTarget;
  readonly attributes: AdmissionAttributes | undefined;
}

/**
 * Notes what a write was like that others may follow, where the request asks for that: of a plain
 * object that is stored with nothing beside it, and whose admission rests on what can be named.
 * `likenessOf` gives the likeness; undefined where the write was not plain. `body` is that of each
 * response, where it is not the object.
 */
export function recordWrite(
  { deps, request, target, attributes }: Written,
  likenessOf: (like: WritesLike) => object | undefined,
  body?: Uint8Array,
): void {
  const { grounds, options, warnings, contentType } = request;
  const { resource, namespace } = target;
  if (grounds === undefined || attributes === undefined) return;
  const form = formOf(contentType);
  if (form === undefined || isDryRun(options) || warnings.length > 0) return;
  // What has claims is more than one key.
  if (deps.claims?.concerns(resource) === true) return;
  if (resource.message !== resource.storageMessage || isTable(request)) return;
  const admission = deps.admission.writeGrounds(attributes);
  if (admission === undefined) return;
  const { apiVersion, kind } = resource;
  const { manager, resetFields = [] } = managedFieldsWrite(deps, request, target);
  const words = { apiVersion, kind, namespace, manager, resetFields };
  const likeness = likenessOf({ form, fieldValidation: fieldValidationOf(options), ...words });
  if (likeness === undefined) return;
  const lender = lenderOf(deps, resource);
  if (lender === undefined) return;
  const keyPrefix = resource.prefix(namespace);
  const objects = { keyPrefix, view: storageView(request, resource) };
  const more = { ...lender, ...(body === undefined ? {} : { body }) };
  grounds.write = { ...objects, admission, likeness, ...more };
}

function formOf(contentType: string): "json" | "protobuf" | undefined {
  switch (contentType) {
    case "":
    case mediaTypes.json:
      return "json";
    case mediaTypes.protobuf:
      return "protobuf";
    default:
      return undefined;
  }
}
