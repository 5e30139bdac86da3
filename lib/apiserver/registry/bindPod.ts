import type { ApiObject, WritesLike } from "../../api/codec.js";
import { fieldErrors } from "../../api/fieldErrors.js";
import type { Binding } from "../../api/gen/types/coreV1.js";
import { andThen, type MaybePromise } from "../../api/maybePromise.js";
import { apiErrors, successStatus } from "../../api/status.js";
import { formatTime } from "../../api/time.js";
import type { AdmissionAttributes, ObjectTree } from "../admission/admissionPlugin.js";
import { PlainBinding } from "../admission/plainBinding.js";
import { unknownFailure } from "../plainError.js";
import type { AuthenticatedRequest } from "../serverRequest.js";
import type { ServerResult } from "../serverResult.js";
import { writeOptions } from "./admissionOptions.js";
import { decodeBody, fieldValidationOf, isDryRun, validateWriteOptions } from "./decodeBody.js";
import { metadataOf } from "./objectMeta.js";
import { rawUpdate } from "./rawUpdate.js";
import { recordWrite } from "./recordWrite.js";
import type { RegistryDependencies } from "./registryDependencies.js";
import type { ServedResource } from "./servedResource.js";
import { statusResult } from "./statusResult.js";
import { admissionAttributes, type WriteTarget } from "./writeObject.js";

const bindingType = {
  message: "k8s.io.api.core.v1.Binding",
  apiVersion: "v1",
  kind: "Binding",
} as const;

/** POST of pods/binding, and of bindings, where the binding itself names the pod. */
export function bindPod(
  deps: RegistryDependencies,
  request: AuthenticatedRequest,
  pods: ServedResource,
  namespace: string,
  urlName: string,
): MaybePromise<ServerResult> {
  validateWriteOptions(request.options, "CreateOptions");
  const validation = fieldValidationOf(request.options);
  const warn = (message: string): void => void request.warnings.push(message);
  const decoding = andThen(request.readBody(), (body) =>
    decodeBody(deps, body, request.contentType, bindingType, validation, warn),
  );
  return andThen(decoding, (decoded) => {
    const tree = JSON.parse(decoded.json()) as ObjectTree;
    const { name: named = "", namespace: sent = "" } = metadataOf(tree);
    if (sent !== "" && sent !== namespace) {
      throw apiErrors.badRequest(
        "the namespace of the provided object does not match the namespace sent on the request",
      );
    }
    if (urlName !== "" && named !== urlName) {
      throw apiErrors.badRequest("name in URL does not match name in Binding object");
    }
    const name = urlName === "" ? named : urlName;
    const target = { resource: pods, namespace, name, subresource: "binding" };
    return andThen(admitBinding(deps, request, target, tree), (attributes) =>
      assignTo({ deps, request, target, attributes, urlName }, tree as unknown as Binding),
    );
  });
}

interface Admitted {
  readonly deps: RegistryDependencies;
  readonly request: AuthenticatedRequest;
  readonly target: WriteTarget;
  readonly attributes: AdmissionAttributes;
  /** Empty where the binding alone names the pod. */
  readonly urlName: string;
}

function assignTo(admitted: Admitted, binding: Binding): MaybePromise<ServerResult> {
  validateBinding(binding);
  const { deps, request, target } = admitted;
  const { resource, namespace, name } = target;
  const updating = rawUpdate(deps, resource, namespace, name, isDryRun(request.options), {
    native: (pod) => boundNatively(pod, binding, deps.clock.now()),
    tree: (pod) => assign(pod, binding, name, deps.clock.now()),
  });
  return andThen(updating, ({ object }) => {
    const result = statusResult(deps, request, { ...successStatus(), code: 201 }, 201);
    recordBinding(admitted, object, result.bytes);
    return result;
  });
}

/** Others like it need not pass here, where it was plain. */
function recordBinding(admitted: Admitted, pod: ApiObject, body: Uint8Array): void {
  const { plainBinding } = admitted.attributes;
  if (plainBinding === undefined || admitted.urlName === "") return;
  const { apiVersion, kind } = bindingType;
  const nodes = admitted.deps.resource("", "nodes")?.keyPrefix;
  const named = plainBinding.hasTopology ? nodes : undefined;
  const likenessOf = (like: WritesLike) => pod.bindingsLike({ ...like, apiVersion, kind }, named);
  recordWrite(admitted, likenessOf, body);
}

