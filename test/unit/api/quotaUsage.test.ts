import assert from "node:assert/strict";
import { quotaMatches } from "../../../lib/api/quota/quotaScopes.js";
import { quotaUsage } from "../../../lib/api/quota/quotaUsage.js";

const now = Date.parse("2030-01-01T00:00:00Z");
const containers = [
  {
    name: "c",
    resources: {
      requests: { cpu: "100m", memory: "1Mi", "hugepages-2Mi": "2Mi", "example.com/gpu": "1" },
      limits: { cpu: "1", "example.com/gpu": "1" },
    },
  },
];
const pod = (more: object = {}, metadata: object = {}): object => ({
  metadata: { name: "p", ...metadata },
  spec: { containers },
  ...more,
});

function usage(resource: string, object: object, group = ""): Record<string, string> {
  const entries = [...quotaUsage(group, resource, object, now)];
  return Object.fromEntries(entries.map(([name, value]) => [name, value.toString()]));
}

describe("what objects take of quotas", () => {
  it("counts a pod's resources by bare name, requests and limits", () => {
    assert.deepEqual(usage("pods", pod()), {
      "count/pods": "1",
      pods: "1",
      cpu: "100m",
      "requests.cpu": "100m",
      memory: "1Mi",
      "requests.memory": "1Mi",
      "hugepages-2Mi": "2Mi",
      "requests.hugepages-2Mi": "2Mi",
      "requests.example.com/gpu": "1",
      "limits.cpu": "1",
    });
  });

  it("leaves a pod that has ended, or should have, one object and no more", () => {
    const going = { deletionTimestamp: "2029-12-31T23:59:00Z", deletionGracePeriodSeconds: 30 };
    assert.deepEqual(usage("pods", pod({ status: { phase: "Failed" } })), { "count/pods": "1" });
    assert.deepEqual(usage("pods", pod({}, going)), { "count/pods": "1" });
    const inTime = { ...going, deletionGracePeriodSeconds: 90 };
    assert.equal(usage("pods", pod({}, inTime)).pods, "1");
  });

  it("counts node ports and balancers, claims by their class, and objects of other groups", () => {
    const ports = [{ port: 1 }, { port: 2 }];
    const balanced = usage("services", { spec: { type: "LoadBalancer", ports } });
    assert.equal(balanced["services.nodeports"], "2");
    assert.equal(balanced["services.loadbalancers"], "1");
    const claim = {
      spec: { storageClassName: "fast", resources: { requests: { storage: "1Gi" } } },
    };
    const claimed = usage("persistentvolumeclaims", claim);
    assert.equal(claimed["fast.storageclass.storage.k8s.io/requests.storage"], "1Gi");
    assert.deepEqual(usage("deployments", {}, "apps"), { "count/deployments.apps": "1" });
  });

  it("applies scopes to pods alone", () => {
    const quota = { metadata: {}, spec: { scopes: ["BestEffort" as const] } };
    const idle = { metadata: {}, spec: { containers: [{ name: "c" }] } };
    assert.equal(quotaMatches(quota, "pods", idle), true);
    assert.equal(quotaMatches(quota, "pods", pod()), false);
    assert.equal(quotaMatches(quota, "services", {}), false);
    assert.equal(quotaMatches({ metadata: {} }, "services", {}), true);
  });
});
