import assert from "node:assert/strict";
import {
  Cluster,
  type ElectionOptions,
  leaderElector,
  OptionError,
  resources,
  waitUntil,
} from "../../../lib/index.js";

/** What the compiler would refuse, and a program without types can do. */
const mistake = <T>(value: unknown): T => value as T;

describe("mistakes of programs that would go on without a word", () => {
  let cluster: Cluster;
  before(async () => {
    cluster = await Cluster.start({ nodes: 0 });
  });
  after(() => cluster.stop());

  it("a condition that gives a promise holds at once", async () => {
    const namespaces = cluster.client.resource(resources.namespaces);
    const asked = waitUntil(
      namespaces,
      "default",
      mistake(async () => false),
    );
    await assert.rejects(asked, (error: unknown) => {
      assert.ok(error instanceof OptionError, String(error));
      assert.equal(
        error.message,
        "holds: it gave a promise: it has to say at once whether it holds",
      );
      return true;
    });
  });

  it("a Lease of a name that none can have is waited for", () => {
    const options: ElectionOptions = {
      ...{ namespace: "default", leaseName: "My/Lease", identity: "a" },
      onStartedLeading: async () => undefined,
    };
    assert.throws(
      () => leaderElector(cluster.client, options),
      /^OptionError: leaseName: "My\/Lease" is not a name of a Lease$/,
    );
  });
});
