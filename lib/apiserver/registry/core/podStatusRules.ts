import type { PodStatus } from "../../../api/gen/types/coreV1.js";
import { parseIp } from "../../../api/ipAddress.js";
import type { ErrorList } from "../errorList.js";
import type { FieldPath } from "../fieldPath.js";
import { addressFault } from "../ipRules.js";
import { nameIsDns1123Subdomain, qualifiedName } from "../nameRules.js";

const notNegative = "must be a non-negative integer";

/** What must hold of a status that is written. What was there before is not looked at again. */
export function validatePodStatus(
  status: PodStatus,
  old: PodStatus,
  errors: ErrorList,
  path: FieldPath,
): void {
  const nominated = status.nominatedNodeName ?? "";
  if (nominated !== "") {
    const wrong = nameIsDns1123Subdomain(nominated, false);
    errors.invalidAll(path.child("nominatedNodeName"), nominated, wrong);
  }
  validateGeneration(status, errors, path);
  for (const [position, condition] of (status.conditions ?? []).entries()) {
    const at = path.child("conditions").index(position);
    // Upstream spells this field as its source does.
    errors.invalidAll(at.child("Type"), condition.type, qualifiedName(condition.type));
    validateGeneration(condition, errors, at);
  }
  validateAddresses(status.podIPs ?? [], old.podIPs ?? [], errors, path.child("podIPs"));
  validateAddresses(status.hostIPs ?? [], old.hostIPs ?? [], errors, path.child("hostIPs"));
  const [host] = status.hostIPs ?? [];
  if (host !== undefined && host.ip !== (status.hostIP ?? "")) {
    const at = path.child("hostIPs").index(0).child("ip");
    errors.invalid(at, host.ip, "must be equal to `hostIP`");
  }
}

function validateGeneration(
  { observedGeneration = 0 }: { readonly observedGeneration?: number },
  errors: ErrorList,
  path: FieldPath,
): void {
  if (observedGeneration >= 0) return;
  errors.invalid(path.child("observedGeneration"), observedGeneration, notNegative);
}

/** One address of each family at most. */
function validateAddresses(
  addresses: readonly { readonly ip: string }[],
  old: readonly { readonly ip: string }[],
  errors: ErrorList,
  path: FieldPath,
): void {
  const known = new Set(old.map(({ ip }) => ip));
  for (const [position, { ip }] of addresses.entries()) {
    const fault = known.has(ip) ? undefined : addressFault(ip);
    if (fault !== undefined) errors.invalid(path.index(position), ip, fault);
  }
  const families = new Set(addresses.map(({ ip }) => parseIp(ip)?.family));
  if (families.has(undefined) || families.size === addresses.length) return;
  const shown = addresses.map(({ ip }) => ({ IP: ip }));
  errors.invalid(path, shown, "may specify no more than one IP for each IP family");
}
