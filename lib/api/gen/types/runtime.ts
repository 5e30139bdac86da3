// Generated from proto/ by `npm run generate`. Do not edit.

/** RawExtension of k8s.io/apimachinery/pkg/runtime. */
export type RawExtension = unknown;

/** TypeMeta of k8s.io/apimachinery/pkg/runtime. */
export interface TypeMeta {
  apiVersion?: string;
  kind?: string;
}

/** Unknown of k8s.io/apimachinery/pkg/runtime. */
export interface Unknown extends TypeMeta {
  raw?: string;
  contentEncoding?: string;
  contentType?: string;
}
