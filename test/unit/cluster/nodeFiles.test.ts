import assert from "node:assert/strict";
import { createPrivateKey, X509Certificate } from "node:crypto";
import { ClusterPki } from "../../../lib/cluster/clusterPki.js";
import { nodeArguments, writeNodeFiles } from "../../../lib/cluster/nodes/nodeFiles.js";
import { type NodePlan, planNodes } from "../../../lib/cluster/nodes/nodePlan.js";
import { nodePlatform } from "../../../lib/platform/node/nodePlatform.js";
import { MemoryFiles } from "../../../lib/platform/virtual/memoryFiles.js";

const server = "https://10.243.0.1:6443";
const options = { server, socket: "/run/c.sock", clusterDns: ["10.96.0.10"] };
const plan: NodePlan = planNodes({
  dataDirectory: "/data",
  nodes: 4,
  nodeCidr: "10.243.0.0/24",
  clusterCidr: "10.244.0.0/16",
  serviceRange: "10.96.0.0/12",
});

describe("writeNodeFiles", () => {
  const files = new MemoryFiles(() => nodePlatform.clock.now());
  const platform = { ...nodePlatform, files };

  async function writeAll(): Promise<void> {
    const pki = await ClusterPki.open(platform, "/data/pki");
    for (const { directory } of plan.nodes) await files.makeDirectory(directory);
    await Promise.all(
      plan.nodes.map((node) => writeNodeFiles(platform, { ...options, pki, node })),
    );
  }

  async function pairOf(path: string): Promise<{ certificate: X509Certificate; matches: boolean }> {
    const text = await files.readText(path);
    const field = (name: string): Buffer =>
      Buffer.from(new RegExp(`${name}: (\\S+)`).exec(text)?.[1] ?? "", "base64");
    const certificate = new X509Certificate(field("client-certificate-data"));
    const key = createPrivateKey(field("client-key-data"));
    return { certificate, matches: certificate.checkPrivateKey(key) };
  }

  it("gives every component a pair that fits, also the one that is read again", async () => {
    for (let start = 0; start < 2; start++) {
      await writeAll();
      for (const { directory, name } of plan.nodes) {
        const kubelet = await pairOf(`${directory}/kubelet.kubeconfig`);
        assert.ok(kubelet.matches, `${name}'s kubelet, start ${start}`);
        assert.match(kubelet.certificate.subject, new RegExp(`system:node:${name}`));
        assert.match(kubelet.certificate.subject, /O=system:nodes/);
        const proxy = await pairOf(`${directory}/kube-proxy.kubeconfig`);
        assert.ok(proxy.matches, `${name}'s proxy, start ${start}`);
        assert.match(proxy.certificate.subject, /system:kube-proxy/);
      }
    }
  });

  it("names files that were written, and ports on the node's own address", async () => {
    await writeAll();
    const [, node] = plan.nodes;
    const { kubelet, proxy } = nodeArguments(plan, node ?? assert.fail());
    for (const argument of [...kubelet, ...proxy]) {
      const path = /^--(?:kubeconfig|config)=(.*)$/.exec(argument)?.[1];
      if (path !== undefined) assert.ok(await files.exists(path), path);
    }
    assert.ok(proxy.includes("--healthz-bind-address=10.243.0.2:10256"));
    const text = await files.readText("/data/nodes/node-1/kubelet.json");
    const configuration = JSON.parse(text) as Record<string, unknown>;
    assert.equal(configuration.address, "10.243.0.2");
    assert.equal(configuration.containerRuntimeEndpoint, "unix:///run/c.sock");
    assert.equal(configuration.clusterDomain, "cluster.local");
    assert.deepEqual(configuration.clusterDNS, ["10.96.0.10"]);
    assert.equal(configuration.cgroupRoot, `/${plan.nodes[1]?.cgroup}`);
  });

  const resolved = "/run/systemd/resolve/resolv.conf";
  const cases: [what: string, files: Record<string, string>, file: string | undefined][] = [
    [
      "a server elsewhere",
      { [resolved]: "x", "/etc/resolv.conf": "nameserver 10.1.1.1\n" },
      undefined,
    ],
    ["a stub alone", { [resolved]: "x", "/etc/resolv.conf": "nameserver 127.0.0.53\n" }, resolved],
    ["a stub of something else", { "/etc/resolv.conf": "nameserver 127.0.0.1\n" }, undefined],
    ["no server", { [resolved]: "x", "/etc/resolv.conf": "search a\n" }, undefined],
  ];
  for (const [what, texts, file] of cases) {
    it(`points pods to servers that they reach where the machine has ${what}`, async () => {
      const files = new MemoryFiles(() => nodePlatform.clock.now());
      for (const folder of ["/etc", "/run/systemd/resolve"]) await files.makeDirectory(folder);
      for (const [path, text] of Object.entries(texts)) await files.writeFile(path, text);
      const [node] = plan.nodes;
      assert.ok(node);
      await files.makeDirectory(node.directory);
      const pki = await ClusterPki.open({ ...nodePlatform, files }, undefined);
      await writeNodeFiles({ files }, { ...options, pki, node, clusterDns: [] });
      const text = await files.readText(`${node.directory}/kubelet.json`);
      const { resolvConf, clusterDNS } = JSON.parse(text) as Record<string, unknown>;
      assert.deepEqual([resolvConf, clusterDNS], [file, undefined]);
    });
  }
});
