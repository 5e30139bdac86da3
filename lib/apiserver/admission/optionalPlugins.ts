import { coreV1 } from "../../api/gen/resources.js";
import type { PodSpec } from "../../api/gen/types/coreV1.js";
import { isExtendedResource } from "../../api/pods/resourceNames.js";
import { apiErrors } from "../../api/status.js";
import type { ServerCaches } from "../cache/serverCaches.js";
import type { AdmissionAttributes, AdmissionPlugin } from "./admissionPlugin.js";
import { forbidden, isPods } from "./forbidden.js";
import { objectOf, oldObjectIfAny } from "./typedObjects.js";

/** Plugins that are off unless --enable-admission-plugins names them, each a few lines. */

export const alwaysAdmit: AdmissionPlugin = { name: "AlwaysAdmit", handles: () => false };

export const alwaysDeny: AdmissionPlugin = {
  name: "AlwaysDeny",
  handles: () => true,
  validate(attributes) {
    throw forbidden(attributes, "admission control is denying all modifications");
  },
};

function everyContainer(spec: PodSpec) {
  return [
    ...(spec.initContainers ?? []),
    ...(spec.containers ?? []),
    ...(spec.ephemeralContainers ?? []),
  ];
}

/** Every pod shows its own right to an image: what another pulled does not count. */
export const alwaysPullImages: AdmissionPlugin = {
  name: "AlwaysPullImages",
  handles: (operation, group, resource, subresource) =>
    isPods(group, resource) &&
    ((operation === "CREATE" && subresource === "") ||
      (operation === "UPDATE" && (subresource === "" || subresource === "ephemeralcontainers"))),
  admit(attributes) {
    const { spec } = objectOf(attributes, coreV1.pods);
    for (const container of everyContainer(spec)) container.imagePullPolicy = "Always";
  },
};

export const denyServiceExternalIps: AdmissionPlugin = {
  name: "DenyServiceExternalIPs",
  handles: (operation, group, resource, subresource) =>
    (operation === "CREATE" || operation === "UPDATE") &&
    group === "" &&
    resource === "services" &&
    subresource === "",
  validate(attributes) {
    const service = objectOf(attributes, coreV1.services);
    const old = oldObjectIfAny(attributes, coreV1.services);
    const known = new Set(old?.spec?.externalIPs ?? []);
    if ((service.spec?.externalIPs ?? []).some((address) => !known.has(address))) {
      throw forbidden(attributes, "Use of external IPs is denied by admission control.");
    }
  },
};

export const limitPodHardAntiAffinityTopology: AdmissionPlugin = {
  name: "LimitPodHardAntiAffinityTopology",
  handles: (operation, group, resource, subresource) =>
    (operation === "CREATE" || operation === "UPDATE") &&
    isPods(group, resource) &&
    subresource === "",
  validate(attributes) {
    const { spec } = objectOf(attributes, coreV1.pods);
    const terms =
      spec.affinity?.podAntiAffinity?.requiredDuringSchedulingIgnoredDuringExecution ?? [];
    const bad = terms.find(({ topologyKey }) => topologyKey !== "kubernetes.io/hostname");
    if (bad === undefined) return;
    const why = `affinity.PodAntiAffinity.RequiredDuringScheduling has TopologyKey ${bad.topologyKey} but only key kubernetes.io/hostname is allowed`;
    throw forbidden(attributes, why);
  },
};

/** Pods that ask for a special resource may go where only such pods go. */
export const extendedResourceToleration: AdmissionPlugin = {
  name: "ExtendedResourceToleration",
  handles: (operation, group, resource, subresource) =>
    (operation === "CREATE" || operation === "UPDATE") &&
    isPods(group, resource) &&
    subresource === "",
  admit(attributes) {
    const { spec } = objectOf(attributes, coreV1.pods);
    const wanted = new Set<string>();
    for (const { resources } of [...(spec.initContainers ?? []), ...(spec.containers ?? [])]) {
      for (const name of Object.keys(resources?.requests ?? {})) {
        if (isExtendedResource(name)) wanted.add(name);
      }
    }
    for (const key of [...wanted].sort()) {
      const known = (spec.tolerations ?? []).some(
        (toleration) => toleration.key === key && toleration.operator === "Exists",
      );
      if (known) continue;
      spec.tolerations = [...(spec.tolerations ?? []), { key, operator: "Exists" }];
    }
  },
};

/** Rejects requests in namespaces that are not there; NamespaceLifecycle does this and more. */
export function namespaceExists(caches: ServerCaches): AdmissionPlugin {
  return {
    name: "NamespaceExists",
    handles: (operation, group, resource) =>
      operation !== "CONNECT" && !(group === "" && resource === "namespaces"),
    async validate({ namespace }: AdmissionAttributes) {
      if (namespace === "") return;
      await caches.namespaces.readYourWrites();
      if (caches.namespaces.get("", namespace) === undefined) {
        throw apiErrors.notFound({ group: "", resource: "namespaces" }, namespace);
      }
    },
  };
}
