import { coreV1, discoveryV1 } from "../api/gen/resources.js";
import type { SharedInformerFactory } from "../client/informer/sharedInformerFactory.js";
import { defaultProxyConfig } from "./proxyConfig.js";
import type { ProxyServerOptions } from "./proxyServer.js";

/** Headless services, and those that another proxy serves, are none of ours. */
const labelSelector = "!service.kubernetes.io/headless,!service.kubernetes.io/service-proxy-name";

/** What a proxy follows, with the selections that it needs. Whoever owns the factory starts it. */
export function proxyInformers(
  factory: SharedInformerFactory,
  nodeName: string,
  resyncMilliseconds = defaultProxyConfig.configSyncPeriodMilliseconds,
): Pick<ProxyServerOptions, "services" | "endpointSlices" | "nodes"> {
  return {
    services: factory.informer(coreV1.services, { labelSelector, resyncMilliseconds }),
    endpointSlices: factory.informer(discoveryV1.endpointslices, {
      labelSelector,
      resyncMilliseconds,
    }),
    nodes: factory.informer(coreV1.nodes, {
      fieldSelector: `metadata.name=${nodeName}`,
      resyncMilliseconds,
    }),
  };
}
