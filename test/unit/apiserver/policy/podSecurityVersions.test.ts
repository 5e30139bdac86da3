import assert from "node:assert/strict";
import { admitted } from "../../../support/apiserver/admitted.js";
import { startTestApiServer } from "../../../support/apiserver/testApiServer.js";
import { type PolicyServer, startPolicyServer } from "./policyServer.js";

const prefix = "pod-security.kubernetes.io";
const containers = [{ name: "c", image: "i", livenessProbe: { httpGet: { host: "h", port: 1 } } }];

describe("the version that a namespace's labels name", () => {
  let server: PolicyServer;

  before(async () => {
    server = await startPolicyServer();
  });

  after(() => server.stop());

  async function tried(name: string, labels: Record<string, string>) {
    await server.make("/api/v1/namespaces", { metadata: { name, labels } });
    await server.make(`/api/v1/namespaces/${name}/serviceaccounts`, {
      metadata: { name: "default" },
    });
    const pod = { metadata: { name: "p" }, spec: { containers } };
    return server.call(server.admin, "POST", `/api/v1/namespaces/${name}/pods`, pod);
  }

  it("is what pods are held to", async () => {
    const level = { [`${prefix}/enforce`]: "baseline" };
    const version = (text: string) => ({ ...level, [`${prefix}/enforce-version`]: text });
    assert.equal((await tried("older", version("v1.33"))).code, 201);
    for (const [name, text] of [
      ["newer", "v1.34"],
      ["latest", "latest"],
      ["future", "v1.99"],
    ] as const) {
      const { code, body } = await tried(name, version(text));
      assert.equal(code, 403);
      assert.match(
        String(body.message),
        new RegExp(`violates PodSecurity "baseline:${text}": probe or lifecycle host `),
      );
    }
    assert.equal((await tried("unnamed", level)).code, 403);
  });

  it("is what pods are warned of", async () => {
    const level = { [`${prefix}/warn`]: "restricted" };
    const old = await tried("warned-old", { ...level, [`${prefix}/warn-version`]: "v1.0" });
    assert.match(old.warnings, /would violate PodSecurity \\"restricted:v1\.0\\": runAsNonRoot/);
    assert.doesNotMatch(old.warnings, /allowPrivilegeEscalation|seccompProfile|probe/);
    const latest = await tried("warned-latest", level);
    assert.match(latest.warnings, /allowPrivilegeEscalation != false/);
  });
});

describe("what PodSecurity tells an audit", () => {
  it("is the policy that is enforced, and what the audited one forbids", async () => {
    const server = await startTestApiServer();
    try {
      const labels = {
        [`${prefix}/enforce`]: "privileged",
        [`${prefix}/audit`]: "baseline",
        [`${prefix}/audit-version`]: "v1.34",
      };
      const metadata = { name: "audited", labels };
      await server.server.objects.create("", "namespaces", "", { metadata });
      const plugin = server.policy.admission.find(({ name }) => name === "PodSecurity");
      const told = new Map<string, string>();
      const attributes = admitted({
        ...{ operation: "CREATE", group: "", kind: "Pod", resource: "pods" },
        ...{ namespace: "audited", name: "p" },
        object: { metadata: { name: "p" }, spec: { containers } },
        annotate: (key, value) => void told.set(key, value),
      });
      await plugin?.validate?.(attributes);
      assert.deepEqual(
        [...told],
        [
          [`${prefix}/enforce-policy`, "privileged:latest"],
          [
            `${prefix}/audit-violations`,
            'would violate PodSecurity "baseline:v1.34": probe or lifecycle host (container "c" ' +
              'uses probe or lifecycle host "h")',
          ],
        ],
      );
    } finally {
      await server.stop();
    }
  });
});
