import assert from "node:assert/strict";
import { planNodes } from "../../../lib/cluster/nodes/nodePlan.js";
import { whyNoOwnContainerd } from "../../../lib/cluster/nodes/realNodesNeeds.js";
import { nodePlatform } from "../../../lib/platform/node/nodePlatform.js";

const ranges = {
  nodes: 1,
  nodeCidr: "10.243.0.0/24",
  clusterCidr: "10.244.0.0/16",
  serviceRange: "10.96.0.0/12",
};

describe("whyNoOwnContainerd", () => {
  /** A machine that has every command and plugin. */
  const platform = {
    ...nodePlatform,
    files: { ...nodePlatform.files, exists: async () => true },
    processes: { ...nodePlatform.processes, find: async (name: string) => `/bin/${name}` },
  };
  const why = (dataDirectory: string): Promise<string | undefined> =>
    whyNoOwnContainerd(platform, planNodes({ ...ranges, dataDirectory }));

  it("has nothing against a usual path, also one with spaces and quotes", async () => {
    for (const path of ["/data", "/my data/it's", '/a "b"']) {
      assert.equal(await why(path), undefined, path);
    }
  });

  it("names a path in which overlay mounts would see several", async () => {
    for (const path of ["/a:b", "/a,b", "/a\\b"]) {
      assert.match((await why(path)) ?? "", /overlay mounts take for a separator/, path);
    }
  });

  it("names a path that is too long for sockets", async () => {
    assert.match((await why(`/${"x".repeat(90)}`)) ?? "", /too long a path for sockets/);
  });
});
