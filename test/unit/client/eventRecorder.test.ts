import assert from "node:assert/strict";
import { coreV1 } from "../../../lib/api/gen/resources.js";
import { ApiError, apiErrors } from "../../../lib/api/status.js";
import { ClientEventRecorder, objectReference } from "../../../lib/client/events/eventRecorder.js";
import { type Logger, silentLogger } from "../../../lib/platform/logger.js";
import { VirtualCluster } from "../../support/client/virtualCluster.js";

describe("ClientEventRecorder", () => {
  let cluster: VirtualCluster;
  let recorder: ClientEventRecorder;
  const about = objectReference(coreV1.pods, {
    metadata: { name: "web", namespace: "default", uid: "u1" },
  } as never);

  beforeEach(() => {
    cluster = new VirtualCluster();
    recorder = new ClientEventRecorder({
      client: cluster.client,
      platform: cluster,
      component: "test",
      signal: cluster.signal,
    });
  });
  afterEach(() => cluster.stop());

  const events = async () => (await cluster.client.resource(coreV1.events).list()).items;

  it("raises the count of an event that comes again", async () => {
    for (let times = 0; times < 3; times++) recorder.event(about, "Normal", "Pulled", "done");
    await cluster.clock.settle(20);
    const [event, ...others] = await events();
    assert.equal(others.length, 0);
    assert.equal(event?.count, 3);
    assert.equal(event?.involvedObject.kind, "Pod");
    assert.equal(event?.source?.component, "test");
  });

  it("combines events that differ only in their message", async () => {
    for (let n = 0; n < 15; n++) recorder.event(about, "Warning", "Failed", `error ${n}`);
    await cluster.clock.settle(50);
    const all = await events();
    assert.equal(all.length, 10);
    const combined = all.filter((e) => e.message?.startsWith("(combined from similar events)"));
    assert.deepEqual(
      combined.map((e) => e.count),
      [6],
    );
  });

  it("says once that it drops events, and how many when the queue is empty", async () => {
    const lines: string[] = [];
    const logger: Logger = {
      ...silentLogger,
      warning: (message, values) => lines.push(`${message} ${JSON.stringify(values)}`),
    };
    const { client, signal } = cluster;
    const options = { client, platform: cluster, component: "test", signal, logger };
    const quiet = new ClientEventRecorder(options);
    for (let n = 0; n < 1500; n++) quiet.event(about, "Normal", "Reason", "x");
    await cluster.clock.settle(3000);
    assert.equal(lines.length, 2);
    assert.match(lines[0] ?? "", /^Dropping events/);
    // One was taken from the queue at once.
    assert.match(lines[1] ?? "", /^Dropped events {"count":499}$/);
  });

  it("sends one object's flood of events only in part", async () => {
    for (let n = 0; n < 100; n++) recorder.event(about, "Normal", `Reason${n}`, "x");
    await cluster.clock.settle(200);
    assert.equal((await events()).length, 25);
  });

  it("makes no noise of the events that a namespace on its end refuses", async () => {
    const lines: string[] = [];
    const logger: Logger = {
      ...silentLogger,
      warning: (message) => lines.push(message),
      verbose: (level) => ({
        ...silentLogger,
        info: (message) => lines.push(`${level} ${message}`),
      }),
    };
    const { client, signal } = cluster;
    const quiet = new ClientEventRecorder({
      client,
      platform: cluster,
      component: "test",
      signal,
      logger,
    });
    cluster.transport.refuse = ({ type }) => {
      if (type.resource !== "events") return undefined;
      const refusal = apiErrors.forbidden(type, "e", "namespace default is being terminated");
      const causes = [{ reason: "NamespaceTerminating", message: "", field: "metadata.namespace" }];
      const details = { ...refusal.status.details, causes };
      return new ApiError({ ...refusal.status, details });
    };
    quiet.event(about, "Normal", "Killing", "x");
    await cluster.clock.settle(20);
    assert.deepEqual(lines, ["5 Could not write an event"]);
  });
});
