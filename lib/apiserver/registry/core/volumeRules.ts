import type { PersistentVolumeClaimSpec, Volume } from "../../../api/gen/types/coreV1.js";
import type { ErrorList } from "../errorList.js";
import type { FieldPath } from "../fieldPath.js";
import {
  configMapKey,
  dns1123Label,
  dns1123Subdomain,
  nameIsDns1123Subdomain,
} from "../nameRules.js";
import { quantityNanos } from "../quantityValue.js";
import { validateProjected } from "./projectedVolumeRules.js";
import { validateLocalPath, validateNoBacksteps } from "./securityContextRules.js";
import { validateDownwardFiles, validateItems, validateMode } from "./volumeFileRules.js";

const hostPathTypes = [
  "",
  "BlockDevice",
  "CharDevice",
  "Directory",
  "DirectoryOrCreate",
  "File",
  "FileOrCreate",
  "Socket",
];
/** Names of all valid volumes, for the mounts that refer to them. */
export function validateVolumes(
  volumes: readonly Volume[] | undefined | null,
  errors: ErrorList,
  path: FieldPath,
  validateClaim: (spec: PersistentVolumeClaimSpec, errors: ErrorList, path: FieldPath) => void,
): Set<string> {
  const names = new Set<string>();
  for (const [position, volume] of (volumes ?? []).entries()) {
    const at = path.index(position);
    const before = errors.list.length;
    validateSource(volume, errors, at, validateClaim);
    const name = volume.name ?? "";
    if (name === "") errors.required(at.child("name"));
    else errors.invalidAll(at.child("name"), name, dns1123Label(name));
    if (names.has(name)) errors.duplicate(at.child("name"), name);
    // Mounts of a volume that is not valid are told of as well: for them it is not there.
    if (errors.list.length === before) names.add(name);
  }
  return names;
}

function validateSource(
  volume: Volume,
  errors: ErrorList,
  path: FieldPath,
  validateClaim: (spec: PersistentVolumeClaimSpec, errors: ErrorList, path: FieldPath) => void,
): void {
  const sources = Object.entries(volume).filter(
    ([key, value]) => key !== "name" && value !== undefined && value !== null,
  );
  for (const [position, [source]] of sources.entries()) {
    if (position > 0) {
      errors.forbidden(path.child(source), "may not specify more than 1 volume type");
    }
  }
  const source = sources[0]?.[0];
  if (source === undefined) {
    errors.required(path, "must specify a volume type");
    return;
  }
  const at = path.child(source);
  if (volume.ephemeral && source === "ephemeral") {
    const template = volume.ephemeral.volumeClaimTemplate;
    if (!template) errors.required(at.child("volumeClaimTemplate"));
    else validateClaim(template.spec, errors, at.child("volumeClaimTemplate").child("spec"));
    return;
  }
  validateKnownSource(volume, source, errors, at);
}

function validateKnownSource(
  volume: Volume,
  source: string,
  errors: ErrorList,
  at: FieldPath,
): void {
  if (source === "emptyDir" && volume.emptyDir) {
    const limit = volume.emptyDir.sizeLimit;
    if (limit !== undefined && (quantityNanos(limit) ?? 0n) < 0n) {
      const detail = "SizeLimit field must be a valid resource quantity";
      errors.forbidden(at.child("sizeLimit"), detail);
    }
  } else if (source === "hostPath" && volume.hostPath) {
    if (!volume.hostPath.path) errors.required(at.child("path"));
    else validateNoBacksteps(volume.hostPath.path, errors, at.child("path"));
    errors.oneOf(at.child("type"), volume.hostPath.type, hostPathTypes);
  } else if (source === "secret" && volume.secret) {
    if (!volume.secret.secretName) errors.required(at.child("secretName"));
    validateMode(volume.secret.defaultMode, errors, at.child("defaultMode"));
    validateItems(volume.secret.items, errors, at.child("items"));
  } else if (source === "configMap" && volume.configMap) {
    if (!volume.configMap.name) errors.required(at.child("name"));
    validateMode(volume.configMap.defaultMode, errors, at.child("defaultMode"));
    validateItems(volume.configMap.items, errors, at.child("items"));
  } else if (source === "downwardAPI" && volume.downwardAPI) {
    validateMode(volume.downwardAPI.defaultMode, errors, at.child("defaultMode"));
    validateDownwardFiles(volume.downwardAPI.items, errors, at);
  } else if (source === "projected" && volume.projected) {
    validateProjected(volume.projected, errors, at);
  } else if (source === "persistentVolumeClaim" && volume.persistentVolumeClaim) {
    if (!volume.persistentVolumeClaim.claimName) errors.required(at.child("claimName"));
  } else validateDriverSource(volume, source, errors, at);
}

function validateDriverSource(
  volume: Volume,
  source: string,
  errors: ErrorList,
  at: FieldPath,
): void {
  if (source === "nfs" && volume.nfs) {
    if (!volume.nfs.server) errors.required(at.child("server"));
    const { path = "" } = volume.nfs;
    if (path === "") errors.required(at.child("path"));
    if (!path.startsWith("/")) errors.invalid(at.child("path"), path, "must be an absolute path");
  } else if (source === "csi" && volume.csi) {
    if (!volume.csi.driver) errors.required(at.child("driver"));
    else if (volume.csi.driver.length > 63) errors.tooLong(at.child("driver"), 63);
    else {
      const wrong = dns1123Subdomain(volume.csi.driver.toLowerCase());
      errors.invalidAll(at.child("driver"), volume.csi.driver, wrong);
    }
    const reference = volume.csi.nodePublishSecretRef;
    if (reference && !reference.name) {
      errors.required(at.child("nodePublishSecretRef").child("name"));
    }
  } else if (source === "image" && volume.image) {
    if (!volume.image.reference) errors.required(at.child("reference"));
    const policies = ["Always", "IfNotPresent", "Never"];
    errors.oneOf(at.child("pullPolicy"), volume.image.pullPolicy, policies);
  } else if (source === "gitRepo" && volume.gitRepo) {
    if (!volume.gitRepo.repository) errors.required(at.child("repository"));
    validateLocalPath(volume.gitRepo.directory ?? "", errors, at.child("directory"));
  } else if (source === "iscsi" && volume.iscsi) {
    if (!volume.iscsi.targetPortal) errors.required(at.child("targetPortal"));
    if (!volume.iscsi.iqn) errors.required(at.child("iqn"));
  }
}

/** A key of the object that a variable takes its value from. */
export function validateKeySelector(
  selector: { name?: string; key: string },
  errors: ErrorList,
  path: FieldPath,
): void {
  const wrong = nameIsDns1123Subdomain(selector.name ?? "", false);
  errors.invalidAll(path.child("name"), selector.name ?? "", wrong);
  if (!selector.key) errors.required(path.child("key"));
  else errors.invalidAll(path.child("key"), selector.key, configMapKey(selector.key));
}

export function validateReferencedName(
  name: string | undefined,
  errors: ErrorList,
  path: FieldPath,
): void {
  if (!name) errors.required(path);
  else errors.invalidAll(path, name, nameIsDns1123Subdomain(name, false));
}
