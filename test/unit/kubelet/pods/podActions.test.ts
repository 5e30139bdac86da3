import assert from "node:assert/strict";
import type { Pod } from "../../../../lib/api/gen/types/coreV1.js";
import { computePodActions, type ProbeVerdicts } from "../../../../lib/kubelet/pods/podActions.js";
import type { PodRuntimeState } from "../../../../lib/kubelet/pods/runtimeState.js";
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

interface Expected {
  readonly killPod?: boolean;
  readonly createSandbox?: boolean;
  readonly attempt?: number;
  readonly toKill?: readonly string[];
  readonly toStart?: readonly string[];
}

interface Case {
  readonly name: string;
  readonly pod: Pod;
  readonly state: PodRuntimeState;
  readonly probes?: Partial<ProbeVerdicts>;
  readonly expected: Expected;
}

const main = container("main");
const other = container("other");
const first = container("first");
const second = container("second");
const helper = sidecar("helper");
const both = { containers: [main, other] };
const deleted = { metadata: { deletionTimestamp: "2026-01-01T00:00:00Z" } };
const debug = { ephemeralContainers: [{ name: "debug", image: "registry.local/debug:1" }] };
const gone = [sandbox({ state: "notReady" as const })];
const up = [sandbox()];
const restarting = {
  ...main,
  restartPolicy: "Never",
  restartPolicyRules: [{ action: "Restart", exitCodes: { operator: "In", values: [42] } }],
};

const sandboxCases: Case[] = [
  {
    name: "a new pod gets a sandbox and its containers",
    pod: pod(both),
    state: runtimeState([]),
    expected: { killPod: true, createSandbox: true, toStart: ["main", "other"] },
  },
  {
    name: "a new pod with init containers gets the first of them",
    pod: pod({ initContainers: [first, second] }),
    state: runtimeState([]),
    expected: { killPod: true, createSandbox: true, toStart: ["first"] },
  },
  {
    name: "a running pod is left alone",
    pod: pod(both),
    state: runtimeState(up, instance(main), instance(other)),
    expected: {},
  },
  {
    name: "a sandbox that is not ready is replaced with the next attempt",
    pod: pod(),
    state: runtimeState(gone, exited(main, 137)),
    expected: { killPod: true, createSandbox: true, attempt: 1, toStart: ["main"] },
  },
  {
    name: "two ready sandboxes are one too many",
    pod: pod(),
    state: runtimeState([sandbox({ id: "s1" }), sandbox()], instance(main)),
    expected: { killPod: true, createSandbox: true, attempt: 1, toStart: ["main"] },
  },
  {
    name: "a sandbox without an address is replaced",
    pod: pod(),
    state: runtimeState([sandbox({ ip: "" })], instance(main)),
    expected: { killPod: true, createSandbox: true, attempt: 1, toStart: ["main"] },
  },
  {
    name: "a host network pod needs no address",
    pod: pod({ hostNetwork: true }),
    state: runtimeState([sandbox({ ip: "", networkMode: "node" })], instance(main)),
    expected: {},
  },
  {
    name: "a sandbox in the wrong network is replaced",
    pod: pod({ hostNetwork: true }),
    state: runtimeState(up, instance(main)),
    expected: { killPod: true, createSandbox: true, attempt: 1, toStart: ["main"] },
  },
  {
    name: "OnFailure leaves out what has succeeded when the sandbox goes",
    pod: pod({ ...both, restartPolicy: "OnFailure" }),
    state: runtimeState(gone, exited(main, 0), exited(other, 1)),
    expected: { killPod: true, createSandbox: true, attempt: 1, toStart: ["other"] },
  },
  {
    name: "Never makes no second sandbox",
    pod: pod({ restartPolicy: "Never" }),
    state: runtimeState(gone, exited(main, 1)),
    expected: { killPod: true, attempt: 1 },
  },
  {
    name: "Never makes no second sandbox for a container that had not begun",
    pod: pod({ ...both, restartPolicy: "Never" }),
    state: runtimeState(gone, exited(main, 1)),
    expected: { killPod: true, attempt: 1 },
  },
  {
    name: "Never tries again while nothing has begun",
    pod: pod({ restartPolicy: "Never" }),
    state: runtimeState(gone),
    expected: { killPod: true, createSandbox: true, attempt: 1, toStart: ["main"] },
  },
  {
    name: "a deleted pod gets no sandbox",
    pod: pod({}, deleted),
    state: runtimeState([]),
    expected: { killPod: true },
  },
  {
    name: "a new sandbox begins with the init containers again",
    pod: pod({ initContainers: [first] }),
    state: runtimeState(gone, exited(first, 0), exited(main, 137)),
    expected: { killPod: true, createSandbox: true, attempt: 1, toStart: ["first"] },
  },
];

