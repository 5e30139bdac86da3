import assert from "node:assert/strict";
import { maxRealNodes, planNodes } from "../../../lib/cluster/nodes/nodePlan.js";

const options = {
  dataDirectory: "/home/somebody/.steersman",
  nodes: 3,
  nodeCidr: "10.243.0.0/24",
  clusterCidr: "10.244.0.0/16",
  serviceRange: "10.96.0.0/12",
};

describe("planNodes", () => {
  it("gives each node an address, and links whose names the kernel takes", () => {
    const plan = planNodes({ ...options, nodes: 1_000 });
    assert.equal(plan.nodes.length, maxRealNodes);
    assert.deepEqual(
      plan.nodes.slice(0, 2).map(({ name, address }) => [name, address]),
      [
        ["node-0", "10.243.0.1"],
        ["node-1", "10.243.0.2"],
      ],
    );
    for (const name of [plan.bridge, ...plan.deadEnd, ...plan.nodes.map(({ link }) => link)]) {
      assert.ok(name.length <= 15 && name.startsWith(plan.linkPrefix), name);
    }
  });

  it("names links and cgroups by the data directory", () => {
    const other = planNodes({ ...options, dataDirectory: "/elsewhere" });
    const plan = planNodes(options);
    assert.equal(planNodes(options).bridge, plan.bridge);
    assert.notEqual(other.bridge, plan.bridge);
    assert.notEqual(other.cgroup, plan.cgroup);
  });

  it("has as many nodes as its range has addresses", () => {
    assert.equal(planNodes({ ...options, nodeCidr: "10.243.0.0/30" }).nodes.length, 2);
    assert.throws(() => planNodes({ ...options, nodeCidr: "10.243.0.0/32" }), /no address/);
  });

  it("refuses ranges that are none, or not apart", () => {
    assert.throws(() => planNodes({ ...options, nodeCidr: "nonsense" }), /--node-cidr: nonsense/);
    assert.throws(() => planNodes({ ...options, nodeCidr: "fd00::/64" }), /IPv4/);
    assert.throws(
      () => planNodes({ ...options, nodeCidr: "10.244.7.0/24" }),
      /--node-cidr: 10.244.7.0\/24 overlaps --cluster-cidr 10.244.0.0\/16/,
    );
    assert.throws(
      () => planNodes({ ...options, nodeCidr: "10.96.0.0/16" }),
      /overlaps --service-cluster-ip-range/,
    );
  });
});
