import assert from "node:assert/strict";
import { RestCaller } from "../../../support/apiserver/restCaller.js";
import {
  startTestApiServer,
  type TestApiServer,
} from "../../../support/apiserver/testApiServer.js";

const jobs = "/apis/batch/v1/namespaces/default/jobs";

describe("Deletion of a Job", () => {
  let api: TestApiServer;
  let rest: RestCaller;

  beforeEach(async () => {
    api = await startTestApiServer();
    rest = new RestCaller(api.url);
    const spec = { restartPolicy: "Never", containers: [{ name: "c", image: "i:1" }] };
    const body = { metadata: { name: "work" }, spec: { template: { spec } } };
    assert.equal((await rest.call(jobs, { method: "POST", body })).status, 201);
  });
  afterEach(async () => {
    rest.close();
    await api.stop();
  });

  for (const [what, path] of [
    ["one", `${jobs}/work`],
    ["all", jobs],
  ] as const) {
    it(`leaves the pods of ${what} behind where nothing is said, and warns of it`, async () => {
      const answer = await rest.call(path, { method: "DELETE" });
      assert.equal(answer.status, 200);
      assert.match(
        `${answer.headers.warning}`,
        /^299 - "child pods are preserved by default when jobs are deleted; /,
      );
      const { metadata } = (await rest.call(`${jobs}/work`)).json() as {
        metadata?: { finalizers?: string[]; deletionTimestamp?: string };
      };
      assert.deepEqual(metadata?.finalizers, ["orphan"]);
      assert.ok(metadata?.deletionTimestamp);
    });

    it(`takes the pods of ${what} along where that is said, without a word`, async () => {
      const query = "?propagationPolicy=Background";
      const answer = await rest.call(`${path}${query}`, { method: "DELETE" });
      assert.equal(answer.status, 200);
      assert.equal(answer.headers.warning, undefined);
      assert.equal((await rest.call(`${jobs}/work`)).status, 404);
    });
  }
});
