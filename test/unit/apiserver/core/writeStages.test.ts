import assert from "node:assert/strict";
import type { AdmissionPlugin } from "../../../../lib/apiserver/admission/admissionPlugin.js";
import type { UserInfo } from "../../../../lib/apiserver/identity.js";
import { createStages } from "../../../../lib/apiserver/registry/createObject.js";
import { updateStages } from "../../../../lib/apiserver/registry/updateObject.js";
import { serverRequest } from "../../../support/apiserver/serverRequest.js";
import { assertOrder, rowOf, stageTable } from "../../../support/apiserver/stageTable.js";
import {
  startTestApiServer,
  type TestApiServer,
} from "../../../support/apiserver/testApiServer.js";

const master: UserInfo = { name: "master", uid: "", groups: ["system:masters"], extra: {} };
const namespace = "default";
const map = (data: object) => ({ metadata: { name: "a", namespace }, data });

describe("the stages of a write", () => {
  it("are those that docs/apiserver.md shows, in this order, with these error exits", () => {
    assert.deepEqual(stageTable("decode"), createStages.map(rowOf));
    assert.deepEqual(stageTable("read"), updateStages.map(rowOf));
  });

  it("need only what an earlier stage gives, and give each field once", () => {
    assertOrder(createStages);
    assertOrder(updateStages);
  });

  describe("of a server", () => {
    /** What the plugin does while it judges an update of the map. */
    let judge: (() => Promise<void>) | undefined;
    const decided: boolean[] = [];
    const plugin: AdmissionPlugin = {
      name: "Judge",
      handles: (operation, _group, resource) =>
        (operation === "UPDATE" || operation === "DELETE") && resource === "configmaps",
      admit(attributes) {
        if (attributes.user.name !== "master") return;
        attributes.onDecided?.((committed) => void decided.push(committed));
        return judge?.();
      },
    };
    let started: TestApiServer;
    before(async () => {
      started = await startTestApiServer({}, {}, [plugin]);
    });
    afterEach(async () => {
      judge = undefined;
      await handle("delete", {});
      decided.length = 0;
    });
    after(() => started.stop());

    const handle = (verb: string, body: object, name = "a", user: Partial<UserInfo> = {}) =>
      started.server.pipeline.handle(
        serverRequest(
          { verb, resource: "configmaps", namespace, name: verb === "create" ? "" : name },
          {
            knownUser: { ...master, ...user },
            contentType: verb === "patch" ? "application/merge-patch+json" : "application/json",
            ...(verb === "delete" ? { body: new Uint8Array() } : { body }),
          },
        ),
      );

    it("make no promise in memory, of a creation, an update, a patch", async () => {
      // The caches of admission are read once.
      await handle("create", map({ text: "0" }));
      await handle("delete", {});
      assert.ok(!(handle("create", map({ text: "0" })) instanceof Promise), "create");
      assert.ok(!(handle("update", map({ text: "1" })) instanceof Promise), "update");
      assert.ok(!(handle("patch", { data: { text: "2" } }) instanceof Promise), "patch");
    });

    it("run again after a lost race, and hooks of the attempts that were lost roll back", async () => {
      await handle("create", map({ text: "0" }));
      let writes = 0;
      judge = async () => {
        if (writes === 2) return;
        writes += 1;
        await handle("patch", { data: { [`by${writes}`]: "another" } }, "a", { name: "another" });
      };
      const result = await handle("patch", { data: { mine: "1" } });
      assert.ok(result.kind === "object");
      const { data } = JSON.parse(Buffer.from(result.bytes).toString()) as { data: object };
      assert.deepEqual(data, { by1: "another", by2: "another", mine: "1", text: "0" });
      assert.deepEqual(decided, [false, false, true]);
    });

    it("hold no lock while a plugin waits that judges a deletion", async () => {
      await handle("create", map({ text: "0" }));
      const waited: boolean[] = [];
      judge = async () => {
        if (waited.length === 3) return;
        await Promise.resolve();
        const writing = handle("patch", { data: { by: `${waited.length}` } }, "a", {
          name: "other",
        });
        waited.push(writing instanceof Promise);
        await writing;
      };
      await handle("delete", {});
      assert.deepEqual(waited, [false, false, false]);
      assert.deepEqual(decided, [false, false, false, true]);
      await assert.rejects(async () => handle("delete", {}), /not found/);
      await handle("create", map({ text: "0" }));
    });

    it("hold no lock while a plugin waits: who writes the object it judges waits for nobody", async () => {
      await handle("create", map({ text: "0" }));
      const waited: boolean[] = [];
      judge = async () => {
        if (waited.length === 3) return;
        await Promise.resolve();
        const writing = handle("patch", { data: { by: `${waited.length}` } }, "a", {
          name: "other",
        });
        waited.push(writing instanceof Promise);
        await writing;
      };
      await handle("patch", { data: { mine: "1" } });
      // From the second attempt on the object is locked when its stages begin.
      assert.deepEqual(waited, [false, false, false]);
    });
  });
});
