import type { PodSpec } from "../gen/types/coreV1.js";
import { Quantity } from "../quantity.js";

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
      const equal = limit !== undefined && (request === undefined || limit.compare(request) === 0);
      if (!equal) guaranteed = false;
    }
  }
  if (!any) return "BestEffort";
  return guaranteed ? "Guaranteed" : "Burstable";
}

function positive(text: string | undefined): Quantity | undefined {
  const value = text === undefined ? undefined : Quantity.tryParse(text);
  return value !== undefined && value.sign() > 0 ? value : undefined;
}
