import assert from "node:assert/strict";
import { nodeClock } from "../../../lib/platform/node/nodeClock.js";
import { type EtcdStorage, openEtcdStorage } from "../../../lib/storage/etcdStorage.js";
import { requirement } from "../../support/clients/requirement.js";
import { builtEtcd } from "../../support/clients/upstreamPrograms.js";
import { EtcdProcess } from "../../support/etcd/etcdProcess.js";
import { storedConfigMap } from "../../support/storage/storedConfigMap.js";

function cases(start: (context: Mocha.Context) => Promise<EtcdProcess>): void {
  const password = "a password";
  let etcd: EtcdProcess;
  let storage: EtcdStorage;

  before(async function () {
    etcd = await start(this);
    await etcd.enableUsers(password);
    const user = { name: "root", password };
    storage = await openEtcdStorage({ endpoints: [etcd.url], user }, { clock: nodeClock });
  });
  after(async () => {
    await storage?.close();
    await etcd?.close();
  });

  it("writes on when its token has ended", async () => {
    for (let number = 0; number < 3; number += 1) {
      await etcd.forgetTokens(password);
      const key = `/registry/configmaps/default/m${number}`;
      const value = storedConfigMap(`m${number}`, "x");
      const { succeeded } = await storage.transact({
        compare: [{ key, target: "modRevision", equals: 0 }],
        success: [{ type: "put", key, value }],
      });
      assert.equal(succeeded, true);
      assert.equal((await storage.get(key))?.version, 1);
      await etcd.forgetTokens(password);
      const { leaseId } = await storage.grantLease(60);
      await etcd.forgetTokens(password);
      await storage.revokeLease(leaseId);
    }
  });

  it("is refused with a wrong password, which is not repeated", async () => {
    const user = { name: "root", password: "s3cret" };
    const opening = openEtcdStorage({ endpoints: [etcd.url], user }, { clock: nodeClock });
    await assert.rejects(opening, (error: Error) => {
      assert.match(error.message, /authentication failed/);
      assert.doesNotMatch(error.message, /s3cret/);
      return true;
    });
  });
}

describe("EtcdStorage as a user of etcd", () => cases(() => EtcdProcess.start()));
describe("EtcdStorage as a user of etcd 3.7", () =>
  cases(async (context) => {
    const program = await requirement(context, "Go and etcd's module", builtEtcd);
    return EtcdProcess.start({ program });
  }));
describe("EtcdStorage as a user of `steersman etcd`", () => cases(() => EtcdProcess.own()));
