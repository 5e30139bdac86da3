import assert from "node:assert/strict";
import {
  ApiError,
  Cluster,
  ClusterError,
  type ClusterOptions,
  resources,
} from "../../../lib/index.js";

function isInvalid(option: string, words: RegExp): (error: unknown) => boolean {
  return (error) => {
    assert.ok(error instanceof ClusterError, String(error));
    assert.deepEqual([error.reason, error.option], ["InvalidOption", option]);
    assert.match(error.message, words);
    return true;
  };
}

describe("Cluster's options", () => {
  const cases: [object, string, RegExp][] = [
    [{ nods: 3 }, "nods", /no such option; there are admissionPlugins, .*nodes/],
    [{ nodes: -1 }, "nodes", /-1 is not a whole number from 0/],
    [{ nodes: "two" }, "nodes", /"two" is not a whole number/],
    [{ nodes: 1.5 }, "nodes", /1\.5 is not/],
    [{ nodes: Number.NaN }, "nodes", /NaN is not/],
    [{ securePort: 70_000 }, "securePort", /70000 is not a whole number from 0 to 65535/],
    [{ controllers: "no" }, "controllers", /"no" is not true or false/],
    [{ authorizationModes: "RBAC" }, "authorizationModes", /is not a list of texts/],
    [{ bindAddress: "foo" }, "bindAddress", /"foo" is not an IP address/],
    [{ clusterCidr: "10.0.0.0" }, "clusterCidr", /"10\.0\.0\.0" is not an address range/],
    [{ serviceClusterIpRange: "a,b" }, "serviceClusterIpRange", /"a,b" is not an address range/],
    [{ dataDirectory: "" }, "dataDirectory", /is not a text/],
    [{ admissionPlugins: { enable: [] } }, "admissionPlugins.enable", /no such option/],
    [{ toString: 1 }, "toString", /no such option/],
    [{ dns: "yes" }, "dns", /"yes" is not true, false or an object/],
    [{ dns: [] }, "dns", /is not true, false or an object/],
    [{ dns: null }, "dns", /null is not true, false or an object/],
    [{ dns: { port: 53 } }, "dns.port", /no such option; there are domain, listen, upstreams/],
    [{ dns: { domain: "Cluster.local" } }, "dns.domain", /is not a domain such as/],
    [{ dns: { domain: "" } }, "dns.domain", /"" is not a domain/],
    [{ dns: { listen: "127.0.0.1" } }, "dns.listen", /is not a list of/],
    [{ dns: { listen: ["127.0.0.1"] } }, "dns.listen[0]", /it is not an object/],
    [
      { dns: { listen: [{ port: 53 }] } },
      "dns.listen[0].host",
      /it is missing, and there is no default/,
    ],
    [
      { dns: { listen: [{ host: "::1" }] } },
      "dns.listen[0].port",
      /it is missing, and there is no default/,
    ],
    [{ dns: { upstreams: "auto" } }, "dns.upstreams", /"auto" is not "machine" or a list of/],
    [{ dns: { upstreams: [{ host: "x", port: 1 }] } }, "dns.upstreams[0].host", /"x" is not an IP/],
    [{ dns: { listen: [{ host: "a", port: 1 }] } }, "dns.listen[0].host", /"a" is not an IP/],
    [{ dns: { listen: [{ host: "::1", port: 53, x: 1 }] } }, "dns.listen[0].x", /no such option/],
  ];
  for (const [options, option, words] of cases) {
    it(`are refused by name: ${JSON.stringify(options)}`, async () => {
      await assert.rejects(Cluster.start(options as ClusterOptions), isInvalid(option, words));
    });
  }

  for (const given of [null, "x", ["nodes"]]) {
    it(`are an object, not ${JSON.stringify(given)}`, async () => {
      const start = Cluster.start(given as unknown as ClusterOptions);
      await assert.rejects(start, isInvalid("options", /is not an object/));
    });
  }

  it("of a node are, too", async () => {
    const cluster = await Cluster.start({ nodes: 0 });
    try {
      const add = (options: object): Promise<string> => cluster.addNode(options);
      await assert.rejects(add({ maxPods: 0 }), isInvalid("maxPods", /0 is not a whole number/));
      await assert.rejects(add({ cpus: 1 }), isInvalid("cpus", /no such option/));
      await assert.rejects(add({ name: "Node_1" }), isInvalid("name", /is not a name of a node/));
      const named = add("node-1" as unknown as object);
      await assert.rejects(named, isInvalid("options", /"node-1" is not an object/));
    } finally {
      await cluster.stop();
    }
  });

  it("add no second node of a name, and leave names that are taken out", async () => {
    const cluster = await Cluster.start({ nodes: 1 });
    try {
      await cluster.addNode({ name: "node-2" });
      await assert.rejects(cluster.addNode({ name: "node-2" }), isInvalid("name", /is taken/));
      assert.equal(await cluster.addNode(), "node-3");
    } finally {
      await cluster.stop();
    }
  });

  it("refuse a directory that cannot be made, at once", async () => {
    const start = Cluster.start({ nodes: 0, dataDirectory: "/proc/nowhere/data" });
    await assert.rejects(start, /\/proc\/nowhere/);
  });

  it("of a user are, too; a name is enough", async () => {
    const cluster = await Cluster.start({ nodes: 0 });
    try {
      const as = (user: unknown) => () => cluster.clientAs(user as { name: string });
      assert.throws(as("joe"), isInvalid("options", /"joe" is not an object/));
      assert.throws(as({ group: ["a"] }), isInvalid("group", /no such option/));
      assert.throws(as({ name: "joe", groups: "a" }), isInvalid("groups", /is not a list/));
      assert.throws(as({}), isInvalid("name", /without a name/));
      const pods = cluster.clientAs({ name: "joe" }).resource(resources.pods);
      await assert.rejects(pods.list({ namespace: "default" }), (error: unknown) => {
        assert.ok(error instanceof ApiError);
        assert.match(error.message, /User "joe" cannot list resource "pods"/);
        return error.code === 403;
      });
      const log = pods.log("web", { namespace: "default" });
      await assert.rejects(log, /User "joe" cannot get resource "pods\/log"/);
    } finally {
      await cluster.stop();
    }
  });

  it("add no node to a cluster that stops", async () => {
    const cluster = await Cluster.start({ nodes: 0 });
    const isStopped = (error: unknown): boolean =>
      error instanceof ClusterError && error.reason === "Stopped";
    // One that is on its way either comes in time or is told; it never waits for ever.
    const late = cluster.addNode().catch((error: unknown) => assert.ok(isStopped(error)));
    await Promise.all([cluster.stop(), late]);
    await assert.rejects(cluster.addNode(), isStopped);
  });

  for (const directory of ["/proc/x", "/proc/x/y", "/etc/passwd", "/etc/passwd/x"]) {
    it(`name a data directory that cannot be made: ${directory}`, async () => {
      await assert.rejects(Cluster.start({ dataDirectory: directory }), (error: unknown) => {
        assert.ok(error instanceof ClusterError, String(error));
        assert.deepEqual([error.reason, error.option], ["DataDirectory", "dataDirectory"]);
        assert.match(error.message, new RegExp(`^dataDirectory: ${directory}: E[A-Z]+: `));
        return true;
      });
    });
  }

  it("are named where what they give is asked for", async () => {
    const cluster = await Cluster.start({ nodes: 0 });
    const isFor = (reason: string) => (error: unknown) =>
      error instanceof ClusterError && error.reason === reason;
    await assert.rejects(cluster.kubeconfig(), isFor("NotListening"));
    await cluster.stop();
    await assert.rejects(cluster.kubeconfig(), isFor("Stopped"));
  });
});
