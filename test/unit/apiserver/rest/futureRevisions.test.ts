import assert from "node:assert/strict";
import { RestCaller } from "../../../support/apiserver/restCaller.js";
import {
  startTestApiServer,
  type TestApiServer,
} from "../../../support/apiserver/testApiServer.js";

const maps = "/api/v1/namespaces/default/configmaps";

describe("a resourceVersion still to come", () => {
  let api: TestApiServer;
  let rest: RestCaller;
  before(async () => {
    api = await startTestApiServer();
    rest = new RestCaller(api.url);
    await create("known");
  });
  after(async () => {
    rest.close();
    await api.stop();
  });

  const create = (name: string) =>
    rest.call(maps, { method: "POST", body: { metadata: { name } } });

  for (const [what, path] of [
    ["a get", `${maps}/known?resourceVersion=`],
    ["a list", `${maps}?resourceVersion=`],
    ["a page", `${maps}?limit=1&resourceVersion=`],
    ["an exact list", `${maps}?resourceVersionMatch=Exact&resourceVersion=`],
    [
      "a watch's first state",
      `${maps}?watch=1&timeoutSeconds=-1&sendInitialEvents=true&` +
        "resourceVersionMatch=NotOlderThan&resourceVersion=",
    ],
  ] as const) {
    it(`is waited for by ${what}`, async () => {
      const next = api.storage.currentRevision() + 1;
      let isDone = false;
      const reading = rest.call(path + next).finally(() => {
        isDone = true;
      });
      await rest.call(`${maps}/known`);
      assert.equal(isDone, false);
      await create(`made-for-${next}`);
      assert.equal((await reading).status, 200);
    });
  }
});
