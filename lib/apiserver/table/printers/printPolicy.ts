import { humanDuration } from "../humanDuration.js";
import type { Cell, PrintContext } from "../tableRow.js";
import { ageOf, nameOf, none, type Printed, unset } from "./cells.js";

interface BindingTree extends Printed {
  readonly roleRef?: { readonly kind?: string; readonly name?: string };
  readonly subjects?: readonly {
    readonly kind?: string;
    readonly name?: string;
    readonly namespace?: string;
  }[];
}

export function printRoleBinding(object: BindingTree, context: PrintContext): Cell[] {
  const { roleRef, subjects = [] } = object;
  const names = (kind: string): string =>
    subjects
      .filter((s) => s.kind === kind)
      .map((s) => s.name ?? "")
      .join(", ");
  const accounts = subjects
    .filter((s) => s.kind === "ServiceAccount")
    .map((s) => `${s.namespace ?? ""}/${s.name ?? ""}`);
  return [
    nameOf(object),
    `${roleRef?.kind ?? ""}/${roleRef?.name ?? ""}`,
    ageOf(object, context),
    names("User"),
    names("Group"),
    accounts.join(", "),
  ];
}

interface BudgetTree extends Printed {
  readonly spec?: {
    readonly minAvailable?: number | string;
    readonly maxUnavailable?: number | string;
  };
  readonly status?: { readonly disruptionsAllowed?: number };
}

export function printPodDisruptionBudget(object: BudgetTree, context: PrintContext): Cell[] {
  return [
    nameOf(object),
    String(object.spec?.minAvailable ?? "N/A"),
    String(object.spec?.maxUnavailable ?? "N/A"),
    object.status?.disruptionsAllowed ?? 0,
    ageOf(object, context),
  ];
}

interface RequestTree extends Printed {
  readonly spec?: {
    readonly signerName?: string;
    readonly username?: string;
    readonly expirationSeconds?: number;
  };
  readonly status?: {
    readonly certificate?: string;
    readonly conditions?: readonly { readonly type: string }[];
  };
}

export function printCertificateSigningRequest(object: RequestTree, context: PrintContext): Cell[] {
  const { spec, status } = object;
  const has = (type: string): boolean => status?.conditions?.some((c) => c.type === type) ?? false;
  const words = [
    has("Approved") ? "Approved" : "",
    has("Denied") ? "Denied" : "",
    has("Failed") ? "Failed" : "",
  ].filter((word) => word !== "");
  const condition = words.length === 0 ? ["Pending"] : words;
  const issued = (status?.certificate ?? "") !== "" ? ["Issued"] : [];
  return [
    nameOf(object),
    ageOf(object, context),
    spec?.signerName ?? none,
    spec?.username ?? "",
    spec?.expirationSeconds === undefined ? none : humanDuration(spec.expirationSeconds * 1000),
    [...condition, ...issued].join(","),
  ];
}

interface AutoscalerTree extends Printed {
  readonly spec?: {
    readonly scaleTargetRef?: { readonly kind?: string; readonly name?: string };
    readonly minReplicas?: number;
    readonly maxReplicas?: number;
    readonly metrics?: readonly MetricTree[];
    readonly targetCPUUtilizationPercentage?: number;
  };
  readonly status?: {
    readonly currentReplicas?: number;
    readonly currentMetrics?: readonly MetricTree[] | null;
    readonly currentCPUUtilizationPercentage?: number;
  };
}

interface MetricValueTree {
  readonly averageUtilization?: number;
  readonly averageValue?: string;
  readonly value?: string;
}

interface MetricSourceTree {
  readonly name?: string;
  readonly target?: MetricValueTree;
  readonly current?: MetricValueTree;
}

interface MetricTree {
  readonly type?: string;
  readonly resource?: MetricSourceTree;
  readonly containerResource?: MetricSourceTree;
  readonly pods?: MetricSourceTree;
  readonly object?: MetricSourceTree;
  readonly external?: MetricSourceTree;
}

const maxMetrics = 2;

