import assert from "node:assert/strict";
import { customResourceType } from "../../../lib/api/customResourceType.js";
import { coreV1 } from "../../../lib/api/gen/resources.js";
import type { ResourceQuota } from "../../../lib/api/gen/types/coreV1.js";
import { nativeCodec } from "../../../lib/api/nativeCodec.js";
import { resourceType } from "../../../lib/api/resourceType.js";
import { hasReason } from "../../../lib/api/status.js";
import type { UserInfo } from "../../../lib/apiserver/identity.js";
import type { Client } from "../../../lib/client/client.js";
import { channelClient } from "../../../lib/client/connectClient.js";
import type { DynamicObject } from "../../../lib/client/resourceClient.js";
import { ControllerManager } from "../../../lib/controllers/controllerManager.js";
import { nodePlatform } from "../../../lib/platform/node/nodePlatform.js";
import { startTestApiServer, type TestApiServer } from "../../support/apiserver/testApiServer.js";
import { until } from "../../support/client/until.js";

const owner: UserInfo = { name: "owner", uid: "", groups: ["system:masters"], extra: {} };
const namespace = "default";
const widgets = resourceType<DynamicObject>(
  customResourceType({
    ...{ group: "example.com", version: "v1", kind: "Widget", resource: "widgets" },
    namespaced: true,
  }),
);

describe("controllers, and a kind that comes and goes", () => {
  let api: TestApiServer;
  let client: Client;
  let manager: ControllerManager;

  before(async () => {
    api = await startTestApiServer();
    const { server } = api;
    const { clock } = nodePlatform;
    const http = server.http(owner, "test");
    client = channelClient(server.channel(owner), nativeCodec, { clock, http });
    manager = new ControllerManager({
      platform: nodePlatform,
      client,
      controllers: [
        "garbage-collector-controller",
        "namespace-controller",
        "resourcequota-controller",
      ],
      onKindsChange: (listener) => server.scheme.listen(() => listener()),
    });
    void manager.start();
  });
  after(async () => {
    await manager.stop();
    client.close();
    await api.stop();
  });

  const make = (name: string, owners: readonly DynamicObject[] = [], where = namespace) =>
    client.dynamic(widgets).create({
      metadata: { name, namespace: where, ownerReferences: owners.map(reference) },
    });
  const reference = ({ apiVersion = "", kind = "", metadata }: DynamicObject) => ({
    ...{ apiVersion, kind, name: metadata?.name ?? "", uid: metadata?.uid ?? "" },
  });
  const dynamicMaps = () => client.dynamic(coreV1.configmaps);
  const map = (name: string, owners: readonly DynamicObject[]) =>
    dynamicMaps().create({ metadata: { name, namespace, ownerReferences: owners.map(reference) } });
  const lacks = (name: string) => (all: readonly { metadata?: { name?: string } }[]) =>
    all.every(({ metadata }) => metadata?.name !== name);

  for (const time of ["first", "again"]) {
    it(`collects what its objects own and what owns them, when it comes ${time}`, async () => {
      api.server.scheme.add(widgets);
      const parent = await make("parent");
      await map("of-parent", [parent]);
      const holder = await map("holder", []);
      await make("of-holder", [holder]);
      await client.dynamic(widgets).delete("parent", { namespace });
      await until(client, coreV1.configmaps, lacks("of-parent"), namespace);
      await dynamicMaps().delete("holder", { namespace });
      await until(client, widgets, lacks("of-holder"), namespace);
      const kept = await make("kept");
      await map("of-kept", [kept]);
      api.server.scheme.remove(widgets);
      // Nobody can say that its owner is gone.
      await map("other", []);
      assert.ok(await dynamicMaps().get("of-kept", { namespace }));
      for (const name of ["of-kept", "other"]) await dynamicMaps().delete(name, { namespace });
      api.server.scheme.add(widgets);
      await client.dynamic(widgets).deleteCollection({ namespace });
      api.server.scheme.remove(widgets);
    });
  }

  it("counts its objects where a quota names it, before and after it comes", async () => {
    const quotas = client.resource(coreV1.resourcequotas);
    const name = "count/widgets.example.com";
    const used = (count: string) => (all: readonly ResourceQuota[]) =>
      all.some(({ status }) => status?.used?.[name] === count);
    await quotas.create({ metadata: { name: "q", namespace }, spec: { hard: { [name]: "1" } } });
    await until(client, coreV1.resourcequotas, used("0"), namespace);
    api.server.scheme.add(widgets);
    await make("a");
    await until(client, coreV1.resourcequotas, used("1"), namespace);
    await assert.rejects(make("b"), (error) => hasReason(error, "Forbidden"));
    await client.dynamic(widgets).delete("a", { namespace });
    await until(client, coreV1.resourcequotas, used("0"), namespace);
    await make("b");
    await until(client, coreV1.resourcequotas, used("1"), namespace);
    api.server.scheme.remove(widgets);
    await until(client, coreV1.resourcequotas, used("0"), namespace);
    await quotas.delete("q", { namespace });
    api.server.scheme.add(widgets);
    await client.dynamic(widgets).delete("b", { namespace });
    api.server.scheme.remove(widgets);
  });

  it("empties namespaces of its objects", async () => {
    api.server.scheme.add(widgets);
    await client.resource(coreV1.namespaces).create({ metadata: { name: "going" } });
    await make("a", [], "going");
    await client.resource(coreV1.namespaces).delete("going");
    await until(client, coreV1.namespaces, lacks("going"));
    const left = await api.storage.get("/registry/example.com/widgets/going/a");
    assert.equal(left, undefined);
    api.server.scheme.remove(widgets);
  });
});
