import assert from "node:assert/strict";
import { coreV1 } from "../../../lib/api/gen/resources.js";
import type { ApiError } from "../../../lib/api/status.js";
import { apiErrors, hasReason } from "../../../lib/api/status.js";
import { NamespaceController } from "../../../lib/controllers/namespace/namespaceController.js";
import { RootCaPublisher } from "../../../lib/controllers/rootca/rootCaPublisher.js";
import { ServiceAccountController } from "../../../lib/controllers/serviceaccount/serviceAccountController.js";
import { ControllerHarness } from "../../support/client/controllerHarness.js";

describe("controllers of namespaces", () => {
  let harness: ControllerHarness;
  const namespaces = () => harness.client.resource(coreV1.namespaces);

  beforeEach(async () => {
    harness = new ControllerHarness({ transport: "rpc" });
    const context = harness.context({ rootCertificateAuthorities: "PEM" });
    await harness.start(
      new NamespaceController(context),
      new ServiceAccountController(context),
      new RootCaPublisher(context),
    );
    await namespaces().create({
      metadata: { name: "team" },
      spec: { finalizers: ["kubernetes"] },
      status: { phase: "Active" },
    });
    await harness.settle();
  });
  afterEach(() => harness.stop());

  const account = () =>
    harness.client.resource(coreV1.serviceaccounts).get("default", { namespace: "team" });
  const configMap = () =>
    harness.client.resource(coreV1.configmaps).get("kube-root-ca.crt", { namespace: "team" });

  it("gives a namespace its service account and the CA, and again when they are taken", async () => {
    assert.equal((await account()).metadata.name, "default");
    assert.deepEqual((await configMap()).data, { "ca.crt": "PEM" });
    await harness.client.resource(coreV1.serviceaccounts).delete("default", { namespace: "team" });
    await harness.client.resource(coreV1.configmaps).update({ ...(await configMap()), data: {} });
    await harness.settle();
    await account();
    assert.deepEqual((await configMap()).data, { "ca.crt": "PEM" });
  });

  it("puts the CA right where somebody made its ConfigMap first", async () => {
    const maps = harness.client.resource(coreV1.configmaps);
    let isHeld = true;
    harness.transport.refuse = ({ type, verb }) =>
      isHeld && type.resource === "configmaps" && verb === "create"
        ? apiErrors.alreadyExists(type, "kube-root-ca.crt")
        : undefined;
    await namespaces().create({ metadata: { name: "other" } });
    await harness.settle();
    isHeld = false;
    const place = { name: "kube-root-ca.crt", namespace: "other" };
    await maps.create({ metadata: place, data: { "ca.crt": "EVIL" } });
    await harness.settle();
    assert.deepEqual((await maps.get(place.name, { namespace: place.namespace })).data, {
      "ca.crt": "PEM",
    });
  });

  it("empties a namespace that is deleted, and lets it go", async () => {
    await namespaces().delete("team");
    await harness.settle(5_000);
    await assert.rejects(namespaces().get("team"), (e: ApiError) => hasReason(e, "NotFound"));
    await assert.rejects(account(), (e: ApiError) => hasReason(e, "NotFound"));
  });

  it("says what holds a namespace", async () => {
    await harness.client.resource(coreV1.configmaps).create({
      metadata: { name: "held", namespace: "team", finalizers: ["example.com/hold"] },
    });
    await namespaces().delete("team");
    await harness.settle(5_000);
    const { status } = await namespaces().get("team");
    assert.equal(status?.phase, "Terminating");
    const conditions = Object.fromEntries(
      (status?.conditions ?? []).map((c) => [c.type, `${c.status} ${c.reason} ${c.message}`]),
    );
    assert.equal(
      conditions.NamespaceContentRemaining,
      "True SomeResourcesRemain Some resources are remaining: configmaps. has 1 resource instances",
    );
    assert.match(conditions.NamespaceFinalizersRemaining ?? "", /example\.com\/hold in 1/);
    assert.match(conditions.NamespaceDeletionContentFailure ?? "", /^False ContentDeleted/);
    const body = { metadata: { finalizers: [] } };
    const maps = harness.client.resource(coreV1.configmaps);
    await maps.patch("held", { type: "merge", body }, { namespace: "team" });
    await harness.settle(60_000);
    await assert.rejects(namespaces().get("team"), (e: ApiError) => hasReason(e, "NotFound"));
  });

  it("takes the pods first, and all else when they are gone", async () => {
    const pods = harness.client.resource(coreV1.pods);
    const maps = harness.client.resource(coreV1.configmaps);
    const place = { namespace: "team" };
    await pods.create({
      metadata: { name: "held", ...place, finalizers: ["example.com/hold"] },
      spec: { containers: [{ name: "c", image: "web:1" }] },
    });
    await maps.create({ metadata: { name: "kept", ...place } });
    await namespaces().delete("team");
    await harness.settle(5_000);
    assert.ok((await pods.get("held", place)).metadata.deletionTimestamp);
    assert.equal((await maps.get("kept", place)).metadata.deletionTimestamp, undefined);
    await pods.patch("held", { type: "merge", body: { metadata: { finalizers: [] } } }, place);
    await harness.settle(60_000);
    await assert.rejects(namespaces().get("team"), (e: ApiError) => hasReason(e, "NotFound"));
    await assert.rejects(maps.get("kept", place), (e: ApiError) => hasReason(e, "NotFound"));
  });

  it("empties no namespace that has taken the name of the one that went", async () => {
    const maps = harness.client.resource(coreV1.configmaps);
    // Emptying fails and is tried again, while the cache hears nothing of namespaces.
    harness.transport.refuse = ({ type, verb }) => {
      const isHeld = type.resource === "configmaps" && verb === "deletecollection";
      const isDeaf = type.resource === "namespaces" && (verb === "watch" || verb === "list");
      return isHeld || isDeaf ? apiErrors.serviceUnavailable("not now") : undefined;
    };
    await namespaces().delete("team");
    await harness.settle();
    harness.transport.cutWatches();
    await harness.settle();
    const old = await namespaces().get("team");
    await namespaces().finalize({ ...old, spec: { finalizers: [] } });
    await namespaces().create({ metadata: { name: "team" }, spec: { finalizers: ["kubernetes"] } });
    await maps.create({ metadata: { name: "new", namespace: "team" } });
    harness.transport.refuse = ({ type, verb }) =>
      type.resource === "namespaces" && (verb === "watch" || verb === "list")
        ? apiErrors.serviceUnavailable("not now")
        : undefined;
    await harness.settle(1_000_000);
    await maps.get("new", { namespace: "team" });
    harness.transport.refuse = undefined;
    await harness.settle(60_000);
    await maps.get("new", { namespace: "team" });
  });

  it("does not take one object that went by itself for the end of all", async () => {
    const secrets = harness.client.resource(coreV1.secrets);
    for (const name of ["a", "b", "c"]) {
      await secrets.create({ metadata: { name, namespace: "team" } });
    }
    harness.transport.refuse = ({ name, type, verb }) => {
      if (type.resource !== "secrets") return undefined;
      if (verb === "deletecollection")
        return apiErrors.methodNotSupported(type, "deletecollection");
      return verb === "delete" && name === "a" ? apiErrors.notFound(type, name) : undefined;
    };
    await namespaces().delete("team");
    await harness.settle(5_000);
    const { items } = await secrets.list({ namespace: "team" });
    assert.deepEqual(
      items.map((secret) => secret.metadata?.name),
      ["a"],
    );
    harness.transport.refuse = undefined;
    await harness.settle(60_000);
    await assert.rejects(namespaces().get("team"), (e: ApiError) => hasReason(e, "NotFound"));
    assert.deepEqual((await secrets.list({ namespace: "team" })).items, []);
  });
});
