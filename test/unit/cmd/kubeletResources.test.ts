import assert from "node:assert/strict";
import { kubeletFlags } from "../../../lib/cmd/flags/kubeletFlags.js";
import { parseFlags } from "../../../lib/cmd/flags/parseFlags.js";
import { nodeIps, resolvConfOf } from "../../../lib/cmd/kubelet/kubeletCommand.js";
import { KubeletSettings } from "../../../lib/cmd/kubelet/kubeletSettings.js";
import {
  maxPodsOf,
  reservedResources,
  unenforcedReservations,
} from "../../../lib/cmd/kubelet/nodeResources.js";
import { nodePlatform } from "../../../lib/platform/node/nodePlatform.js";

const settings = (...args: string[]) =>
  new KubeletSettings(parseFlags(kubeletFlags, args), undefined);

describe("a node's resources by the kubelet's flags", () => {
  it("are reserved by two flags together", () => {
    const args = ["--system-reserved=cpu=100m,memory=1Ki", "--kube-reserved=cpu=1,pid=10"];
    const one = settings(...args, "--kube-reserved=ephemeral-storage=5");
    assert.deepEqual(reservedResources(one), {
      ...{ cpuMilli: 1100, memoryBytes: 1024, ephemeralStorageBytes: 5 },
    });
    assert.deepEqual(unenforcedReservations(one), ["--kube-reserved: pid"]);
    assert.deepEqual(unenforcedReservations(settings()), []);
  });

  const wrong: readonly [string, RegExp][] = [
    ["--system-reserved=cpus=1", /--system-reserved: "cpus" is none of cpu, memory/],
    ["--kube-reserved=cpu=many", /--kube-reserved: cpu: "many" is no quantity/],
    ["--kube-reserved=memory=-1", /--kube-reserved: memory: -1 is negative/],
  ];
  for (const [flag, why] of wrong) {
    it(`refuse ${flag}`, () => assert.throws(() => reservedResources(settings(flag)), why));
  }

  it("are pods by number and by core", () => {
    assert.equal(maxPodsOf(settings(), 4), 110);
    assert.equal(maxPodsOf(settings("--pods-per-core=10"), 4), 40);
    assert.equal(maxPodsOf(settings("--pods-per-core=10", "--max-pods=30"), 4), 30);
    assert.throws(() => maxPodsOf(settings("--max-pods=-1"), 4), /--max-pods: -1 is negative/);
    const more = settings("--pods-per-core=10", "--max-pods=9");
    assert.throws(() => maxPodsOf(more, 4), /--pods-per-core: 10 is greater than --max-pods 9/);
  });
});

describe("the kubelet's --resolv-conf", () => {
  const files = { ...nodePlatform.files };
  const platform = { ...nodePlatform, files };
  const of = (...args: string[]) => resolvConfOf(settings(...args), platform);

  it("is read, and the machine's own need not be there", async () => {
    files.readText = () => Promise.resolve("nameserver 10.0.0.1\nsearch a b\n");
    assert.deepEqual(await of(), { servers: ["10.0.0.1"], searches: ["a", "b"], options: [] });
    files.readText = () => Promise.reject(new Error("not there"));
    assert.deepEqual(await of(), { servers: [], searches: [], options: [] });
    await assert.rejects(of("--resolv-conf=/r"), /--resolv-conf: \/r: not there/);
  });

  it("keeps the machine's from pods where it is empty", async () => {
    files.readText = () => Promise.resolve("nameserver 10.0.0.1\n");
    const conf = await of("--resolv-conf=");
    assert.deepEqual(conf, { servers: ["127.0.0.1"], searches: ["."], options: [] });
  });
});

describe("the kubelet's --node-ip", () => {
  const one = { interfaceName: "e", loopback: false };
  const addresses = () => [
    { ...one, address: "127.0.0.1", family: "IPv4" as const, loopback: true },
    { ...one, address: "10.0.0.2", family: "IPv4" as const },
    { ...one, address: "fd00::2", family: "IPv6" as const },
  ];
  const platform = { ...nodePlatform, host: { ...nodePlatform.host, addresses } };
  const of = (...args: string[]) => nodeIps(parseFlags(kubeletFlags, args), "node", platform);

  it("is one, two, or a family", () => {
    assert.deepEqual(of("--node-ip=10.1.0.1"), ["10.1.0.1"]);
    assert.deepEqual(of("--node-ip=10.1.0.1,fd00::1"), ["10.1.0.1", "fd00::1"]);
    assert.deepEqual(of("--node-ip=::"), ["fd00::2"]);
    for (const args of [["--node-ip=0.0.0.0"], []]) assert.deepEqual(of(...args), ["10.0.0.2"]);
  });

  it("is refused where it is no address", () => {
    assert.throws(() => of("--node-ip=10.1.0.1,eth0"), /--node-ip: "eth0" is not an IP address/);
  });
});
