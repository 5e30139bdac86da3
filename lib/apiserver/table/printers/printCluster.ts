import { age } from "../humanDuration.js";
import type { Cell, PrintContext } from "../tableRow.js";
import { ageOf, nameOf, none, type Printed, unknown } from "./cells.js";

interface NodeTree extends Printed {
  readonly spec?: { readonly unschedulable?: boolean };
  readonly status?: {
    readonly conditions?: readonly { type: string; status: string }[];
    readonly addresses?: readonly { type?: string; address?: string }[];
    readonly nodeInfo?: {
      readonly kubeletVersion?: string;
      readonly osImage?: string;
      readonly kernelVersion?: string;
      readonly containerRuntimeVersion?: string;
    };
  };
}

export function printNode(object: NodeTree, context: PrintContext): Cell[] {
  const { spec, status } = object;
  const info = status?.nodeInfo;
  return [
    nameOf(object),
    nodeStatus(object, spec?.unschedulable === true),
    nodeRoles(object),
    ageOf(object, context),
    info?.kubeletVersion ?? "",
    nodeAddress(object, "InternalIP"),
    nodeAddress(object, "ExternalIP"),
    info?.osImage || unknown,
    info?.kernelVersion || unknown,
    info?.containerRuntimeVersion || unknown,
  ];
}

function nodeStatus(node: NodeTree, unschedulable: boolean): string {
  const ready = node.status?.conditions?.find((c) => c.type === "Ready");
  const first = ready === undefined ? "Unknown" : ready.status === "True" ? "Ready" : "NotReady";
  return unschedulable ? `${first},SchedulingDisabled` : first;
}

const rolePrefix = "node-role.kubernetes.io/";

function nodeRoles(node: NodeTree): string {
  const roles = new Set<string>();
  for (const [key, value] of Object.entries(node.metadata.labels ?? {})) {
    if (key.startsWith(rolePrefix) && key.length > rolePrefix.length) {
      roles.add(key.slice(rolePrefix.length));
    } else if (key === "kubernetes.io/role" && value !== "") {
      roles.add(value);
    }
  }
  return roles.size === 0 ? none : [...roles].sort().join(",");
}

function nodeAddress(node: NodeTree, type: string): string {
  return node.status?.addresses?.find((a) => a.type === type)?.address ?? none;
}

interface NamespaceTree extends Printed {
  readonly status?: { readonly phase?: string };
}

export function printNamespace(object: NamespaceTree, context: PrintContext): Cell[] {
  return [nameOf(object), object.status?.phase ?? "", ageOf(object, context)];
}

interface EventTree extends Printed {
  readonly type?: string;
  readonly reason?: string;
  readonly message?: string;
  readonly note?: string;
  readonly count?: number;
  readonly deprecatedCount?: number;
  readonly firstTimestamp?: string | null;
  readonly lastTimestamp?: string | null;
  readonly deprecatedFirstTimestamp?: string | null;
  readonly deprecatedLastTimestamp?: string | null;
  readonly eventTime?: string | null;
  readonly series?: { readonly count?: number; readonly lastObservedTime?: string | null };
  readonly involvedObject?: ObjectReferenceTree;
  readonly regarding?: ObjectReferenceTree;
  readonly source?: { readonly component?: string; readonly host?: string };
  readonly deprecatedSource?: { readonly component?: string; readonly host?: string };
  readonly reportingComponent?: string;
  readonly reportingController?: string;
  readonly reportingInstance?: string;
}

interface ObjectReferenceTree {
  readonly kind?: string;
  readonly name?: string;
  readonly fieldPath?: string;
}

