import assert from "node:assert/strict";
import type { Container, Pod, PodCondition } from "../../../../lib/api/gen/types/coreV1.js";
import type { ContainerStatus } from "../../../../lib/kubelet/cri/runtime.js";
import { backOffMessage } from "../../../../lib/kubelet/pods/containerStatuses.js";
import { mergePodStatus } from "../../../../lib/kubelet/pods/mergePodStatus.js";
import { type PodStatusInputs, podStatus } from "../../../../lib/kubelet/pods/podStatus.js";
import {
  container,
  exited,
  healthy,
  instance,
  pod,
  runtimeState,
  sandbox,
  sidecar,
} from "../../../support/kubelet/kubeletObjects.js";

const inputs: PodStatusInputs = {
  runtimeName: "containerd",
  waiting: new Map(),
  isReady: healthy.isReady,
  hasStarted: healthy.hasStarted,
  hostIps: ["10.0.0.9"],
  now: "2026-01-01T00:01:00Z",
  known: undefined,
  isTerminated: false,
};
const main = container("main");
const first = container("first");
const helper = sidecar("helper");
const up = [sandbox()];
const deletedPod = pod(
  {},
  { metadata: { name: "web", namespace: "default", deletionTimestamp: "2026-01-01T00:00:30Z" } },
);

/** As the API shows it afterwards. */
function statusOf(of: Pod, instances: readonly ContainerStatus[], more: Partial<PodStatusInputs>) {
  const own = podStatus(of, runtimeState(up, ...instances), { ...inputs, ...more });
  return mergePodStatus(of.status, own);
}

const crashing = new Map([["main", { reason: "CrashLoopBackOff", message: "back-off" }]]);
const phases: [string, string, Pod, readonly ContainerStatus[], Partial<PodStatusInputs>][] = [
  ["Pending", "before anything runs", pod(), [], {}],
  ["Running", "with a running container", pod(), [instance(main)], {}],
  ["Running", "in a crash loop", pod(), [exited(main, 1)], { waiting: crashing }],
  ["Running", "between two runs of Always", pod(), [exited(main, 0)], {}],
  ["Running", "OnFailure failed", pod({ restartPolicy: "OnFailure" }), [exited(main, 1)], {}],
  ["Succeeded", "OnFailure", pod({ restartPolicy: "OnFailure" }), [exited(main, 0)], {}],
  ["Failed", "Never", pod({ restartPolicy: "Never" }), [exited(main, 1)], {}],
  ["Succeeded", "terminated well", pod(), [exited(main, 0)], { isTerminated: true }],
  ["Failed", "terminated badly", pod(), [exited(main, 137)], { isTerminated: true }],
  ["Failed", "terminated before it began", pod(), [], { isTerminated: true }],
  ["Pending", "init runs", pod({ initContainers: [first] }), [instance(first)], {}],
  ["Pending", "init fails", pod({ initContainers: [first] }), [exited(first, 1)], {}],
  [
    "Failed",
    "init fails under Never",
    pod({ initContainers: [first], restartPolicy: "Never" }),
    [exited(first, 1)],
    {},
  ],
  [
    "Pending",
    "a sidecar has not started",
    pod({ initContainers: [helper] }),
    [instance(helper)],
    { hasStarted: () => false },
  ],
  [
    "Running",
    "a sidecar outlives the containers",
    pod({ initContainers: [helper], restartPolicy: "Never" }),
    [instance(helper), exited(main, 0)],
    {},
  ],
  [
    "Succeeded",
    "a sidecar's exit code does not count",
    pod({ initContainers: [helper], restartPolicy: "Never" }),
    [exited(helper, 143), exited(main, 0)],
    {},
  ],
  ["Failed", "a final phase stays", pod({}, { status: { phase: "Failed" } }), [instance(main)], {}],
];

function conditions(list: readonly PodCondition[] | undefined): Record<string, string> {
  const shown = (list ?? []).map((condition): [string, string] => {
    const why = condition.reason ? ` ${condition.reason}` : "";
    const message = condition.message ? `: ${condition.message}` : "";
    return [condition.type, `${condition.status}${why}${message}`];
  });
  return Object.fromEntries(shown);
}

