import type {
  AppArmorProfile,
  PodSecurityContext,
  PodSpec,
  SeccompProfile,
  SecurityContext,
} from "../../../api/gen/types/coreV1.js";
import type { ErrorList } from "../errorList.js";
import type { FieldPath } from "../fieldPath.js";

const largestId = 2147483647;
const idRange = `must be between 0 and ${largestId}, inclusive`;

/** A user or group id: 0 to 2^31 - 1. */
export function validateId(
  id: number | undefined | null,
  errors: ErrorList,
  path: FieldPath,
): void {
  if (id === undefined || id === null || (id >= 0 && id <= largestId)) return;
  errors.invalid(path, id, idRange);
}

function validateSeccomp(
  profile: SeccompProfile | undefined | null,
  errors: ErrorList,
  path: FieldPath,
): void {
  if (!profile) return;
  if (!profile.type)
    errors.required(path.child("type"), "type is required when seccompProfile is set");
  else {
    const supported = ["Localhost", "RuntimeDefault", "Unconfined"];
    errors.oneOf(path.child("type"), profile.type, supported);
  }
  const localhost = path.child("localhostProfile");
  if (profile.type === "Localhost") {
    if (profile.localhostProfile === undefined) {
      errors.required(localhost, "must be set when seccomp type is Localhost");
    } else {
      validateLocalPath(profile.localhostProfile, errors, localhost);
    }
  } else if (profile.localhostProfile) {
    const shown = { Type: profile.type ?? "", LocalhostProfile: profile.localhostProfile };
    errors.invalid(localhost, shown, "can only be set when seccomp type is Localhost");
  }
}

/** Bytes. */
const longestProfile = 4095;

function validateAppArmor(
  profile: AppArmorProfile | undefined | null,
  errors: ErrorList,
  path: FieldPath,
): void {
  if (!profile) return;
  const localhost = path.child("localhostProfile");
  if (profile.type === "Localhost") {
    if (!profile.localhostProfile) {
      errors.required(localhost, "must be set when AppArmor type is Localhost");
    } else if (profile.localhostProfile.trim() !== profile.localhostProfile) {
      errors.invalid(localhost, profile.localhostProfile, "must not be padded with whitespace");
    } else if (Buffer.byteLength(profile.localhostProfile) > longestProfile) {
      errors.tooLong(localhost, longestProfile);
    }
  } else if (profile.localhostProfile) {
    errors.invalid(
      localhost,
      profile.localhostProfile,
      "can only be set when AppArmor type is Localhost",
    );
  }
  if (!profile.type)
    errors.required(path.child("type"), "type is required when appArmorProfile is set");
  else
    errors.oneOf(path.child("type"), profile.type, ["Localhost", "RuntimeDefault", "Unconfined"]);
}

/** A path that stays below the folder it is joined to. */
export function validateLocalPath(target: string, errors: ErrorList, path: FieldPath): void {
  if (target.startsWith("/")) errors.invalid(path, target, "must be a relative path");
  validateNoBacksteps(target, errors, path);
}

export function validateNoBacksteps(target: string, errors: ErrorList, path: FieldPath): void {
  if (target.split("/").includes("..")) errors.invalid(path, target, "must not contain '..'");
}

