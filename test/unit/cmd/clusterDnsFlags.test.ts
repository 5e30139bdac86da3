import assert from "node:assert/strict";
import { type InitFlags, init } from "../../../lib/cmd/steersman/initCommand.js";
import { steersmanProgram } from "../../../lib/cmd/steersman/program.js";
import { nodePlatform } from "../../../lib/platform/node/nodePlatform.js";
import { MemoryFiles } from "../../../lib/platform/virtual/memoryFiles.js";

const flags: InitFlags = {
  dir: "/root",
  address: "10.0.0.9",
  node: "10.0.0.9",
  serviceClusterIpRange: "10.10.0.0/16",
};

describe("steersman init, for cluster DNS", () => {
  async function settingsOf(more: Partial<InitFlags>): Promise<string> {
    const files = new MemoryFiles(() => nodePlatform.clock.now());
    const host = { ...nodePlatform.host, writeOutput: () => undefined };
    await init({ ...flags, ...more }, { ...nodePlatform, files, host });
    assert.ok(await files.exists("/root/etc/kubernetes/cluster-dns.kubeconfig"));
    return files.readText("/root/var/lib/kubelet/config.yaml");
  }

  const lines: [given: string | undefined, line: string | undefined][] = [
    [undefined, 'clusterDNS: ["10.10.0.10"]'],
    ["10.3.0.1", 'clusterDNS: ["10.3.0.1"]'],
    ["10.3.0.1,fd00::a", 'clusterDNS: ["10.3.0.1","fd00::a"]'],
    ["none", undefined],
  ];
  for (const [clusterDns, line] of lines) {
    it(`names whom pods ask with --cluster-dns ${clusterDns ?? "left out"}`, async () => {
      const text = await settingsOf(clusterDns === undefined ? {} : { clusterDns });
      assert.equal(/^clusterDNS:.*$/m.exec(text)?.[0], line);
    });
  }

  const wrong: [more: Partial<InitFlags>, message: RegExp][] = [
    [{ clusterDns: "" }, /^--cluster-dns: "" is neither none nor an IP address$/],
    [{ clusterDns: "10.0.0.10,x" }, /^--cluster-dns: "x" is neither none nor an IP address$/],
    [{ clusterDns: "None" }, /^--cluster-dns: "None" is neither none nor an IP address$/],
    [
      { serviceClusterIpRange: "10.0.0.0/29" },
      /^--service-cluster-ip-range: 10\.0\.0\.0\/29 has no address for cluster DNS; --cluster-dns /,
    ],
    [{ serviceClusterIpRange: "fd00::/108" }, /^--service-cluster-ip-range: .* is no IPv4 CIDR$/],
  ];
  for (const [more, message] of wrong) {
    it(`writes nothing for ${JSON.stringify(more)}`, async () => {
      await assert.rejects(settingsOf(more), { message });
    });
  }

  it("needs no tenth address where another server is asked", async () => {
    const text = await settingsOf({ serviceClusterIpRange: "10.0.0.0/29", clusterDns: "10.3.0.1" });
    assert.match(text, /^clusterDNS: \["10\.3\.0\.1"\]$/m);
  });
});

describe("flags of cluster DNS", () => {
  const run = (...args: string[]): Promise<unknown> =>
    steersmanProgram(nodePlatform, import.meta.url).parseAsync(args, { from: "user" });

  const wrong: [args: string[], message: RegExp][] = [
    [["up", "--cluster-dns", "foo"], /^--cluster-dns: "foo" is neither none nor an IP address$/],
    [
      ["up", "--cluster-dns", "10.0.0.10,"],
      /^--cluster-dns: "" is neither none nor an IP address$/,
    ],
    [["up", "--cluster-dns", "none,none"], /^--cluster-dns: "none" is neither none nor an IP/],
    [["dns", "--service-ip", "foo"], /^--service-ip: "foo" is not an IP address$/],
    [["dns", "--service-ip", "10.96.0.10"], /^--service-ip: needs a --listen-address of this/],
    [
      ["dns", "--service-ip", "10.96.0.10", "--listen-address", "127.0.0.1:53"],
      /^--service-ip: needs a --listen-address of this machine to lead to, neither on loopback nor /,
    ],
  ];
  for (const [args, message] of wrong) {
    it(`are refused by name: ${args.join(" ")}`, async () => {
      await assert.rejects(run(...args), { message });
    });
  }
});
