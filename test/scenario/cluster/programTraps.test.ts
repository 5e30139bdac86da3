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

  for (const [what, condition] of [
    ["a promise", async () => false],
    ["one that rejects", () => Promise.reject(new Error("nobody listens"))],
  ] as const) {
    it(`a condition that gives ${what} holds at once`, async () => {
      const namespaces = cluster.client.resource(resources.namespaces);
      const asked = waitUntil(namespaces, "default", mistake(condition));
      await assert.rejects(asked, (error: unknown) => {
        assert.ok(error instanceof OptionError, String(error));
        assert.equal(
          error.message,
          "holds: it gave a promise: it has to say at once whether it holds",
        );
        return true;
      });
      // What it rejects with would be seen by now, and end the process.
      await new Promise((resolve) => setImmediate(resolve));
    });
  }

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
