import type { Ingress, IngressBackend } from "../../../api/gen/types/networkingV1.js";
import type { ErrorList } from "../errorList.js";
import { FieldPath } from "../fieldPath.js";
import {
  dns1123Label,
  dns1123Subdomain,
  nameIsDns1123Subdomain,
  portName,
  portNumber,
  wildcardDns1123Subdomain,
} from "../nameRules.js";
import { keepGeneration, startGeneration, type TypedStrategy } from "../typedStrategy.js";

const spec = FieldPath.root("spec");
const pathTypes = ["Exact", "ImplementationSpecific", "Prefix"];

export const ingressStrategy: TypedStrategy<Ingress> = {
  group: "networking.k8s.io",
  kind: "Ingress",
  prepareForCreate: startGeneration,
  prepareForUpdate: keepGeneration,
  validate: validateSpec,
  validateUpdate(ingress, _old, errors, context) {
    if (context.subresource !== "status") validateSpec(ingress, errors);
  },
};

function validateSpec(ingress: Ingress, errors: ErrorList): void {
  const { rules = [], defaultBackend, ingressClassName } = ingress.spec ?? {};
  if (rules.length === 0 && !defaultBackend) {
    errors.invalid(spec, rules, "either `defaultBackend` or `rules` must be specified");
  }
  if (defaultBackend) validateBackend(defaultBackend, errors, spec.child("defaultBackend"));
  if (ingressClassName !== undefined && ingressClassName !== null) {
    const wrong = nameIsDns1123Subdomain(ingressClassName, false);
    errors.invalidAll(spec.child("ingressClassName"), ingressClassName, wrong);
  }
  for (const [position, rule] of rules.entries()) {
    const path = spec.child("rules").index(position);
    if (rule.host) {
      const wild = rule.host.includes("*");
      const wrong = wild ? wildcardDns1123Subdomain(rule.host) : dns1123Subdomain(rule.host);
      errors.invalidAll(path.child("host"), rule.host, wrong);
    }
    if (!rule.http) continue;
    const at = path.child("http").child("paths");
    if ((rule.http.paths ?? []).length === 0) errors.required(at);
    for (const [index, entry] of (rule.http.paths ?? []).entries()) {
      validatePath(entry, errors, at.index(index));
    }
  }
}

function validatePath(
  entry: { path?: string; pathType?: string; backend: IngressBackend },
  errors: ErrorList,
  path: FieldPath,
): void {
  if (!entry.pathType) errors.required(path.child("pathType"), "pathType must be specified");
  else {
    errors.oneOf(path.child("pathType"), entry.pathType, pathTypes);
    const target = entry.path ?? "";
    const absolute = entry.pathType !== "ImplementationSpecific" || target !== "";
    if (absolute && !target.startsWith("/")) {
      errors.invalid(path.child("path"), target, "must be an absolute path");
    }
  }
  validateBackend(entry.backend, errors, path.child("backend"));
}

function validateBackend(backend: IngressBackend, errors: ErrorList, path: FieldPath): void {
  const { service, resource } = backend ?? {};
  if (service && resource) {
    errors.invalid(path, "", "cannot set both resource and service backends");
    return;
  }
  if (resource) return;
  if (!service) {
    errors.required(path, "resource or service backend is required");
    return;
  }
  if (!service.name) errors.required(path.child("service").child("name"));
  else {
    const wrong = dns1123Label(service.name);
    errors.invalidAll(path.child("service").child("name"), service.name, wrong);
  }
  const { name, number } = service.port ?? {};
  const at = path.child("service").child("port");
  if (name && number) errors.invalid(path, "", "cannot set both port name & port number");
  else if (name) errors.invalidAll(at.child("name"), name, portName(name));
  else if (number) errors.invalidAll(at.child("number"), number, portNumber(number));
  else errors.required(path, "port name or number is required");
}
