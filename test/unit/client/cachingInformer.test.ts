import assert from "node:assert/strict";
import { coreV1 } from "../../../lib/api/gen/resources.js";
import type { ConfigMap } from "../../../lib/api/gen/types/coreV1.js";
import { apiErrors } from "../../../lib/api/status.js";
import { CachingInformer } from "../../../lib/client/informer/cachingInformer.js";
import type { Informer, InformerOptions } from "../../../lib/client/informer/informer.js";
import { createLogger } from "../../../lib/platform/logger.js";
import { nodePlatform } from "../../../lib/platform/node/nodePlatform.js";
import { VirtualCluster } from "../../support/client/virtualCluster.js";

function configMap(name: string, value = ""): ConfigMap {
  return { metadata: { name, namespace: "default" }, data: { value } };
}

describe("CachingInformer", () => {
  let cluster: VirtualCluster;
  let heard: string[];

  beforeEach(() => {
    cluster = new VirtualCluster();
    heard = [];
  });
  afterEach(() => cluster.stop());

  function follow(options: InformerOptions<ConfigMap> = {}): Informer<ConfigMap> {
    const informer = cluster.informers.informer(coreV1.configmaps, options);
    informer.addEventHandler({
      onAdd: (object, initial) => heard.push(`${initial ? "=" : "+"}${object.metadata?.name}`),
      onUpdate: (old, object) => heard.push(`~${old.data?.value}${object.data?.value}`),
      onDelete: (object) => heard.push(`-${object.metadata?.name}`),
    });
    cluster.informers.start(cluster.signal);
    return informer;
  }

  const maps = () => cluster.client.resource(coreV1.configmaps);

  for (const sendInitialEvents of [true, false]) {
    it(`follows the server, initial events ${sendInitialEvents}`, async () => {
      await maps().create(configMap("a", "1"));
      const informer = follow({ sendInitialEvents });
      assert.equal(await informer.waitForSync(), true);
      await maps().update(configMap("a", "2"));
      await maps().create(configMap("b"));
      await maps().delete("a", { namespace: "default" });
      await cluster.clock.settle();
      assert.deepEqual(heard, ["=a", "~12", "+b", "-a"]);
      assert.deepEqual(informer.indexer.keys(), ["default/b"]);
    });
  }

  it("falls back to pages where the server refuses initial events", async () => {
    cluster.transport.refuse = (call) =>
      call.parameters.sendInitialEvents === true ? apiErrors.badRequest("unknown") : undefined;
    await maps().create(configMap("a"));
    assert.equal(await follow().waitForSync(), true);
    assert.deepEqual(heard, ["=a"]);
  });

  it("tells of another object of a name as one that went and one that came", async () => {
    await maps().create(configMap("a", "1"));
    const informer = follow({ sendInitialEvents: false });
    await informer.waitForSync();
    cluster.transport.refuse = (call) =>
      call.verb === "watch" ? apiErrors.expired("too old resource version") : undefined;
    cluster.transport.cutWatches();
    await cluster.clock.settle();
    await maps().delete("a", { namespace: "default" });
    await maps().create(configMap("a", "2"));
    cluster.transport.refuse = undefined;
    await cluster.clock.advance(5_000);
    assert.deepEqual(heard, ["=a", "-a", "+a"]);
    assert.equal(informer.indexer.get("default/a")?.data?.value, "2");
  });

  it("lists again when its revision is too old, and tells the differences", async () => {
    await maps().create(configMap("a", "1"));
    const informer = follow({ sendInitialEvents: false });
    await informer.waitForSync();
    cluster.transport.refuse = (call) =>
      call.verb === "watch" ? apiErrors.expired("too old resource version") : undefined;
    cluster.transport.cutWatches();
    await cluster.clock.settle();
    await maps().create(configMap("b"));
    await maps().delete("a", { namespace: "default" });
    cluster.transport.refuse = undefined;
    await cluster.clock.advance(5_000);
    assert.deepEqual(heard, ["=a", "-a", "+b"]);
  });

  it("resumes where it stopped when the server comes back", async () => {
    const informer = follow();
    await informer.waitForSync();
    cluster.transport.refuse = () => apiErrors.serviceUnavailable("away");
    cluster.transport.cutWatches();
    await cluster.clock.advance(60_000);
    cluster.transport.refuse = undefined;
    await maps().create(configMap("a"));
    await cluster.clock.advance(60_000);
    assert.deepEqual(heard, ["+a"]);
  });

  it("tells every handler, and the log of those that throw or reject", async () => {
    const said: string[] = [];
    const host = { ...nodePlatform.host, writeError: (text: string) => void said.push(text) };
    const logger = createLogger({ clock: cluster.clock, host }, { format: "text", verbosity: 0 });
    const informer = new CachingInformer(maps(), { platform: cluster, logger }, {});
    informer.addEventHandler({
      onAdd: () => {
        throw new Error("thrown");
      },
    });
    informer.addEventHandler({ onAdd: () => Promise.reject(new Error("rejected")) });
    informer.addEventHandler({ onAdd: (object) => heard.push(`+${object.metadata?.name}`) });
    const run = informer.run(cluster.signal);
    await informer.waitForSync();
    await maps().create(configMap("a"));
    await cluster.clock.settle();
    assert.deepEqual(heard, ["+a"]);
    const failed = said.map((line) => /"Event handler failed" .* error="(\w+)"/.exec(line)?.[1]);
    assert.deepEqual(failed, ["thrown", "rejected"]);
    await cluster.stop();
    await run;
  });

  it("says once that the server is away for long, and that it is back", async () => {
    const said: string[] = [];
    const logger = createLogger(
      {
        clock: cluster.clock,
        host: { ...nodePlatform.host, writeError: (text) => void said.push(text) },
      },
      { format: "text", verbosity: 0 },
    );
    const parts = { platform: cluster, logger };
    const informer = new CachingInformer(maps(), parts, {});
    const run = informer.run(cluster.signal);
    await informer.waitForSync();
    const goAway = (): void => {
      cluster.transport.refuse = () => apiErrors.serviceUnavailable("no such certificate");
      cluster.transport.cutWatches();
    };
    const lines = (): string[] => said.map((line) => /\] "([^"]+)"/.exec(line)?.[1] ?? line);
    for (const seconds of [3, 120]) {
      goAway();
      await cluster.clock.advance(seconds * 1000);
      cluster.transport.refuse = undefined;
      await maps().create(configMap(`after-${seconds}`));
      await cluster.clock.advance(60_000);
    }
    assert.deepEqual(lines(), ["Server is not available, trying on", "Server is available again"]);
    assert.match(said[0] ?? "", /resource="configmaps" error="no such certificate"/);
    await cluster.stop();
    await run;
  });

  it("nobody waits for what has stopped", async () => {
    cluster.transport.refuse = () => apiErrors.serviceUnavailable("away");
    const informer = follow();
    const before = informer.waitForSync();
    await cluster.stop();
    assert.equal(await before, false);
    assert.equal(await informer.waitForSync(), false);
    cluster.informers.informer(coreV1.secrets);
    cluster.informers.start(new AbortController().signal);
    assert.equal(await cluster.informers.waitForSync(), false);
  });

  it("follows a selection only, indexes it, and drops managedFields", async () => {
    const labeled = configMap("a", "x");
    labeled.metadata = { ...labeled.metadata, labels: { app: "web" }, managedFields: [] };
    await maps().create(labeled);
    await maps().create(configMap("b"));
    const informer = follow({ labelSelector: "app=web" });
    informer.indexer.addIndex("value", (object) => [object.data?.value ?? ""]);
    await informer.waitForSync();
    const found = informer.indexer.byIndex("value", "x");
    assert.deepEqual(
      found.map((object) => object.metadata?.name),
      ["a"],
    );
    assert.equal(found[0]?.metadata?.managedFields, undefined);
    await maps().update({ ...labeled, metadata: { name: "a", namespace: "default" } });
    await cluster.clock.settle();
    assert.deepEqual(heard, ["=a", "-a"]);
    assert.deepEqual(informer.indexer.indexValues("value"), []);
  });
});
