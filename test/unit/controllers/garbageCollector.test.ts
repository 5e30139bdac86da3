import assert from "node:assert/strict";
import { coreV1 } from "../../../lib/api/gen/resources.js";
import type { ConfigMap } from "../../../lib/api/gen/types/coreV1.js";
import type { OwnerReference } from "../../../lib/api/gen/types/metaV1.js";
import { apiErrors } from "../../../lib/api/status.js";
import type { ApiCall } from "../../../lib/client/transport.js";
import { GarbageCollector } from "../../../lib/controllers/garbagecollector/garbageCollector.js";
import { ControllerHarness } from "../../support/client/controllerHarness.js";

describe("GarbageCollector", () => {
  let harness: ControllerHarness;
  const namespace = "default";
  const maps = () => harness.client.resource(coreV1.configmaps);
  const names = async () =>
    (await maps().list({ namespace })).items.map((map) => map.metadata?.name).sort();

  beforeEach(() => {
    harness = new ControllerHarness({ transport: "rpc" });
  });
  afterEach(() => harness.stop());

  const start = () => harness.start(new GarbageCollector(harness.context()));

  async function make(name: string, ...owners: ConfigMap[]): Promise<ConfigMap> {
    const ownerReferences = owners.map((owner) => ({
      apiVersion: "v1",
      kind: "ConfigMap",
      name: owner.metadata?.name ?? "",
      uid: owner.metadata?.uid ?? "",
      blockOwnerDeletion: true,
    }));
    return maps().create({ metadata: { name, namespace, ownerReferences } });
  }

  it("deletes what a deleted owner leaves, down the line", async () => {
    await start();
    const a = await make("a");
    const b = await make("b", a);
    await make("c", b);
    await make("other");
    await harness.settle();
    assert.deepEqual(await names(), ["a", "b", "c", "other"]);
    await maps().delete("a", { namespace });
    await harness.settle(5_000);
    assert.deepEqual(await names(), ["other"]);
  });

  it("finds what was left before it started", async () => {
    const a = await make("a");
    await make("b", a);
    await maps().delete("a", { namespace });
    await start();
    await harness.settle();
    assert.deepEqual(await names(), []);
  });

  it("keeps what has another owner, without the reference to the one that is gone", async () => {
    await start();
    const [a, b] = [await make("a"), await make("b")];
    await make("c", a, b);
    await harness.settle();
    await maps().delete("a", { namespace });
    await harness.settle(5_000);
    const { metadata } = await maps().get("c", { namespace });
    assert.deepEqual(
      metadata?.ownerReferences?.map((owner) => owner.name),
      ["b"],
    );
  });

  it("orphans dependents when asked", async () => {
    await start();
    await make("b", await make("a"));
    await harness.settle();
    await maps().delete("a", { namespace, propagationPolicy: "Orphan" });
    await harness.settle(5_000);
    assert.deepEqual(await names(), ["b"]);
    const { metadata } = await maps().get("b", { namespace });
    assert.deepEqual(metadata?.ownerReferences, []);
  });

  it("lets an owner that is deleted in the foreground go last", async () => {
    await start();
    const a = await make("a");
    await maps().create({
      metadata: {
        name: "held",
        namespace,
        finalizers: ["example.com/hold"],
        ownerReferences: [
          {
            apiVersion: "v1",
            kind: "ConfigMap",
            name: "a",
            uid: a.metadata?.uid ?? "",
            blockOwnerDeletion: true,
          },
        ],
      },
    });
    await harness.settle();
    await maps().delete("a", { namespace, propagationPolicy: "Foreground" });
    await harness.settle(5_000);
    assert.deepEqual(await names(), ["a", "held"]);
    const body = { metadata: { finalizers: [] } };
    await maps().patch("held", { type: "merge", body }, { namespace });
    await harness.settle(5_000);
    assert.deepEqual(await names(), []);
  });

  describe("goes by an owner's coordinates, not by its uid alone", () => {
    const makeIn = (
      where: string,
      name: string,
      owners: readonly OwnerReference[] = [],
      finalizers: readonly string[] = [],
    ): Promise<ConfigMap> =>
      maps().create({
        metadata: {
          name,
          namespace: where,
          ownerReferences: [...owners],
          finalizers: [...finalizers],
        },
      });
    const to = (owner: ConfigMap, changes: Partial<OwnerReference> = {}): OwnerReference => ({
      apiVersion: "v1",
      kind: "ConfigMap",
      name: owner.metadata?.name ?? "",
      uid: owner.metadata?.uid ?? "",
      ...changes,
    });
    const all = async () =>
      (await maps().list()).items
        .map(({ metadata }) => `${metadata?.namespace}/${metadata?.name}`)
        .sort();
    const wrongNamespaces = async () =>
      (await harness.events()).filter((event) => event.startsWith("OwnerRefInvalidNamespace"));

    it("remembers an owner as absent only where it was looked for", async () => {
      await start();
      const [o1, o2] = [await makeIn("a", "o1"), await makeIn("a", "o2")];
      const going = await makeIn("b", "going");
      await makeIn("b", "poison", [to(going), to(o1)]);
      await makeIn("a", "child", [to(o1), to(o2)]);
      await harness.settle(5_000);
      await maps().delete("going", { namespace: "b" });
      await harness.settle(5_000);
      await maps().delete("o2", { namespace: "a" });
      await harness.settle(5_000);
      assert.deepEqual(await all(), ["a/child", "a/o1"]);
      const { metadata } = await maps().get("child", { namespace: "a" });
      assert.deepEqual(
        metadata?.ownerReferences?.map((owner) => owner.name),
        ["o1"],
      );
    });

    const cases: [string, Partial<OwnerReference>, string][] = [
      ["in another namespace", {}, "b"],
      ["of another kind", { kind: "Secret" }, "a"],
      ["of another name", { name: "other" }, "a"],
      ["of another kind and in another namespace", { kind: "Secret" }, "b"],
      ["of no namespace", { kind: "Node" }, "a"],
    ];
    for (const [what, changes, where] of cases) {
      for (const order of ["before", "after"]) {
        it(`deletes what names an owner ${what}, made ${order} the start`, async () => {
          if (order === "after") await start();
          const owner = await makeIn("a", "owner");
          const bad = await makeIn(where, "bad", [to(owner, changes)]);
          await makeIn("a", "good", [to(owner)]);
          if (order === "before") await start();
          await harness.settle(5_000);
          assert.deepEqual(await all(), ["a/good", "a/owner"]);
          const kind = changes.kind ?? "ConfigMap";
          const uid = owner.metadata?.uid;
          assert.deepEqual(
            await wrongNamespaces(),
            where === "a"
              ? []
              : [
                  `OwnerRefInvalidNamespace ownerRef [v1/${kind}, namespace: b, name: owner, ` +
                    `uid: ${uid}] does not exist in namespace "b"`,
                ],
          );
          const { items } = await harness.client.resource(coreV1.events).list({ namespace: "b" });
          for (const event of items) assert.equal(event.involvedObject.uid, bad.metadata?.uid);
        });
      }
    }

    it("takes away a wrong reference beside a right one of the same uid", async () => {
      await start();
      const owner = await makeIn("a", "owner");
      await makeIn("a", "child", [to(owner, { name: "other" }), to(owner)]);
      await harness.settle(5_000);
      const { metadata } = await maps().get("child", { namespace: "a" });
      assert.deepEqual(
        metadata?.ownerReferences?.map((reference) => reference.name),
        ["owner"],
      );
    });

    it("keeps what has no namespace and names an owner that has one, and tells of it", async () => {
      await start();
      const owner = await makeIn("a", "owner");
      const nodes = harness.client.resource(coreV1.nodes);
      await nodes.create({ metadata: { name: "n", ownerReferences: [to(owner)] } });
      await harness.settle(5_000);
      assert.equal((await wrongNamespaces()).length, 1);
      assert.match(
        (await wrongNamespaces())[0] ?? "",
        /namespace: , name: owner.*in namespace ""$/,
      );
      await maps().delete("owner", { namespace: "a" });
      await harness.settle(60_000);
      assert.equal((await nodes.list()).items.length, 1);
    });

    it("does not wait for foreign dependents in a foreground deletion", async () => {
      await start();
      const owner = await makeIn("a", "owner");
      const held = ["example.com/hold"];
      await makeIn("b", "foreign", [to(owner, { blockOwnerDeletion: true })], held);
      await makeIn("a", "misnamed", [to(owner, { blockOwnerDeletion: true, name: "x" })], held);
      await harness.settle();
      await maps().delete("owner", { namespace: "a", propagationPolicy: "Foreground" });
      await harness.settle(5_000);
      // Both are being deleted for their wrong references, and held by their finalizers.
      assert.deepEqual(await all(), ["a/misnamed", "b/foreign"]);
    });

    it("deletes in the foreground what owns itself", async () => {
      await start();
      const owner = await makeIn("a", "owner");
      const ownerReferences = [to(owner, { blockOwnerDeletion: true })];
      await maps().update({ metadata: { ...owner.metadata, ownerReferences } });
      await harness.settle();
      await maps().delete("owner", { namespace: "a", propagationPolicy: "Foreground" });
      await harness.settle(5_000);
      assert.deepEqual(await all(), []);
    });

    it("deletes nothing for the sake of a version or a kind that is not served", async () => {
      await start();
      const owner = await makeIn("a", "owner");
      await makeIn("a", "old", [to(owner, { apiVersion: "v0" })]);
      await makeIn("a", "custom", [to(owner, { apiVersion: "example.com/v1", kind: "Thing" })]);
      await harness.settle(5_000);
      await maps().delete("owner", { namespace: "a" });
      await harness.settle(60_000);
      assert.deepEqual(await all(), ["a/custom", "a/old"]);
    });

    it("takes a path that is not served for no word about the owner", async () => {
      await start();
      const owner = await makeIn("a", "owner");
      harness.transport.refuse = ({ name, type, verb }) =>
        verb === "get" && name === "owner"
          ? apiErrors.ofResponse(404, "get", type, name, "404 page not found")
          : undefined;
      const gone = to(owner, { uid: "0b1dbe5b-0000-4000-8000-000000000000" });
      await makeIn("a", "child", [gone]);
      await harness.settle(60_000);
      assert.deepEqual(await all(), ["a/child", "a/owner"]);
      harness.transport.refuse = undefined;
      await harness.settle(600_000);
      assert.deepEqual(await all(), ["a/owner"]);
    });
  });

  it("orphans only when it knows every dependent", async () => {
    const secrets = harness.client.resource(coreV1.secrets);
    const owner = await secrets.create({ metadata: { name: "owner", namespace } });
    const uid = owner.metadata?.uid ?? "";
    const reference = { apiVersion: "v1", kind: "Secret", name: "owner", uid };
    await maps().create({ metadata: { name: "child", namespace, ownerReferences: [reference] } });
    await secrets.delete("owner", { namespace, propagationPolicy: "Orphan" });
    const isSlow = ({ type, verb }: ApiCall) =>
      type.resource === "configmaps" && (verb === "list" || verb === "watch");
    harness.transport.refuse = (call) =>
      isSlow(call) ? apiErrors.serviceUnavailable("not yet") : undefined;
    await start();
    await harness.settle(60_000);
    assert.equal((await secrets.list()).items.length, 1);
    harness.transport.refuse = undefined;
    await harness.settle(60_000);
    assert.equal((await secrets.list()).items.length, 0);
    const { metadata } = await maps().get("child", { namespace });
    assert.deepEqual(metadata?.ownerReferences, []);
  });

  it("reads no more of a Secret than its metadata", async () => {
    const reads: boolean[] = [];
    harness.transport.refuse = ({ type, verb }) => {
      if (type.resource === "secrets" && verb !== "create" && verb !== "delete") {
        reads.push(type.metadataOnly === true);
      }
      return undefined;
    };
    await start();
    const gone = { apiVersion: "v1", kind: "ConfigMap", name: "none", uid: "u" };
    await harness.client
      .resource(coreV1.secrets)
      .create({ metadata: { name: "s", namespace, ownerReferences: [gone] } });
    await harness.settle(5_000);
    assert.ok(reads.length >= 2);
    assert.ok(reads.every(Boolean));
  });

  it("goes on with what is deleted in the foreground anew, also where it saw no change", async () => {
    await start();
    const finalizers = ["example.com/hold"];
    await maps().create({ metadata: { name: "a", namespace, finalizers } });
    await harness.settle();
    const inForeground = { namespace, propagationPolicy: "Foreground" } as const;
    harness.transport.hide = (_, { metadata }) =>
      metadata?.deletionTimestamp !== undefined &&
      metadata.finalizers?.includes("foregroundDeletion") === false;
    await maps().delete("a", inForeground);
    await harness.settle();
    assert.deepEqual((await maps().get("a", { namespace })).metadata?.finalizers, finalizers);
    await maps().delete("a", inForeground);
    const again = [...finalizers, "foregroundDeletion"];
    const body = { metadata: { finalizers: again } };
    await maps().patch("a", { type: "merge", body }, { namespace });
    await harness.settle();
    assert.deepEqual((await maps().get("a", { namespace })).metadata?.finalizers, finalizers);
  });
});
