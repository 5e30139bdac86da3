import assert from "node:assert/strict";
import { containerdConfig } from "../../../lib/cluster/nodes/containerdConfig.js";
import { planNodes } from "../../../lib/cluster/nodes/nodePlan.js";

const { nodes, registryDirectories } = planNodes({
  dataDirectory: "/data",
  nodes: 2,
  nodeCidr: "10.243.0.0/24",
  clusterCidr: "10.244.0.0/16",
  serviceRange: "10.96.0.0/12",
});

function configured(directories: readonly string[]): string {
  return containerdConfig({
    directory: nodes[0]?.directory ?? "",
    sandboxImage: "pause:1",
    cniBinDirectory: "/cni/bin",
    cniConfDirectory: "/cni/conf",
    registryDirectories: directories,
    systemdCgroup: false,
    restrictOomScoreAdj: false,
  });
}

describe("containerdConfig", () => {
  it("looks for registries in the data directory, then where the machine's containerd does", () => {
    const section = `[plugins."io.containerd.grpc.v1.cri".registry]`;
    const path = `config_path = "/data/certs.d:/etc/containerd/certs.d"`;
    assert.deepEqual(registryDirectories, ["/data/certs.d", "/etc/containerd/certs.d"]);
    const lines = configured(registryDirectories)
      .split("\n")
      .map((line) => line.trim());
    assert.equal(lines[lines.indexOf(section) + 1], path);
  });
});
