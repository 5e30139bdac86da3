import type { EndpointAddress, EndpointPort, Endpoints } from "../../../api/gen/types/coreV1.js";
import { parseIp, unusableEndpoint } from "../../../api/ipAddress.js";
import type { ErrorList } from "../errorList.js";
import { FieldPath } from "../fieldPath.js";
import { addressFault } from "../ipRules.js";
import { dns1123Label, nameIsDns1123Subdomain, portNumber, qualifiedName } from "../nameRules.js";
import type { TypedStrategy } from "../typedStrategy.js";

export const endpointsStrategy: TypedStrategy<Endpoints> = {
  group: "",
  kind: "Endpoints",
  allowCreateOnUpdate: true,
  defaults(endpoints) {
    for (const subset of endpoints.subsets ?? []) {
      for (const port of subset.ports ?? []) port.protocol ||= "TCP";
    }
  },
  validate: validateSubsets,
  validateUpdate: (endpoints, _old, errors) => validateSubsets(endpoints, errors),
};

function validateSubsets(endpoints: Endpoints, errors: ErrorList): void {
  for (const [position, subset] of (endpoints.subsets ?? []).entries()) {
    const at = FieldPath.root("subsets").index(position);
    const ready = subset.addresses ?? [];
    const notReady = subset.notReadyAddresses ?? [];
    if (ready.length === 0 && notReady.length === 0) {
      errors.required(at, "must specify `addresses` or `notReadyAddresses`");
    }
    for (const [index, address] of ready.entries()) {
      validateAddress(address, errors, at.child("addresses").index(index));
    }
    for (const [index, address] of notReady.entries()) {
      validateAddress(address, errors, at.child("notReadyAddresses").index(index));
    }
    const named = (subset.ports ?? []).length > 1;
    for (const [index, port] of (subset.ports ?? []).entries()) {
      validatePort(port, named, errors, at.child("ports").index(index));
    }
  }
}

function validateAddress(address: EndpointAddress, errors: ErrorList, path: FieldPath): void {
  const fault = addressFault(address.ip ?? "");
  const parsed = fault === undefined ? parseIp(address.ip ?? "") : undefined;
  if (fault !== undefined) errors.invalid(path.child("ip"), address.ip ?? "", fault);
  if (address.hostname) {
    errors.invalidAll(path.child("hostname"), address.hostname, dns1123Label(address.hostname));
  }
  if (address.nodeName !== undefined) {
    const wrong = nameIsDns1123Subdomain(address.nodeName, false);
    errors.invalidAll(path.child("nodeName"), address.nodeName, wrong);
  }
  const wrong = parsed === undefined ? undefined : unusableEndpoint(parsed);
  if (wrong !== undefined) errors.invalid(path.child("ip"), address.ip, wrong);
}

function validatePort(
  port: EndpointPort,
  named: boolean,
  errors: ErrorList,
  path: FieldPath,
): void {
  if (!port.name) {
    if (named) errors.required(path.child("name"));
  } else errors.invalidAll(path.child("name"), port.name, dns1123Label(port.name));
  errors.invalidAll(path.child("port"), port.port ?? 0, portNumber(port.port ?? 0));
  if (!port.protocol) errors.required(path.child("protocol"));
  else errors.oneOf(path.child("protocol"), port.protocol, ["SCTP", "TCP", "UDP"]);
  if (port.appProtocol) {
    errors.invalidAll(path.child("appProtocol"), port.appProtocol, qualifiedName(port.appProtocol));
  }
}
