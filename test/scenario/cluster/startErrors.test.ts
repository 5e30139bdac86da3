import assert from "node:assert/strict";
import { once } from "node:events";
import { type AddressInfo, createServer, type Server } from "node:net";
import { Cluster, ClusterError, type ClusterOptions } from "../../../lib/index.js";

const label = "a".repeat(60);
/** Of the range for documentation: no machine has it. */
const foreign = "192.0.2.1";

describe("a cluster that cannot start says which option is at fault", () => {
  let taken: Server;
  let port: number;
  before(async () => {
    taken = createServer().listen(0, "127.0.0.1");
    await once(taken, "listening");
    ({ port } = taken.address() as AddressInfo);
  });
  after(() => {
    taken.close();
  });

  const faults: readonly [string, () => ClusterOptions, RegExp][] = [
    ["securePort", () => ({ securePort: port }), /: 127\.0\.0\.1:\d+: the port is in use$/],
    ["grpcPort", () => ({ grpcPort: port }), /: 127\.0\.0\.1:\d+: the port is in use$/],
    ["insecurePort", () => ({ insecurePort: port }), /: 127\.0\.0\.1:\d+: the port is in use$/],
    ["bindAddress", () => ({ bindAddress: foreign, securePort: 0 }), /does not have the address$/],
    [
      "nodeNetworkAddress",
      () => ({ nodeNetworkAddress: foreign, securePort: 0 }),
      /192\.0\.2\.1: this machine does not have the address$/,
    ],
    ["nodeNetworkAddress", () => ({ nodeNetworkAddress: "here" }), /"here" is not an IP address$/],
    [
      "serviceClusterIpRange",
      () => ({ serviceClusterIpRange: "10.0.0.0/30" }),
      /"10\.0\.0\.0\/30" is not a range of at least 8 addresses$/,
    ],
    [
      "serviceClusterIpRange",
      () => ({ serviceClusterIpRange: "10.0.0.0/24,10.1.0.0/24" }),
      /is not one range, or two of different families$/,
    ],
    [
      "clusterCidr",
      () => ({ clusterCidr: "10.0.0.0/30" }),
      /is not a range that has room for a node's \/24$/,
    ],
    ["clusterCidr", () => ({ clusterCidr: "10.0.0.0/7" }), /is not a range of at most 65536 nodes/],
    [
      "clusterCidr",
      () => ({ clusterCidr: "10.0.0.0/23", nodes: 3 }),
      /: 10\.0\.0\.0\/23 has room for the \/24 of 2 nodes, and nodes is 3$/,
    ],
    ["dns.domain", () => ({ dns: { domain: "a".repeat(64) } }), /is not a domain such as/],
    [
      "dns.domain",
      () => ({ dns: { domain: `${label}.${label}` } }),
      /is not a domain such as cluster\.local, of at most 118 characters$/,
    ],
  ];
  for (const [option, given, words] of faults) {
    it(`${option}: ${words.source}`, async () => {
      await assert.rejects(Cluster.start(given()), (error: unknown) => {
        assert.ok(error instanceof ClusterError, String(error));
        assert.deepEqual([error.reason, error.option], ["InvalidOption", option]);
        assert.match(error.message, words);
        return true;
      });
    });
  }
});
