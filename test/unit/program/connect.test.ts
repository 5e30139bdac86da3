import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ApiError, Cluster, ConfigError, connect, resources } from "../../../lib/index.js";

describe("connecting a program to a cluster", () => {
  let cluster: Cluster;
  const directory = mkdtempSync(join(tmpdir(), "steersman-connect-"));
  before(async () => {
    cluster = await Cluster.start({ nodes: 0, securePort: 0, controllers: false });
  });
  after(async () => {
    await cluster.stop();
    rmSync(directory, { recursive: true });
  });

  it("takes a kubeconfig's text or file", async () => {
    const text = await cluster.kubeconfig();
    const file = join(directory, "kubeconfig");
    writeFileSync(file, text, { mode: 0o600 });
    for (const given of [text, file]) {
      const client = await connect(given, { transport: "rest" });
      const list = await client.resource(resources.namespaces).list();
      assert.ok(list.items.length > 0);
      client.close();
    }
  });

  it("says what is wrong with one, at once", async () => {
    const isConfigError = (words: RegExp) => (error: unknown) =>
      error instanceof ConfigError && words.test(error.message);
    await assert.rejects(connect(join(directory, "none")), isConfigError(/none: no such file/));
    const text = await cluster.kubeconfig();
    await assert.rejects(connect(text, { context: "other" }), isConfigError(/"other" does not/));
    const elsewhere = text.replace(/server: .*/, "server: https://127.0.0.1:1");
    await assert.rejects(
      connect(elsewhere),
      (error: unknown) => error instanceof ApiError && error.code === 503,
    );
  });
});
