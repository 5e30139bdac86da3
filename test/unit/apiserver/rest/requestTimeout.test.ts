import assert from "node:assert/strict";
import type { AdmissionPlugin } from "../../../../lib/apiserver/admission/admissionPlugin.js";
import { RestCaller } from "../../../support/apiserver/restCaller.js";
import {
  startTestApiServer,
  type TestApiServer,
} from "../../../support/apiserver/testApiServer.js";

const maps = "/api/v1/namespaces/default/configmaps";

/** Lets nothing be written before it is told to. */
class Slow implements AdmissionPlugin {
  readonly name = "Slow";
  isSlow = false;
  go: () => void = () => undefined;

  handles(_operation: string, _group: string, resource: string): boolean {
    return resource === "configmaps";
  }

  validate(): Promise<void> | void {
    if (!this.isSlow) return;
    return new Promise((resolve) => {
      this.go = resolve;
    });
  }
}

describe("--request-timeout and ?timeout=", () => {
  let api: TestApiServer;
  let rest: RestCaller;
  let slow: Slow;
  const start = async (requestTimeoutSeconds: number): Promise<void> => {
    slow = new Slow();
    api = await startTestApiServer({ requestTimeoutSeconds }, {}, [slow]);
    rest = new RestCaller(api.url);
  };
  afterEach(async () => {
    slow.go();
    rest.close();
    await api.stop();
  });

  const timedOut = {
    kind: "Status",
    apiVersion: "v1",
    metadata: {},
    status: "Failure",
    message: "Timeout: request did not complete within the allotted timeout",
    reason: "Timeout",
    details: {},
    code: 504,
  };
  const body = { metadata: { name: "late" } };
  const exists = async (): Promise<boolean> => (await rest.call(`${maps}/late`)).status === 200;
  /** In what was held until now nothing goes on any more. */
  const idle = async (): Promise<void> => {
    const page = "/debug/api_priority_and_fairness/dump_requests";
    for (let i = 0; i < 500; i += 1) {
      const lines = (await rest.call(page)).text().trim().split("\n");
      if (lines.length === 2) return;
    }
    assert.fail("a seat is still taken");
  };

  for (const [name, seconds, query] of [
    ["the server's time", 0.05, ""],
    ["its own", 60, "?timeout=50ms"],
  ] as const) {
    it(`a create that has ${name} ends with 504, and writes nothing any more`, async () => {
      await start(seconds);
      slow.isSlow = true;
      const { status, ...answer } = await rest.call(maps + query, { method: "POST", body });
      assert.equal(status, 504);
      assert.deepEqual(answer.json(), timedOut);
      assert.match(
        (await rest.call("/metrics")).text(),
        /^apiserver_request_terminations_total\{verb="POST".*resource="configmaps".*code="504"\} 1$/m,
      );
      slow.isSlow = false;
      slow.go();
      await idle();
      assert.ok(!(await exists()));
      assert.equal((await rest.call(maps, { method: "POST", body })).status, 201);
    });
  }

  it("an update and a deletion write nothing after it either", async () => {
    await start(60);
    assert.equal((await rest.call(maps, { method: "POST", body })).status, 201);
    const path = `${maps}/late?timeout=50ms`;
    for (const call of [
      { method: "PUT", body: { ...body, data: { k: "v" } } },
      { method: "DELETE" },
    ]) {
      slow.isSlow = true;
      assert.equal((await rest.call(path, call)).status, 504);
      slow.isSlow = false;
      slow.go();
      await idle();
      const { data } = (await rest.call(`${maps}/late`)).json();
      assert.equal(data, undefined);
    }
  });

  it("a request that waits for a revision still to come is given up", async () => {
    await start(60);
    const { metadata } = (await rest.call(maps)).json() as {
      metadata: { resourceVersion: string };
    };
    const future = Number(metadata.resourceVersion) + 1_000;
    const answer = await rest.call(`${maps}?resourceVersion=${future}&timeout=50ms`);
    assert.deepEqual([answer.status, answer.json().message], [504, timedOut.message]);
    await idle();
  });

  it("is no end of watches, and what is no duration is refused", async () => {
    await start(0.05);
    const watch = await rest.call(`${maps}?watch=1&timeoutSeconds=1&timeout=10ms`);
    assert.equal(watch.status, 200);
    const { status, ...answer } = await rest.call(`${maps}?timeout=soon`);
    assert.equal(status, 400);
    assert.equal(
      answer.json().message,
      'invalid timeout specified in the request URL - time: invalid duration "soon"',
    );
  });
});
