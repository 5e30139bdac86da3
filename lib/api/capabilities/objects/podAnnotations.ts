/** An annotation of pods and templates that nothing reads, and what is said of it, as upstream. */
export interface AnnotationRow {
  /** The whole key or, where it ends in a slash, the beginning of keys with a container's name. */
  readonly key: string;
  readonly message: string;
}

/** Annotations that once asked for guards: who still uses them believes in what is not there. */
export const podAnnotationRows: readonly AnnotationRow[] = [
  {
    key: "container.apparmor.security.beta.kubernetes.io/",
    message: 'deprecated since v1.30; use the "appArmorProfile" field instead, this has no effect',
  },
  {
    key: "container.seccomp.security.alpha.kubernetes.io/",
    message: 'non-functional in v1.27+; use the "seccompProfile" field instead',
  },
  {
    key: "seccomp.security.alpha.kubernetes.io/pod",
    message: 'non-functional in v1.27+; use the "seccompProfile" field instead',
  },
  {
    key: "security.alpha.kubernetes.io/sysctls",
    message: 'non-functional in v1.11+; use the "sysctls" field instead',
  },
  {
    key: "security.alpha.kubernetes.io/unsafe-sysctls",
    message: 'non-functional in v1.11+; use the "sysctls" field instead',
  },
  {
    key: "scheduler.alpha.kubernetes.io/critical-pod",
    message: 'non-functional in v1.16+; use the "priorityClassName" field instead',
  },
];

/** What is said of a pod's annotation; undefined where there is nothing to say. */
export function annotationMessage(key: string): string | undefined {
  return podAnnotationRows.find((row) =>
    row.key.endsWith("/") ? key.startsWith(row.key) : key === row.key,
  )?.message;
}
