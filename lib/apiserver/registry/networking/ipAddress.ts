import { semanticEqual } from "../../../api/equality.js";
import type { IPAddress } from "../../../api/gen/types/networkingV1.js";
import { formatIp, parseIp } from "../../../api/ipAddress.js";
import { isDns1123Subdomain, isIpAddress, isPathSegmentName } from "../../../api/names.js";
import type { ErrorList } from "../errorList.js";
import { FieldPath } from "../fieldPath.js";
import type { TypedStrategy } from "../typedStrategy.js";

const parentRef = FieldPath.root("spec").child("parentRef");

/** The address is the object's name, in the one form that says it. */
function addressName(name: string): string[] {
  const address = parseIp(name);
  if (address === undefined) return isIpAddress(name);
  const canonical = formatIp(address);
  return name === canonical ? [] : [`must be in canonical form (${JSON.stringify(canonical)})`];
}

/** IPAddress: who holds a Service's address (KEP 1880). */
export const ipAddressStrategy: TypedStrategy<IPAddress> = {
  group: "networking.k8s.io",
  kind: "IPAddress",
  validateName: addressName,
  validate: validateParent,
  validateUpdate(address, old, errors) {
    const same = semanticEqual(address.spec?.parentRef, old.spec?.parentRef);
    errors.immutable(parentRef, address.spec?.parentRef, same);
  },
};

function validateParent(address: IPAddress, errors: ErrorList): void {
  const parent = address.spec?.parentRef;
  if (!parent) {
    errors.required(parentRef);
    return;
  }
  // Services are of the core group, whose name is empty.
  if (parent.group) {
    errors.invalidAll(parentRef.child("group"), parent.group, isDns1123Subdomain(parent.group));
  }
  for (const field of ["resource", "name", "namespace"] as const) {
    const value = parent[field] ?? "";
    if (value !== "") errors.invalidAll(parentRef.child(field), value, isPathSegmentName(value));
    else if (field !== "namespace") errors.required(parentRef.child(field));
  }
}