function admitBinding(
  deps: RegistryDependencies,
  request: AuthenticatedRequest,
  target: WriteTarget,
  tree: ObjectTree,
): MaybePromise<AdmissionAttributes> {
  const { labels = {}, annotations = {} } = metadataOf(tree);
  const isPlain = Object.keys(labels).length + Object.keys(annotations).length === 0;
  const attributes = admissionAttributes(request, target, {
    operation: "CREATE",
    object: tree,
    ...(isPlain ? { plainBinding: new PlainBinding() } : {}),
    oldObject: () => undefined,
    options: () => writeOptions("CreateOptions", request),
  });
  const { group, resource } = target.resource;
  if (!deps.admission.handles("CREATE", group, resource, "binding")) return attributes;
  return andThen(deps.admission.admit(attributes), () =>
    andThen(deps.admission.validate(attributes), () => attributes),
  );
}

function validateBinding(binding: Binding): void {
  const errors = [];
  const { kind = "", name: node = "" } = binding.target;
  if (kind !== "" && kind !== "Node") {
    errors.push(fieldErrors.notSupported("target.kind", kind, ["Node", "<empty>"]));
  }
  if (node === "") {
    errors.push(fieldErrors.required("target.name", ""));
  }
  if (errors.length > 0) {
    const all = errors.map(({ field, detail }) => `${field}: ${detail}`);
    throw unknownFailure(all.length === 1 ? all.join() : `[${all.join(", ")}]`);
  }
}

interface PodTree {
  spec: { nodeName?: string; schedulingGates?: unknown[] };
  status?: { conditions?: { type: string; status: string }[] };
}

/** Of a binding that brings no annotations. */
function boundNatively(pod: ApiObject, binding: Binding, now: number): ApiObject | undefined {
  const { uid = "", labels = {}, annotations = {} } = binding.metadata ?? {};
  if (Object.keys(annotations).length > 0) return undefined;
  return pod.bound({ uid, node: binding.target.name ?? "", time: Math.floor(now / 1000), labels });
}

function assign(tree: ObjectTree, binding: Binding, name: string, now: number): void {
  const pod = tree as unknown as PodTree;
  const meta = metadataOf(tree);
  const resource = { group: "", resource: "pods/binding" };
  const uid = binding.metadata?.uid ?? "";
  if (uid !== "" && uid !== meta.uid) {
    throw apiErrors.conflict(
      resource,
      name,
      `Precondition failed: UID in precondition: ${uid}, UID in object meta: ${meta.uid}`,
    );
  }
  if (meta.deletionTimestamp !== undefined) {
    throw apiErrors.conflict(
      resource,
      name,
      `pod ${name} is being deleted, cannot be assigned to a host`,
    );
  }
  if ((pod.spec.nodeName ?? "") !== "") {
    throw apiErrors.conflict(
      resource,
      name,
      `pod ${name} is already assigned to node "${pod.spec.nodeName}"`,
    );
  }
  if ((pod.spec.schedulingGates?.length ?? 0) > 0) {
    throw apiErrors.conflict(resource, name, `pod ${name} has non-empty .spec.schedulingGates`);
  }
  pod.spec.nodeName = binding.target.name ?? "";
  const annotations = binding.metadata?.annotations ?? {};
  if (Object.keys(annotations).length > 0) {
    meta.annotations = { ...meta.annotations, ...annotations };
  }
  const labels = binding.metadata?.labels ?? {};
  if (Object.keys(labels).length > 0) {
    meta.labels = { ...meta.labels, ...labels };
  }
  setScheduled(pod, now);
}

function setScheduled(pod: PodTree, now: number): void {
  pod.status ??= {};
  const others = (pod.status.conditions ?? []).filter((c) => c.type !== "PodScheduled");
  const known = (pod.status.conditions ?? []).find((c) => c.type === "PodScheduled");
  if (known?.status === "True") {
    return;
  }
  const scheduled = {
    type: "PodScheduled",
    status: "True",
    lastProbeTime: null,
    lastTransitionTime: formatTime(now),
  };
  pod.status.conditions = [...others, scheduled];
}
