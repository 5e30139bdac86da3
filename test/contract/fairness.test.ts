import assert from "node:assert/strict";
import { coreV1 } from "../../lib/api/gen/resources.js";
import { transports } from "./transports.js";

const dispatched =
  /^apiserver_flowcontrol_dispatched_requests_total\{priority_level="exempt",flow_schema="exempt"\} (\d+)$/m;

for (const [name, start] of Object.entries(transports)) {
  describe(`priority and fairness, ${name}`, () => {
    it("gives every request a seat, and has it back afterwards", async () => {
      const { client, server, stop } = await start();
      try {
        const { metrics } = server.server;
        const count = (): number => Number(dispatched.exec(metrics.registry.expose())?.[1] ?? 0);
        const before = count();
        const maps = client.resource(coreV1.configmaps);
        const place = { namespace: "default" };
        await maps.create({ metadata: { name: "a", ...place } });
        await maps.get("a", place);
        await maps.list(place);
        await assert.rejects(maps.get("b", place));
        await maps.delete("a", place);
        assert.equal(count() - before, 5);
        const running = metrics.seats.readOnly.running.value + metrics.seats.mutating.running.value;
        assert.equal(running, 0);
      } finally {
        await stop();
      }
    });

    it("gives a watch's seat back when it runs", async () => {
      const { client, server, stop } = await start();
      try {
        const watch = client.resource(coreV1.configmaps).watch({ namespace: "default" });
        const first = watch[Symbol.asyncIterator]().next();
        const { seats } = server.server.metrics;
        await client.resource(coreV1.configmaps).create({
          metadata: { name: "a", namespace: "default" },
        });
        await first;
        assert.equal(seats.readOnly.running.value, 0);
      } finally {
        await stop();
      }
    });
  });
}
