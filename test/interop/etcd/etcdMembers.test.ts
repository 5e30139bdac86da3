import assert from "node:assert/strict";
import { nodeClock } from "../../../lib/platform/node/nodeClock.js";
import { type EtcdStorage, openEtcdStorage } from "../../../lib/storage/etcdStorage.js";
import { StorageError, type View } from "../../../lib/storage/storage.js";
import { EtcdProcess } from "../../support/etcd/etcdProcess.js";
import { storedConfigMap } from "../../support/storage/storedConfigMap.js";

const prefix = "/registry/configmaps/";
const view: View = {
  messageType: "k8s.io.api.core.v1.ConfigMap",
  format: "json",
  part: "object",
};

describe("EtcdStorage on three members", () => {
  let members: EtcdProcess[] = [];
  let storage: EtcdStorage;
  /** Of every write that was acknowledged, the newest. */
  const acknowledged = new Map<string, number>();
  /** Of every event, by name, in their order. */
  const seen = new Map<string, number[]>();
  let writes = 0;
  let last = 0;

  before(async () => {
    members = await EtcdProcess.cluster(3);
    const endpoints = members.map(({ url }) => url);
    storage = await openEtcdStorage({ endpoints }, { clock: nodeClock });
    const stream = storage.watch({
      ...{ prefix, afterRevision: storage.currentRevision(), view, framing: "json" },
      onReady: () => {
        const { bytes, ended } = stream.take(1 << 24);
        assert.equal(ended, undefined);
        for (const line of new TextDecoder().decode(bytes).split("\n")) {
          if (line === "") continue;
          const { object } = JSON.parse(line) as {
            object: { metadata: { name: string; resourceVersion: string } };
          };
          const revision = Number(object.metadata.resourceVersion);
          assert.ok(revision > last, "events come in the order of revisions, each once");
          last = revision;
          const { name } = object.metadata;
          seen.set(name, [...(seen.get(name) ?? []), revision]);
        }
      },
    });
  });
  after(async () => {
    await storage?.close();
    await Promise.all(members.map((member) => member.close()));
  });

  /** Whether it was acknowledged. */
  const write = async (): Promise<boolean> => {
    const name = `w${writes++}`;
    try {
      const { revision } = await storage.transact({
        compare: [],
        success: [{ type: "put", key: `${prefix}a/${name}`, value: storedConfigMap(name, "x") }],
      });
      acknowledged.set(name, revision);
      return true;
    } catch (error) {
      assert.ok(error instanceof StorageError);
      return false;
    }
  };
  const writeUntilAcknowledged = async (): Promise<void> => {
    while (!(await write()));
  };
  /** Every write that was acknowledged was seen, at its revision, once. */
  const check = async (): Promise<void> => {
    await writeUntilAcknowledged();
    await storage.list({ prefix, view });
    await new Promise((resolve) => setImmediate(resolve));
    for (const [name, revision] of acknowledged) assert.deepEqual(seen.get(name), [revision]);
  };

  it("goes on when any one of them is killed and comes back", async () => {
    for (const member of members) {
      for (let number = 0; number < 5; number += 1) await write();
      await member.kill();
      await writeUntilAcknowledged();
      assert.ok(await storage.get(`${prefix}a/w0`));
      await member.run();
      await check();
    }
  });

  it("goes on when any one of them stands still", async () => {
    for (const member of members) {
      member.signal("SIGSTOP");
      try {
        await writeUntilAcknowledged();
        assert.ok(await storage.get(`${prefix}a/w0`));
      } finally {
        member.signal("SIGCONT");
      }
      await check();
    }
  });

  it("says so when most of them are gone, shows nothing old, and goes on", async () => {
    const [first, second] = members;
    assert.ok(first && second);
    await Promise.all([first.kill(), second.kill()]);
    assert.equal(await write(), false);
    await assert.rejects(async () => storage.get(`${prefix}a/w0`), StorageError);
    assert.ok(await storage.get(`${prefix}a/w0`, { mayBeOld: true }));
    await Promise.all([first.run(), second.run()]);
    await check();
  });
});
