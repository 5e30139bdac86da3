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

/** What clients were shown would be taken back: nobody is served until the server starts again. */
describe("the etcd of a server, replaced by another", () => {
  let etcd: EtcdProcess;
  let storage: EtcdStorage;

  const put = (name: string) =>
    storage.transact({
      compare: [],
      success: [
        { type: "put", key: `${prefix}default/${name}`, value: storedConfigMap(name, "x") },
      ],
    });

  beforeEach(async () => {
    etcd = await EtcdProcess.start();
    storage = await openEtcdStorage({ endpoints: [etcd.url] }, { clock: nodeClock });
    for (let number = 0; number < 5; number += 1) await put(`m${number}`);
  });
  afterEach(async () => {
    await storage?.close();
    await etcd?.close();
  });

  /** Fails with the reason, not with what happens while the connection is away. */
  async function refused(call: () => unknown, why: RegExp): Promise<void> {
    for (;;) {
      try {
        await call();
        assert.fail("served");
      } catch (error) {
        if (!(error instanceof StorageError)) throw error;
        if (why.test(error.message)) return;
        assert.equal(error.reason, "io", error.message);
      }
    }
  }

  for (const [what, token, why] of [
    ["an empty one of the same cluster", "steersman", /went back from revision \d+ to \d+/],
    ["one of another cluster", "another", /cluster is [0-9a-f]+, and was [0-9a-f]+/],
  ] as const) {
    it(`serves nothing of ${what}`, async () => {
      const seen = storage.currentRevision();
      await etcd.replace(token);
      await refused(() => storage.get(`${prefix}default/m0`), why);
      await refused(() => put("new"), why);
      await refused(() => storage.list({ prefix, view }), why);
      await refused(() => storage.health(), why);
      assert.equal(storage.currentRevision(), seen);
    });
  }
});
