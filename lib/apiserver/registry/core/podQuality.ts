import type { PodSpec } from "../../../api/gen/types/coreV1.js";
import { compareQuantities, quantityNanos } from "../quantityValue.js";

export type QualityOfService = "Guaranteed" | "Burstable" | "BestEffort";

/**
 * A pod's quality of service class
 * (https://kubernetes.io/docs/concepts/workloads/pods/pod-qos/): by cpu and memory alone.
 */
export function podQuality(spec: PodSpec): QualityOfService {
  if (spec.resources?.limits || spec.resources?.requests) return classify([spec.resources]);
  const containers = [...(spec.containers ?? []), ...(spec.initContainers ?? [])];
  return classify(containers.map(({ resources }) => resources ?? {}));
}

interface Wanted {
  limits?: Record<string, string>;
  requests?: Record<string, string>;
}

function classify(all: readonly Wanted[]): QualityOfService {
  let any = false;
  let guaranteed = true;
  for (const { limits, requests } of all) {
    for (const name of ["cpu", "memory"]) {
      const limit = positive(limits?.[name]);
      const request = positive(requests?.[name]);
      if (limit !== undefined || request !== undefined) any = true;
      const equal =
        limit !== undefined && (request === undefined || compareQuantities(limit, request) === 0);
      if (!equal) guaranteed = false;
    }
  }
  if (!any) return "BestEffort";
  return guaranteed ? "Guaranteed" : "Burstable";
}

function positive(value: string | undefined): string | undefined {
  return value !== undefined && (quantityNanos(value) ?? 0n) > 0n ? value : undefined;
}
