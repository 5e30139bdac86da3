import type { LabelSelector } from "../../../api/gen/types/metaV1.js";
import { parseTime } from "../../../api/time.js";
import { age, humanDuration } from "../humanDuration.js";
import type { Cell, PrintContext } from "../tableRow.js";
import {
  ageOf,
  type ContainersTree,
  containerCells,
  labelsCell,
  nameOf,
  none,
  type Printed,
  selectorCell,
} from "./cells.js";

interface WorkloadTree extends Printed {
  readonly spec?: {
    readonly replicas?: number;
    readonly selector?: LabelSelector;
    readonly template?: { readonly spec?: ContainersTree };
  };
  readonly status?: {
    readonly replicas?: number;
    readonly readyReplicas?: number;
    readonly updatedReplicas?: number;
    readonly availableReplicas?: number;
  };
}

export function printDeployment(object: WorkloadTree, context: PrintContext): Cell[] {
  const { spec, status } = object;
  return [
    nameOf(object),
    `${status?.readyReplicas ?? 0}/${spec?.replicas ?? 0}`,
    status?.updatedReplicas ?? 0,
    status?.availableReplicas ?? 0,
    ageOf(object, context),
    ...containerCells(spec?.template?.spec),
    selectorCell(spec?.selector),
  ];
}

/** Of a Scale: what is wanted and what there is. */
export function printScale(object: WorkloadTree, context: PrintContext): Cell[] {
  const { spec, status } = object;
  return [nameOf(object), spec?.replicas ?? 0, status?.replicas ?? 0, ageOf(object, context)];
}

export function printReplicaSet(object: WorkloadTree, context: PrintContext): Cell[] {
  const { spec, status } = object;
  return [
    nameOf(object),
    spec?.replicas ?? 0,
    status?.replicas ?? 0,
    status?.readyReplicas ?? 0,
    ageOf(object, context),
    ...containerCells(spec?.template?.spec),
    selectorCell(spec?.selector),
  ];
}

interface ReplicationControllerTree extends Printed {
  readonly spec?: {
    readonly replicas?: number;
    readonly selector?: Record<string, string>;
    readonly template?: { readonly spec?: ContainersTree };
  };
  readonly status?: WorkloadTree["status"];
}

export function printReplicationController(
  object: ReplicationControllerTree,
  context: PrintContext,
): Cell[] {
  const { spec, status } = object;
  return [
    nameOf(object),
    spec?.replicas ?? 0,
    status?.replicas ?? 0,
    status?.readyReplicas ?? 0,
    ageOf(object, context),
    ...containerCells(spec?.template?.spec),
    labelsCell(spec?.selector),
  ];
}

export function printStatefulSet(object: WorkloadTree, context: PrintContext): Cell[] {
  const { spec, status } = object;
  return [
    nameOf(object),
    `${status?.readyReplicas ?? 0}/${spec?.replicas ?? 0}`,
    ageOf(object, context),
    ...containerCells(spec?.template?.spec),
  ];
}

interface DaemonSetTree extends Printed {
  readonly spec?: {
    readonly selector?: LabelSelector;
    readonly template?: {
      readonly spec?: ContainersTree & { readonly nodeSelector?: Record<string, string> };
    };
  };
  readonly status?: {
    readonly desiredNumberScheduled?: number;
    readonly currentNumberScheduled?: number;
    readonly numberReady?: number;
    readonly updatedNumberScheduled?: number;
    readonly numberAvailable?: number;
  };
}

export function printDaemonSet(object: DaemonSetTree, context: PrintContext): Cell[] {
  const { spec, status } = object;
  return [
    nameOf(object),
    status?.desiredNumberScheduled ?? 0,
    status?.currentNumberScheduled ?? 0,
    status?.numberReady ?? 0,
    status?.updatedNumberScheduled ?? 0,
    status?.numberAvailable ?? 0,
    labelsCell(spec?.template?.spec?.nodeSelector),
    ageOf(object, context),
    ...containerCells(spec?.template?.spec),
    selectorCell(spec?.selector),
  ];
}

