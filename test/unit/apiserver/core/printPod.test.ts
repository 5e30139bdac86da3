import assert from "node:assert/strict";
import { printerOf } from "../../../../lib/apiserver/table/printers.js";
import type { Cell } from "../../../../lib/apiserver/table/tableRow.js";

const now = Date.parse("2026-01-01T01:00:00Z");
const created = "2026-01-01T00:00:00Z";

function cells(group: string, kind: string, object: object): Cell[] {
  const printer = printerOf(group, kind);
  assert.ok(printer !== undefined);
  return printer(object as Record<string, unknown>, { now });
}

function pod(status: object, more: { spec?: object; metadata?: object } = {}): Cell[] {
  return cells("", "Pod", {
    metadata: { name: "p", creationTimestamp: created, ...more.metadata },
    spec: { containers: [{ name: "a" }, { name: "b" }], ...more.spec },
    status,
  });
}

const running = { running: {} };

describe("printing pods", () => {
  const cases: readonly {
    name: string;
    row: Cell[];
    ready: string;
    status: string;
    restarts: string;
  }[] = [
    {
      name: "one that waits to be scheduled",
      row: pod({ phase: "Pending" }),
      ready: "0/2",
      status: "Pending",
      restarts: "0",
    },
    {
      name: "one that runs, having restarted",
      row: pod({
        phase: "Running",
        containerStatuses: [
          {
            name: "a",
            ready: true,
            restartCount: 3,
            state: running,
            lastState: { terminated: { finishedAt: "2026-01-01T00:55:00Z" } },
          },
          { name: "b", ready: true, restartCount: 0, state: running },
        ],
      }),
      ready: "2/2",
      status: "Running",
      restarts: "3 (5m ago)",
    },
    {
      name: "one that fails again and again",
      row: pod({
        phase: "Running",
        containerStatuses: [
          { name: "a", restartCount: 1, state: { waiting: { reason: "CrashLoopBackOff" } } },
          { name: "b", ready: true, state: running },
        ],
      }),
      ready: "1/2",
      status: "CrashLoopBackOff",
      restarts: "1",
    },
    {
      name: "one that initializes",
      row: pod(
        {
          phase: "Pending",
          initContainerStatuses: [
            { name: "i", state: { terminated: { exitCode: 0 } } },
            { name: "j", state: running },
          ],
        },
        { spec: { initContainers: [{ name: "i" }, { name: "j" }] } },
      ),
      ready: "0/2",
      status: "Init:1/2",
      restarts: "0",
    },
    {
      name: "one whose init container fails",
      row: pod(
        {
          phase: "Pending",
          initContainerStatuses: [{ name: "i", state: { terminated: { exitCode: 2 } } }],
        },
        { spec: { initContainers: [{ name: "i" }] } },
      ),
      ready: "0/2",
      status: "Init:ExitCode:2",
      restarts: "0",
    },
    {
      name: "one with a sidecar",
      row: pod(
        {
          phase: "Running",
          initContainerStatuses: [{ name: "s", started: true, ready: true, state: running }],
          containerStatuses: [{ name: "a", ready: true, state: running }],
        },
        { spec: { initContainers: [{ name: "s", restartPolicy: "Always" }] } },
      ),
      ready: "2/3",
      status: "Running",
      restarts: "0",
    },
    {
      name: "one that has ended",
      row: pod({
        phase: "Succeeded",
        containerStatuses: [{ name: "a", state: { terminated: { reason: "Completed" } } }],
      }),
      ready: "0/2",
      status: "Completed",
      restarts: "0",
    },
    {
      name: "one that is being deleted",
      row: pod({ phase: "Running" }, { metadata: { deletionTimestamp: created } }),
      ready: "0/2",
      status: "Terminating",
      restarts: "0",
    },
    {
      name: "one behind a scheduling gate",
      row: pod({
        phase: "Pending",
        conditions: [{ type: "PodScheduled", status: "False", reason: "SchedulingGated" }],
      }),
      ready: "0/2",
      status: "SchedulingGated",
      restarts: "0",
    },
  ];
  for (const { name, row, ready, status, restarts } of cases) {
    it(name, () => {
      assert.deepEqual(row.slice(1, 4), [ready, status, restarts]);
      assert.equal(row[4], "60m");
    });
  }
});

describe("printing other kinds", () => {
  it("nodes with roles and addresses", () => {
    const row = cells("", "Node", {
      metadata: {
        name: "n",
        creationTimestamp: created,
        labels: { "node-role.kubernetes.io/control-plane": "" },
      },
      spec: { unschedulable: true },
      status: {
        conditions: [{ type: "Ready", status: "True" }],
        addresses: [{ type: "InternalIP", address: "10.0.0.1" }],
        nodeInfo: { kubeletVersion: "v1", osImage: "os", kernelVersion: "k" },
      },
    });
    assert.deepEqual(row, [
      "n",
      "Ready,SchedulingDisabled",
      "control-plane",
      "60m",
      "v1",
      "10.0.0.1",
      "<none>",
      "os",
      "k",
      "<unknown>",
    ]);
  });

  it("services with ports", () => {
    const row = cells("", "Service", {
      metadata: { name: "s", creationTimestamp: created },
      spec: {
        type: "NodePort",
        clusterIP: "10.0.0.5",
        ports: [
          { port: 80, nodePort: 30080, protocol: "TCP" },
          { port: 53, protocol: "UDP" },
        ],
        selector: { b: "1", a: "2" },
      },
    });
    assert.deepEqual(row, [
      "s",
      "NodePort",
      "10.0.0.5",
      "<none>",
      "80:30080/TCP,53/UDP",
      "60m",
      "a=2,b=1",
    ]);
  });

  it("endpoints beyond three", () => {
    const addresses = ["1", "2", "3", "4"].map((n) => ({ ip: `10.0.0.${n}` }));
    const row = cells("", "Endpoints", {
      metadata: { name: "e", creationTimestamp: created },
      subsets: [{ addresses, ports: [{ port: 80 }] }],
    });
    assert.equal(row[1], "10.0.0.1:80,10.0.0.2:80,10.0.0.3:80 + 1 more...");
  });

  it("jobs", () => {
    const row = cells("batch", "Job", {
      metadata: { name: "j", creationTimestamp: created },
      spec: { completions: 1, template: { spec: { containers: [{ name: "c", image: "i" }] } } },
      status: {
        succeeded: 1,
        startTime: created,
        completionTime: "2026-01-01T00:00:42Z",
        conditions: [{ type: "Complete", status: "True" }],
      },
    });
    assert.deepEqual(row.slice(0, 7), ["j", "Complete", "1/1", "42s", "60m", "c", "i"]);
  });
});
