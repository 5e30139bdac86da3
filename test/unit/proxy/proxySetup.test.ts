import assert from "node:assert/strict";
import { type Logger, type LogValues, silentLogger } from "../../../lib/platform/logger.js";
import { nodePlatform } from "../../../lib/platform/node/nodePlatform.js";
import type { Platform } from "../../../lib/platform/platform.js";
import { AddressRange } from "../../../lib/proxy/addressRange.js";
import { parseFlow } from "../../../lib/proxy/conntrack/udpFlowCleaner.js";
import { NodePortAddresses } from "../../../lib/proxy/nodePortAddresses.js";
import { chooseProxyMode } from "../../../lib/proxy/proxyMode.js";

/** A machine with these files, on which modprobe loads nothing. */
function machine(files: Readonly<Record<string, string>>): Platform {
  return {
    ...nodePlatform,
    files: {
      ...nodePlatform.files,
      readText: async (path) => files[path] ?? Promise.reject(new Error("ENOENT")),
      exists: async (path) => path in files,
    },
    processes: { ...nodePlatform.processes, run: () => Promise.reject(new Error("ENOENT")) },
  };
}

function recorder(): { logger: Logger; warnings: [string, LogValues | undefined][] } {
  const warnings: [string, LogValues | undefined][] = [];
  const warning = (message: string, values?: LogValues) => warnings.push([message, values]);
  return { logger: { ...silentLogger, warning }, warnings };
}

describe("chooseProxyMode", () => {
  it("takes iptables without a mode", async () => {
    assert.equal(await chooseProxyMode(machine({}), silentLogger, ""), "iptables");
    assert.equal(await chooseProxyMode(machine({}), silentLogger, "iptables"), "iptables");
  });

  it("falls back from ipvs and tells once what is missing", async () => {
    const { logger, warnings } = recorder();
    const partly = machine({ "/proc/modules": "nf_conntrack 1 0\nip_vs 2 0\n" });
    assert.equal(await chooseProxyMode(partly, logger, "ipvs"), "iptables");
    assert.equal(warnings.length, 1);
    assert.deepEqual(warnings[0]?.[1], { missing: ["ip_vs_rr", "ip_vs_wrr", "ip_vs_sh"] });
  });

  it("says that ipvs comes later where the kernel has it", async () => {
    const { logger, warnings } = recorder();
    const modules = ["ip_vs", "ip_vs_rr", "ip_vs_wrr", "ip_vs_sh", "nf_conntrack"];
    const whole = machine({
      "/proc/modules": modules.map((name) => `${name} 1 0`).join("\n"),
      "/proc/net/ip_vs": "",
    });
    assert.equal(await chooseProxyMode(whole, logger, "ipvs"), "iptables");
    assert.match(warnings[0]?.[0] ?? "", /later version/);
  });

  it("refuses modes that are retired, unknown or not there yet", async () => {
    for (const [mode, message] of [
      ["userspace", /retired/],
      ["nftables", /not supported yet/],
      ["other", /unknown proxy mode "other"/],
    ] as const) {
      await assert.rejects(chooseProxyMode(machine({}), silentLogger, mode), message);
    }
  });
});

describe("NodePortAddresses", () => {
  const host = {
    ...nodePlatform.host,
    addresses: () => [
      { interfaceName: "lo", address: "127.0.0.1", family: "IPv4" as const, loopback: true },
      { interfaceName: "eth0", address: "192.168.0.2", family: "IPv4" as const, loopback: false },
      { interfaceName: "eth1", address: "10.1.0.2", family: "IPv4" as const, loopback: false },
      { interfaceName: "eth0", address: "fd00::2", family: "IPv6" as const, loopback: false },
    ],
  };
  const cases: readonly [readonly string[], "IPv4" | "IPv6", string[] | undefined, boolean][] = [
    [[], "IPv4", undefined, true],
    [["0.0.0.0/0"], "IPv4", undefined, true],
    [["fd00::/8"], "IPv4", undefined, true],
    [["192.168.0.0/16"], "IPv4", ["192.168.0.2"], false],
    [["127.0.0.0/8", "10.0.0.0/8"], "IPv4", ["10.1.0.2", "127.0.0.1"], true],
    [["primary"], "IPv4", ["192.168.0.9"], false],
    [["fd00::/8"], "IPv6", ["fd00::2"], false],
    [[], "IPv6", undefined, false],
  ];
  for (const [texts, family, expected, loopback] of cases) {
    it(`chooses for ${JSON.stringify(texts)} and ${family}`, () => {
      const addresses = new NodePortAddresses(family, texts);
      assert.deepEqual(addresses.addresses(host, "192.168.0.9"), expected);
      assert.equal(addresses.containsLoopback, loopback);
    });
  }
});

describe("AddressRange", () => {
  it("knows its members", () => {
    const cases: readonly [string, string, boolean][] = [
      ["10.20.0.0/16", "10.20.255.1", true],
      ["10.20.0.0/16", "10.21.0.1", false],
      ["0.0.0.0/0", "8.8.8.8", true],
      ["0.0.0.0/0", "::1", false],
      ["fd00::/8", "fdff:1::2", true],
      ["2001:db8::/32", "2001:db9::1", false],
    ];
    for (const [range, address, expected] of cases) {
      assert.equal(AddressRange.parse(range)?.contains(address), expected, `${range} ${address}`);
    }
    for (const text of ["10.0.0.0", "10.0.0/8", "10.0.0.0/33", "1::2::3/64", "::/129", "x/8", ""]) {
      assert.equal(AddressRange.parse(text), undefined, text);
    }
  });
});

describe("parseFlow", () => {
  it("reads conntrack's lines", () => {
    const line =
      "udp      17 27 src=192.168.77.2 dst=10.96.0.10 sport=4053 dport=53 [UNREPLIED] " +
      "src=10.20.0.2 dst=10.20.0.1 sport=8080 dport=4053 mark=0 use=1";
    assert.deepEqual(parseFlow(line), {
      ...{ source: "192.168.77.2", sourcePort: 4053 },
      ...{ destination: "10.96.0.10", destinationPort: 53 },
      ...{ answerSource: "10.20.0.2", answerSourcePort: 8080 },
    });
    assert.equal(parseFlow("conntrack v1.4.7: 0 flow entries have been shown."), undefined);
    assert.equal(parseFlow(""), undefined);
  });
});
