import type { ObjectTree } from "../admission/admissionPlugin.js";
import type { AuthenticatedRequest } from "../serverRequest.js";
import type { ServerResult } from "../serverResult.js";
import { writeOptions } from "./admissionOptions.js";
import type { CreateHandler } from "./createHandler.js";
import {
  decodeBody,
  decodeError,
  type Expected,
  fieldValidationOf,
  isDryRun,
  validateWriteOptions,
} from "./decodeBody.js";
import { metadataOf } from "./objectMeta.js";
import type { RegistryDependencies } from "./registryDependencies.js";
import { viewWithoutTable } from "./responseView.js";
import { admissionAttributes, type WriteTarget } from "./writeObject.js";

/** A review or a token: decoded, admitted, computed by its handler, encoded, never stored. */
export async function runCreateHandler(
  deps: RegistryDependencies,
  request: AuthenticatedRequest,
  target: WriteTarget,
  handler: CreateHandler,
  type: Expected,
): Promise<ServerResult> {
  const view = viewWithoutTable(request);
  validateWriteOptions(request.options, "CreateOptions");
  const decoded = await decodeBody(
    deps,
    await request.readBody(),
    request.contentType,
    type,
    fieldValidationOf(request.options),
    (message) => request.warnings.push(message),
  );
  const tree = JSON.parse(decoded.json()) as ObjectTree;
  if (target.namespace !== "") {
    metadataOf(tree).namespace ??= target.namespace;
  }
  const attributes = admissionAttributes(request, target, {
    operation: "CREATE",
    object: tree,
    oldObject: () => undefined,
    options: () => writeOptions("CreateOptions", request),
  });
  await deps.admission.admit(attributes);
  await deps.admission.validate(attributes);
  const computed = await handler.create(tree, {
    user: request.user,
    namespace: target.namespace,
    name: target.name,
    dryRun: isDryRun(request.options),
    now: deps.clock.now(),
    warn: (message) => request.warnings.push(message),
  });
  const text = Buffer.from(JSON.stringify(computed));
  const encoded = deps.codec.decode(type.message, text, { format: "json" });
  if (encoded.object === undefined) {
    throw decodeError(encoded.errors, type);
  }
  const format =
    view.transport === "rpc"
      ? view.format
      : view.accepted.format === "protobuf"
        ? "protobuf"
        : "json";
  return { kind: "object", code: 201, bytes: encoded.object.encode(format) };
}
