import type { ServiceCIDR } from "../../../api/gen/types/networkingV1.js";
import { formatCidr, parseCidr } from "../../../api/ipAddress.js";
import { isCidr } from "../../../api/names.js";
import type { ErrorList } from "../errorList.js";
import { FieldPath } from "../fieldPath.js";
import { splitStatus, type TypedStrategy } from "../typedStrategy.js";

const cidrs = FieldPath.root("spec").child("cidrs");

/** ServiceCIDR: a range that Services get their addresses from (KEP 1880). */
export const serviceCidrStrategy: TypedStrategy<ServiceCIDR> = {
  group: "networking.k8s.io",
  kind: "ServiceCIDR",
  prepareForUpdate: splitStatus,
  validate: (range, errors) => validateRanges(range.spec?.cidrs ?? [], errors),
  validateUpdate(range, old, errors) {
    const [now, before] = [range.spec?.cidrs ?? [], old.spec?.cidrs ?? []];
    const becomesDual = before.length === 1 && now.length === 2;
    if (now.length !== before.length && !becomesDual) {
      errors.immutable(cidrs, now, false);
      return;
    }
    for (const [position, text] of before.entries()) {
      errors.immutable(cidrs.index(position), now[position], now[position] === text);
    }
    if (becomesDual) validateRanges(now, errors);
  },
};

function validateRanges(ranges: readonly string[], errors: ErrorList): void {
  if (ranges.length === 0) {
    errors.required(cidrs, "at least one CIDR required");
    return;
  }
  if (ranges.length > 2) {
    errors.invalid(cidrs, { cidrs: ranges }, "may only hold up to 2 values");
    return;
  }
  for (const [position, text] of ranges.entries()) {
    errors.invalidAll(cidrs.index(position), text, problemsOf(text));
  }
  const [first, second] = ranges.map((text) => parseCidr(text)?.family);
  if (second !== undefined && first === second) {
    const detail =
      "may specify no more than one IP for each IP family, i.e 192.168.0.0/24 and 2001:db8::/64";
    errors.invalid(cidrs, ranges, detail);
  }
}

function problemsOf(text: string): string[] {
  const range = parseCidr(text);
  if (range === undefined) return isCidr(text);
  const canonical = formatCidr(range);
  if (canonical === text) return [];
  // An address within the range that is not its first: no spelling of the same range.
  const written = parseCidr(text.replace(/\/.*$/, range.family === "IPv4" ? "/32" : "/128"));
  return written?.base === range.base
    ? [`must be in canonical form (${JSON.stringify(canonical)})`]
    : ["must not have bits set beyond the prefix length"];
}
