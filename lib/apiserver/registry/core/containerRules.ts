import type {
  Container,
  ContainerPort,
  EnvFromSource,
  EnvVar,
  EphemeralContainer,
  PodSpec,
  VolumeMount,
} from "../../../api/gen/types/coreV1.js";
import type { ErrorList } from "../errorList.js";
import type { FieldPath } from "../fieldPath.js";
import { dns1123Label, environmentVariableName, portName, portNumber } from "../nameRules.js";
import { validateLifecycle, validateProbe } from "./probeRules.js";
import { validateResourceRef } from "./resourceFieldRules.js";
import { validateContainerResources } from "./resourceRules.js";
import { validateLocalPath, validateSecurityContext } from "./securityContextRules.js";
import { validateFieldRef } from "./volumeFileRules.js";
import { validateKeySelector, validateReferencedName } from "./volumeRules.js";

export interface PodRuleOptions {
  /** --allow-privileged. */
  readonly allowPrivileged: boolean;
}

const protocols = ["SCTP", "TCP", "UDP"];
const pullPolicies = ["Always", "IfNotPresent", "Never"];
const messagePolicies = ["File", "FallbackToLogsOnError"];
const environmentFields = [
  "metadata.name",
  "metadata.namespace",
  "metadata.uid",
  "spec.nodeName",
  "spec.serviceAccountName",
  "status.hostIP",
  "status.hostIPs",
  "status.podIP",
  "status.podIPs",
];
/** What a container and an ephemeral container have in common. */
type AnyContainer = Omit<Container, "name" | "resizePolicy" | "restartPolicyRules"> & {
  name?: string;
};

export interface ContainerScope {
  readonly spec: PodSpec;
  readonly volumes: ReadonlySet<string>;
  readonly options: PodRuleOptions;
}

export function validateContainers(
  containers: readonly Container[] | undefined | null,
  scope: ContainerScope,
  errors: ErrorList,
  path: FieldPath,
): void {
  if ((containers ?? []).length === 0) {
    errors.required(path);
    return;
  }
  const names = new Set<string>();
  for (const [position, container] of (containers ?? []).entries()) {
    const at = path.index(position);
    validateContainer(container, scope, errors, at);
    takeName(container.name, names, errors, at.child("name"));
    const grace = scope.spec.terminationGracePeriodSeconds;
    validateLifecycle(
      container.lifecycle,
      grace,
      scope.spec.os?.name,
      errors,
      at.child("lifecycle"),
    );
    validateProbes(container, errors, at);
    if (container.restartPolicy !== undefined) {
      validateRestartPolicy(container.restartPolicy, errors, at);
    }
  }
  checkPortConflicts(containers ?? [], errors, path);
}

function validateRestartPolicy(policy: string, errors: ErrorList, path: FieldPath): void {
  errors.oneOf(path.child("restartPolicy"), policy, ["Always", "Never", "OnFailure"]);
}

function takeName(name: string, names: Set<string>, errors: ErrorList, path: FieldPath): void {
  if (names.has(name)) errors.duplicate(path, name);
  else names.add(name);
}

function validateProbes(container: Container, errors: ErrorList, path: FieldPath): void {
  for (const purpose of ["livenessProbe", "readinessProbe", "startupProbe"] as const) {
    validateProbe(container[purpose], purpose, errors, path.child(purpose));
  }
}

/** Init containers; with restartPolicy Always they are sidecars and may have probes and hooks. */
export function validateInitContainers(
  scope: ContainerScope,
  errors: ErrorList,
  path: FieldPath,
): void {
  const names = new Set((scope.spec.containers ?? []).map(({ name }) => name));
  for (const [position, container] of (scope.spec.initContainers ?? []).entries()) {
    const at = path.index(position);
    validateContainer(container, scope, errors, at);
    takeName(container.name, names, errors, at.child("name"));
    if (container.restartPolicy !== undefined) {
      validateRestartPolicy(container.restartPolicy, errors, at);
    }
    if (container.restartPolicy === "Always") {
      const grace = scope.spec.terminationGracePeriodSeconds;
      validateLifecycle(
        container.lifecycle,
        grace,
        scope.spec.os?.name,
        errors,
        at.child("lifecycle"),
      );
      validateProbes(container, errors, at);
      continue;
    }
    const detail = "may not be set for init containers without restartPolicy=Always";
    for (const field of ["lifecycle", "livenessProbe", "readinessProbe", "startupProbe"] as const) {
      if (container[field]) errors.forbidden(at.child(field), detail);
    }
    checkPortConflicts([container], errors, path);
  }
}

const ephemeralFields = new Set([
  "name",
  "image",
  "command",
  "args",
  "workingDir",
  "envFrom",
  "env",
  "volumeMounts",
  "volumeDevices",
  "imagePullPolicy",
  "securityContext",
  "stdin",
  "stdinOnce",
  "tty",
  "terminationMessagePath",
  "terminationMessagePolicy",
  "targetContainerName",
]);

