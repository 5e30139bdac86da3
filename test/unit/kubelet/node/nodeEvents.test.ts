import assert from "node:assert/strict";
import type { NodeStatus, ObjectReference } from "../../../../lib/api/gen/types/coreV1.js";
import { NodeEvents } from "../../../../lib/kubelet/node/nodeEvents.js";

describe("NodeEvents", () => {
  let told: string[];
  let about: ObjectReference | undefined;
  let events: NodeEvents;
  beforeEach(() => {
    told = [];
    const event = (of: ObjectReference, type: string, reason: string, message: string): void => {
      about = of;
      told.push(`${type} ${reason} ${message}`);
    };
    events = new NodeEvents({ event }, "n1");
  });

  const status = (conditions: Record<string, string>, bootID = "b1"): NodeStatus => ({
    conditions: Object.entries(conditions).map(([type, of]) => ({ type, status: of })),
    nodeInfo: { bootID } as NonNullable<NodeStatus["nodeInfo"]>,
  });
  const calm = { MemoryPressure: "False", DiskPressure: "False", PIDPressure: "False" };
  const named = (...names: string[]): string[] =>
    names.map((name) => `Normal ${name} Node n1 status is now: ${name}`);

  it("says that it starts, of a node whose uid is its name", () => {
    events.starting();
    assert.deepEqual(told, ["Normal Starting Starting kubelet."]);
    assert.deepEqual(about, { kind: "Node", apiVersion: "v1", name: "n1", uid: "n1" });
  });

  it("tells each pressure at the start, and then what changes", () => {
    events.status(undefined, status({ ...calm, Ready: "False" }));
    const first = named("NodeHasSufficientMemory", "NodeHasNoDiskPressure", "NodeHasSufficientPID");
    assert.deepEqual(told.splice(0), first);
    const before = status({ ...calm, Ready: "False" });
    events.status(before, status({ ...calm, Ready: "True" }));
    events.status(before, status({ ...calm, Ready: "True" }));
    assert.deepEqual(told.splice(0), named("NodeReady"));
    const ready = status({ ...calm, Ready: "True" });
    events.status(ready, status({ ...calm, MemoryPressure: "True", Ready: "False" }));
    assert.deepEqual(told, named("NodeHasInsufficientMemory", "NodeNotReady"));
  });

  it("says of another boot that the node was rebooted", () => {
    events.status(undefined, status({}, "b2"));
    assert.deepEqual(told, [], "it does not know yet what the server has");
    events.status(status({}, "b1"), status({}, "b2"));
    events.status(status({}, "b2"), status({}, "b2"));
    assert.deepEqual(told, ["Warning Rebooted Node n1 has been rebooted, boot id: b2"]);
  });

  it("tells when somebody cordons the node", () => {
    const node = (unschedulable: boolean) => ({
      metadata: { name: "n1" },
      spec: { unschedulable },
    });
    events.seen(node(false));
    events.seen(node(true));
    events.seen(node(true));
    events.seen(node(false));
    assert.deepEqual(told, named("NodeNotSchedulable", "NodeSchedulable"));
  });
});