export function printEvent(event: EventTree, context: PrintContext): Cell[] {
  const about = event.involvedObject ?? event.regarding;
  const first = event.firstTimestamp ?? event.deprecatedFirstTimestamp;
  const last = event.lastTimestamp ?? event.deprecatedLastTimestamp;
  const firstSeen = first ?? event.eventTime;
  const lastSeen = event.series?.lastObservedTime ?? last ?? firstSeen;
  const count = event.series?.count ?? (event.count || event.deprecatedCount || 1);
  const kind = (about?.kind ?? "").toLowerCase();
  const target = (about?.name ?? "") === "" ? kind : `${kind}/${about?.name}`;
  return [
    age(lastSeen, context.now),
    event.type ?? "",
    event.reason ?? "",
    target,
    about?.fieldPath ?? "",
    eventSource(event),
    (event.message ?? event.note ?? "").trim(),
    age(firstSeen, context.now),
    count,
    nameOf(event),
  ];
}

function eventSource(event: EventTree): string {
  const source = event.source ?? event.deprecatedSource;
  const component =
    source?.component || event.reportingComponent || event.reportingController || "";
  const host = source?.host || event.reportingInstance || "";
  return host === "" ? component : `${component}, ${host}`;
}

interface DataTree extends Printed {
  readonly type?: string;
  readonly data?: Readonly<Record<string, string>>;
  readonly binaryData?: Readonly<Record<string, string>>;
}

export function printSecret(object: DataTree, context: PrintContext): Cell[] {
  const count = Object.keys(object.data ?? {}).length;
  return [nameOf(object), object.type ?? "", count, ageOf(object, context)];
}

export function printConfigMap(object: DataTree, context: PrintContext): Cell[] {
  const count = Object.keys(object.data ?? {}).length + Object.keys(object.binaryData ?? {}).length;
  return [nameOf(object), count, ageOf(object, context)];
}

interface QuotaTree extends Printed {
  readonly status?: {
    readonly hard?: Readonly<Record<string, string>>;
    readonly used?: Readonly<Record<string, string>>;
  };
}

export function printResourceQuota(object: QuotaTree, context: PrintContext): Cell[] {
  const requests: string[] = [];
  const limits: string[] = [];
  const { hard = {}, used = {} } = object.status ?? {};
  for (const name of Object.keys(hard).sort()) {
    const text = `${name}: ${used[name] ?? "0"}/${hard[name]}`;
    (name.startsWith("limits.") ? limits : requests).push(text);
  }
  return [nameOf(object), requests.join(", "), limits.join(", "), ageOf(object, context)];
}

interface LeaseTree extends Printed {
  readonly spec?: { readonly holderIdentity?: string };
}

export function printLease(object: LeaseTree, context: PrintContext): Cell[] {
  return [nameOf(object), object.spec?.holderIdentity ?? "", ageOf(object, context)];
}

interface PriorityClassTree extends Printed {
  readonly value?: number;
  readonly globalDefault?: boolean;
  readonly preemptionPolicy?: string;
}

export function printPriorityClass(object: PriorityClassTree, context: PrintContext): Cell[] {
  return [
    nameOf(object),
    object.value ?? 0,
    object.globalDefault ?? false,
    ageOf(object, context),
    object.preemptionPolicy ?? "",
  ];
}

interface RuntimeClassTree extends Printed {
  readonly handler?: string;
}

export function printRuntimeClass(object: RuntimeClassTree, context: PrintContext): Cell[] {
  return [nameOf(object), object.handler ?? "", ageOf(object, context)];
}

interface ComponentStatusTree extends Printed {
  readonly conditions?: readonly {
    readonly type: string;
    readonly status: string;
    readonly message?: string;
    readonly error?: string;
  }[];
}

export function printComponentStatus(object: ComponentStatusTree): Cell[] {
  const healthy = object.conditions?.find((c) => c.type === "Healthy");
  return [
    nameOf(object),
    healthy === undefined ? "Unknown" : healthy.status === "True" ? "Healthy" : "Unhealthy",
    healthy?.message ?? "",
    healthy?.error ?? "",
  ];
}

export function printNameAndAge(object: Printed, context: PrintContext): Cell[] {
  return [nameOf(object), ageOf(object, context)];
}

export function printNameAndCreation(object: Printed): Cell[] {
  return [nameOf(object), object.metadata.creationTimestamp ?? null];
}
