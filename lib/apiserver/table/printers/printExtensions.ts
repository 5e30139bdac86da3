import type { Cell, PrintContext } from "../tableRow.js";
import { ageOf, nameOf, none, orNone, type Printed } from "./cells.js";

interface ApiServiceTree extends Printed {
  readonly spec?: {
    readonly service?: { readonly namespace?: string; readonly name?: string } | null;
  };
  readonly status?: {
    readonly conditions?: readonly {
      readonly type: string;
      readonly status: string;
      readonly reason?: string;
    }[];
  };
}

export function printApiService(object: ApiServiceTree, context: PrintContext): Cell[] {
  const service = object.spec?.service;
  const available = object.status?.conditions?.find((c) => c.type === "Available");
  const shown =
    available === undefined
      ? "Unknown"
      : available.status === "True"
        ? "True"
        : `${available.status} (${available.reason ?? ""})`;
  return [
    nameOf(object),
    service === undefined || service === null ? "Local" : `${service.namespace}/${service.name}`,
    shown,
    ageOf(object, context),
  ];
}

interface DefinitionTree extends Printed {
  readonly spec?: {
    readonly group?: string;
    readonly scope?: string;
    readonly names?: { readonly kind?: string; readonly shortNames?: readonly string[] };
    readonly versions?: readonly { readonly name?: string; readonly served?: boolean }[];
  };
  readonly status?: {
    readonly conditions?: readonly { readonly type: string; readonly status: string }[];
  };
}

export function printCustomResourceDefinition(object: DefinitionTree): Cell[] {
  const { spec, status, metadata } = object;
  const versions = (spec?.versions ?? []).filter((v) => v.served === true).map((v) => v.name ?? "");
  return [
    nameOf(object),
    spec?.scope ?? "",
    versions.join(","),
    metadata.creationTimestamp ?? null,
    spec?.group ?? "",
    spec?.names?.kind ?? "",
    (spec?.names?.shortNames ?? []).join(",") || none,
    status?.conditions?.some((c) => c.type === "Established" && c.status === "True") ?? false,
  ];
}

interface FlowSchemaTree extends Printed {
  readonly spec?: {
    readonly priorityLevelConfiguration?: { readonly name?: string };
    readonly matchingPrecedence?: number;
    readonly distinguisherMethod?: { readonly type?: string } | null;
  };
  readonly status?: {
    readonly conditions?: readonly { readonly type: string; readonly status: string }[];
  };
}

export function printFlowSchema(object: FlowSchemaTree, context: PrintContext): Cell[] {
  const { spec, status } = object;
  const dangling = status?.conditions?.find((c) => c.type === "Dangling")?.status ?? "?";
  return [
    nameOf(object),
    spec?.priorityLevelConfiguration?.name ?? none,
    spec?.matchingPrecedence ?? 0,
    orNone(spec?.distinguisherMethod?.type),
    ageOf(object, context),
    dangling,
  ];
}

interface PriorityLevelTree extends Printed {
  readonly spec?: {
    readonly type?: string;
    readonly limited?: {
      readonly nominalConcurrencyShares?: number;
      readonly limitResponse?: {
        readonly queuing?: {
          readonly queues?: number;
          readonly handSize?: number;
          readonly queueLengthLimit?: number;
        };
      };
    };
    readonly exempt?: { readonly nominalConcurrencyShares?: number };
  };
}

export function printPriorityLevel(object: PriorityLevelTree, context: PrintContext): Cell[] {
  const { spec } = object;
  const queuing = spec?.limited?.limitResponse?.queuing;
  const shares = spec?.limited?.nominalConcurrencyShares ?? spec?.exempt?.nominalConcurrencyShares;
  const shown = (value: number | undefined): Cell => value ?? none;
  return [
    nameOf(object),
    spec?.type ?? "",
    shown(shares),
    shown(queuing?.queues),
    shown(queuing?.handSize),
    shown(queuing?.queueLengthLimit),
    ageOf(object, context),
  ];
}

interface SignerTree extends Printed {
  readonly spec?: { readonly signerName?: string };
}

export function printClusterTrustBundle(object: SignerTree): Cell[] {
  return [nameOf(object), object.spec?.signerName ?? ""];
}

interface PodCertificateTree extends Printed {
  readonly spec?: {
    readonly podName?: string;
    readonly serviceAccountName?: string;
    readonly nodeName?: string;
    readonly signerName?: string;
    readonly unverifiedUserAnnotations?: Readonly<Record<string, string>>;
  };
  readonly status?: { readonly conditions?: readonly { readonly type: string }[] };
}

export function printPodCertificateRequest(object: PodCertificateTree): Cell[] {
  const { spec, status } = object;
  const ended = ["Denied", "Failed", "Issued"];
  const state = status?.conditions?.find((c) => ended.includes(c.type))?.type ?? "Pending";
  const annotations = Object.entries(spec?.unverifiedUserAnnotations ?? {});
  return [
    nameOf(object),
    spec?.podName ?? "",
    spec?.serviceAccountName ?? "",
    spec?.nodeName ?? "",
    spec?.signerName ?? "",
    state,
    annotations.map(([key, value]) => `${key}=${value}`).join(",") || none,
  ];
}

interface ClaimTree extends Printed {
  readonly status?: { readonly allocation?: object; readonly reservedFor?: readonly unknown[] };
}

export function printResourceClaim(object: ClaimTree, context: PrintContext): Cell[] {
  const states: string[] = [];
  if (object.metadata.deletionTimestamp !== undefined) {
    states.push("deleted");
  }
  if (object.status?.allocation === undefined) {
    states.push("pending");
  } else {
    states.push("allocated");
    if ((object.status.reservedFor?.length ?? 0) > 0) {
      states.push("reserved");
    }
  }
  return [nameOf(object), states.join(","), ageOf(object, context)];
}

interface SliceTree extends Printed {
  readonly spec?: {
    readonly nodeName?: string;
    readonly driver?: string;
    readonly pool?: { readonly name?: string };
  };
}

export function printResourceSlice(object: SliceTree, context: PrintContext): Cell[] {
  const { spec } = object;
  return [
    nameOf(object),
    spec?.nodeName || "<unset>",
    spec?.driver ?? "",
    spec?.pool?.name ?? "",
    ageOf(object, context),
  ];
}

interface TaintRuleTree extends Printed {
  readonly spec?: {
    readonly taint?: {
      readonly key?: string;
      readonly value?: string;
      readonly effect?: string;
      readonly timeAdded?: string;
    };
  };
}

export function printDeviceTaintRule(object: TaintRuleTree, context: PrintContext): Cell[] {
  const taint = object.spec?.taint;
  return [
    nameOf(object),
    taint?.key ?? "",
    taint?.value ?? "",
    taint?.effect ?? "",
    taint?.timeAdded ?? none,
    ageOf(object, context),
  ];
}

interface MigrationTree extends Printed {
  readonly spec?: {
    readonly resource?: { readonly group?: string; readonly resource?: string };
  };
  readonly status?: {
    readonly conditions?: readonly { readonly type: string; readonly status: string }[];
  };
}

export function printStorageVersionMigration(object: MigrationTree): Cell[] {
  const { group = "", resource = "" } = object.spec?.resource ?? {};
  const current = object.status?.conditions?.find((c) => c.status === "True");
  return [nameOf(object), group === "" ? resource : `${resource}.${group}`, current?.type ?? ""];
}
