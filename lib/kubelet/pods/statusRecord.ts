import type { Pod } from "../../api/gen/types/coreV1.js";
import type { KubeletStatus } from "./kubeletStatus.js";
import { kubeletPart } from "./mergePodStatus.js";
import { isReported, isSameKubeletPart, statusPatch } from "./statusPatch.js";

/** What the pod's worker last said of it. */
export interface StatusReport {
  readonly status: KubeletStatus;
  /** Nothing of the pod is left on this node: once the API knows it, the pod may be deleted. */
  readonly isFinished: boolean;
}

/** What the API made of a status that it took: not always to the letter what it was sent. */
interface Accepted {
  readonly sent: KubeletStatus;
  readonly held: KubeletStatus;
}

interface Told {
  /** The API's pod as last seen, by watch or as a response; a static pod's is its mirror. */
  readonly pod: Pod;
  readonly report: StatusReport;
  readonly accepted: Accepted | undefined;
  /** When it last wrote over what somebody else wrote; on the monotonic clock. */
  readonly reconciledAt: number;
}

/** Where the telling of one pod's status stands. */
export type StatusRecord =
  /** Nothing to tell yet, or nobody to tell: a static pod without its mirror. */
  | {
      readonly is: "idle";
      readonly pod: Pod | undefined;
      readonly report: StatusReport | undefined;
    }
  /** The API's pod says what was reported. */
  | ({ readonly is: "settled" } & Told)
  /** One request is under way; what comes meanwhile is looked at when it has ended. */
  | ({ readonly is: "asking"; readonly request: StatusRequest; readonly failures: number } & Told)
  /** Until a timer: after a failure, or between two corrections of what others write. */
  | ({ readonly is: "waiting"; readonly isStale: boolean; readonly failures: number } & Told)
  /** The API has no such pod any more: nothing is told of it again. */
  | { readonly is: "gone" };

export type StatusRequest =
  | {
      readonly verb: "patch";
      readonly pod: Pod;
      readonly body: object;
      readonly sent: KubeletStatus;
    }
  | { readonly verb: "delete"; readonly pod: Pod }
  | { readonly verb: "get"; readonly pod: Pod };

export type StatusEvent =
  | { readonly type: "reported"; readonly report: StatusReport; readonly pod: Pod | undefined }
  | { readonly type: "observed"; readonly pod: Pod }
  /** The static pod's mirror is not there (any more). */
  | { readonly type: "unmirrored"; readonly uid: string }
  | { readonly type: "answered"; readonly pod: Pod }
  | { readonly type: "deleted" }
  /** No pod of that name, or another one: not found. */
  | { readonly type: "missing" }
  | { readonly type: "conflicted" }
  | { readonly type: "failed" }
  | { readonly type: "due" };

export type StatusCommand =
  | { readonly do: "ask"; readonly request: StatusRequest }
  | { readonly do: "wait"; readonly milliseconds: number }
  /** The pod is to leave the node. */
  | { readonly do: "leave" };

export interface StatusStep {
  readonly record: StatusRecord;
  readonly command?: StatusCommand;
}

export interface StepContext {
  readonly isStatic: boolean;
  /** Milliseconds, for pauses. */
  readonly monotonic: number;
  /** RFC 3339, for what is written. */
  readonly time: string;
}

const firstRetryMilliseconds = 500;
const longestRetryMilliseconds = 10_000;
/** Conflicts that are read again at once; beyond them the retries' delays hold. */
const promptConflicts = 3;
/**
 * Who writes the kubelet's part is corrected at once, and then at this interval (upstream's sync
 * period), so that two writers do not chase each other.
 */
const correctionMilliseconds = 10_000;

/** A newer object, or another one of that name; versions that cannot be compared count as newer. */
function isNewer(pod: Pod, than: Pod | undefined): boolean {
  if (than === undefined || pod.metadata.uid !== than.metadata.uid) return true;
  const [one, other] = [pod.metadata.resourceVersion, than.metadata.resourceVersion];
  if (!/^\d+$/.test(one ?? "") || !/^\d+$/.test(other ?? "")) return true;
  return BigInt(one as string) >= BigInt(other as string);
}

const latest = (pod: Pod, than: Pod | undefined): Pod =>
  than !== undefined && !isNewer(pod, than) ? than : pod;

function isSettled({ pod, report, accepted }: Told): boolean {
  if (isReported(pod, report.status)) return true;
  return (
    accepted !== undefined &&
    isSameKubeletPart(accepted.sent, report.status) &&
    isSameKubeletPart(accepted.held, kubeletPart(pod.status))
  );
}

function ask(told: Told, request: StatusRequest, failures: number): StatusStep {
  const record: StatusRecord = { ...bare(told), is: "asking", request, failures };
  return { record, command: { do: "ask", request } };
}

const bare = ({ pod, report, accepted, reconciledAt }: Told): Told => ({
  pod,
  report,
  accepted,
  reconciledAt,
});

/** What is to be done now, if anything. */
function decide(told: Told, context: StepContext, failures: number): StatusStep {
  const { pod, report } = told;
  if (!isSettled(told)) {
    const body = statusPatch(pod, report.status, context.time);
    return ask(told, { verb: "patch", pod, body, sent: report.status }, failures);
  }
  if (report.isFinished && !context.isStatic && pod.metadata.deletionTimestamp !== undefined) {
    return ask(told, { verb: "delete", pod }, failures);
  }
  return { record: { ...bare(told), is: "settled" } };
}

