import { coreV1 } from "../../api/gen/resources.js";
import { formatTime, parseTime } from "../../api/time.js";
import type { WantedObject } from "./objectWriter.js";

/**
 * The ConfigMap that says since when the use of tokens in Secrets is tracked: whoever removes
 * unused ones must not look further back. A date that is there stays.
 */
export function legacyTokenTrackingObject(nowMilliseconds: number): WantedObject {
  const data = { since: formatTime(nowMilliseconds).slice(0, 10) };
  const name = "kube-apiserver-legacy-service-account-token-tracking";
  return {
    type: coreV1.configmaps,
    object: { metadata: { name, namespace: "kube-system" }, data } as WantedObject["object"],
    reconcile(existing) {
      const { since = "" } = (existing as { data?: Record<string, string> }).data ?? {};
      return isDate(since) ? undefined : { ...existing, ...{ data } };
    },
  };
}

function isDate(text: string): boolean {
  return /^\d{4}-\d{2}-\d{2}$/.test(text) && parseTime(`${text}T00:00:00Z`) !== undefined;
}