export function validateSecurityContext(
  context: SecurityContext | undefined | null,
  options: { readonly allowPrivileged: boolean; readonly hostUsers: boolean },
  errors: ErrorList,
  path: FieldPath,
): void {
  if (!context) return;
  if (context.privileged === true && !options.allowPrivileged) {
    errors.forbidden(path.child("privileged"), "disallowed by cluster policy");
  }
  validateId(context.runAsUser, errors, path.child("runAsUser"));
  validateId(context.runAsGroup, errors, path.child("runAsGroup"));
  if (context.procMount !== undefined) {
    errors.oneOf(path.child("procMount"), context.procMount, ["Default", "Unmasked"]);
    if (options.hostUsers && context.procMount === "Unmasked") {
      const detail = "`hostUsers` must be false to use `Unmasked`";
      errors.invalid(path.child("procMount"), context.procMount, detail);
    }
  }
  validateSeccomp(context.seccompProfile, errors, path.child("seccompProfile"));
  validateAppArmor(context.appArmorProfile, errors, path.child("appArmorProfile"));
  if (context.allowPrivilegeEscalation !== false) return;
  if (context.privileged === true) {
    const detail = "cannot set `allowPrivilegeEscalation` to false and `privileged` to true";
    errors.invalid(path, context, detail);
  }
  if ((context.capabilities?.add ?? []).includes("CAP_SYS_ADMIN")) {
    const detail =
      "cannot set `allowPrivilegeEscalation` to false and `capabilities.Add` CAP_SYS_ADMIN";
    errors.invalid(path, context, detail);
  }
}

/** What one IPC namespace has of its own. */
const ofIpc = /^(fs\.mqueue\.|kernel\.shm|kernel\.msg|kernel\.sem$)/;
const sysctlSegment = "[a-z0-9]([-_a-z0-9]*[a-z0-9])?";
const sysctlName = `(${sysctlSegment}[\\./])*${sysctlSegment}`;
const sysctlPattern = new RegExp(`^${sysctlName}$`);

export function validatePodSecurityContext(
  context: PodSecurityContext | undefined | null,
  spec: PodSpec,
  errors: ErrorList,
  path: FieldPath,
): void {
  if (!context) return;
  validateId(context.runAsUser, errors, path.child("runAsUser"));
  validateId(context.runAsGroup, errors, path.child("runAsGroup"));
  validateId(context.fsGroup, errors, path.child("fsGroup"));
  for (const [position, group] of (context.supplementalGroups ?? []).entries()) {
    validateId(group, errors, path.child("supplementalGroups").index(position));
  }
  if (context.fsGroupChangePolicy !== undefined) {
    const supported = ["Always", "OnRootMismatch"];
    errors.oneOf(path.child("fsGroupChangePolicy"), context.fsGroupChangePolicy, supported);
  }
  if (context.supplementalGroupsPolicy !== undefined) {
    const supported = ["Merge", "Strict"];
    errors.oneOf(
      path.child("supplementalGroupsPolicy"),
      context.supplementalGroupsPolicy,
      supported,
    );
  }
  if (context.seLinuxChangePolicy !== undefined) {
    const supported = ["MountOption", "Recursive"];
    errors.oneOf(path.child("seLinuxChangePolicy"), context.seLinuxChangePolicy, supported);
  }
  validateSeccomp(context.seccompProfile, errors, path.child("seccompProfile"));
  validateAppArmor(context.appArmorProfile, errors, path.child("appArmorProfile"));
  validateSysctls(context, spec, errors, path.child("sysctls"));
}

function validateSysctls(
  context: PodSecurityContext,
  spec: PodSpec,
  errors: ErrorList,
  path: FieldPath,
): void {
  const seen = new Set<string>();
  for (const [position, sysctl] of (context.sysctls ?? []).entries()) {
    const at = path.index(position).child("name");
    if (!sysctl.name) {
      errors.required(at);
    } else if (sysctl.name.length > 253 || !sysctlPattern.test(sysctl.name)) {
      const detail = `must have at most 253 characters and match regex ^${sysctlName}$`;
      errors.invalid(at, sysctl.name, detail);
    } else if (seen.has(sysctl.name)) errors.duplicate(at, sysctl.name);
    seen.add(sysctl.name);
    const plain = sysctl.name.replaceAll("/", ".");
    if (spec.hostNetwork === true && plain.startsWith("net.")) {
      errors.invalid(at, sysctl.name, "may not be specified when 'hostNetwork' is true");
    }
    if (spec.hostIPC === true && ofIpc.test(plain)) {
      errors.invalid(at, sysctl.name, "may not be specified when 'hostIPC' is true");
    }
  }
}
