import type {
  DeviceTaintRule,
  ResourceClaim,
  ResourceClaimSpec,
  ResourceClaimTemplate,
  ResourceSlice,
} from "../../../api/gen/types/resourceV1.js";
import { formatTime } from "../../../api/time.js";
import type { StrategyContext } from "../strategy.js";
import { splitStatus, type TypedStrategy } from "../typedStrategy.js";

const group = "resource.k8s.io";

interface CountedRequest {
  allocationMode?: string;
  count?: number;
}

function defaultRequest(request: CountedRequest | undefined): void {
  if (request === undefined) return;
  request.allocationMode ||= "ExactCount";
  if (request.allocationMode === "ExactCount") request.count ||= 1;
}

function defaultClaim(spec: ResourceClaimSpec | undefined): void {
  for (const request of spec?.devices?.requests ?? []) {
    defaultRequest(request.exactly);
    for (const alternative of request.firstAvailable ?? []) defaultRequest(alternative);
  }
}

/** Says since when a taint is there, of those that do not say so themselves. */
function dateTaint(taint: { timeAdded?: string } | undefined, { now }: StrategyContext): void {
  if (taint !== undefined) taint.timeAdded ??= formatTime(now);
}

export const resourceClaimStrategy: TypedStrategy<ResourceClaim> = {
  group,
  kind: "ResourceClaim",
  defaults: ({ spec }) => defaultClaim(spec),
  prepareForUpdate: splitStatus,
};

export const resourceClaimTemplateStrategy: TypedStrategy<ResourceClaimTemplate> = {
  group,
  kind: "ResourceClaimTemplate",
  defaults: ({ spec }) => defaultClaim(spec?.spec),
  prepareForUpdate: splitStatus,
};

export const deviceTaintRuleStrategy: TypedStrategy<DeviceTaintRule> = {
  group,
  kind: "DeviceTaintRule",
  prepareForCreate: ({ spec }, context) => dateTaint(spec?.taint, context),
  prepareForUpdate(rule, old, context) {
    splitStatus(rule, old, context);
    dateTaint(rule.spec?.taint, context);
  },
};

function dateTaints({ spec }: ResourceSlice, context: StrategyContext): void {
  for (const { taints } of spec?.devices ?? []) {
    for (const taint of taints ?? []) dateTaint(taint, context);
  }
}

export const resourceSliceStrategy: TypedStrategy<ResourceSlice> = {
  group,
  kind: "ResourceSlice",
  prepareForCreate: dateTaints,
  prepareForUpdate(slice, old, context) {
    splitStatus(slice, old, context);
    dateTaints(slice, context);
  },
};
