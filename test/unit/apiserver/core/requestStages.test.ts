import assert from "node:assert/strict";
import { ApiError, apiErrors } from "../../../../lib/api/status.js";
import type { FlowControl } from "../../../../lib/apiserver/flowControl.js";
import type { UserInfo } from "../../../../lib/apiserver/identity.js";
import { requestStages } from "../../../../lib/apiserver/requestStages.js";
import type { ServerRequest } from "../../../../lib/apiserver/serverRequest.js";
import { serverRequest } from "../../../support/apiserver/serverRequest.js";
import { assertOrder, rowOf, stageTable } from "../../../support/apiserver/stageTable.js";
import {
  startTestApiServer,
  type TestApiServer,
} from "../../../support/apiserver/testApiServer.js";

const nobody: UserInfo = { name: "nobody", uid: "", groups: ["system:authenticated"], extra: {} };
const master: UserInfo = { ...nobody, name: "master", groups: ["system:masters"] };

describe("the stages of a request", () => {
  it("are those that docs/apiserver.md shows, in this order, with these error exits", () => {
    assert.deepEqual(stageTable("receive"), requestStages.map(rowOf));
  });

  it("need only what an earlier stage gives, and give each field once", () => {
    assertOrder(requestStages);
  });

  describe("of a server", () => {
    const seats = { entered: 0, released: 0 };
    const users: string[] = [];
    const completed: string[] = [];
    const flowControl: FlowControl = {
      enter(_info, user) {
        if (user.name === "too-many") throw apiErrors.tooManyRequests("wait", 1);
        seats.entered += 1;
        return () => {
          seats.released += 1;
        };
      },
    };
    let started: TestApiServer;
    before(async () => {
      started = await startTestApiServer({
        flowControl: () => flowControl,
        audit: {
          received: (id, _request, user, requester) =>
            void users.push(`${id.length} ${requester.name} ${user.name}`),
          completed: (_id, _request, code) => void completed.push(String(code)),
        },
      });
    });
    beforeEach(() => {
      Object.assign(seats, { entered: 0, released: 0 });
      users.length = 0;
      completed.length = 0;
    });
    after(() => started.stop());

    /** What the pipeline makes of it: a promise only where it had to wait. */
    const handle = (request: ServerRequest) => started.server.pipeline.handle(request);
    const reasonOf = async (request: ServerRequest): Promise<string> => {
      try {
        await handle(request);
      } catch (error) {
        assert.ok(error instanceof ApiError, String(error));
        return error.reason;
      }
      return "";
    };
    const get = { verb: "get", resource: "namespaces", namespace: "default", name: "default" };

    it("end where they say, with the error that they say", async () => {
      const as = { "impersonate-user": "someone" };
      const group = { "impersonate-group": "g" };
      const exits: Record<string, Record<string, ServerRequest>> = {
        authenticate: { Unauthorized: serverRequest(get, {}) },
        impersonate: {
          BadRequest: serverRequest(get, { knownUser: master, headers: group }),
          Forbidden: serverRequest(get, { knownUser: nobody, headers: as }),
        },
        "flow control": {
          TooManyRequests: serverRequest(get, { knownUser: { ...master, name: "too-many" } }),
        },
        authorize: { Forbidden: serverRequest(get, { knownUser: nobody }) },
      };
      for (const { name, errors } of requestStages.slice(0, -1)) {
        assert.deepEqual(Object.keys(exits[name] ?? {}), [...errors], name);
        for (const [reason, request] of Object.entries(exits[name] ?? {})) {
          assert.equal(await reasonOf(request), reason, `${name} ${reason}`);
        }
      }
      assert.deepEqual(completed, ["401", "400", "403", "429", "403"]);
      // One came as far as to be refused by the authorizer.
      assert.deepEqual(seats, { entered: 1, released: 1 });
    });

    it("make no promise where nothing waits", async () => {
      const request = serverRequest(get, { knownUser: master });
      // The caches of roles are read once.
      await handle(request);
      assert.ok(!(handle(request) instanceof Promise));
      assert.throws(() => handle(serverRequest({ ...get, name: "no" }, { knownUser: master })));
      assert.deepEqual(seats, { entered: 3, released: 3 });
      assert.deepEqual(completed, ["200", "200", "404"]);
    });

    it("tell the audit sink whom a request acts as, who sent it, and its id", async () => {
      const headers = { "impersonate-user": "someone", "impersonate-group": "system:masters" };
      await handle(serverRequest(get, { knownUser: master, headers }));
      await handle(serverRequest(get, { trustedUser: master }));
      assert.deepEqual(users, ["36 master someone", "36 master master"]);
    });
  });
});
