import type { ApiObject, ManagedFieldsOptions } from "../../api/codec.js";
import { fieldErrors } from "../../api/fieldErrors.js";
import type { LabelSelector } from "../../api/gen/types/metaV1.js";
import { Selector } from "../../api/labels.js";
import { mediaTypes } from "../../api/mediaTypes.js";
import { apiErrors } from "../../api/status.js";
import type { View } from "../../storage/storage.js";
import type { ObjectTree } from "../admission/admissionPlugin.js";
import { notAcceptableView } from "../plainError.js";
import type { AuthenticatedRequest } from "../serverRequest.js";
import type { ServerResult } from "../serverResult.js";
import type { Tabled } from "../table/tableDocument.js";
import { tableOfObject } from "../table/tableOfObject.js";
import { refusedApply, tellDuplicates } from "./applyObject.js";
import { decodeBody, decodeError, fieldValidationOf, validateWriteOptions } from "./decodeBody.js";
import { isLong, treeOf } from "./longObjects.js";
import { metadataOf } from "./objectMeta.js";
import { patchError, patchFunction } from "./patchObject.js";
import type { RegistryDependencies } from "./registryDependencies.js";
import { parseResourceVersion, requireReached } from "./resourceVersion.js";
import { isTable, viewOf } from "./responseView.js";
import { checkIdentity, runUpdate } from "./updateObject.js";
import { fromTree, managedFieldsWrite, type WriteTarget } from "./writeObject.js";

const scaleType = {
  message: "k8s.io.api.autoscaling.v1.Scale",
  apiVersion: "autoscaling/v1",
  kind: "Scale",
} as const;

interface ScaleTree {
  metadata: Record<string, unknown>;
  spec: { replicas?: number };
}

/** autoscaling/v1 Scale over the parent's spec.replicas, status.replicas and selector. */
export const scale = {
  async get(
    deps: RegistryDependencies,
    request: AuthenticatedRequest,
    target: WriteTarget,
  ): Promise<ServerResult> {
    const { resource, namespace, name } = target;
    const { resourceVersion } = request.options;
    const asked = parseResourceVersion(resourceVersion, "get");
    await requireReached(deps, request, asked, resourceVersion);
    const stored = await deps.storage.get(resource.key(namespace, name));
    if (stored === undefined) {
      throw apiErrors.notFound(resource, name);
    }
    const revision = String(stored.modRevision);
    const object = deps.codec.decodeStored(stored.value, resource.storageMessage, revision);
    return scaleResult(deps, request, object, revision);
  },

  async update(
    deps: RegistryDependencies,
    request: AuthenticatedRequest,
    target: WriteTarget,
  ): Promise<ServerResult> {
    validateWriteOptions(request.options, "UpdateOptions");
    const decoded = await decodeBody(
      deps,
      await request.readBody(),
      request.contentType,
      scaleType,
      fieldValidationOf(request.options),
      (message) => request.warnings.push(message),
    );
    checkIdentity(decoded, target);
    const { resourceVersion } = decoded.metadata();
    return runUpdate(deps, request, target, {
      optionsKind: "UpdateOptions",
      hasManagers: true,
      next: (current) => updated(deps, request, target, current, scaleOf(deps, current), decoded),
      retries: resourceVersion === "",
      result: (object, revision) => scaleResult(deps, request, object, revision),
    });
  },

  async patch(
    deps: RegistryDependencies,
    request: AuthenticatedRequest,
    target: WriteTarget,
  ): Promise<ServerResult> {
    if (request.contentType === mediaTypes.applyYaml) return applyScale(deps, request, target);
    const patch = patchFunction(request.contentType);
    validateWriteOptions(request.options, "PatchOptions");
    const body = await request.readBody();
    return runUpdate(deps, request, target, {
      optionsKind: "PatchOptions",
      hasManagers: true,
      next: (current) => {
        const before = scaleOf(deps, current);
        const result = deps.codec[patch](before, body, fieldValidationOf(request.options));
        if (result.object === undefined) {
          throw patchError(patch, result);
        }
        checkIdentity(result.object, target);
        return updated(deps, request, target, current, before, result.object);
      },
      retries: true,
      result: (object, revision) => scaleResult(deps, request, object, revision),
    });
  },
} as const;

/** The Scale as it is, with those who manage the replicas. */
function scaleOf(deps: RegistryDependencies, current: ApiObject): ApiObject {
  const scale = scaleObject(deps, current, current.metadata().resourceVersion);
  return deps.codec.scaleWithManagersOf(scale, current);
}

/** Who writes the Scale manages it in its own version. */
function scaleWrite(
  deps: RegistryDependencies,
  request: AuthenticatedRequest,
  target: WriteTarget,
): ManagedFieldsOptions {
  const { apiVersion } = scaleType;
  return { ...managedFieldsWrite(deps, request, target), apiVersion, resetFields: [] };
}

/** The parent after an update of its Scale, with its managers. */
async function updated(
  deps: RegistryDependencies,
  request: AuthenticatedRequest,
  target: WriteTarget,
  current: ApiObject,
  before: ApiObject,
  wanted: ApiObject,
): Promise<ApiObject> {
  const parent = await scaled(deps, target, current, wanted);
  const write = scaleWrite(deps, request, target);
  const scale = deps.codec.managedFieldsAfter(before, wanted, write);
  return deps.codec.parentWithManagersOf(parent, scale, target.resource.apiVersion);
}

