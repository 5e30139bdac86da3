import { parseTime } from "../../../api/time.js";
import { humanDuration } from "../humanDuration.js";
import type { Cell, PrintContext } from "../tableRow.js";
import { ageOf, nameOf, orNone, type Printed } from "./cells.js";

interface ContainerStateTree {
  readonly waiting?: { reason?: string };
  readonly terminated?: {
    reason?: string;
    exitCode?: number;
    signal?: number;
    finishedAt?: string | null;
  };
  readonly running?: object;
}

interface ContainerStatusTree {
  readonly name?: string;
  readonly ready?: boolean;
  readonly started?: boolean;
  readonly restartCount?: number;
  readonly state?: ContainerStateTree;
  readonly lastState?: ContainerStateTree;
}

interface ContainerTree {
  readonly name?: string;
  readonly restartPolicy?: string;
}

interface PodTree extends Printed {
  readonly spec?: {
    readonly containers?: readonly ContainerTree[];
    readonly initContainers?: readonly ContainerTree[];
    readonly nodeName?: string;
    readonly readinessGates?: readonly { conditionType: string }[];
    readonly schedulingGates?: readonly unknown[];
  };
  readonly status?: {
    readonly phase?: string;
    readonly reason?: string;
    readonly podIP?: string;
    readonly podIPs?: readonly { ip?: string }[];
    readonly nominatedNodeName?: string;
    readonly conditions?: readonly { type: string; status: string; reason?: string }[];
    readonly initContainerStatuses?: readonly ContainerStatusTree[];
    readonly containerStatuses?: readonly ContainerStatusTree[];
  };
}

/** What is found while going through a pod's containers. */
interface Summary {
  reason: string;
  restarts: number;
  restartableInitRestarts: number;
  ready: number;
  total: number;
  lastRestart: number | undefined;
  lastRestartableInitRestart: number | undefined;
}

export function printPod(pod: PodTree, context: PrintContext): Cell[] {
  const summary = summaryOf(pod);
  return [
    nameOf(pod),
    `${summary.ready}/${summary.total}`,
    summary.reason,
    restartsCell(summary, context.now),
    ageOf(pod, context),
    orNone(pod.status?.podIPs?.[0]?.ip ?? pod.status?.podIP),
    orNone(pod.spec?.nodeName),
    orNone(pod.status?.nominatedNodeName),
    readinessGatesCell(pod),
  ];
}

function restartsCell(summary: Summary, now: number): string {
  const { restarts, lastRestart } = summary;
  return restarts > 0 && lastRestart !== undefined
    ? `${restarts} (${humanDuration(now - lastRestart)} ago)`
    : String(restarts);
}

function readinessGatesCell(pod: PodTree): string {
  const gates = pod.spec?.readinessGates ?? [];
  if (gates.length === 0) {
    return "<none>";
  }
  const met = gates.filter((gate) =>
    pod.status?.conditions?.some((c) => c.type === gate.conditionType && c.status === "True"),
  );
  return `${met.length}/${gates.length}`;
}

function summaryOf(pod: PodTree): Summary {
  const { spec, status } = pod;
  const restartable = new Set(
    (spec?.initContainers ?? []).filter((c) => c.restartPolicy === "Always").map((c) => c.name),
  );
  const summary: Summary = {
    reason: firstReason(pod),
    restarts: 0,
    restartableInitRestarts: 0,
    ready: 0,
    total: (spec?.containers?.length ?? 0) + restartable.size,
    lastRestart: undefined,
    lastRestartableInitRestart: undefined,
  };
  const initializing = initSummary(pod, summary, restartable);
  if (!initializing || isTrue(pod, "Initialized")) {
    containersSummary(status?.containerStatuses ?? [], summary, pod);
  }
  if (pod.metadata.deletionTimestamp !== undefined) {
    if (status?.reason === "NodeLost") {
      summary.reason = "Unknown";
    } else if (status?.phase !== "Succeeded" && status?.phase !== "Failed") {
      summary.reason = "Terminating";
    }
  }
  return summary;
}

function firstReason(pod: PodTree): string {
  const gated = pod.status?.conditions?.some(
    (c) => c.type === "PodScheduled" && c.reason === "SchedulingGated",
  );
  if (gated === true) {
    return "SchedulingGated";
  }
  const { reason = "", phase = "" } = pod.status ?? {};
  return reason === "" ? phase : reason;
}

/** Goes through the init containers; true while they keep the pod from starting. */
function initSummary(
  pod: PodTree,
  summary: Summary,
  restartable: ReadonlySet<string | undefined>,
): boolean {
  const statuses = pod.status?.initContainerStatuses ?? [];
  const total = pod.spec?.initContainers?.length ?? 0;
  for (const [i, container] of statuses.entries()) {
    countRestarts(summary, container);
    const isSidecar = restartable.has(container.name);
    if (isSidecar) {
      summary.restartableInitRestarts += container.restartCount ?? 0;
      summary.lastRestartableInitRestart = later(
        summary.lastRestartableInitRestart,
        finishedAt(container),
      );
    }
    if (container.state?.terminated?.exitCode === 0) {
      continue;
    }
    if (isSidecar && container.started === true) {
      if (container.ready === true) {
        summary.ready += 1;
      }
      continue;
    }
    summary.reason = initReason(container, i, total);
    return true;
  }
  return false;
}

function initReason(container: ContainerStatusTree, index: number, total: number): string {
  const { terminated, waiting } = container.state ?? {};
  if (terminated !== undefined) {
    return `Init:${terminatedReason(terminated)}`;
  }
  const reason = waiting?.reason ?? "";
  return reason !== "" && reason !== "PodInitializing"
    ? `Init:${reason}`
    : `Init:${index}/${total}`;
}

function terminatedReason(terminated: NonNullable<ContainerStateTree["terminated"]>): string {
  const { reason = "", signal = 0, exitCode = 0 } = terminated;
  if (reason !== "") {
    return reason;
  }
  return signal !== 0 ? `Signal:${signal}` : `ExitCode:${exitCode}`;
}

function containersSummary(
  statuses: readonly ContainerStatusTree[],
  summary: Summary,
  pod: PodTree,
): void {
  // Init containers that ran once are history: only sidecars still count.
  summary.restarts = summary.restartableInitRestarts;
  summary.lastRestart = summary.lastRestartableInitRestart;
  let running = false;
  for (const container of [...statuses].reverse()) {
    countRestarts(summary, container);
    const { waiting, terminated, running: runs } = container.state ?? {};
    if ((waiting?.reason ?? "") !== "") {
      summary.reason = waiting?.reason ?? "";
    } else if (terminated !== undefined) {
      summary.reason = terminatedReason(terminated);
    } else if (container.ready === true && runs !== undefined) {
      running = true;
      summary.ready += 1;
    }
  }
  // One container has ended and another runs: the pod is up.
  if (summary.reason === "Completed" && running) {
    summary.reason = isTrue(pod, "Ready") ? "Running" : "NotReady";
  }
}

function countRestarts(summary: Summary, container: ContainerStatusTree): void {
  summary.restarts += container.restartCount ?? 0;
  summary.lastRestart = later(summary.lastRestart, finishedAt(container));
}

function finishedAt(container: ContainerStatusTree): number | undefined {
  return parseTime(container.lastState?.terminated?.finishedAt);
}

function later(a: number | undefined, b: number | undefined): number | undefined {
  return a === undefined || (b !== undefined && b > a) ? b : a;
}

function isTrue(pod: PodTree, type: string): boolean {
  return pod.status?.conditions?.some((c) => c.type === type && c.status === "True") ?? false;
}
