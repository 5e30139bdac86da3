import type { NetworkPolicy, NetworkPolicyPeer } from "../../../api/gen/types/networkingV1.js";
import { parseCidr } from "../../../api/ipAddress.js";
import type { ErrorList } from "../errorList.js";
import { FieldPath } from "../fieldPath.js";
import { validateLabelSelector } from "../labelSelectorRules.js";
import { keepGeneration, startGeneration, type TypedStrategy } from "../typedStrategy.js";

const spec = FieldPath.root("spec");

export const networkPolicyStrategy: TypedStrategy<NetworkPolicy> = {
  group: "networking.k8s.io",
  kind: "NetworkPolicy",
  defaults(policy) {
    policy.spec ??= {};
    policy.spec.podSelector ??= {};
    if ((policy.spec.policyTypes ?? []).length === 0) {
      const egress = (policy.spec.egress ?? []).length > 0;
      policy.spec.policyTypes = egress ? ["Ingress", "Egress"] : ["Ingress"];
    }
    for (const rule of [...(policy.spec.ingress ?? []), ...(policy.spec.egress ?? [])]) {
      for (const port of rule.ports ?? []) port.protocol ??= "TCP";
    }
  },
  prepareForCreate: startGeneration,
  prepareForUpdate: keepGeneration,
  validate: validateSpec,
  validateUpdate: (policy, _old, errors) => validateSpec(policy, errors),
};

function validateSpec(policy: NetworkPolicy, errors: ErrorList): void {
  const wanted = policy.spec;
  validateLabelSelector(wanted?.podSelector, errors, spec.child("podSelector"));
  for (const [position, rule] of (wanted?.ingress ?? []).entries()) {
    validatePeers(rule.from, errors, spec.child("ingress").index(position).child("from"));
  }
  for (const [position, rule] of (wanted?.egress ?? []).entries()) {
    validatePeers(rule.to, errors, spec.child("egress").index(position).child("to"));
  }
  for (const [position, type] of (wanted?.policyTypes ?? []).entries()) {
    errors.oneOf(spec.child("policyTypes").index(position), type, ["Egress", "Ingress"]);
  }
}

function validatePeers(
  peers: readonly NetworkPolicyPeer[] | undefined,
  errors: ErrorList,
  path: FieldPath,
): void {
  for (const [position, peer] of (peers ?? []).entries()) {
    const at = path.index(position);
    const selectors = Boolean(peer.podSelector) || Boolean(peer.namespaceSelector);
    validateLabelSelector(peer.podSelector, errors, at.child("podSelector"));
    validateLabelSelector(peer.namespaceSelector, errors, at.child("namespaceSelector"));
    if (peer.ipBlock) {
      if (selectors) {
        errors.forbidden(at, "may not specify both ipBlock and another peer");
      }
      const cidr = peer.ipBlock.cidr ?? "";
      const block = at.child("ipBlock").child("cidr");
      if (cidr === "") errors.required(block);
      else if (parseCidr(cidr) === undefined) {
        const detail = "must be a valid CIDR value, (e.g. 10.9.8.0/24 or 2001:db8::/64)";
        errors.invalid(block, cidr, detail);
      }
    } else if (!selectors) errors.required(at, "must specify a peer");
  }
}