/** Somebody else wrote the kubelet's part: it is put right, but not without pause. */
function correct(told: Told, context: StepContext): StatusStep {
  if (isSettled(told)) return decide(told, context, 0);
  const pause = told.reconciledAt + correctionMilliseconds - context.monotonic;
  if (pause <= 0) return decide({ ...told, reconciledAt: context.monotonic }, context, 0);
  const record: StatusRecord = { ...bare(told), is: "waiting", isStale: false, failures: 0 };
  return { record, command: { do: "wait", milliseconds: pause } };
}

function retry(told: Told, failures: number, isStale: boolean): StatusStep {
  const milliseconds = Math.min(
    firstRetryMilliseconds * 2 ** (failures - 1),
    longestRetryMilliseconds,
  );
  const record: StatusRecord = { ...bare(told), is: "waiting", isStale, failures };
  return { record, command: { do: "wait", milliseconds } };
}

/** The end of a request. */
function afterRequest(
  record: Extract<StatusRecord, { is: "asking" }>,
  event: StatusEvent,
  context: StepContext,
): StatusStep {
  const { request } = record;
  switch (event.type) {
    case "answered": {
      if (request.verb === "get") {
        const isOther = event.pod.metadata.uid !== request.pod.metadata.uid;
        if (isOther && !context.isStatic) return lost(record, context);
        // It counts whatever its version: that of what was seen before was just refused.
        return decide({ ...record, pod: event.pod }, context, record.failures);
      }
      const pod = latest(event.pod, record.pod);
      if (request.verb !== "patch") return decide({ ...record, pod }, context, 0);
      const accepted = { sent: request.sent, held: kubeletPart(event.pod.status) };
      return decide({ ...record, pod, accepted }, context, 0);
    }
    case "conflicted": {
      const failures = record.failures + 1;
      if (failures > promptConflicts) return retry(record, failures, true);
      return ask(record, { verb: "get", pod: record.pod }, failures);
    }
    case "failed":
      return retry(record, record.failures + 1, request.verb === "get");
    case "missing":
    case "deleted":
      return lost(record, context);
    default:
      return { record };
  }
}

/** Without its mirror a static pod goes on, and its next mirror is told; other pods are gone. */
function lost(record: Extract<StatusRecord, { is: "asking" }>, context: StepContext): StatusStep {
  if (context.isStatic) {
    const { pod, request, report } = record;
    if (pod.metadata.uid !== request.pod.metadata.uid) return decide(record, context, 0);
    return { record: { is: "idle", pod: undefined, report } };
  }
  return { record: { is: "gone" }, command: { do: "leave" } };
}

/**
 * Pure: what an event makes of a record, and what is to be asked of the API (or waited for) then.
 */
export function statusStep(
  record: StatusRecord,
  event: StatusEvent,
  context: StepContext,
): StatusStep {
  if (record.is === "gone") return { record };
  if (event.type === "unmirrored") {
    // A request that is under way ends by itself, as not found.
    if (record.is === "asking" || record.pod?.metadata.uid !== event.uid) return { record };
    return { record: { is: "idle", pod: undefined, report: record.report } };
  }
  if (record.is === "idle") return whileIdle(record, event, context);
  if (record.is === "asking" && event.type !== "reported" && event.type !== "observed") {
    return afterRequest(record, event, context);
  }
  if (event.type === "reported") return afterReport(record, event, context);
  if (event.type === "observed") {
    const pod = latest(event.pod, record.pod);
    if (record.is !== "settled") return { record: { ...record, pod } };
    const isOther = pod.metadata.uid !== record.pod.metadata.uid;
    return isOther
      ? decide({ ...record, pod, accepted: undefined }, context, 0)
      : correct({ ...record, pod }, context);
  }
  if (record.is === "waiting" && event.type === "due") {
    if (record.isStale) return ask(record, { verb: "get", pod: record.pod }, record.failures);
    return decide({ ...record, reconciledAt: context.monotonic }, context, record.failures);
  }
  return { record };
}

/** Something new to say goes out at once, unless the API is being left alone after a failure. */
function afterReport(
  record: Extract<StatusRecord, Told>,
  event: Extract<StatusEvent, { type: "reported" }>,
  context: StepContext,
): StatusStep {
  const isFinished = record.report.isFinished || event.report.isFinished;
  const report = { status: event.report.status, isFinished };
  const pod = event.pod === undefined ? record.pod : latest(event.pod, record.pod);
  const told = { ...record, pod, report };
  const isNews = !isSameKubeletPart(report.status, record.report.status);
  const isPausing = record.is === "waiting" && record.failures === 0;
  if (record.is === "settled" || (isPausing && isNews)) return decide(told, context, 0);
  return { record: told };
}

function whileIdle(
  record: Extract<StatusRecord, { is: "idle" }>,
  event: StatusEvent,
  context: StepContext,
): StatusStep {
  let { pod, report } = record;
  if (event.type === "observed") pod = latest(event.pod, pod);
  if (event.type === "reported") {
    report = event.report;
    if (event.pod !== undefined) pod = latest(event.pod, pod);
  }
  if (pod === undefined || report === undefined) return { record: { is: "idle", pod, report } };
  const told: Told = { pod, report, accepted: undefined, reconciledAt: Number.NEGATIVE_INFINITY };
  return decide(told, context, 0);
}
