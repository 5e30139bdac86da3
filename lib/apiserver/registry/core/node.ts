import { semanticEqual } from "../../../api/equality.js";
import type { Node, Taint } from "../../../api/gen/types/coreV1.js";
import { parseCidr } from "../../../api/ipAddress.js";
import type { ErrorList } from "../errorList.js";
import { FieldPath } from "../fieldPath.js";
import { qualifiedName, validLabelValue } from "../nameRules.js";
import { splitStatus, type TypedStrategy } from "../typedStrategy.js";
import { validateResourceQuantity } from "./resourceRules.js";
import { validateTaintEffect } from "./schedulingRules.js";

const spec = FieldPath.root("spec");
const status = FieldPath.root("status");

/** Nodes: what the kubelet registers may keep its status, as upstream lets it. */
export const nodeStrategy: TypedStrategy<Node> = {
  group: "",
  kind: "Node",
  defaults(node) {
    keepRangesEqual(node);
    if (!node.status) return;
    if (!node.status.allocatable && node.status.capacity) {
      node.status.allocatable = { ...node.status.capacity };
    }
  },
  prepareForUpdate(node, old, context) {
    splitStatus(node, old, context);
  },
  validate(node, errors) {
    validateTaints(node.spec?.taints, errors);
    validatePodCidrs(node, errors);
    validateResources(node, errors);
  },
  validateUpdate(node, old, errors) {
    validateResources(node, errors);
    validateAddresses(node, errors);
    validateTaints(node.spec?.taints, errors);
    validatePodCidrs(node, errors);
    const before = old.spec?.podCIDRs ?? [];
    if (before.length > 0 && !semanticEqual(node.spec?.podCIDRs, before)) {
      const detail = 'node updates may not change podCIDR except from "" to valid';
      errors.forbidden(spec.child("podCIDRs"), detail);
    }
    const provider = old.spec?.providerID ?? "";
    if (provider !== "" && node.spec?.providerID !== provider) {
      const detail = 'node updates may not change providerID except from "" to valid';
      errors.forbidden(spec.child("providerID"), detail);
    }
  },
};

/** The one range and the list of them are two forms of the same. */
function keepRangesEqual({ spec: wanted }: Node): void {
  if (!wanted) return;
  const [first] = wanted.podCIDRs ?? [];
  if (wanted.podCIDR && wanted.podCIDR !== first) wanted.podCIDRs = [wanted.podCIDR];
  else if (first) wanted.podCIDR = first;
}

function validateTaints(taints: readonly Taint[] | undefined | null, errors: ErrorList): void {
  const seen = new Set<string>();
  for (const [position, taint] of (taints ?? []).entries()) {
    // Upstream tells of taints as if they were metadata.
    const at = FieldPath.root("metadata").child("taints").index(position);
    errors.invalidAll(at.child("key"), taint.key, qualifiedName(taint.key));
    const value = taint.value ?? "";
    errors.invalidAll(at.child("value"), value, validLabelValue(value));
    validateTaintEffect(taint.effect ?? "", false, errors, at.child("effect"));
    const pair = `${taint.key}:${taint.effect}`;
    if (seen.has(pair)) {
      const { key, effect } = taint;
      const shown = { Key: key, Value: value, Effect: effect, TimeAdded: taint.timeAdded ?? null };
      errors.duplicate(at, shown, "taints must be unique by key and effect pair");
    }
    seen.add(pair);
  }
}

function validatePodCidrs(node: Node, errors: ErrorList): void {
  const ranges = node.spec?.podCIDRs ?? [];
  const path = spec.child("podCIDRs");
  for (const [position, range] of ranges.entries()) {
    if (parseCidr(range) === undefined) {
      const detail = "must be a valid CIDR value, (e.g. 10.9.8.0/24 or 2001:db8::/64)";
      errors.invalid(path.index(position), range, detail);
    }
  }
  if (ranges.length <= 1) return;
  const families = new Set(ranges.map((range) => parseCidr(range)?.family));
  if (ranges.length > 2 || families.size !== 2) {
    errors.invalid(path, ranges, "may specify no more than one CIDR for each IP family");
  }
}

function validateResources(node: Node, errors: ErrorList): void {
  for (const field of ["capacity", "allocatable"] as const) {
    for (const [name, value] of Object.entries(node.status?.[field] ?? {})) {
      validateResourceQuantity(name, value, errors, status.child(field).child(name));
    }
  }
}

function validateAddresses(node: Node, errors: ErrorList): void {
  const seen = new Set<string>();
  for (const [position, address] of (node.status?.addresses ?? []).entries()) {
    const key = `${address.type}/${address.address}`;
    if (seen.has(key)) errors.duplicate(status.child("addresses").index(position), address);
    seen.add(key);
  }
}
