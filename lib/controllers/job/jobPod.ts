import { batchV1 } from "../../api/gen/resources.js";
import type { Job } from "../../api/gen/types/batchV1.js";
import type { Container, Pod } from "../../api/gen/types/coreV1.js";
import { newControllerReference } from "../../client/ownership/controllerReference.js";
import { podFromTemplate } from "../pod/podControl.js";
import { countsAsFailure } from "./jobPolicies.js";
import {
  completionIndexAnnotation,
  countAnnotation,
  failureCountAnnotation,
  ignoredFailureCountAnnotation,
  trackingFinalizer,
} from "./jobState.js";

const indexVariable = "JOB_COMPLETION_INDEX";
/** A generated name's prefix may have so many characters. */
const longestPrefix = 58;

export interface IndexOfPod {
  readonly index: number;
  /** The pod of this index that failed last; the new pod carries its counts on. */
  readonly replaced: Pod | undefined;
}

/** A pod as the Job's template makes it, for an index where the Job has indexes. */
export function jobPod(job: Job, indexed?: IndexOfPod): Pod {
  const { name = "", namespace = "" } = job.metadata;
  const reference = newControllerReference(job, batchV1.jobs);
  const pod = podFromTemplate(job.spec.template, { name, namespace }, reference);
  const others = (pod.metadata.finalizers ?? []).filter((one) => one !== trackingFinalizer);
  const metadata = { ...pod.metadata, finalizers: [...others, trackingFinalizer] };
  if (indexed === undefined) return { ...pod, metadata };
  const index = String(indexed.index);
  return {
    metadata: {
      ...metadata,
      generateName: `${name.slice(0, longestPrefix - index.length - 2)}-${index}-`,
      labels: { ...metadata.labels, [completionIndexAnnotation]: index },
      annotations: {
        ...metadata.annotations,
        [completionIndexAnnotation]: index,
        ...(job.spec.backoffLimitPerIndex === undefined
          ? {}
          : failureCounts(job, indexed.replaced)),
      },
    },
    spec: {
      ...pod.spec,
      hostname: `${name}-${index}`,
      containers: pod.spec.containers.map(withIndexVariable),
      ...(pod.spec.initContainers === undefined
        ? {}
        : { initContainers: pod.spec.initContainers.map(withIndexVariable) }),
    },
  };
}

function withIndexVariable(container: Container): Container {
  const env = container.env ?? [];
  if (env.some(({ name }) => name === indexVariable)) return container;
  const fieldPath = `metadata.labels['${completionIndexAnnotation}']`;
  return {
    ...container,
    env: [...env, { name: indexVariable, valueFrom: { fieldRef: { fieldPath } } }],
  };
}

function failureCounts(job: Job, replaced: Pod | undefined): Record<string, string> {
  if (replaced === undefined) return { [failureCountAnnotation]: "0" };
  const counts = countsAsFailure(job, replaced);
  const failures = countAnnotation(replaced, failureCountAnnotation) + (counts ? 1 : 0);
  const ignored = countAnnotation(replaced, ignoredFailureCountAnnotation) + (counts ? 0 : 1);
  const annotations = { [failureCountAnnotation]: String(failures) };
  return ignored === 0
    ? annotations
    : { ...annotations, [ignoredFailureCountAnnotation]: String(ignored) };
}
