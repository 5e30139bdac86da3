import assert from "node:assert/strict";
import { coreV1 } from "../../../lib/api/gen/resources.js";
import { MetricsRegistry } from "../../../lib/api/metrics/metricsRegistry.js";
import { CountedTransport } from "../../../lib/client/countedTransport.js";
import { TransportClient } from "../../../lib/client/transportClient.js";
import { VirtualCluster } from "../../support/client/virtualCluster.js";

describe("a client's requests", () => {
  it("are counted by code and method, and timed", async () => {
    const cluster = new VirtualCluster();
    const registry = new MetricsRegistry();
    try {
      const transport = new CountedTransport(cluster.transport, registry, cluster.clock);
      const maps = new TransportClient(transport).resource(coreV1.configmaps);
      const where = { namespace: "default" };
      await maps.create({ metadata: { name: "a", ...where } });
      await maps.get("a", where);
      await assert.rejects(maps.get("b", where));
      await maps.delete("a", where);
      const text = registry.expose();
      const count = (code: string, method: string) =>
        new RegExp(
          `^rest_client_requests_total\\{code="${code}",method="${method}",host="[^"]+"\\} (\\d+)$`,
          "m",
        ).exec(text)?.[1];
      assert.deepEqual(
        [count("201", "POST"), count("200", "GET"), count("404", "GET"), count("200", "DELETE")],
        ["1", "1", "1", "1"],
      );
      assert.match(text, /^rest_client_request_duration_seconds_count\{verb="GET",.*\} 2$/m);
    } finally {
      await cluster.stop();
    }
  });
});
