import type { Container, PodSpec, Volume } from "../../../api/gen/types/coreV1.js";
import { isHugePages } from "../../../api/pods/resourceNames.js";
import type { ErrorList } from "../errorList.js";
import type { FieldPath } from "../fieldPath.js";

const resizable = ["cpu", "memory"];
const resizePolicies = ["NotRequired", "RestartContainer"];

/** What containers that restart have to do with the pod around them. */
export function validateContainerDetails(spec: PodSpec, errors: ErrorList, path: FieldPath): void {
  for (const list of ["containers", "initContainers"] as const) {
    for (const [position, container] of (spec[list] ?? []).entries()) {
      const at = path.child(list).index(position);
      validateResizePolicy(container, spec, errors, at.child("resizePolicy"));
      validateClaims(container, spec, errors, at.child("resources").child("claims"));
      validateDevices(container, spec.volumes ?? [], errors, at);
    }
  }
}

function validateResizePolicy(
  { resizePolicy, restartPolicy }: Container,
  spec: PodSpec,
  errors: ErrorList,
  path: FieldPath,
): void {
  const seen = new Set<string>();
  for (const [position, policy] of (resizePolicy ?? []).entries()) {
    const { resourceName, restartPolicy: way } = policy;
    if (seen.has(resourceName)) errors.duplicate(path.index(position), resourceName);
    seen.add(resourceName);
    // Upstream tells the rest of the list.
    if (!resourceName) errors.required(path);
    else errors.oneOf(path, resourceName, resizable);
    if (!way) errors.required(path);
    else errors.oneOf(path, way, resizePolicies);
    const mayRestart = spec.restartPolicy !== "Never" || restartPolicy === "Always";
    if (way === "RestartContainer" && !mayRestart) {
      errors.invalid(path, way, "must be 'NotRequired' when pod `restartPolicy` is 'Never'");
    }
  }
}

function validateClaims(
  { resources }: Container,
  spec: PodSpec,
  errors: ErrorList,
  path: FieldPath,
): void {
  const known = (spec.resourceClaims ?? []).map(({ name }) => name);
  const which = known.length === 0 ? "which is empty" : known.map((n) => `"${n}"`).join(", ");
  for (const [position, { name }] of (resources?.claims ?? []).entries()) {
    const at = path.index(position);
    if (!name) errors.required(at);
    else if (!known.includes(name)) {
      errors.notFound(at, name, `must be one of the names in pod.spec.resourceClaims ${which}`);
    }
  }
}

/** Devices are claims, and no directories beside. */
function validateDevices(
  container: Container,
  volumes: readonly Volume[],
  errors: ErrorList,
  path: FieldPath,
): void {
  const devices = container.volumeDevices ?? [];
  for (const [position, mount] of (container.volumeMounts ?? []).entries()) {
    const at = path.child("volumeMounts").index(position);
    if (devices.some(({ name }) => name === mount.name)) {
      errors.invalid(at.child("name"), mount.name, "must not already exist in volumeDevices");
    }
    if (devices.some(({ devicePath }) => devicePath === mount.mountPath)) {
      const detail = "must not already exist as a path in volumeDevices";
      errors.invalid(at.child("mountPath"), mount.mountPath, detail);
    }
  }
  for (const [position, { name, devicePath }] of devices.entries()) {
    const at = path.child("volumeDevices").index(position);
    const volume = volumes.find((one) => one.name === name);
    if (!name) errors.required(at.child("name"));
    else if (volume === undefined) errors.notFound(at.child("name"), name);
    else if (!volume.persistentVolumeClaim && !volume.ephemeral) {
      const kinds = "PersistentVolumeClaim or Ephemeral for block mode";
      errors.invalid(at.child("name"), name, `can only use volume source type of ${kinds}`);
    }
    if (!devicePath) errors.required(at.child("devicePath"));
    else if (devicePath.split("/").includes("..")) {
      const detail = "can not contain backsteps ('..')";
      errors.invalid(at.child("devicePath"), devicePath, detail);
    }
  }
}

/** Of the pod as a whole. */
export function validatePodResources(
  { resources }: PodSpec,
  errors: ErrorList,
  path: FieldPath,
): void {
  for (const field of ["limits", "requests"] as const) {
    for (const name of Object.keys(resources?.[field] ?? {})) {
      if (resizable.includes(name) || isHugePages(name)) continue;
      errors.notSupported(path.child(field).key(name), name, ["cpu", "hugepages-", "memory"]);
    }
  }
}
