// Generated from proto/ by `npm run generate`. Do not edit.

/** IntOrString of k8s.io/apimachinery/pkg/util/intstr. */
export type IntOrString = string | number;
