import assert from "node:assert/strict";
import type { SharedInformerFactory } from "../../../lib/client/informer/sharedInformerFactory.js";
import { kubeProxyFlags } from "../../../lib/cmd/flags/kubeProxyFlags.js";
import { parseFlags } from "../../../lib/cmd/flags/parseFlags.js";
import { kubeProxyCommand, proxyConfigOf } from "../../../lib/cmd/kubeProxy/kubeProxyCommand.js";
import {
  KubeProxySettings,
  parseKubeProxyConfiguration,
} from "../../../lib/cmd/kubeProxy/kubeProxySettings.js";
import { silentLogger } from "../../../lib/platform/logger.js";
import { nodePlatform } from "../../../lib/platform/node/nodePlatform.js";
import { defaultProxyConfig } from "../../../lib/proxy/proxyConfig.js";
import { proxyInformers } from "../../../lib/proxy/proxyInformers.js";

function configOf(args: readonly string[], file?: string) {
  const flags = parseFlags(kubeProxyFlags, args);
  const json = file === undefined ? undefined : parseKubeProxyConfiguration(file, "proxy.yaml");
  return proxyConfigOf(new KubeProxySettings(flags, json), nodePlatform);
}

describe("kube-proxy's settings", () => {
  it("have upstream's defaults", () => {
    const config = configOf(["--hostname-override=Node-1"]);
    assert.deepEqual(config, { ...defaultProxyConfig, nodeName: "node-1" });
  });

  it("come from the command line", () => {
    const config = configOf([
      ...["--bind-address=10.0.0.9", "--cluster-cidr=10.20.0.0/16,fd00::/48"],
      ...["--iptables-sync-period=1m", "--nodeport-addresses=10.0.0.0/8,127.0.0.0/8"],
      ...["--masquerade-all", "--conntrack-udp-timeout=10s", "--metrics-bind-address="],
    ]);
    assert.equal(config.bindAddress, "10.0.0.9");
    assert.equal(config.clusterCIDR, "10.20.0.0/16,fd00::/48");
    assert.equal(config.syncPeriodMilliseconds, 60_000);
    assert.deepEqual(config.nodePortAddresses, ["10.0.0.0/8", "127.0.0.0/8"]);
    assert.equal(config.masqueradeAll, true);
    assert.equal(config.conntrack.udpTimeoutMilliseconds, 10_000);
    assert.equal(config.metricsBindAddress, "", "an empty value is a value");
  });

  it("come from a file, which wins over the command line", () => {
    const file = `
apiVersion: kubeproxy.config.k8s.io/v1alpha1
kind: KubeProxyConfiguration
clusterCIDR: 10.30.0.0/16
mode: ipvs
detectLocalMode: BridgeInterface
detectLocal: { bridgeInterface: cni0 }
iptables: { masqueradeAll: true, syncPeriod: 5s, masqueradeBit: null }
conntrack: { maxPerCore: 0 }
nodePortAddresses: [primary]
`;
    const config = configOf(["--cluster-cidr=10.20.0.0/16", "--hostname-override=n"], file);
    assert.equal(config.clusterCIDR, "10.30.0.0/16");
    assert.equal(config.nodeName, "n");
    assert.equal(config.mode, "ipvs");
    assert.equal(config.detectLocalMode, "BridgeInterface");
    assert.equal(config.bridgeInterface, "cni0");
    assert.equal(config.masqueradeAll, true);
    assert.equal(config.masqueradeBit, 14);
    assert.equal(config.syncPeriodMilliseconds, 5_000);
    assert.equal(config.conntrack.maxPerCore, 0);
    assert.deepEqual(config.nodePortAddresses, ["primary"]);
  });

  const head = "apiVersion: kubeproxy.config.k8s.io/v1alpha1\nkind: KubeProxyConfiguration\n";

  it("do not come from the command line beside a file, but for the node's name", () => {
    const args = ["--cluster-cidr=10.20.0.0/16", "--masquerade-all", "--bind-address=10.0.0.9"];
    const config = configOf(args, `${head}hostnameOverride: Of-File`);
    assert.deepEqual(config, { ...defaultProxyConfig, nodeName: "of-file" });
    const named = configOf(["--hostname-override=flag"], `${head}hostnameOverride: of-file`);
    assert.equal(named.nodeName, "flag");
  });

  it("take zero in a file for nothing said, but where it is a value", () => {
    const file =
      "configSyncPeriod: 0s\niptables: { syncPeriod: 0s, minSyncPeriod: 0s, masqueradeBit: 0 }\n" +
      "conntrack: { min: 0, maxPerCore: null }\nbindAddress: ''\nipvs: { syncPeriod: 0s }\n";
    const config = configOf(["--hostname-override=n"], head + file);
    assert.deepEqual(config, {
      ...{ ...defaultProxyConfig, nodeName: "n", masqueradeBit: 0 },
      conntrack: { ...defaultProxyConfig.conntrack, min: 0 },
    });
  });

  it("tell what is given and changes nothing", () => {
    const flags = parseFlags(kubeProxyFlags, ["--cluster-cidr=10.0.0.0/8", "--ipvs-strict-arp"]);
    const file = `${head}portRange: "1-2"\niptables: { syncPeriod: 5s, sincPeriod: 5s }\n`;
    const settings = new KubeProxySettings(flags, parseKubeProxyConfiguration(file, "a.yaml"));
    assert.deepEqual(settings.overruled, ["cluster-cidr"]);
    assert.deepEqual(settings.withoutEffect(), ["iptables.sincPeriod", "portRange"]);
    assert.deepEqual(flags.unreadSet(), ["ipvs-strict-arp"]);
  });

  it("refuse values of a file that are of another type", () => {
    const one = (line: string) => () => configOf([], head + line);
    assert.throws(one("bindAddressHardFail: often"), /bindAddressHardFail: "often" is no boolean/);
    assert.throws(one("conntrack: { min: few }"), /conntrack\.min: "few" is no integer/);
    assert.throws(one("nodePortAddresses: 10.0.0.0/8"), /nodePortAddresses: .* is no list/);
    assert.throws(one("configSyncPeriod: soon"), /configSyncPeriod: "soon" is no duration/);
  });

  it("have each informer go through what it knows again and again", () => {
    const { configSyncPeriodMilliseconds } = configOf(["--config-sync-period=3m"]);
    const asked: (number | undefined)[] = [];
    const factory = {
      informer: (_type: unknown, options: { resyncMilliseconds?: number }) => {
        asked.push(options.resyncMilliseconds);
      },
    } as unknown as SharedInformerFactory;
    proxyInformers(factory, "n", configSyncPeriodMilliseconds);
    assert.deepEqual(asked, [180_000, 180_000, 180_000]);
  });

  const wrong: readonly [string, RegExp][] = [
    ["--cluster-cidr=10.20.0.0", /--cluster-cidr: "10\.20\.0\.0" is not an address range/],
    ["--nodeport-addresses=primary,10.0.0.0/8", /"primary" is not an address range/],
    ["--iptables-masquerade-bit=32", /32 is not between 0 and 31/],
    ["--config-sync-period=0", /--config-sync-period: it must be greater than 0/],
    ["--iptables-sync-period=0s", /--iptables-sync-period: it must be greater than 0/],
    ["--iptables-min-sync-period=-1s", /it must not be negative/],
    ["--iptables-min-sync-period=31s", /not be greater than --iptables-sync-period/],
    ["--detect-local-mode=Other", /"Other" is none of ClusterCIDR/],
    ["--detect-local-mode=BridgeInterface", /--pod-bridge-interface is required/],
  ];
  for (const [flag, message] of wrong) {
    it(`refuse ${flag}`, () => assert.throws(() => configOf([flag]), message));
  }

  it("refuse a file of another kind", () => {
    assert.throws(() => parseKubeProxyConfiguration("kind: Pod", "a.yaml"), /a\.yaml: kind is not/);
    assert.throws(() => parseKubeProxyConfiguration(": :", "a.yaml"), /--config a\.yaml/);
  });

  it("refuse a retired mode before anything is asked of a server", async () => {
    const flags = parseFlags(kubeProxyFlags, ["--proxy-mode=userspace"]);
    const started = kubeProxyCommand.start(flags, silentLogger, nodePlatform);
    await assert.rejects(started, /userspace is retired/);
  });
});