export function validateEphemeralContainers(
  scope: ContainerScope,
  errors: ErrorList,
  path: FieldPath,
): void {
  const targets = [...(scope.spec.containers ?? []), ...(scope.spec.initContainers ?? [])];
  const names = new Set(targets.map(({ name }) => name));
  const targetNames = new Set(names);
  for (const [position, container] of (scope.spec.ephemeralContainers ?? []).entries()) {
    const at = path.index(position);
    const named = container as EphemeralContainer & { name: string };
    validateContainer(named, scope, errors, at);
    takeName(named.name, names, errors, at.child("name"));
    const target = container.targetContainerName;
    if (target && !targetNames.has(target))
      errors.notFound(at.child("targetContainerName"), target);
    for (const [field, value] of Object.entries(container)) {
      const empty =
        value === null || (typeof value === "object" && Object.keys(value).length === 0);
      if (empty || ephemeralFields.has(field)) continue;
      errors.forbidden(at.child(field), "cannot be set for an Ephemeral Container");
    }
  }
}

function validateContainer(
  container: AnyContainer,
  scope: ContainerScope,
  errors: ErrorList,
  path: FieldPath,
): void {
  const name = container.name ?? "";
  if (name === "") errors.required(path.child("name"));
  else errors.invalidAll(path.child("name"), name, dns1123Label(name));
  const image = container.image ?? "";
  if (image === "") errors.required(path.child("image"));
  else if (image !== image.trim()) {
    errors.invalid(path.child("image"), image, "must not have leading or trailing whitespace");
  }
  validateSupported(
    container.terminationMessagePolicy,
    messagePolicies,
    errors,
    path.child("terminationMessagePolicy"),
  );
  validatePorts(container.ports, errors, path.child("ports"));
  validateEnvironment(container.env, errors, path.child("env"));
  validateEnvironmentFrom(container.envFrom, errors, path.child("envFrom"));
  validateMounts(
    container.volumeMounts,
    scope.volumes,
    container,
    errors,
    path.child("volumeMounts"),
  );
  validateSupported(container.imagePullPolicy, pullPolicies, errors, path.child("imagePullPolicy"));
  validateContainerResources(container.resources, errors, path.child("resources"));
  const security = {
    allowPrivileged: scope.options.allowPrivileged,
    hostUsers: scope.spec.hostUsers !== false,
  };
  validateSecurityContext(
    container.securityContext,
    security,
    errors,
    path.child("securityContext"),
  );
}

function validateSupported(
  value: string | undefined,
  supported: readonly string[],
  errors: ErrorList,
  path: FieldPath,
): void {
  if (!value) errors.required(path);
  else errors.oneOf(path, value, supported);
}

function validatePorts(
  ports: readonly ContainerPort[] | undefined | null,
  errors: ErrorList,
  path: FieldPath,
): void {
  const names = new Set<string>();
  for (const [position, port] of (ports ?? []).entries()) {
    const at = path.index(position);
    if (port.name) {
      const wrong = portName(port.name);
      errors.invalidAll(at.child("name"), port.name, wrong);
      if (wrong.length === 0 && names.has(port.name)) errors.duplicate(at.child("name"), port.name);
      names.add(port.name);
    }
    if (!port.containerPort) errors.required(at.child("containerPort"));
    else {
      errors.invalidAll(
        at.child("containerPort"),
        port.containerPort,
        portNumber(port.containerPort),
      );
    }
    if (port.hostPort)
      errors.invalidAll(at.child("hostPort"), port.hostPort, portNumber(port.hostPort));
    if (!port.protocol) errors.required(at.child("protocol"));
    else errors.oneOf(at.child("protocol"), port.protocol, protocols);
  }
}

/** The same host port twice in one pod could never be bound. */
function checkPortConflicts(
  containers: readonly Container[],
  errors: ErrorList,
  path: FieldPath,
): void {
  const taken = new Set<string>();
  for (const [position, container] of containers.entries()) {
    for (const [index, port] of (container.ports ?? []).entries()) {
      if (!port.hostPort) continue;
      const key = `${port.protocol}/${port.hostIP ?? ""}/${port.hostPort}`;
      const at = path.index(position).child("ports").index(index).child("hostPort");
      if (taken.has(key)) errors.duplicate(at, key);
      else taken.add(key);
    }
  }
}

function validateEnvironment(
  variables: readonly EnvVar[] | undefined | null,
  errors: ErrorList,
  path: FieldPath,
): void {
  for (const [position, variable] of (variables ?? []).entries()) {
    const at = path.index(position);
    if (!variable.name) errors.required(at.child("name"));
    else errors.invalidAll(at.child("name"), variable.name, environmentVariableName(variable.name));
    if (variable.valueFrom) validateValueFrom(variable, errors, at.child("valueFrom"));
  }
}