/** Managers of the replicas are those of the Scale, and the other way round. */
async function applyScale(
  deps: RegistryDependencies,
  request: AuthenticatedRequest,
  target: WriteTarget,
): Promise<ServerResult> {
  validateWriteOptions(request.options, "apply");
  const { message } = scaleType;
  const write = { ...scaleWrite(deps, request, target), operation: "Apply" } as const;
  const force = request.options.force === true;
  const body = await request.readBody();
  return runUpdate(deps, request, target, {
    optionsKind: "PatchOptions",
    hasManagers: true,
    next: async (current) => {
      const managed = scaleOf(deps, current);
      const result = isLong(body, deps.clock)
        ? await deps.codec.applyApart(message, managed, body, write, force)
        : deps.codec.apply(message, managed, body, write, force);
      if (result.object === undefined) throw refusedApply(result);
      tellDuplicates(request, result.duplicates);
      checkIdentity(result.object, target);
      const parent = await scaled(deps, target, current, result.object);
      return deps.codec.parentWithManagersOf(parent, result.object, target.resource.apiVersion);
    },
    retries: true,
    result: (object, revision) => scaleResult(deps, request, object, revision),
  });
}

/** The parent with the scale's replicas, and with its resourceVersion and uid as preconditions. */
async function scaled(
  deps: RegistryDependencies,
  target: WriteTarget,
  current: ApiObject,
  wanted: ApiObject,
): Promise<ApiObject> {
  const { resource, name } = target;
  const scaleTree = JSON.parse(wanted.json()) as ScaleTree;
  const replicas = scaleTree.spec?.replicas ?? 0;
  if (replicas < 0) {
    throw apiErrors.invalid({ group: "autoscaling", kind: "Scale" }, name, [
      fieldErrors.invalid("spec.replicas", replicas, "must be greater than or equal to 0"),
    ]);
  }
  const tree = await treeOf(deps, current);
  const meta = metadataOf(tree);
  const { resourceVersion, uid } = wanted.metadata();
  if (resourceVersion !== "") {
    meta.resourceVersion = resourceVersion;
  }
  if (uid !== "") {
    meta.uid = uid;
  }
  tree.spec = { ...(tree.spec as object), replicas };
  return fromTree(deps, current, tree, resource, current);
}

function scaleObject(
  deps: RegistryDependencies,
  parent: ApiObject,
  resourceVersion: string,
): ApiObject {
  const tree = JSON.parse(parent.json()) as ObjectTree;
  const meta = metadataOf(tree);
  const spec = (tree.spec ?? {}) as { replicas?: number; selector?: unknown };
  const status = (tree.status ?? {}) as { replicas?: number };
  const selector = selectorText(spec.selector);
  const text = JSON.stringify({
    kind: "Scale",
    apiVersion: "autoscaling/v1",
    metadata: {
      name: meta.name,
      namespace: meta.namespace,
      uid: meta.uid,
      resourceVersion,
      creationTimestamp: meta.creationTimestamp,
    },
    spec: { replicas: spec.replicas ?? 0 },
    status: { replicas: status.replicas ?? 0, ...(selector === "" ? {} : { selector }) },
  });
  const decoded = deps.codec.decode(scaleType.message, Buffer.from(text), { format: "json" });
  if (decoded.object === undefined) {
    throw decodeError(decoded.errors, scaleType);
  }
  return decoded.object;
}

/** A LabelSelector, or a replication controller's plain map. */
function selectorText(selector: unknown): string {
  if (typeof selector !== "object" || selector === null) {
    return "";
  }
  const isLabelSelector = "matchLabels" in selector || "matchExpressions" in selector;
  return Selector.ofLabelSelector(
    isLabelSelector
      ? (selector as LabelSelector)
      : { matchLabels: selector as Record<string, string> },
  ).toString();
}

function scaleResult(
  deps: RegistryDependencies,
  request: AuthenticatedRequest,
  parent: ApiObject,
  resourceVersion: string,
): ServerResult {
  const view = scaleView(request);
  const bytes = scaleObject(deps, parent, resourceVersion).encode(view.format, view.part);
  return isTable(request)
    ? tableOfObject(deps, request, tabledScale, bytes)
    : { kind: "object", code: 200, bytes };
}

const integerColumn = { type: "integer", format: "", priority: 0 };
const textColumn = { type: "string", format: "", priority: 0 };

const tabledScale: Tabled = {
  group: "autoscaling",
  apiVersion: scaleType.apiVersion,
  kind: scaleType.kind,
  columns: [
    { name: "Name", ...textColumn },
    { name: "Desired", ...integerColumn },
    { name: "Available", ...integerColumn },
    { name: "Age", ...textColumn },
  ],
};

function scaleView(request: AuthenticatedRequest): Pick<View, "format" | "part"> {
  const view = viewOf(request);
  if (view.transport === "rpc") return { format: view.format, part: view.part };
  const { format, as } = view.accepted;
  if (as === "metadataList") {
    throw notAcceptableView(
      "you requested PartialObjectMetadataList, but the requested object is not a list (*autoscaling.Scale)",
    );
  }
  return {
    format: format === "protobuf" ? "protobuf" : "json",
    part: as === "metadata" ? "metadata" : "object",
  };
}