describe("podStatus", () => {
  for (const [phase, name, of, instances, more] of phases) {
    it(`is ${phase}: ${name}`, () => {
      assert.equal(statusOf(of, instances, more).phase, phase);
    });
  }

  it("tells what is not ready and not initialized, with upstream's reasons", () => {
    const of = pod({ initContainers: [first], containers: [main, container("other")] });
    const status = statusOf(of, [instance(first)], {});
    const unready = "False ContainersNotReady: containers with unready status: [main other]";
    assert.deepEqual(conditions(status.conditions), {
      PodReadyToStartContainers: "True",
      Initialized: "False ContainersNotInitialized: containers with incomplete status: [first]",
      Ready: unready,
      ContainersReady: unready,
      PodScheduled: "True",
    });
  });

  it("says of an ended pod that it has completed", () => {
    const status = statusOf(pod({ restartPolicy: "Never" }), [exited(main, 0)], {});
    const { Ready, ContainersReady, Initialized } = conditions(status.conditions);
    assert.deepEqual(
      [Ready, ContainersReady, Initialized],
      ["False PodCompleted", "False PodCompleted", "True PodCompleted"],
    );
  });

  it("waits for readiness gates, and says whether they are missing or closed", () => {
    const gates = [{ conditionType: "a.io/x" }, { conditionType: "a.io/y" }];
    const old = { conditions: [{ type: "a.io/y", status: "False" }] };
    const of = pod({ readinessGates: gates }, { status: old });
    const status = statusOf(of, [instance(main)], {});
    const { Ready, ContainersReady } = conditions(status.conditions);
    assert.equal(ContainersReady, "True");
    assert.equal(
      Ready,
      'False ReadinessGatesNotReady: corresponding condition of pod readiness gate "a.io/x" does ' +
        'not exist., the status of pod readiness gate "a.io/y" is not "True", but False',
    );
  });

  it("keeps others' conditions, and transition times while a status stays", () => {
    const old = statusOf(pod(), [], {});
    const foreign = { type: "a.io/x", status: "True" };
    const before = { ...old, conditions: [...(old.conditions ?? []), foreign] };
    const later = { now: "2026-01-01T00:02:00Z" };
    const status = statusOf(pod({}, { status: before }), [instance(main)], later);
    const timeOf = (type: string) =>
      status.conditions?.find((one) => one.type === type)?.lastTransitionTime;
    assert.equal(timeOf("PodScheduled"), "2026-01-01T00:01:00Z");
    assert.equal(timeOf("Ready"), "2026-01-01T00:02:00Z");
    assert.deepEqual(status.conditions?.at(-1), foreign);
  });

  it("carries a verdict's reason and message", () => {
    const verdict = { phase: "Failed", reason: "Evicted", message: "low on memory" } as const;
    const status = statusOf(pod(), [exited(main, 137)], { verdict });
    assert.deepEqual(
      [status.phase, status.reason, status.message],
      ["Failed", "Evicted", "low on memory"],
    );
  });

  it("shows the pod's addresses, and a host network pod the node's", () => {
    const own = statusOf(pod(), [instance(main)], {});
    assert.deepEqual([own.podIP, own.podIPs], ["10.1.0.2", [{ ip: "10.1.0.2" }]]);
    const host = statusOf(pod({ hostNetwork: true }), [instance(main)], {});
    assert.deepEqual([host.podIP, host.hostIP], ["10.0.0.9", "10.0.0.9"]);
  });
});

