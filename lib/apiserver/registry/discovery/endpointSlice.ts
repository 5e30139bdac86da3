import { semanticEqual } from "../../../api/equality.js";
import type { Endpoint, EndpointPort, EndpointSlice } from "../../../api/gen/types/discoveryV1.js";
import { goQuote } from "../../../api/goQuote.js";
import { parseIp, unusableEndpoint } from "../../../api/ipAddress.js";
import type { ErrorList } from "../errorList.js";
import { FieldPath } from "../fieldPath.js";
import { addressFault, canonicalSpelling } from "../ipRules.js";
import {
  dns1123Label,
  dns1123Subdomain,
  nameIsDns1123Subdomain,
  qualifiedName,
  validLabelValue,
} from "../nameRules.js";
import { setGeneration, type TypedStrategy } from "../typedStrategy.js";

const mostEndpoints = 1000;
const mostPorts = 20000;
const mostAddresses = 100;
const mostHints = 8;
const addressTypes = ["FQDN", "IPv4", "IPv6"];

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
    dropTopology(slice);
  },
  prepareForUpdate(slice, old) {
    dropTopology(slice);
    const { metadata: before, ...content } = old;
    const { metadata: after, ...fresh } = slice;
    const generation = before.generation ?? 0;
    const changed = !semanticEqual(fresh, content) || !semanticEqual(after.labels, before.labels);
    setGeneration(slice.metadata, changed ? generation + 1 : generation);
  },
  validate(slice, errors, { warn }) {
    validateSlice(slice, errors, new Set());
    if (errors.list.length === 0) warnOfSlice(slice, warn);
  },
  validateUpdate(slice, old, errors, { warn }) {
    const known = (old.endpoints ?? []).flatMap(({ addresses }) => addresses ?? []);
    validateSlice(slice, errors, new Set(known));
    if (errors.list.length === 0) warnOfSlice(slice, warn);
    const same = slice.addressType === old.addressType;
    errors.immutable(FieldPath.root("addressType"), slice.addressType, same);
  },
};

/** Of v1beta1: this version has it only to be read. */
function dropTopology(slice: EndpointSlice): void {
  for (const endpoint of slice.endpoints ?? []) delete endpoint.deprecatedTopology;
}

function warnOfSlice({ addressType }: EndpointSlice, warn: (message: string) => void): void {
  if (addressType === "FQDN") warn("spec.addressType: FQDN endpoints are deprecated");
}

/** Addresses that are `known` were accepted before, however they are written. */
function validateSlice(slice: EndpointSlice, errors: ErrorList, known: ReadonlySet<string>): void {
  const path = FieldPath.root("addressType");
  if (!slice.addressType) errors.required(path);
  else errors.oneOf(path, slice.addressType, addressTypes);
  const endpoints = slice.endpoints ?? [];
  const at = FieldPath.root("endpoints");
  if (endpoints.length > mostEndpoints) errors.tooMany(at, endpoints.length, mostEndpoints);
  else {
    for (const [position, endpoint] of endpoints.entries()) {
      validateAddresses(endpoint, slice.addressType, known, errors, at.index(position));
      validateEndpoint(endpoint, errors, at.index(position));
    }
  }
  validatePorts(slice.ports ?? [], errors);
}

function validateAddresses(
  endpoint: Endpoint,
  addressType: string,
  known: ReadonlySet<string>,
  errors: ErrorList,
  path: FieldPath,
): void {
  const addresses = endpoint.addresses ?? [];
  const at = path.child("addresses");
  if (addresses.length === 0) {
    errors.required(at);
  } else if (addresses.length > mostAddresses) {
    errors.tooMany(at, addresses.length, mostAddresses);
  }
  for (const [position, address] of addresses.entries()) {
    if (known.has(address)) continue;
    validateAddress(address, addressType, errors, at, position);
  }
}

function validateEndpoint(endpoint: Endpoint, errors: ErrorList, path: FieldPath): void {
  if (endpoint.nodeName !== undefined) {
    const wrong = nameIsDns1123Subdomain(endpoint.nodeName, false);
    errors.invalidAll(path.child("nodeName"), endpoint.nodeName, wrong);
  }
  if (endpoint.hostname !== undefined) {
    errors.invalidAll(path.child("hostname"), endpoint.hostname, dns1123Label(endpoint.hostname));
  }
  const { forZones, forNodes } = endpoint.hints ?? {};
  const hints = path.child("hints");
  validateHints(forZones ?? [], validLabelValue, errors, hints.child("forZones"));
  validateHints(forNodes ?? [], dns1123Subdomain, errors, hints.child("forNodes"));
}

function validateHints(
  hints: readonly { name?: string }[],
  rule: (name: string) => string[],
  errors: ErrorList,
  path: FieldPath,
): void {
  if (hints.length > mostHints) {
    errors.tooMany(path, hints.length, mostHints);
    return;
  }
  const names = hints.map(({ name = "" }) => name);
  for (const [position, name] of names.entries()) {
    const at = path.index(position).child("name");
    if (names.indexOf(name) < position) errors.duplicate(at, name);
    errors.invalidAll(at, name, rule(name));
  }
}

function validateAddress(
  address: string,
  addressType: string,
  errors: ErrorList,
  list: FieldPath,
  position: number,
): void {
  const path = list.index(position);
  // Addresses of no known type are not looked at: the type itself is refused.
  if (!addressTypes.includes(addressType)) return;
  if (addressType === "FQDN") {
    const wrong = dns1123Subdomain(address);
    errors.invalidAll(path, address, wrong);
    if (wrong.length === 0 && !address.includes(".")) {
      const detail = "should be a domain with at least two segments separated by dots";
      errors.invalid(path, address, detail);
    }
    return;
  }
  const fault = addressFault(address);
  if (fault !== undefined) errors.invalid(path, address, fault);
  const parsed = fault === undefined ? parseIp(address) : undefined;
  if (parsed === undefined) return;
  const canonical = canonicalSpelling(address, parsed);
  if (canonical !== undefined) {
    errors.invalid(path, address, `must be in canonical form (${goQuote(canonical)})`);
  }
  if (parsed.family !== addressType) {
    // Of the list, as upstream says it.
    errors.invalid(list, address, `must be an ${addressType} address`);
    return;
  }
  const wrong = unusableEndpoint(parsed);
  if (wrong !== undefined) errors.invalid(path, address, wrong);
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
    if (port.protocol === undefined) errors.required(at.child("protocol"));
    else errors.oneOf(at.child("protocol"), port.protocol, ["SCTP", "TCP", "UDP"]);
    if (port.appProtocol !== undefined) {
      errors.invalidAll(at.child("appProtocol"), port.appProtocol, qualifiedName(port.appProtocol));
    }
  }
}
