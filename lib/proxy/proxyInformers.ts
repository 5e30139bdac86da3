import { coreV1, discoveryV1 } from "../api/gen/resources.js";
import type { SharedInformerFactory } from "../client/informer/sharedInformerFactory.js";
import type { ProxyServerOptions } from "./proxyServer.js";

/** Headless services, and those that another proxy serves, are none of ours. */
const labelSelector = "!service.kubernetes.io/headless,!service.kubernetes.io/service-proxy-name";

/** What a proxy follows, with the selections that it needs. Whoever owns the factory starts it. */
export function proxyInformers(
  factory: SharedInformerFactory,
  nodeName: string,
): Pick<ProxyServerOptions, "services" | "endpointSlices" | "nodes"> {
  return {
    services: factory.informer(coreV1.services, { labelSelector }),
    endpointSlices: factory.informer(discoveryV1.endpointslices, { labelSelector }),
    nodes: factory.informer(coreV1.nodes, { fieldSelector: `metadata.name=${nodeName}` }),
  };
}
