import assert from "node:assert/strict";
import { coreV1 } from "../../lib/api/gen/resources.js";
import type { ConfigMap } from "../../lib/api/gen/types/coreV1.js";
import type { OwnerReference } from "../../lib/api/gen/types/metaV1.js";
import type { Client } from "../../lib/client/client.js";
import { ControllerManager } from "../../lib/controllers/controllerManager.js";
import { nodePlatform } from "../../lib/platform/node/nodePlatform.js";
import { type ContractServer, transports } from "../contract/transports.js";
import { until } from "../support/client/until.js";

for (const way of ["in process", "REST with protobuf"]) {
  const start = transports[way];
  assert.ok(start);
  describe(`Owner references of strangers, on a real API server, ${way}`, () => {
    let server: ContractServer;
    let client: Client;
    let manager: ControllerManager;
    const maps = () => client.resource(coreV1.configmaps);

    before(async () => {
      server = await start();
      client = server.client;
      manager = new ControllerManager({
        platform: nodePlatform,
        client,
        controllers: ["garbage-collector-controller", "serviceaccount-controller"],
      });
      void manager.start();
      for (const name of ["a", "b"]) {
        await client.resource(coreV1.namespaces).create({ metadata: { name } });
      }
    });
    after(async () => {
      await manager.stop();
      await server.stop();
    });

    const make = (place: string, ...ownerReferences: OwnerReference[]): Promise<ConfigMap> => {
      const [namespace = "", name = ""] = place.split("/");
      return maps().create({ metadata: { namespace, name, ownerReferences } });
    };
    const to = (
      { metadata }: ConfigMap,
      changes: Partial<OwnerReference> = {},
    ): OwnerReference => ({
      apiVersion: "v1",
      kind: "ConfigMap",
      name: metadata?.name ?? "",
      uid: metadata?.uid ?? "",
      ...changes,
    });
    const names = (objects: readonly ConfigMap[]): string[] =>
      objects.map(({ metadata }) => `${metadata?.namespace}/${metadata?.name}`);
    const gone = (...places: string[]) =>
      until(client, coreV1.configmaps, (all) => !names(all).some((one) => places.includes(one)));

    it("cost nobody else an object, and themselves what they name wrongly", async () => {
      const [owner, other] = [await make("a/owner"), await make("a/other")];
      await make("a/child", to(owner), to(other));
      const going = await make("b/going");
      await make("b/poison", to(going), to(owner));
      await make("b/foreign", to(owner));
      await make("a/wrong-kind", to(owner, { kind: "Secret" }));
      await gone("b/foreign", "a/wrong-kind");
      await maps().delete("going", { namespace: "b" });
      await gone("b/poison");
      await maps().delete("other", { namespace: "a" });
      const [child] = await until(
        client,
        coreV1.configmaps,
        (all) => all.some(({ metadata }) => metadata?.ownerReferences?.length === 1),
        "a",
      ).then((all) => all.filter(({ metadata }) => metadata?.name === "child"));
      assert.deepEqual(
        child?.metadata?.ownerReferences?.map((one) => one.name),
        ["owner"],
      );
      const events = await until(client, coreV1.events, (all) =>
        all.some((event) => event.involvedObject.name === "foreign"),
      );
      const { message } = events.find((event) => event.involvedObject.name === "foreign") ?? {};
      const uid = owner.metadata?.uid;
      assert.equal(
        message,
        `ownerRef [v1/ConfigMap, namespace: b, name: owner, uid: ${uid}] ` +
          'does not exist in namespace "b"',
      );
    });

    it("hold up nobody's foreground deletion", async () => {
      const parent = await make("a/parent");
      const held = to(parent, { blockOwnerDeletion: true });
      await maps().create({
        metadata: {
          namespace: "b",
          name: "holder",
          finalizers: ["example.com/hold"],
          ownerReferences: [held],
        },
      });
      await maps().delete("parent", { namespace: "a", propagationPolicy: "Foreground" });
      await gone("a/parent");
    });

    it("are kept and told of where what names them has no namespace", async () => {
      const owner = await make("a/scoped");
      const nodes = client.resource(coreV1.nodes);
      const node = await nodes.create({ metadata: { name: "n", ownerReferences: [to(owner)] } });
      const [event] = await until(client, coreV1.events, (all) =>
        all.some(({ involvedObject }) => involvedObject.uid === node.metadata.uid),
      ).then((all) => all.filter(({ involvedObject }) => involvedObject.kind === "Node"));
      assert.equal(event?.metadata.namespace, "default");
      assert.equal(event?.reason, "OwnerRefInvalidNamespace");
      assert.deepEqual((await nodes.get("n")).metadata.deletionTimestamp, undefined);
    });
  });
}
