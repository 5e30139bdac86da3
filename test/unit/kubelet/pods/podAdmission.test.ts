import assert from "node:assert/strict";
import type { ContainerPort, Node, Pod, PodSpec } from "../../../../lib/api/gen/types/coreV1.js";
import {
  admitPod,
  featureRefusal,
  refusalPrefix,
} from "../../../../lib/kubelet/pods/podAdmission.js";
import { container, pod, sidecar } from "../../../support/kubelet/kubeletObjects.js";

describe("admitPod", () => {
  const room = { cpuMilli: 2000, memoryBytes: 1000, ephemeralStorageBytes: 1000 };
  const labels = { "kubernetes.io/hostname": "n1", disk: "ssd" };
  const node: Pick<Node, "metadata" | "spec"> = { metadata: { name: "n1", labels } };
  const asking = (cpu: string, init?: string) =>
    pod({
      containers: [container("main", { resources: { requests: { cpu } } })],
      ...(init
        ? { initContainers: [container("i", { resources: { requests: { cpu: init } } })] }
        : {}),
    });

  it("says what the node lacks, as upstream", () => {
    assert.equal(admitPod(asking("1"), [asking("1")], room, 10, node), undefined);
    assert.deepEqual(admitPod(asking("1500m"), [asking("1")], room, 10, node), {
      reason: "OutOfcpu",
      message:
        "Pod was rejected: Node didn't have enough resource: cpu, requested: 1500, used: 1000, " +
        "capacity: 2000",
    });
    assert.equal(admitPod(asking("1"), [asking("1")], room, 1, node)?.reason, "OutOfpods");
    assert.equal(admitPod(asking("1", "3"), [], room, 10, node)?.reason, "OutOfcpu");
  });

  it("counts what a pod asks for as a whole, as the scheduler does", () => {
    const whole = (cpu: string) =>
      pod({ containers: [container("main")], resources: { requests: { cpu } } });
    assert.equal(admitPod(whole("1"), [whole("1")], room, 10, node), undefined);
    assert.equal(admitPod(whole("1"), [whole("1500m")], room, 10, node)?.reason, "OutOfcpu");
  });

  it("counts every resource that the node has, and sidecars", () => {
    const reasonOf = (requests: Record<string, string>) =>
      admitPod(
        pod({ containers: [container("m", { resources: { requests } })] }),
        [],
        room,
        9,
        node,
      )?.reason;
    assert.equal(reasonOf({ "ephemeral-storage": "1001" }), "OutOfephemeral-storage");
    assert.equal(reasonOf({ "hugepages-2Mi": "2Mi" }), "OutOfhugepages-2Mi");
    assert.equal(reasonOf({ memory: "1Ki" }), "OutOfmemory");
    assert.equal(reasonOf({ "example.com/device": "1" }), undefined);
  });

  const withPort = (port: ContainerPort, more: Partial<PodSpec> = {}) =>
    pod({ containers: [container("m", { ports: [port] })], ...more });
  const conflicts: [boolean, string, Pod, Pod][] = [
    [
      true,
      "the same port",
      withPort({ containerPort: 1, hostPort: 80 }),
      withPort({ containerPort: 2, hostPort: 80 }),
    ],
    [
      false,
      "another protocol",
      withPort({ containerPort: 1, hostPort: 80 }),
      withPort({ containerPort: 1, hostPort: 80, protocol: "UDP" }),
    ],
    [
      false,
      "another address",
      withPort({ containerPort: 1, hostPort: 80, hostIP: "10.0.0.1" }),
      withPort({ containerPort: 1, hostPort: 80, hostIP: "10.0.0.2" }),
    ],
    [
      true,
      "one of all addresses",
      withPort({ containerPort: 1, hostPort: 80 }),
      withPort({ containerPort: 1, hostPort: 80, hostIP: "10.0.0.2" }),
    ],
    [
      false,
      "a port of the pod only",
      withPort({ containerPort: 80 }),
      withPort({ containerPort: 80 }),
    ],
    [
      true,
      "the host's network",
      withPort({ containerPort: 80 }, { hostNetwork: true }),
      withPort({ containerPort: 1, hostPort: 80 }),
    ],
    [
      true,
      "a sidecar's port",
      pod({ initContainers: [sidecar("s", { ports: [{ containerPort: 1, hostPort: 80 }] })] }),
      withPort({ containerPort: 1, hostPort: 80 }),
    ],
    [
      false,
      "an init container's port",
      pod({ initContainers: [container("s", { ports: [{ containerPort: 1, hostPort: 80 }] })] }),
      withPort({ containerPort: 1, hostPort: 80 }),
    ],
  ];
  for (const [isRefused, what, of, other] of conflicts) {
    it(`${isRefused ? "refuses" : "admits"} ${what} beside a pod with a host port`, () => {
      const wanted = {
        reason: "NodePorts",
        message:
          "Pod was rejected: Predicate NodePorts failed: node(s) didn't have free ports for the " +
          "requested pod ports",
      };
      assert.deepEqual(admitPod(of, [other], room, 9, node), isRefused ? wanted : undefined);
    });
  }

  const required = (operator: string, ...values: string[]): Partial<PodSpec> => ({
    affinity: {
      nodeAffinity: {
        requiredDuringSchedulingIgnoredDuringExecution: {
          nodeSelectorTerms: [{ matchExpressions: [{ key: "disk", operator, values }] }],
        },
      },
    },
  });
  const affinity =
    "NodeAffinity Pod was rejected: Predicate NodeAffinity failed: node(s) didn't match Pod's node affinity/selector";
  const taint =
    "TaintToleration Pod was rejected: Predicate TaintToleration failed: node(s) had taints that the pod didn't tolerate";
  const tainted = (effect: string) => ({ ...node, spec: { taints: [{ key: "k", effect }] } });
  const fromFile = { metadata: { annotations: { "kubernetes.io/config.source": "file" } } };
  const begun = { status: { startTime: "2026-01-01T00:00:00Z" } };
  const tolerations = [{ key: "k", operator: "Exists" as const }];
  const placed: [string, string | undefined, Pod, Pick<Node, "metadata" | "spec">][] = [
    ["a selector that fits", undefined, pod({ nodeSelector: { disk: "ssd" } }), node],
    ["a selector that does not", affinity, pod({ nodeSelector: { disk: "hdd" } }), node],
    ["an affinity that fits", undefined, pod(required("In", "ssd")), node],
    ["an affinity that does not", affinity, pod(required("NotIn", "ssd")), node],
    ["a label that has gone since", undefined, pod(required("NotIn", "ssd"), begun), node],
    ["a taint that ends pods", taint, pod(), tainted("NoExecute")],
    ["a taint that only schedulers heed", undefined, pod(), tainted("NoSchedule")],
    ["a tolerated taint", undefined, pod({ tolerations }), tainted("NoExecute")],
    ["a taint, as a static pod", undefined, pod({}, fromFile), tainted("NoExecute")],
    [
      "another system",
      "PodOSNotSupported Pod was rejected: Failed to admit pod as the OS field doesn't match node OS",
      pod({ os: { name: "windows" } }),
      node,
    ],
  ];
  for (const [what, wanted, of, on] of placed) {
    it(`${wanted ? "refuses" : "admits"} a pod with ${what}`, () => {
      const refusal = admitPod(of, [], room, 9, on);
      assert.equal(refusal && `${refusal.reason} ${refusal.message}`, wanted);
    });
  }

  it("refuses strict groups where the runtime would add those of the image", () => {
    const strict = pod({ securityContext: { supplementalGroupsPolicy: "Strict" } });
    const merge = pod({ securityContext: { supplementalGroupsPolicy: "Merge" } });
    const strictRuntime = { supplementalGroupsPolicy: true };
    const plainRuntime = { supplementalGroupsPolicy: false };
    assert.deepEqual(featureRefusal(strict, plainRuntime), {
      reason: "SupplementalGroupsPolicyNotSupported",
      message: `${refusalPrefix}SupplementalGroupsPolicy=Strict is not supported in this node`,
    });
    assert.equal(featureRefusal(strict, strictRuntime), undefined);
    assert.equal(featureRefusal(merge, plainRuntime), undefined);
    assert.equal(featureRefusal(pod(), plainRuntime), undefined);
  });
});