function validateValueFrom(variable: EnvVar, errors: ErrorList, path: FieldPath): void {
  const source = variable.valueFrom ?? {};
  let sources = 0;
  if (source.fieldRef) {
    sources += 1;
    validateFieldRef(source.fieldRef, environmentFields, errors, path.child("fieldRef"));
  }
  if (source.resourceFieldRef) {
    sources += 1;
    validateResourceRef(source.resourceFieldRef, errors, path.child("resourceFieldRef"));
  }
  if (source.configMapKeyRef) {
    sources += 1;
    validateKeySelector(source.configMapKeyRef, errors, path.child("configMapKeyRef"));
  }
  if (source.secretKeyRef) {
    sources += 1;
    validateKeySelector(source.secretKeyRef, errors, path.child("secretKeyRef"));
  }
  if (source.fileKeyRef) sources += 1;
  if (sources === 0) {
    const detail =
      "must specify one of: `fieldRef`, `resourceFieldRef`, `configMapKeyRef`, `secretKeyRef` " +
      "or `fileKeyRef`";
    errors.invalid(path, "", detail);
  } else if (variable.value) {
    errors.invalid(path, "", "may not be specified when `value` is not empty");
  } else if (sources > 1) {
    errors.invalid(path, "", "may not have more than one field specified at a time");
  }
}

function validateEnvironmentFrom(
  sources: readonly EnvFromSource[] | undefined | null,
  errors: ErrorList,
  path: FieldPath,
): void {
  for (const [position, source] of (sources ?? []).entries()) {
    const at = path.index(position);
    if (source.prefix) {
      errors.invalidAll(at.child("prefix"), source.prefix, environmentVariableName(source.prefix));
    }
    let kinds = 0;
    for (const kind of ["configMapRef", "secretRef"] as const) {
      const reference = source[kind];
      if (!reference) continue;
      kinds += 1;
      validateReferencedName(reference.name, errors, at.child(kind).child("name"));
    }
    if (kinds === 0) {
      errors.invalid(path, "", "must specify one of: `configMapRef` or `secretRef`");
    } else if (kinds > 1) {
      errors.invalid(path, "", "may not have more than one field specified at a time");
    }
  }
}

function validateMounts(
  mounts: readonly VolumeMount[] | undefined | null,
  volumes: ReadonlySet<string>,
  container: AnyContainer,
  errors: ErrorList,
  path: FieldPath,
): void {
  const mountPaths = new Set<string>();
  for (const [position, mount] of (mounts ?? []).entries()) {
    const at = path.index(position);
    if (!mount.name) errors.required(at.child("name"));
    if (!volumes.has(mount.name)) errors.notFound(at.child("name"), mount.name);
    if (!mount.mountPath) errors.required(at.child("mountPath"));
    if (mountPaths.has(mount.mountPath)) {
      errors.invalid(at.child("mountPath"), mount.mountPath, "must be unique");
    }
    mountPaths.add(mount.mountPath);
    validateMountDetails(mount, container, errors, at, path);
  }
}

function validateMountDetails(
  mount: VolumeMount,
  container: AnyContainer,
  errors: ErrorList,
  at: FieldPath,
  list: FieldPath,
): void {
  for (const field of ["subPath", "subPathExpr"] as const) {
    // Upstream tells these of the list, not of its element.
    if (mount[field]) validateLocalPath(mount[field], errors, list.child(field));
  }
  if (mount.subPath && mount.subPathExpr) {
    errors.invalid(
      at.child("subPathExpr"),
      mount.subPathExpr,
      "subPathExpr and subPath are mutually exclusive",
    );
  }
  if (mount.mountPropagation !== undefined && mount.mountPropagation !== null) {
    const supported = ["Bidirectional", "HostToContainer", "None"];
    errors.oneOf(list.child("mountPropagation"), mount.mountPropagation, supported);
    if (
      mount.mountPropagation === "Bidirectional" &&
      container.securityContext?.privileged !== true
    ) {
      const detail = "Bidirectional mount propagation is available only to privileged containers";
      errors.forbidden(list.child("mountPropagation"), detail);
    }
  }
  const recursive = mount.recursiveReadOnly;
  if (!recursive || recursive === "Disabled") return;
  if (recursive !== "IfPossible" && recursive !== "Enabled") {
    const supported = ["Disabled", "Enabled", "IfPossible"];
    errors.notSupported(list.child("recursiveReadOnly"), recursive, supported);
  } else if (mount.readOnly !== true) {
    errors.forbidden(
      list.child("recursiveReadOnly"),
      "may only be specified when readOnly is true",
    );
  }
}
