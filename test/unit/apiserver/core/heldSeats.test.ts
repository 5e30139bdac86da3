import assert from "node:assert/strict";
import type { ServerRequest } from "../../../../lib/apiserver/serverRequest.js";
import { RestCaller } from "../../../support/apiserver/restCaller.js";
import { serverRequest } from "../../../support/apiserver/serverRequest.js";
import {
  startTestApiServer,
  type TestApiServer,
} from "../../../support/apiserver/testApiServer.js";

const maps = "/api/v1/namespaces/default/configmaps";
const user = { name: "a", uid: "", groups: [], extra: {} };

interface Held {
  readonly bytes: number;
  readonly onTaken: () => void;
}

describe("the seat of a response", () => {
  let api: TestApiServer;
  let rest: RestCaller;
  before(async () => {
    api = await startTestApiServer({}, { authorizationModes: ["AlwaysAllow"] });
    rest = new RestCaller(api.url);
    for (const [name, bytes] of Object.entries({ small: 60_000, large: 100_000 })) {
      const body = { metadata: { name }, data: { x: "x".repeat(bytes) } };
      assert.equal((await rest.call(maps, { method: "POST", body })).status, 201);
    }
  });
  after(async () => {
    rest.close();
    await api.stop();
  });

  async function seats(): Promise<number> {
    const name = "apiserver_flowcontrol_current_executing_seats";
    const lines = (await rest.call("/metrics")).text().split("\n");
    const ours = lines.filter((line) => line.startsWith(name) && !line.includes('"exempt"'));
    return ours.reduce((sum, line) => sum + Number(line.slice(line.lastIndexOf(" ") + 1)), 0);
  }

  /** Whose transport says by and by what its client takes. */
  async function get(name: string, parts: Partial<ServerRequest> = {}): Promise<Held[]> {
    const held: Held[] = [];
    const hold = (bytes: number, onTaken: () => void) => void held.push({ bytes, onTaken });
    const asked = { verb: "get", resource: "configmaps", namespace: "default", name };
    await api.server.pipeline.handle(serverRequest(asked, { knownUser: user, hold, ...parts }));
    return held;
  }

  it("is its own until the client's connection has all of a large one", async () => {
    const [held] = await get("large");
    assert.ok(held !== undefined && held.bytes > 100_000, `${held?.bytes} bytes`);
    assert.equal(await seats(), 1);
    held.onTaken();
    held.onTaken();
    assert.equal(await seats(), 0);
  });

  it("is free at once where the response is small, or goes to nobody who waits", async () => {
    assert.deepEqual(await get("small"), []);
    await get("large", { hold: undefined });
    assert.equal(await seats(), 0);
  });

  it("is free when the request's deadline has passed", async () => {
    const [held] = await get("large", { timeoutMilliseconds: 60, waitedMilliseconds: 50 });
    assert.ok(held !== undefined);
    while ((await seats()) > 0) await rest.call("/livez");
    held.onTaken();
    assert.equal(await seats(), 0);
  });
});
