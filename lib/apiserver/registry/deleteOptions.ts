import { type FieldError, fieldErrors } from "../../api/fieldErrors.js";
import { andThen, type MaybePromise } from "../../api/maybePromise.js";
import { type ApiError, apiErrors } from "../../api/status.js";
import type { AuthenticatedRequest } from "../serverRequest.js";
import { decodeBody } from "./decodeBody.js";
import type { RegistryDependencies } from "./registryDependencies.js";
import type { ServedResource } from "./servedResource.js";

export type PropagationPolicy = "Orphan" | "Background" | "Foreground";

/** DeleteOptions, from the body or, where there is none, from the query. */
export interface DeleteOptions {
  readonly gracePeriodSeconds: number | undefined;
  readonly propagationPolicy: PropagationPolicy | undefined;
  readonly orphanDependents: boolean | undefined;
  readonly preconditionUid: string | undefined;
  readonly preconditionResourceVersion: string | undefined;
  readonly dryRun: boolean;
  /** Delete what cannot be read, and nothing else; upstream's name is longer. */
  readonly ignoreReadError: boolean;
}

const deleteOptionsMessage = "k8s.io.apimachinery.pkg.apis.meta.v1.DeleteOptions";

interface DeleteOptionsTree {
  gracePeriodSeconds?: number;
  propagationPolicy?: string;
  orphanDependents?: boolean;
  preconditions?: { uid?: string; resourceVersion?: string };
  dryRun?: string[];
  ignoreStoreReadErrorWithClusterBreakingPotential?: boolean;
}

const ignoreField = "ignoreStoreReadErrorWithClusterBreakingPotential";

export function readDeleteOptions(
  deps: RegistryDependencies,
  request: AuthenticatedRequest,
): MaybePromise<DeleteOptions> {
  return andThen(request.readBody(), (body) =>
    body.length === 0
      ? fromQuery(request)
      : andThen(deleteOptionsTree(deps, body, request.contentType), checked),
  );
}

function deleteOptionsTree(
  deps: RegistryDependencies,
  body: Uint8Array,
  contentType: string,
): MaybePromise<DeleteOptionsTree> {
  // DeleteOptions exist in every group, so only their kind is looked at.
  const decoding = decodeBody(
    deps,
    body,
    contentType,
    { message: deleteOptionsMessage, apiVersion: "", kind: "DeleteOptions" },
    "Ignore",
    () => undefined,
  );
  return andThen(decoding, (object) => JSON.parse(object.json()) as DeleteOptionsTree);
}

function fromQuery(request: AuthenticatedRequest): DeleteOptions {
  const { options } = request;
  return checked({
    ...(options.gracePeriodSeconds === undefined
      ? {}
      : { gracePeriodSeconds: options.gracePeriodSeconds }),
    ...(options.propagationPolicy === undefined
      ? {}
      : { propagationPolicy: options.propagationPolicy }),
    ...(options.orphanDependents === undefined
      ? {}
      : { orphanDependents: options.orphanDependents }),
    ...(options[ignoreField] === true ? { [ignoreField]: true } : {}),
    dryRun: [...options.dryRun],
  });
}

/** DeleteOptions that came inside another object (Eviction). */
export function checked(tree: DeleteOptionsTree): DeleteOptions {
  const policy = tree.propagationPolicy;
  const errors = [];
  if (policy !== undefined && tree.orphanDependents !== undefined) {
    errors.push(
      fieldErrors.invalid(
        "propagationPolicy",
        policy,
        "orphanDependents and deletionPropagation cannot be both set",
      ),
    );
  }
  if (policy !== undefined && !isPolicy(policy)) {
    errors.push(
      fieldErrors.notSupported("propagationPolicy", policy, [
        "Foreground",
        "Background",
        "Orphan",
        "nil",
      ]),
    );
  }
  const dryRun = tree.dryRun ?? [];
  if (dryRun.some((value) => value !== "All")) {
    errors.push(fieldErrors.notSupported("dryRun", dryRun, ["All"]));
  }
  for (const other of tree[ignoreField] === true ? ignoreExcludes : []) {
    if (tree[other] === undefined) continue;
    errors.push(fieldErrors.invalid(ignoreField, true, `cannot be set together with .${other}`));
  }
  if (errors.length > 0) throw invalidOptions(errors);
  return {
    gracePeriodSeconds: tree.gracePeriodSeconds,
    propagationPolicy: policy as PropagationPolicy | undefined,
    orphanDependents: tree.orphanDependents,
    preconditionUid: tree.preconditions?.uid,
    preconditionResourceVersion: tree.preconditions?.resourceVersion,
    dryRun: dryRun.length > 0,
    ignoreReadError: tree[ignoreField] === true,
  };
}

/** What says something of an object that can be read. */
const ignoreExcludes = [
  "propagationPolicy",
  "orphanDependents",
  "gracePeriodSeconds",
  "preconditions",
] as const;

function invalidOptions(errors: readonly FieldError[]): ApiError {
  return apiErrors.invalid({ group: "meta.k8s.io", kind: "DeleteOptions" }, "", errors);
}

/** Throws where objects are to be deleted that nobody could name one by one. */
export function refuseIgnoredReadErrors(options: DeleteOptions): void {
  if (!options.ignoreReadError) return;
  const why = "is not allowed with DELETECOLLECTION, try again after removing the option";
  throw invalidOptions([fieldErrors.invalid(ignoreField, true, why)]);
}

function isPolicy(policy: string): policy is PropagationPolicy {
  return policy === "Orphan" || policy === "Background" || policy === "Foreground";
}

/** Tells who did not say what becomes of dependents, where the kind's default is a surprise. */
export function warnOfDefaultPropagation(
  { strategy }: ServedResource,
  options: DeleteOptions,
  request: AuthenticatedRequest,
): void {
  const { defaultPropagationWarning: warning } = strategy;
  const isSaid = options.propagationPolicy !== undefined || options.orphanDependents !== undefined;
  if (warning !== undefined && !isSaid) request.warnings.push(warning);
}
