import assert from "node:assert/strict";
import { coreV1 } from "../../../lib/api/gen/resources.js";
import type { ApiError } from "../../../lib/api/status.js";
import { hasReason } from "../../../lib/api/status.js";
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
});
