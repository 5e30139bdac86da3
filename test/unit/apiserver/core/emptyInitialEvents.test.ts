import assert from "node:assert/strict";
import { nodePlatform } from "../../../../lib/platform/node/nodePlatform.js";
import { startTestApiServer } from "../../../support/apiserver/testApiServer.js";

describe("a watch that asks for initial events", () => {
  it("says that they have ended also when there are none", async () => {
    const server = await startTestApiServer();
    const client = nodePlatform.network.httpClient();
    try {
      const query =
        "watch=1&sendInitialEvents=true&resourceVersionMatch=NotOlderThan&allowWatchBookmarks=true";
      const answer = await client.call({ url: `${server.url}/api/v1/pods?${query}` });
      const [first] = await answer.body.take(1).toArray();
      assert.match(String(first), /"type":"BOOKMARK".*"k8s\.io\/initial-events-end":"true"/);
    } finally {
      client.close();
      await server.stop();
    }
  });
});
