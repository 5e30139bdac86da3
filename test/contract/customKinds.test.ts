import assert from "node:assert/strict";
import { customResourceType } from "../../lib/api/customResourceType.js";
import { resourceType } from "../../lib/api/resourceType.js";
import { ApiError, apiErrors, hasReason } from "../../lib/api/status.js";
import { SharedInformerFactory } from "../../lib/client/informer/sharedInformerFactory.js";
import { patches } from "../../lib/client/patches.js";
import type { DynamicObject } from "../../lib/client/resourceClient.js";
import { nodePlatform } from "../../lib/platform/node/nodePlatform.js";
import { type ContractServer, transports } from "./transports.js";

interface Widget extends DynamicObject {
  readonly spec?: Readonly<Record<string, unknown>>;
}

const widgets = resourceType<Widget>(
  customResourceType({
    ...{ group: "example.com", version: "v1", kind: "Widget", resource: "widgets" },
    ...{ namespaced: true, hasStatus: true },
  }),
);
const where = { namespace: "default" };

for (const [name, start] of Object.entries(transports)) {
  describe(`a client and a kind that it was not built with, ${name}`, () => {
    let contract: ContractServer;
    const stop = new AbortController();

    before(async () => {
      contract = await start();
    });
    after(async () => {
      stop.abort();
      await contract.stop();
    });

    it("has no such kind before", async () => {
      const missing = (error: unknown) => hasReason(error, "NotFound");
      await assert.rejects(contract.client.resource(widgets).list(where), missing);
    });

    it("writes, reads and follows it, by its type or by its names", async () => {
      const { scheme } = contract.server.server;
      scheme.add(widgets);
      const { client } = contract;
      const typed = client.resource(widgets);
      const informers = new SharedInformerFactory({ client, platform: nodePlatform });
      const partial = informers.metadataInformer(widgets);
      const full = informers.informer(widgets);
      informers.start(stop.signal);
      assert.ok(await informers.waitForSync());

      const made = await typed.create({
        metadata: { name: "a", ...where },
        spec: { a: 1, b: null },
      });
      assert.deepEqual([made.kind, made.apiVersion], ["Widget", "example.com/v1"]);
      assert.deepEqual(made.spec, { a: 1, b: null });
      const changed = await typed.update({ ...made, spec: { a: [1.5, true] } });
      await typed.patchStatus("a", patches.merge({ status: { ready: true } }), where);
      const patched = await typed.patch("a", patches.merge({ spec: { c: {} } }), where);
      assert.deepEqual(patched.spec, { a: [1.5, true], c: {} });
      assert.deepEqual(await client.dynamic(widgets).get("a", where), patched);
      const { items, metadata } = await typed.list(where);
      assert.deepEqual(items, [patched]);
      const [item] = (await client.metadata(widgets).list(where)).items;
      assert.equal(item?.metadata?.uid, made.metadata?.uid);
      assert.equal("spec" in (item ?? {}), false);

      const since = { ...where, resourceVersion: changed.metadata?.resourceVersion ?? "" };
      const types: string[] = [];
      await typed.delete("a", where);
      for await (const event of typed.watch(since)) {
        types.push(event.type);
        if (event.type === "DELETED") break;
      }
      assert.deepEqual(types, ["MODIFIED", "MODIFIED", "DELETED"]);
      assert.ok(Number(metadata.resourceVersion) > 0);

      const gone = new Promise<void>((resolve) => {
        full.addEventHandler({ onDelete: ({ metadata: m }) => m?.name === "b" && resolve() });
      });
      informers.endMetadataInformer(widgets);
      const heard: unknown[] = [];
      partial.addEventHandler({ onAdd: ({ metadata: m }) => heard.push(m?.name) });
      await typed.create({ metadata: { name: "b", ...where } });
      await typed.delete("b", where);
      await gone;
      assert.deepEqual(heard, []);
    });

    it("is told of a conflict and of what is refused in the same words", async () => {
      const typed = contract.client.resource(widgets);
      const made = await typed.create({ metadata: { name: "c", ...where } });
      await typed.update({ ...made, spec: { n: 1 } });
      const stale = "1";
      const conflict = typed.update({
        ...made,
        metadata: { ...made.metadata, resourceVersion: stale },
        spec: { n: 2 },
      });
      await assert.rejects(conflict, (error) => hasReason(error, "Conflict"));
      const strategic = typed.patch("c", patches.strategic({ spec: {} }), where);
      const types = ["application/json-patch+json", "application/merge-patch+json"];
      const { message } = apiErrors.unsupportedMediaType(types);
      await assert.rejects(strategic, (error) => {
        assert.ok(error instanceof ApiError);
        assert.deepEqual([error.code, error.message], [415, message]);
        return true;
      });
    });

    it("sees its watch end and the kind gone when it is removed", async () => {
      const { scheme } = contract.server.server;
      const typed = contract.client.resource(widgets);
      const events: string[] = [];
      const watched = (async () => {
        for await (const event of typed.watch(where)) {
          events.push(event.type);
          if (event.type === "ADDED") scheme.remove(widgets);
        }
      })();
      await watched;
      assert.deepEqual(events, ["ADDED"]);
      await assert.rejects(typed.get("c", where), (error) => hasReason(error, "NotFound"));
    });
  });
}
