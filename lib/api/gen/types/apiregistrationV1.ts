// Generated from proto/ by `npm run generate`. Do not edit.
import type { ListMeta, ObjectMeta, Time } from "./metaV1.js";

/** APIService says who serves a group version of the API. */
export interface APIService {
  apiVersion?: "apiregistration.k8s.io/v1";
  kind?: "APIService";
  metadata: ObjectMeta;
  spec: APIServiceSpec;
  status?: APIServiceStatus;
}

/** APIServiceCondition of k8s.io/kube-aggregator/pkg/apis/apiregistration/v1. */
export interface APIServiceCondition {
  type: string;
  status: string;
  lastTransitionTime?: Time;
  reason?: string;
  message?: string;
}

/** APIServiceList of apiregistration.k8s.io/v1. */
export interface APIServiceList {
  apiVersion?: "apiregistration.k8s.io/v1";
  kind?: "APIServiceList";
  metadata: ListMeta;
  items: APIService[];
}

/** APIServiceSpec of k8s.io/kube-aggregator/pkg/apis/apiregistration/v1. */
export interface APIServiceSpec {
  service?: ServiceReference;
  group?: string;
  version?: string;
  insecureSkipTLSVerify?: boolean;
  caBundle?: string;
  groupPriorityMinimum: number;
  versionPriority: number;
}

/** APIServiceStatus of k8s.io/kube-aggregator/pkg/apis/apiregistration/v1. */
export interface APIServiceStatus {
  conditions?: APIServiceCondition[];
}

/** ServiceReference of k8s.io/kube-aggregator/pkg/apis/apiregistration/v1. */
export interface ServiceReference {
  namespace?: string;
  name?: string;
  port?: number;
}
