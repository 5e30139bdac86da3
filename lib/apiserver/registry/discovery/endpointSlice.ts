import type { Endpoint, EndpointPort, EndpointSlice } from "../../../api/gen/types/discoveryV1.js";
import { parseIp, unusableEndpoint } from "../../../api/ipAddress.js";
import { ipDetail } from "../core/podRules.js";
import type { ErrorList } from "../errorList.js";
import { FieldPath } from "../fieldPath.js";
import {
  dns1123Label,
  dns1123Subdomain,
  nameIsDns1123Subdomain,
  qualifiedName,
} from "../nameRules.js";
import { semanticEqual } from "../semanticEqual.js";
import { setGeneration, type TypedStrategy } from "../typedStrategy.js";

const mostEndpoints = 1000;
const mostPorts = 20000;
const mostAddresses = 100;

export const endpointSliceStrategy: TypedStrategy<EndpointSlice> = {
  group: "discovery.k8s.io",
  kind: "EndpointSlice",
  defaults(slice) {
    for (const port of slice.ports ?? []) {
      port.name ??= "";
      port.protocol ??= "TCP";
    }
  },
  prepareForCreate(slice) {
    slice.metadata.generation = 1;
  },
  prepareForUpdate(slice, old) {
    const { metadata: before, ...content } = old;
    const { metadata: after, ...fresh } = slice;
    const generation = before.generation ?? 0;
    const changed = !semanticEqual(fresh, content) || !semanticEqual(after.labels, before.labels);
    setGeneration(slice.metadata, changed ? generation + 1 : generation);
  },
  validate: validateSlice,
  validateUpdate(slice, old, errors) {
    validateSlice(slice, errors);
    const same = slice.addressType === old.addressType;
    errors.immutable(FieldPath.root("addressType"), slice.addressType, same);
  },
};

function validateSlice(slice: EndpointSlice, errors: ErrorList): void {
  const path = FieldPath.root("addressType");
  const supported = ["FQDN", "IPv4", "IPv6"];
  if (!slice.addressType) errors.required(path);
  else errors.oneOf(path, slice.addressType, supported);
  const endpoints = slice.endpoints ?? [];
  const at = FieldPath.root("endpoints");
  if (endpoints.length > mostEndpoints) errors.tooMany(at, endpoints.length, mostEndpoints);
  else {
    for (const [position, endpoint] of endpoints.entries()) {
      validateEndpoint(endpoint, slice.addressType, errors, at.index(position));
    }
  }
  validatePorts(slice.ports ?? [], errors);
}

function validateEndpoint(
  endpoint: Endpoint,
  addressType: string,
  errors: ErrorList,
  path: FieldPath,
): void {
  const addresses = endpoint.addresses ?? [];
  const at = path.child("addresses");
  if (addresses.length === 0) {
    errors.required(at, "must contain at least 1 address");
  } else if (addresses.length > mostAddresses) {
    errors.tooMany(at, addresses.length, mostAddresses);
  }
  for (const [position, address] of addresses.entries()) {
    validateAddress(address, addressType, errors, at.index(position));
  }
  if (endpoint.nodeName) {
    const wrong = nameIsDns1123Subdomain(endpoint.nodeName, false);
    errors.invalidAll(path.child("nodeName"), endpoint.nodeName, wrong);
  }
  if (endpoint.hostname) {
    errors.invalidAll(path.child("hostname"), endpoint.hostname, dns1123Label(endpoint.hostname));
  }
}

function validateAddress(
  address: string,
  addressType: string,
  errors: ErrorList,
  path: FieldPath,
): void {
  if (addressType === "FQDN") {
    errors.invalidAll(path, address, dns1123Subdomain(address));
    return;
  }
  const parsed = parseIp(address);
  if (parsed === undefined) errors.invalid(path, address, ipDetail);
  else if (parsed.family !== addressType) {
    errors.invalid(path, address, `must be an ${addressType} address`);
  } else {
    const wrong = unusableEndpoint(parsed);
    if (wrong !== undefined) errors.invalid(path, address, wrong);
  }
}

function validatePorts(ports: readonly EndpointPort[], errors: ErrorList): void {
  const path = FieldPath.root("ports");
  if (ports.length > mostPorts) errors.tooMany(path, ports.length, mostPorts);
  const names = new Set<string>();
  for (const [position, port] of ports.entries()) {
    const at = path.index(position);
    const name = port.name ?? "";
    if (name !== "") errors.invalidAll(at.child("name"), name, dns1123Label(name));
    if (names.has(name)) errors.duplicate(at.child("name"), name);
    names.add(name);
    if (!port.protocol) errors.required(at.child("protocol"));
    else errors.oneOf(at.child("protocol"), port.protocol, ["SCTP", "TCP", "UDP"]);
    if (port.appProtocol) {
      errors.invalidAll(at.child("appProtocol"), port.appProtocol, qualifiedName(port.appProtocol));
    }
  }
}
