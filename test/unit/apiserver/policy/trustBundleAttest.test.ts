import assert from "node:assert/strict";
import { admitted } from "../../../support/apiserver/admitted.js";
import {
  startTestApiServer,
  type TestApiServer,
} from "../../../support/apiserver/testApiServer.js";

describe("ClusterTrustBundleAttest", () => {
  let server: TestApiServer;

  before(async () => {
    server = await startTestApiServer();
  });

  after(() => server.stop());

  async function tried(signerName: string | undefined): Promise<void> {
    const plugin = server.policy.admission.find(({ name }) => name === "ClusterTrustBundleAttest");
    const attributes = admitted({
      ...{ operation: "CREATE", group: "certificates.k8s.io", kind: "ClusterTrustBundle" },
      ...{ resource: "clustertrustbundles", name: "b" },
      object: { metadata: { name: "b" }, spec: { trustBundle: "", signerName } },
    });
    assert.ok(plugin);
    assert.ok(plugin.handles("CREATE", attributes.group, attributes.resource, ""));
    await plugin.validate?.(attributes);
  }

  it("lets those write a signer's bundle who may attest for it", async () => {
    const why = /forbidden: user not permitted to attest for signerName "example\.com\/trust"$/;
    await assert.rejects(tried("example.com/trust"), { message: why });
    await tried(undefined);
    await tried("");
    const { objects } = server.server;
    const group = "rbac.authorization.k8s.io";
    await objects.create(group, "clusterroles", "", {
      metadata: { name: "attest" },
      rules: [
        {
          verbs: ["attest"],
          apiGroups: ["certificates.k8s.io"],
          resources: ["signers"],
          resourceNames: ["example.com/*"],
        },
      ],
    });
    await objects.create(group, "clusterrolebindings", "", {
      metadata: { name: "attest" },
      subjects: [{ kind: "User", name: "bob", apiGroup: group }],
      roleRef: { kind: "ClusterRole", name: "attest", apiGroup: group },
    });
    await tried("example.com/trust");
    await assert.rejects(tried("other.com/trust"), /not permitted to attest/);
  });
});
