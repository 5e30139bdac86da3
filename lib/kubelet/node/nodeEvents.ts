import type { Node, NodeCondition, NodeStatus } from "../../api/gen/types/coreV1.js";
import type { EventRecorder, EventType } from "../../client/events/eventRecorder.js";

/** What an event is called when a condition takes a status, as upstream. */
const names: Readonly<Record<string, Readonly<Record<"True" | "False", string>>>> = {
  Ready: { True: "NodeReady", False: "NodeNotReady" },
  MemoryPressure: { True: "NodeHasInsufficientMemory", False: "NodeHasSufficientMemory" },
  DiskPressure: { True: "NodeHasDiskPressure", False: "NodeHasNoDiskPressure" },
  PIDPressure: { True: "NodeHasInsufficientPID", False: "NodeHasSufficientPID" },
};

/** What the kubelet says of its node in events. */
export class NodeEvents {
  readonly #recorder: EventRecorder;
  readonly #nodeName: string;
  /** The conditions' statuses as last told in events; none before the first. */
  readonly #told = new Map<string, string>();
  #reportedBoot: string | undefined;
  #isUnschedulable: boolean | undefined;

  constructor(recorder: EventRecorder, nodeName: string) {
    this.#recorder = recorder;
    this.#nodeName = nodeName;
  }

  emit(type: EventType, reason: string, message: string): void {
    const name = this.#nodeName;
    // Upstream's kubelet knows no uid at first, and has always given the name for it.
    this.#recorder.event(
      { kind: "Node", apiVersion: "v1", name, uid: name },
      type,
      reason,
      message,
    );
  }

  starting(): void {
    this.emit("Normal", "Starting", "Starting kubelet.");
  }

  /** The node's status is this from now on; `before` is what the API server had. */
  status(before: NodeStatus | undefined, now: NodeStatus): void {
    for (const condition of now.conditions ?? []) {
      this.#condition(
        condition,
        before?.conditions?.find(({ type }) => type === condition.type),
      );
    }
    this.#boot(before?.nodeInfo?.bootID, now.nodeInfo?.bootID ?? "");
  }

  #condition({ type, status }: NodeCondition, before: NodeCondition | undefined): void {
    // A kubelet that starts tells of each pressure anew; of readiness only where it changes.
    const known = type === "Ready" ? (before?.status ?? status) : this.#told.get(type);
    if (known === status || this.#told.get(type) === status) return;
    this.#told.set(type, status);
    const name = names[type]?.[status as "True" | "False"];
    if (name !== undefined) this.#stateIs(name);
  }

  #stateIs(name: string): void {
    this.emit("Normal", name, `Node ${this.#nodeName} status is now: ${name}`);
  }

  #boot(before: string | undefined, bootId: string): void {
    if (!before || before === bootId || bootId === "" || this.#reportedBoot === bootId) return;
    this.#reportedBoot = bootId;
    const message = `Node ${this.#nodeName} has been rebooted, boot id: ${bootId}`;
    this.emit("Warning", "Rebooted", message);
  }

  /** The node as the API server has it. */
  seen(node: Node): void {
    const isUnschedulable = node.spec?.unschedulable === true;
    const before = this.#isUnschedulable;
    this.#isUnschedulable = isUnschedulable;
    if (before === isUnschedulable || (before === undefined && !isUnschedulable)) return;
    this.#stateIs(isUnschedulable ? "NodeNotSchedulable" : "NodeSchedulable");
  }
}
