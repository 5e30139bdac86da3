import { SharedInformerFactory } from "../../client/informer/sharedInformerFactory.js";
import type { Logger } from "../../platform/logger.js";
import type { Platform } from "../../platform/platform.js";
import { cleanUpProxy } from "../../proxy/cleanUpProxy.js";
import { defaultProxyConfig, type ProxyConfig } from "../../proxy/proxyConfig.js";
import { proxyInformers } from "../../proxy/proxyInformers.js";
import { ProxyServer } from "../../proxy/proxyServer.js";
import { connectComponent } from "../connectComponent.js";
import type { FlagValues } from "../flags/flagValues.js";
import { kubeProxyFlags } from "../flags/kubeProxyFlags.js";
import type { ComponentCommand, RunningComponent } from "../runComponent.js";

/** kube-proxy's settings by its flags. */
export function proxyConfig(values: FlagValues, platform: Platform): ProxyConfig {
  const nodeName = (values.string("hostname-override") || platform.host.hostname()).toLowerCase();
  const mode = values.string("detect-local-mode");
  return {
    ...defaultProxyConfig,
    mode: values.string("proxy-mode"),
    nodeName,
    bindAddress: values.string("bind-address"),
    healthzBindAddress: values.string("healthz-bind-address"),
    metricsBindAddress: values.string("metrics-bind-address"),
    bindAddressHardFail: values.boolean("bind-address-hard-fail"),
    clusterCIDR: values.string("cluster-cidr"),
    detectLocalMode:
      mode === "" ? defaultProxyConfig.detectLocalMode : (mode as ProxyConfig["detectLocalMode"]),
    bridgeInterface: values.string("pod-bridge-interface"),
    interfaceNamePrefix: values.string("pod-interface-name-prefix"),
    masqueradeAll: values.boolean("masquerade-all"),
    masqueradeBit: values.integer("iptables-masquerade-bit"),
    localhostNodePorts: values.boolean("iptables-localhost-nodeports"),
    syncPeriodMilliseconds: values.duration("iptables-sync-period"),
    minSyncPeriodMilliseconds: values.duration("iptables-min-sync-period"),
    nodePortAddresses: values.strings("nodeport-addresses"),
    conntrack: {
      maxPerCore: values.integer("conntrack-max-per-core"),
      min: values.integer("conntrack-min"),
      tcpEstablishedTimeoutMilliseconds: values.duration("conntrack-tcp-timeout-established"),
      tcpCloseWaitTimeoutMilliseconds: values.duration("conntrack-tcp-timeout-close-wait"),
      tcpBeLiberal: values.boolean("conntrack-tcp-be-liberal"),
      udpTimeoutMilliseconds: values.duration("conntrack-udp-timeout"),
      udpStreamTimeoutMilliseconds: values.duration("conntrack-udp-timeout-stream"),
    },
  };
}

async function start(
  values: FlagValues,
  logger: Logger,
  platform: Platform,
): Promise<RunningComponent> {
  const config = proxyConfig(values, platform);
  if (values.boolean("cleanup")) {
    await cleanUpProxy(platform, logger);
    platform.host.exit(0);
  }
  const { client } = await connectComponent("kube-proxy", values, logger, platform);
  const abort = new AbortController();
  const factory = new SharedInformerFactory({ client, platform, logger });
  const server = new ProxyServer({
    platform,
    logger,
    config,
    ...proxyInformers(factory, config.nodeName),
  });
  factory.start(abort.signal);
  await server.start();
  return {
    stop: async () => {
      await server.stop();
      abort.abort();
      client.close();
    },
  };
}

export const proxyCommand: ComponentCommand = { name: "kube-proxy", flags: kubeProxyFlags, start };
