import assert from "node:assert/strict";
import { generateKeyPairSync } from "node:crypto";
import { coreV1 } from "../../../lib/api/gen/resources.js";
import { type ApiError, apiErrors, hasReason } from "../../../lib/api/status.js";
import { ServiceAccountTokenController } from "../../../lib/controllers/serviceaccount/serviceAccountTokenController.js";
import { ControllerHarness } from "../../support/client/controllerHarness.js";
import { until } from "../../support/client/until.js";

const namespace = "default";

describe("ServiceAccountTokenController", () => {
  let harness: ControllerHarness;
  const secrets = () => harness.client.resource(coreV1.secrets);
  const accounts = () => harness.client.resource(coreV1.serviceaccounts);

  beforeEach(async () => {
    harness = new ControllerHarness();
    const { privateKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
    const serviceAccountPrivateKey = privateKey.export({ type: "pkcs8", format: "pem" }).toString();
    const context = harness.context({ serviceAccountPrivateKey });
    await accounts().create({ metadata: { name: "robot", namespace } });
    await harness.start(new ServiceAccountTokenController(context));
  });
  afterEach(() => harness.stop());

  const makeSecret = (name: string, uid?: string) =>
    secrets().create({
      metadata: {
        name,
        namespace,
        annotations: {
          "kubernetes.io/service-account.name": "robot",
          ...(uid === undefined ? {} : { "kubernetes.io/service-account.uid": uid }),
        },
      },
      type: "kubernetes.io/service-account-token",
    });

  // Signing takes real time, in threads that virtual time knows nothing of.
  const isFilled = (name: string) =>
    until(harness.client, coreV1.secrets, (all) =>
      all.some(({ data, metadata }) => metadata?.name === name && data?.token !== undefined),
    );

  it("fills a secret, and removes it with its account", async () => {
    await makeSecret("token");
    await harness.settle();
    await isFilled("token");
    await accounts().delete("robot", { namespace });
    await harness.settle();
    await assert.rejects(secrets().get("token", { namespace }), (error: ApiError) =>
      hasReason(error, "NotFound"),
    );
  });

  it("keeps the secret of an account that the cache does not know yet", async () => {
    harness.transport.refuse = ({ type, verb }) =>
      type.resource === "serviceaccounts" && (verb === "watch" || verb === "list")
        ? apiErrors.serviceUnavailable("not now")
        : undefined;
    harness.transport.cutWatches();
    await harness.settle();
    await accounts().delete("robot", { namespace });
    const { metadata } = await accounts().create({ metadata: { name: "robot", namespace } });
    await makeSecret("token", metadata.uid);
    await harness.settle(60_000);
    await isFilled("token");
    await makeSecret("old", "0b1dbe5b-0000-4000-8000-000000000000");
    await harness.settle(60_000);
    await assert.rejects(secrets().get("old", { namespace }), (error: ApiError) =>
      hasReason(error, "NotFound"),
    );
  });

  it("takes a secret that is gone out of its account's list", async () => {
    await makeSecret("token");
    await isFilled("token");
    const body = { secrets: [{ name: "token" }, { name: "other" }] };
    await accounts().patch("robot", { type: "merge", body }, { namespace });
    await harness.settle();
    await secrets().delete("token", { namespace });
    await harness.settle();
    assert.deepEqual((await accounts().get("robot", { namespace })).secrets, [{ name: "other" }]);
  });
});