export function printHorizontalPodAutoscaler(
  object: AutoscalerTree,
  context: PrintContext,
): Cell[] {
  const { spec, status } = object;
  const target = spec?.scaleTargetRef;
  return [
    nameOf(object),
    `${target?.kind ?? ""}/${target?.name ?? ""}`,
    metricsCell(object),
    spec?.minReplicas === undefined ? unset : String(spec.minReplicas),
    spec?.maxReplicas ?? 0,
    status?.currentReplicas ?? 0,
    ageOf(object, context),
  ];
}

function metricsCell({ spec, status }: AutoscalerTree): string {
  if (spec?.targetCPUUtilizationPercentage !== undefined) {
    const current = status?.currentCPUUtilizationPercentage;
    const shown = current === undefined ? "<unknown>" : `${current}%`;
    return `cpu: ${shown}/${spec.targetCPUUtilizationPercentage}%`;
  }
  const metrics = spec?.metrics ?? [];
  if (metrics.length === 0) {
    return none;
  }
  const texts = metrics.map((metric, i) => metricCell(metric, status?.currentMetrics?.[i]));
  return texts.length > maxMetrics
    ? `${texts.slice(0, maxMetrics).join(", ")} + ${texts.length - maxMetrics} more...`
    : texts.join(", ");
}

function metricCell(metric: MetricTree, current: MetricTree | undefined): string {
  const source = sourceOf(metric);
  const now = current === undefined ? undefined : sourceOf(current)?.current;
  const target = source?.target;
  const named = metric.type === "Resource" || metric.type === "ContainerResource";
  const prefix = named ? `${source?.name ?? ""}: ` : "";
  if (target?.averageUtilization !== undefined) {
    const shown =
      now?.averageUtilization === undefined ? "<unknown>" : `${now.averageUtilization}%`;
    return `${prefix}${shown}/${target.averageUtilization}%`;
  }
  if (target?.averageValue !== undefined) {
    const average = metric.type === "Resource" || metric.type === "Pods" ? "" : " (avg)";
    return `${prefix}${now?.averageValue ?? "<unknown>"}/${target.averageValue}${average}`;
  }
  return `${prefix}${now?.value ?? "<unknown>"}/${target?.value ?? ""}`;
}

function sourceOf(metric: MetricTree): MetricSourceTree | undefined {
  return (
    metric.resource ?? metric.containerResource ?? metric.pods ?? metric.object ?? metric.external
  );
}

interface WebhooksTree extends Printed {
  readonly webhooks?: readonly unknown[];
}

export function printWebhookConfiguration(object: WebhooksTree, context: PrintContext): Cell[] {
  return [nameOf(object), object.webhooks?.length ?? 0, ageOf(object, context)];
}

interface AdmissionPolicyTree extends Printed {
  readonly spec?: {
    readonly validations?: readonly unknown[];
    readonly mutations?: readonly unknown[];
    readonly paramKind?: { readonly apiVersion?: string; readonly kind?: string };
  };
}

export function printAdmissionPolicy(object: AdmissionPolicyTree, context: PrintContext): Cell[] {
  const { validations, mutations, paramKind } = object.spec ?? {};
  return [
    nameOf(object),
    (validations ?? mutations ?? []).length,
    paramKind === undefined ? unset : `${paramKind.apiVersion}/${paramKind.kind}`,
    ageOf(object, context),
  ];
}

interface AdmissionPolicyBindingTree extends Printed {
  readonly spec?: {
    readonly policyName?: string;
    readonly paramRef?: {
      readonly namespace?: string;
      readonly name?: string;
      readonly selector?: object;
    };
  };
}

export function printAdmissionPolicyBinding(
  object: AdmissionPolicyBindingTree,
  context: PrintContext,
): Cell[] {
  const { policyName = "", paramRef } = object.spec ?? {};
  const where = paramRef?.namespace === undefined ? "*" : paramRef.namespace;
  return [
    nameOf(object),
    policyName,
    paramRef === undefined ? unset : `${where}/${paramRef.name ?? ""}`,
    ageOf(object, context),
  ];
}
