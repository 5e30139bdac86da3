import type {
  ClusterTrustBundleProjection,
  PodCertificateProjection,
  ProjectedVolumeSource,
  ServiceAccountTokenProjection,
  VolumeProjection,
} from "../../../api/gen/types/coreV1.js";
import { podKeyTypes } from "../../../api/pki/stubRequest.js";
import {
  clusterTrustBundleName,
  longestCertificateSeconds,
  shortestCertificateSeconds,
  signerOfTrustBundle,
  validateSignerName,
} from "../certificates/signerRules.js";
import type { ErrorList } from "../errorList.js";
import type { FieldPath } from "../fieldPath.js";
import { validateLabelSelector } from "../labelSelectorRules.js";
import { qualifiedName } from "../nameRules.js";
import { validateAnnotationsSize } from "../objectMetaRules.js";
import { validateId } from "./securityContextRules.js";
import {
  validateDownwardFiles,
  validateItems,
  validateLocalFile,
  validateMode,
} from "./volumeFileRules.js";

/** Ten minutes: what a projected token must live at least; and 2^32 seconds at most. */
const shortestTokenSeconds = 600;
const longestTokenSeconds = 2 ** 32;

export function validateProjected(
  projected: ProjectedVolumeSource,
  errors: ErrorList,
  path: FieldPath,
): void {
  validateMode(projected.defaultMode, errors, path.child("defaultMode"));
  const taken = new TakenPaths(errors, path);
  for (const [position, source] of (projected.sources ?? []).entries()) {
    validateProjection(source, taken, errors, path.child("sources").index(position));
    if (source.serviceAccountToken) {
      const at = path.child("sources").index(position).child("serviceAccountToken");
      validateToken(source.serviceAccountToken, errors, at, path);
    }
  }
}

/** Paths of all sources of one volume: no two may name the same file. */
class TakenPaths {
  readonly #taken = new Set<string>();

  constructor(
    readonly errors: ErrorList,
    readonly volume: FieldPath,
  ) {}

  /** An empty path names no file. `shown` is what upstream shows as the value. */
  take(target: string | undefined, shown: string | undefined = target): void {
    if (!target) return;
    if (this.#taken.has(target)) {
      this.errors.invalid(this.volume, shown, "conflicting duplicate paths");
    }
    this.#taken.add(target);
  }
}

function validateProjection(
  source: VolumeProjection,
  taken: TakenPaths,
  errors: ErrorList,
  path: FieldPath,
): void {
  for (const kind of ["secret", "configMap"] as const) {
    const projection = source[kind];
    if (!projection) continue;
    if (!projection.name) errors.required(path.child(kind).child("name"));
    validateItems(projection.items, errors, path.child(kind).child("items"));
    for (const item of projection.items ?? []) taken.take(item.path, projection.name ?? "");
  }
  if (source.downwardAPI) {
    validateDownwardFiles(source.downwardAPI.items, errors, path.child("downwardAPI"));
    for (const file of source.downwardAPI.items ?? []) taken.take(file.path);
  }
  if (source.clusterTrustBundle) {
    const at = path.child("clusterTrustBundle");
    validateTrustBundle(source.clusterTrustBundle, errors, at);
    taken.take(source.clusterTrustBundle.path);
  }
  if (source.podCertificate) {
    validatePodCertificate(source.podCertificate, taken, errors, path.child("podCertificate"));
  }
  const kinds = Object.values(source).filter((value) => value !== null && value !== undefined);
  if (kinds.length > 1) {
    errors.forbidden(path, "may not specify more than 1 volume type per source");
  }
}

/** Upstream tells of a token's path as of the volume's, not of the source's. */
function validateToken(
  token: ServiceAccountTokenProjection,
  errors: ErrorList,
  path: FieldPath,
  volume: FieldPath,
): void {
  const seconds = token.expirationSeconds ?? 0;
  const at = path.child("expirationSeconds");
  if (seconds < shortestTokenSeconds) {
    errors.invalid(at, seconds, "may not specify a duration less than 10 minutes");
  } else if (seconds > longestTokenSeconds) {
    errors.invalid(at, seconds, "may not specify a duration larger than 2^32 seconds");
  }
  if (!token.path) errors.required(volume.child("path"));
  else validateLocalFile(token.path, errors, volume.child("path"));
  validateId(token.user, errors, path.child("user"));
}

