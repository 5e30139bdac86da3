/** Annotations that more than one component reads. */

/** Of a mirror pod: the hash of the static pod that it stands for. */
export const configMirrorAnnotation = "kubernetes.io/config.mirror";
/** Of the BOOKMARK that ends a watch's initial events. */
export const initialEventsEndAnnotation = "k8s.io/initial-events-end";
