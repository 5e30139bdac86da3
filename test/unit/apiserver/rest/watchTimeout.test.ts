import assert from "node:assert/strict";
import { RestCaller } from "../../../support/apiserver/restCaller.js";
import { startTestApiServer } from "../../../support/apiserver/testApiServer.js";

describe("--min-request-timeout", () => {
  it("ends a watch that asks for no end", async () => {
    const api = await startTestApiServer({ minRequestTimeoutSeconds: 0.05 });
    try {
      const rest = new RestCaller(api.url);
      const { status } = await rest.call("/api/v1/namespaces/default/configmaps?watch=1");
      assert.equal(status, 200);
    } finally {
      await api.stop();
    }
  });
});
