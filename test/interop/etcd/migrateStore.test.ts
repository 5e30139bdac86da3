import assert from "node:assert/strict";
import { nativeCodec } from "../../../lib/api/nativeCodec.js";
import { nodePlatform } from "../../../lib/platform/node/nodePlatform.js";
import { openEmbeddedStorage } from "../../../lib/storage/embeddedStorage.js";
import { openEtcdStorage } from "../../../lib/storage/etcdStorage.js";
import type { Storage } from "../../../lib/storage/storage.js";
import { startTestApiServer } from "../../support/apiserver/testApiServer.js";
import { temporaryFolder } from "../../support/commands/apiserverProcess.js";
import { type Ended, runCommand } from "../../support/commands/commandProcess.js";
import { EtcdProcess } from "../../support/etcd/etcdProcess.js";

const { clock } = nodePlatform;
const leases = "/registry/masterleases/";

async function allOf(storage: Storage): Promise<Map<string, string>> {
  const { values } = await storage.range("/registry/");
  const kept = values.filter(({ key }) => !key.startsWith(leases));
  return new Map(kept.map(({ key, value }) => [key, Buffer.from(value).toString("base64")]));
}

describe("a store that is migrated", () => {
  const folder = temporaryFolder();
  const source = `${folder.path}/source`;
  let etcd: EtcdProcess;
  let given: Map<string, string>;
  let revision: number;

  before(async () => {
    etcd = await EtcdProcess.start();
    const storage = await openEmbeddedStorage({ clock, directory: `${source}/store` });
    const server = await startTestApiServer({ storage });
    const post = (path: string, body: object): Promise<Response> =>
      fetch(`${server.url}/api/v1/namespaces/default/${path}`, {
        method: "POST",
        headers: { "content-type": "application/json" },
        body: JSON.stringify(body),
      });
    for (let number = 0; number < 300; number += 1) {
      const data = { text: "x".repeat(number * 20) };
      await post("configmaps", { metadata: { name: `m${number}` }, data });
    }
    const involvedObject = { kind: "ConfigMap", name: "m1", namespace: "default" };
    await post("events", { metadata: { name: "e" }, involvedObject, reason: "R", message: "M" });
    await server.server.stop();
    await server.policy.bootstrap.stop();
    server.policy.close();
    given = await allOf(storage);
    revision = storage.currentRevision();
    await storage.close();
  });
  after(async () => {
    await etcd?.close();
    folder.remove();
  });

  const migrate = (from: string, to: string, ...more: string[]): Promise<Ended> =>
    runCommand("steersman", ["store", "migrate", "--from", from, "--to", to, ...more]);
  const refused = (ended: Ended, why: RegExp): void => {
    assert.equal(ended.code, 1, ended.output);
    assert.equal(ended.error.trim().split("\n").length, 1, ended.error);
    assert.match(ended.error, why);
  };

  it("is in etcd object by object, above its revision, and an API server goes on there", async () => {
    const ended = await migrate(source, etcd.url, "--output", "json");
    assert.equal(ended.code, 0, ended.error);
    const said = JSON.parse(ended.output);
    assert.equal(said.keys, given.size);
    assert.equal(said.sourceRevision, revision);
    assert.ok(said.revision > revision);
    const storage = await openEtcdStorage({ endpoints: [etcd.url] }, { clock });
    assert.deepEqual(await allOf(storage), given);
    const { values } = await storage.range("/registry/");
    for (const { key, modRevision } of values) assert.ok(modRevision > revision, key);
    const event = values.find(({ key }) => key.startsWith("/registry/events/"));
    assert.ok(event !== undefined && event.leaseId !== 0);
    const server = await startTestApiServer({ storage });
    const read = await fetch(`${server.url}/api/v1/namespaces/default/configmaps/m7`);
    const { data } = (await read.json()) as { data: { text: string } };
    assert.equal(data.text, "x".repeat(140));
    await server.stop();
  });

  it("comes back with its revisions, and a store goes on above them", async () => {
    const there = await openEtcdStorage({ endpoints: [etcd.url] }, { clock });
    const objects = await allOf(there);
    const newest = there.currentRevision();
    await there.close();
    const back = `${folder.path}/back`;
    const ended = await migrate(etcd.url, back);
    assert.equal(ended.code, 0, ended.error);
    assert.match(ended.output, /objects, each as it was; revision/);
    const storage = await openEmbeddedStorage({ clock, directory: `${back}/store` });
    try {
      assert.deepEqual(await allOf(storage), objects);
      assert.ok(storage.currentRevision() > newest);
      const key = "/registry/configmaps/default/m7";
      const stored = await storage.get(key);
      assert.ok(stored !== undefined && stored.modRevision <= newest);
      const message = "k8s.io.api.core.v1.ConfigMap";
      const text = nativeCodec.decodeStored(stored.value, message, "1").json();
      assert.equal(JSON.parse(text).data.text, "x".repeat(140));
    } finally {
      await storage.close();
    }
    refused(await migrate(etcd.url, back), /back/);
  });

  /** Writes again and again, for as long as the migration takes. */
  const meanwhile = async (key: string, run: () => Promise<Ended>): Promise<Ended> => {
    let done = false;
    const writing = (async () => {
      for (let count = 0; !done; count += 1) await etcd.put(key, `${count}`);
    })();
    try {
      return await run();
    } finally {
      done = true;
      await writing;
      await etcd.remove(key);
    }
  };

  it("comes out of an etcd that others write to, under other keys", async () => {
    const to = `${folder.path}/beside`;
    const ended = await meanwhile("/elsewhere/x", () => migrate(etcd.url, to));
    assert.equal(ended.code, 0, ended.error);
  });

  it("does not come out of an etcd in use: the key says what is written", async () => {
    const key = "/registry/configmaps/default/busy";
    const ended = await meanwhile(key, () => migrate(etcd.url, `${folder.path}/busy`));
    refused(
      ended,
      /in use: \/registry\/configmaps\/default\/busy was (made|written) meanwhile; stop/,
    );
  });

  it("goes into no etcd on which an API server runs, or did a moment ago, and out of none", async () => {
    const other = await EtcdProcess.start();
    try {
      await other.put(`${leases}10.0.0.7`, "x");
      const why = /killed less than 15 seconds ago \(\/registry\/masterleases\/10.0.0.7\)/;
      refused(await migrate(source, other.url), why);
      refused(await migrate(other.url, `${folder.path}/server`), why);
      await other.remove(`${leases}10.0.0.7`);
      assert.equal((await migrate(source, other.url)).code, 0);
    } finally {
      await other.close();
    }
  });

  it("is refused in one line where it cannot be", async () => {
    refused(await migrate(source, etcd.url), /etcd has objects already, such as \/registry\//);
    refused(
      await migrate(source, `${folder.path}/x`),
      /one of --from and --to is a data directory/,
    );
    refused(
      await migrate(source, etcd.url, "--etcd-prefix", "a//"),
      /--etcd-prefix: "a\/\/": it is/,
    );
    refused(await migrate(`${folder.path}/none`, etcd.url), /none/);
    refused(await migrate(source, "http://127.0.0.1:1"), /127\.0\.0\.1:1: .*refused/);
    const far = await openEmbeddedStorage({ clock, directory: `${folder.path}/far/store` });
    await far.transact({
      compare: [],
      success: [{ type: "put", key: "/registry/configmaps/default/x", value: Buffer.from("{}") }],
    });
    await far.close();
    const file = `${folder.path}/far.snapshot`;
    const args = ["store", "snapshot", `${folder.path}/far`, file];
    assert.equal((await runCommand("steersman", args)).code, 0);
    const restored = `${folder.path}/restored`;
    await runCommand("steersman", ["store", "restore", file, restored]);
    const empty = ["--etcd-prefix", "/empty"];
    refused(await migrate(restored, etcd.url, ...empty), /raise etcd's first \(etcdutl snapshot/);
    const held = await openEmbeddedStorage({ clock, directory: `${restored}/store` });
    refused(await migrate(restored, etcd.url, ...empty), /restored/);
    await held.close();
  });
});
