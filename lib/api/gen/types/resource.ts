// Generated from proto/ by `npm run generate`. Do not edit.

/** Quantity of k8s.io/apimachinery/pkg/api/resource. */
export type Quantity = string;

/** QuantityValue of k8s.io/apimachinery/pkg/api/resource. */
export interface QuantityValue {
  string?: string;
}