describe("containerStatuses", () => {
  const one = (
    of: Pod,
    instances: readonly ContainerStatus[],
    more: Partial<PodStatusInputs> = {},
  ) => statusOf(of, instances, more).containerStatuses?.[0];

  it("waits as ContainerCreating, or PodInitializing behind init containers", () => {
    assert.deepEqual(one(pod(), [])?.state, { waiting: { reason: "ContainerCreating" } });
    assert.deepEqual(one(pod({ initContainers: [first] }), [])?.state, {
      waiting: { reason: "PodInitializing" },
    });
  });

  it("is Completed or Error where the runtime gives no reason", () => {
    const reasonOf = (exitCode: number) =>
      one(pod({ restartPolicy: "Never" }), [exited(main, exitCode)])?.state?.terminated?.reason;
    assert.deepEqual([reasonOf(0), reasonOf(3)], ["Completed", "Error"]);
    const oom = { ...exited(main, 137), reason: "OOMKilled" };
    assert.equal(one(pod(), [oom])?.state?.terminated?.reason, "OOMKilled");
  });

  it("in backoff waits as CrashLoopBackOff, its end in lastState", () => {
    const status = one(pod(), [exited(main, 1, 3)], { waiting: crashing });
    assert.deepEqual(status?.state, {
      waiting: { reason: "CrashLoopBackOff", message: "back-off" },
    });
    assert.deepEqual(status?.lastState?.terminated, {
      exitCode: 1,
      reason: "Error",
      startedAt: "2026-01-01T00:00:00Z",
      finishedAt: "2026-01-01T00:00:05Z",
      containerID: "containerd://main-3",
    });
    assert.deepEqual([status?.restartCount, status?.ready, status?.started], [3, false, false]);
  });

  const failing = new Map(
    ["main", "first"].map((name) => [name, { reason: "RunContainerError", message: "no file" }]),
  );
  const unstarted = (spec: Container, exitCode = 128) => {
    return { ...exited(spec, exitCode), reason: "StartError", message: "no file" };
  };
  const lastRuns: [string, Pod, readonly ContainerStatus[]][] = [
    ["Never", pod({ restartPolicy: "Never" }), [unstarted(main)]],
    ["OnFailure", pod({ restartPolicy: "OnFailure" }), [unstarted(main, 0)]],
    ["a pod that is deleted", deletedPod, [unstarted(main)]],
    [
      "an init container under Never",
      pod({ restartPolicy: "Never", initContainers: [first] }),
      [unstarted(first)],
    ],
    ["an init container that has succeeded", pod({ initContainers: [first] }), [exited(first, 0)]],
  ];
  for (const [what, of, instances] of lastRuns) {
    it(`whose last run could not begin has ended: ${what}`, () => {
      for (const isTerminated of [false, true]) {
        const said = statusOf(of, instances, { waiting: failing, isTerminated });
        const [status] = said.initContainerStatuses ?? said.containerStatuses ?? [];
        const { reason, message } = instances[0] as ContainerStatus;
        const { terminated } = status?.state ?? {};
        const told = reason === "" ? "Completed" : reason;
        assert.deepEqual([terminated?.reason, terminated?.message ?? ""], [told, message]);
        assert.deepEqual(status?.lastState, {});
      }
    });
  }

  it("while running keeps the last end in lastState", () => {
    const status = one(pod(), [instance(main, { attempt: 1 }), exited(main, 2)]);
    assert.equal(status?.lastState?.terminated?.exitCode, 2);
    assert.deepEqual(status?.state, { running: { startedAt: "2026-01-01T00:00:00Z" } });
    assert.deepEqual(
      [status?.restartCount, status?.ready, status?.containerID, status?.imageID],
      [1, true, "containerd://main-1", "sha256:1"],
    );
  });

  it("counts a running container that the runtime has forgotten as lost", () => {
    const running = statusOf(pod(), [instance(main)], {});
    const status = one(pod({}, { status: running }), []);
    assert.deepEqual(status?.state, { waiting: { reason: "ContainerCreating" } });
    assert.deepEqual(status?.lastState?.terminated, {
      exitCode: 137,
      reason: "ContainerStatusUnknown",
      message:
        "The container could not be located when the pod was deleted.  " +
        "The container used to be Running",
    });
    assert.equal(status?.restartCount, 1);
  });

  it("keeps the end of a container that the runtime has forgotten", () => {
    const ended = statusOf(pod({ restartPolicy: "Never" }), [exited(main, 4)], {});
    const status = one(pod({ restartPolicy: "Never" }, { status: ended }), []);
    assert.equal(status?.state?.terminated?.exitCode, 4);
    assert.equal(status?.containerID, "containerd://main-0");
  });

  it("shows the image's name where the runtime gives its id", () => {
    const status = one(pod(), [instance(main, { image: "sha256:abc" })]);
    assert.equal(status?.image, "registry.local/main:1");
  });

  it("is neither started nor ready before its probes say so", () => {
    const status = one(pod(), [instance(main)], { hasStarted: () => false });
    assert.deepEqual([status?.started, status?.ready], [false, false]);
    const unready = one(pod(), [instance(main)], { isReady: () => false });
    assert.deepEqual([unready?.started, unready?.ready], [true, false]);
  });

  it("tells what a container was given, how its volumes are mounted, and as whom it runs", () => {
    const resources = { requests: { cpu: "100m" }, limits: { cpu: "1", memory: "1Gi" } };
    const volumeMounts = [
      { name: "data", mountPath: "/data" },
      { name: "token", mountPath: "/token", readOnly: true },
    ];
    const own = container("main", { resources, volumeMounts });
    const user = { uid: 1, gid: 2, supplementalGroups: [2] };
    const shown = [
      { name: "data", mountPath: "/data" },
      { name: "token", mountPath: "/token", readOnly: true, recursiveReadOnly: "Disabled" },
    ];
    const of = pod({ containers: [own, main] });
    const [running, plain] =
      statusOf(of, [instance(own, { user }), instance(main)], {}).containerStatuses ?? [];
    assert.deepEqual(running?.allocatedResources, { cpu: "100m" });
    assert.deepEqual(running?.resources, resources);
    assert.deepEqual(running?.user, { linux: user });
    assert.deepEqual(running?.volumeMounts, shown);
    assert.deepEqual([plain?.resources, plain?.allocatedResources], [{}, undefined]);
    const [waiting] = statusOf(of, [], {}).containerStatuses ?? [];
    assert.deepEqual([waiting?.resources, waiting?.volumeMounts], [undefined, shown]);
  });

  it("an init container is ready when it has succeeded", () => {
    const of = pod({ initContainers: [first] });
    const status = statusOf(of, [exited(first, 0)], {}).initContainerStatuses?.[0];
    assert.equal(status?.ready, true);
  });

  it("names delays as Go does in the backoff message", () => {
    const text = (seconds: number) => backOffMessage(pod(), main, seconds * 1000).split(" ")[1];
    assert.deepEqual([10, 40, 80, 300].map(text), ["10s", "40s", "1m20s", "5m0s"]);
    assert.equal(
      backOffMessage(pod(), main, 10_000),
      "back-off 10s restarting failed container=main pod=web_default(u1)",
    );
  });
});