interface JobTree extends Printed {
  readonly spec?: {
    readonly completions?: number;
    readonly parallelism?: number;
    readonly suspend?: boolean;
    readonly selector?: LabelSelector;
    readonly template?: { readonly spec?: ContainersTree };
  };
  readonly status?: {
    readonly succeeded?: number;
    readonly startTime?: string;
    readonly completionTime?: string;
    readonly conditions?: readonly { type: string; status: string }[];
  };
}

export function printJob(object: JobTree, context: PrintContext): Cell[] {
  const { spec } = object;
  return [
    nameOf(object),
    jobStatus(object),
    jobCompletions(object),
    jobDuration(object, context.now),
    ageOf(object, context),
    ...containerCells(spec?.template?.spec),
    selectorCell(spec?.selector),
  ];
}

function jobStatus(job: JobTree): string {
  const has = (type: string): boolean =>
    job.status?.conditions?.some((c) => c.type === type && c.status === "True") ?? false;
  if (has("Complete")) {
    return "Complete";
  }
  if (has("Failed")) {
    return "Failed";
  }
  if (job.metadata.deletionTimestamp !== undefined) {
    return "Terminating";
  }
  if (has("Suspended")) {
    return "Suspended";
  }
  if (has("FailureTarget")) {
    return "FailureTarget";
  }
  return has("SuccessCriteriaMet") ? "SuccessCriteriaMet" : "Running";
}

function jobCompletions(job: JobTree): string {
  const succeeded = job.status?.succeeded ?? 0;
  const { completions, parallelism = 0 } = job.spec ?? {};
  if (completions !== undefined) {
    return `${succeeded}/${completions}`;
  }
  return parallelism > 1 ? `${succeeded}/1 of ${parallelism}` : `${succeeded}/1`;
}

function jobDuration(job: JobTree, now: number): string {
  const { startTime, completionTime } = job.status ?? {};
  const start = parseTime(startTime);
  if (start === undefined) {
    return "";
  }
  // Without an end it goes on.
  return humanDuration((parseTime(completionTime) ?? now) - start);
}

interface CronJobTree extends Printed {
  readonly spec?: {
    readonly schedule?: string;
    readonly timeZone?: string;
    readonly suspend?: boolean;
    readonly jobTemplate?: {
      readonly spec?: {
        readonly selector?: LabelSelector;
        readonly template?: { readonly spec?: ContainersTree };
      };
    };
  };
  readonly status?: { readonly active?: readonly unknown[]; readonly lastScheduleTime?: string };
}

export function printCronJob(object: CronJobTree, context: PrintContext): Cell[] {
  const { spec, status } = object;
  const last = status?.lastScheduleTime;
  return [
    nameOf(object),
    spec?.schedule ?? "",
    spec?.timeZone ?? none,
    spec?.suspend === true ? "True" : "False",
    status?.active?.length ?? 0,
    last === undefined ? none : age(last, context.now),
    ageOf(object, context),
    ...containerCells(spec?.jobTemplate?.spec?.template?.spec),
    selectorCell(spec?.jobTemplate?.spec?.selector),
  ];
}

interface PodTemplateTree extends Printed {
  readonly template?: {
    readonly metadata?: { readonly labels?: Record<string, string> };
    readonly spec?: ContainersTree;
  };
}

export function printPodTemplate(object: PodTemplateTree): Cell[] {
  return [
    nameOf(object),
    ...containerCells(object.template?.spec),
    labelsCell(object.template?.metadata?.labels),
  ];
}

interface ControllerRevisionTree extends Printed {
  readonly revision?: number;
}

const groupOfApiVersion = (apiVersion: string): string =>
  apiVersion.includes("/") ? `.${apiVersion.slice(0, apiVersion.indexOf("/"))}` : "";

export function printControllerRevision(
  object: ControllerRevisionTree,
  context: PrintContext,
): Cell[] {
  const owner = object.metadata.ownerReferences?.find((o) => o.controller === true);
  const controller =
    owner === undefined
      ? none
      : `${(owner.kind ?? "").toLowerCase()}${groupOfApiVersion(owner.apiVersion ?? "")}/${owner.name}`;
  return [nameOf(object), controller, object.revision ?? 0, ageOf(object, context)];
}
