import type { Container, Pod } from "../../api/gen/types/coreV1.js";

/** Tells an event of a pod, or of one of its containers. */
export type EmitPodEvent = (
  pod: Pod,
  container: Container | undefined,
  type: string,
  reason: string,
  message: string,
) => void;