const initCases: Case[] = [
  {
    name: "nothing starts while an init container runs",
    pod: pod({ initContainers: [first, second] }),
    state: runtimeState(up, instance(first)),
    expected: {},
  },
  {
    name: "the next init container follows one that has succeeded",
    pod: pod({ initContainers: [first, second] }),
    state: runtimeState(up, exited(first, 0)),
    expected: { toStart: ["second"] },
  },
  {
    name: "the containers follow the last init container",
    pod: pod({ initContainers: [first, second] }),
    state: runtimeState(up, exited(first, 0), exited(second, 0)),
    expected: { toStart: ["main"] },
  },
  {
    name: "a failed init container starts again",
    pod: pod({ initContainers: [first], restartPolicy: "OnFailure" }),
    state: runtimeState(up, exited(first, 1)),
    expected: { toStart: ["first"] },
  },
  {
    name: "a failed init container ends a pod that never restarts",
    pod: pod({ initContainers: [first], restartPolicy: "Never" }),
    state: runtimeState(up, exited(first, 1)),
    expected: { killPod: true },
  },
  {
    name: "an ended container of the last sandbox does not excuse this one's init",
    pod: pod({ initContainers: [first] }),
    state: runtimeState(
      [sandbox({ id: "s1" })],
      instance(first, { attempt: 1 }),
      exited(main, 137),
    ),
    expected: {},
  },
  {
    name: "init containers that the runtime forgot do not run again beside a running container",
    pod: pod({ initContainers: [first], ...both }),
    state: runtimeState(up, instance(main), exited(other, 1)),
    expected: { toStart: ["other"] },
  },
  {
    name: "a sidecar that runs but has not started holds the rest",
    pod: pod({ initContainers: [helper] }),
    state: runtimeState(up, instance(helper)),
    probes: { hasStarted: () => false },
    expected: {},
  },
  {
    name: "a sidecar that has started lets the rest go on",
    pod: pod({ initContainers: [helper] }),
    state: runtimeState(up, instance(helper)),
    expected: { toStart: ["main"] },
  },
  {
    name: "a sidecar starts again beside running containers, whatever the pod's policy",
    pod: pod({ initContainers: [helper], restartPolicy: "Never" }),
    state: runtimeState(up, exited(helper, 0), instance(main)),
    expected: { toStart: ["helper"] },
  },
  {
    name: "a sidecar that fails its liveness probe is restarted",
    pod: pod({ initContainers: [helper] }),
    state: runtimeState(up, instance(helper), instance(main)),
    probes: { livenessFailed: (id) => id === "helper-0" },
    expected: {
      toKill: ["LivenessProbe: Container helper failed liveness probe, will be restarted"],
      toStart: ["helper"],
    },
  },
  {
    name: "when the containers are done the pod ends, sidecars last",
    pod: pod({ initContainers: [helper], restartPolicy: "OnFailure" }),
    state: runtimeState(up, instance(helper), exited(main, 0)),
    expected: { killPod: true },
  },
];

