import assert from "node:assert/strict";
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

function configOf(args: readonly string[], file?: string) {
  const flags = parseFlags(kubeProxyFlags, args);
  const json = file === undefined ? undefined : parseKubeProxyConfiguration(file, "proxy.yaml");
  return proxyConfigOf(flags, new KubeProxySettings(flags, json), nodePlatform);
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

  const wrong: readonly [string, RegExp][] = [
    ["--cluster-cidr=10.20.0.0", /--cluster-cidr: "10\.20\.0\.0" is not an address range/],
    ["--nodeport-addresses=primary,10.0.0.0/8", /"primary" is not an address range/],
    ["--iptables-masquerade-bit=32", /32 is not between 0 and 31/],
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