function validateTrustBundle(
  bundle: ClusterTrustBundleProjection,
  errors: ErrorList,
  path: FieldPath,
): void {
  const { name, signerName, labelSelector } = bundle;
  const isNamed = name !== undefined && name !== null;
  const isSigned = signerName !== undefined && signerName !== null;
  if (isNamed && isSigned) {
    errors.invalid(path, bundle, "only one of name and signerName may be used");
  } else if (isNamed) {
    if (name === "") errors.required(path.child("name"), "must be a valid object name");
    const rule = clusterTrustBundleName(signerOfTrustBundle(name));
    const wrong = rule(name, false).map((why) => `not a valid clustertrustbundlename: ${why}`);
    errors.invalidAll(path.child("name"), name, wrong);
    if (labelSelector) {
      const detail = "labelSelector must be unset if name is specified";
      errors.invalid(path.child("labelSelector"), labelSelector, detail);
    }
  } else if (isSigned) {
    const at = path.child("signerName");
    if (signerName === "") errors.required(at, "must be a valid signer name");
    validateSignerName(signerName, errors, at);
    validateLabelSelector(labelSelector, errors, path.child("labelSelector"));
  } else errors.required(path, "either name or signerName must be specified");
  if (!bundle.path) errors.required(path.child("path"));
  validateId(bundle.user, errors, path.child("user"));
  validateLocalFile(bundle.path ?? "", errors, path.child("path"));
}

function validatePodCertificate(
  certificate: PodCertificateProjection,
  taken: TakenPaths,
  errors: ErrorList,
  path: FieldPath,
): void {
  const { signerName = "", userAnnotations, maxExpirationSeconds: seconds } = certificate;
  validateSignerName(signerName, errors, path.child("signerName"));
  validateUserAnnotations(userAnnotations, errors, path.child("userAnnotations"));
  validateId(certificate.user, errors, path.child("user"));
  errors.oneOf(path.child("keyType"), certificate.keyType, podKeyTypes);
  if (seconds !== undefined && seconds !== null) {
    const at = path.child("maxExpirationSeconds");
    const longest = longestCertificateSeconds(signerName);
    const must = "if provided, maxExpirationSeconds must be";
    if (seconds < shortestCertificateSeconds) {
      errors.invalid(at, seconds, `${must} >= ${shortestCertificateSeconds}`);
    }
    if (seconds > longest) errors.invalid(at, seconds, `${must} <= ${longest}`);
  }
  const targets = ["credentialBundlePath", "keyPath", "certificateChainPath"] as const;
  for (const target of targets) {
    const file = certificate[target];
    if (!file) continue;
    validateLocalFile(file, errors, path.child(target));
    taken.take(file);
  }
  if (targets.every((target) => !certificate[target])) {
    const detail = `specify at least one of ${targets[0]}, ${targets[1]}, and ${targets[2]}`;
    errors.required(path, detail);
  }
}

/** Keys need a domain before a slash, so that signers tell whose annotations they are. */
export function validateUserAnnotations(
  annotations: Readonly<Record<string, string>> | undefined | null,
  errors: ErrorList,
  path: FieldPath,
): void {
  for (const key of Object.keys(annotations ?? {})) {
    const lower = key.toLowerCase();
    const wrong = qualifiedName(lower);
    if (lower === "") errors.required(path);
    else if (wrong.length > 0) errors.invalidAll(path, lower, wrong);
    else if (!lower.includes("/")) {
      errors.invalid(path, lower, 'must be a domain-prefixed key (such as "acme.io/foo")');
    }
  }
  validateAnnotationsSize(annotations, errors, path);
}