const regularCases: Case[] = [
  {
    name: "Always starts what has succeeded again",
    pod: pod(),
    state: runtimeState(up, exited(main, 0)),
    expected: { toStart: ["main"] },
  },
  {
    name: "OnFailure starts only what has failed",
    pod: pod({ ...both, restartPolicy: "OnFailure" }),
    state: runtimeState(up, exited(main, 0), exited(other, 2)),
    expected: { toStart: ["other"] },
  },
  {
    name: "a done pod loses its sandbox",
    pod: pod({ restartPolicy: "OnFailure" }),
    state: runtimeState(up, exited(main, 0)),
    expected: { killPod: true },
  },
  {
    name: "Never ends with its last container",
    pod: pod({ ...both, restartPolicy: "Never" }),
    state: runtimeState(up, exited(main, 1), instance(other)),
    expected: {},
  },
  {
    name: "a container's own rule restarts it for its exit code",
    pod: pod({ containers: [restarting], restartPolicy: "Never" }),
    state: runtimeState(up, exited(restarting, 42)),
    expected: { toStart: ["main"] },
  },
  {
    name: "a container's own rule leaves other exit codes to the policy",
    pod: pod({ containers: [restarting], restartPolicy: "Never" }),
    state: runtimeState(up, exited(restarting, 41)),
    expected: { killPod: true },
  },
  {
    name: "a created container that was never started is started",
    pod: pod({ restartPolicy: "Never" }),
    state: runtimeState(up, instance(main, { state: "created" })),
    expected: { toStart: ["main"] },
  },
  {
    name: "a container in an unknown state is stopped before it starts again",
    pod: pod(),
    state: runtimeState(up, instance(main, { state: "unknown" })),
    expected: { toKill: ["Unknown: is in an unknown state"], toStart: ["main"] },
  },
  {
    name: "a changed image remakes the container, even under Never",
    pod: pod({ containers: [{ ...main, image: "registry.local/main:2" }], restartPolicy: "Never" }),
    state: runtimeState(up, instance(main)),
    expected: {
      toKill: ["Changed: Container main definition changed, will be restarted"],
      toStart: ["main"],
    },
  },
  {
    name: "a failed liveness probe restarts",
    pod: pod(),
    state: runtimeState(up, instance(main)),
    probes: { livenessFailed: () => true },
    expected: {
      toKill: ["LivenessProbe: Container main failed liveness probe, will be restarted"],
      toStart: ["main"],
    },
  },
  {
    name: "a failed startup probe restarts",
    pod: pod(),
    state: runtimeState(up, instance(main)),
    probes: { startupFailed: () => true },
    expected: {
      toKill: ["StartupProbe: Container main failed startup probe, will be restarted"],
      toStart: ["main"],
    },
  },
  {
    name: "under Never a failed liveness probe only kills",
    pod: pod({ ...both, restartPolicy: "Never" }),
    state: runtimeState(up, instance(main), instance(other)),
    probes: { livenessFailed: (id) => id === "main-0" },
    expected: { toKill: ["LivenessProbe: Container main failed liveness probe"] },
  },
  {
    name: "an ephemeral container starts once",
    pod: pod({ ...debug }),
    state: runtimeState(up, instance(main)),
    expected: { toStart: ["debug"] },
  },
  {
    name: "an ephemeral container that has ended stays so",
    pod: pod({ ...debug }),
    state: runtimeState(up, instance(main), exited(container("debug"), 1)),
    expected: {},
  },
  {
    name: "an ephemeral container starts while init containers run",
    pod: pod({ ...debug, initContainers: [first] }),
    state: runtimeState(up, instance(first)),
    expected: { toStart: ["debug"] },
  },
];

describe("computePodActions", () => {
  for (const [group, cases] of Object.entries({ sandboxCases, initCases, regularCases })) {
    describe(group.replace("Cases", "s"), () => {
      for (const { name, pod: wanted, state, probes, expected } of cases) {
        it(name, () => {
          const actions = computePodActions(wanted, state, { ...healthy, ...probes });
          const shown = {
            killPod: actions.killPod,
            createSandbox: actions.createSandbox,
            attempt: actions.attempt,
            toKill: actions.toKill.map((kill) => `${kill.reason}: ${kill.message}`),
            toStart: actions.toStart.map((start) => start.container.name),
          };
          assert.deepEqual(shown, {
            killPod: false,
            createSandbox: false,
            attempt: 0,
            toKill: [],
            toStart: [],
            ...expected,
          });
        });
      }
    });
  }
});
