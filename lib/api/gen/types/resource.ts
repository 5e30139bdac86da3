// Generated from proto/ by `npm run generate`. Do not edit.

/** Quantity is an exact number with a suffix: 100m, 1Gi. */
export type Quantity = string;

/** QuantityValue of k8s.io/apimachinery/pkg/api/resource. */
export interface QuantityValue {
  string?: string;
}
