import assert from "node:assert/strict";
import { nodePlatform } from "../../../../lib/platform/node/nodePlatform.js";
import { startTestApiServer } from "../../../support/apiserver/testApiServer.js";

describe("updates without a resourceVersion", () => {
  it("all succeed however many come at once", async () => {
    const server = await startTestApiServer();
    const client = nodePlatform.network.httpClient();
    const path = `${server.url}/api/v1/namespaces/default/configmaps`;
    const headers = { "content-type": "application/json" };
    const body = (text: string): string =>
      JSON.stringify({
        apiVersion: "v1",
        kind: "ConfigMap",
        metadata: { name: "a" },
        data: { text },
      });
    try {
      const made = await client.call({ url: path, method: "POST", headers, body: body("0") });
      await made.readAll();
      const answers = await Promise.all(
        Array.from({ length: 40 }, async (_, i) => {
          const answer = await client.call({
            url: `${path}/a`,
            method: "PUT",
            headers,
            body: body(String(i + 1)),
          });
          await answer.readAll();
          return answer.status;
        }),
      );
      assert.deepEqual([...new Set(answers)], [200]);
    } finally {
      client.close();
      await server.stop();
    }
  });
});
