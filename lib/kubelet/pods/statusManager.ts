import { coreV1 } from "../../api/gen/resources.js";
import type { Pod } from "../../api/gen/types/coreV1.js";
import { ApiError, hasReason } from "../../api/status.js";
import { formatTime } from "../../api/time.js";
import type { Client } from "../../client/client.js";
import type { Timer } from "../../platform/clock.js";
import type { Logger } from "../../platform/logger.js";
import type { Platform } from "../../platform/platform.js";
import type { KubeletStatus } from "./kubeletStatus.js";
import { isStaticPod, podUid } from "./podIdentity.js";
import {
  type StatusEvent,
  type StatusRecord,
  type StatusRequest,
  statusStep,
} from "./statusRecord.js";

interface Entry {
  record: StatusRecord;
  readonly isStatic: boolean;
  timer: Timer | undefined;
}

export interface StatusHandlers {
  /** The API has the pod no longer. */
  readonly onGone: (uid: string) => void;
  /** The API knows what was last said of the pod. */
  readonly onReported: (uid: string) => void;
}

/**
 * Tells the API server the kubelet's part of the statuses of this node's pods: one request at a
 * time for each pod, always the newest status, nothing where the API says so already, and again
 * where the API is seen to say something else. Holds one entry for each pod on the node, until it
 * is forgotten.
 */
export class StatusManager {
  readonly #platform: Pick<Platform, "clock">;
  readonly #client: Client;
  readonly #logger: Logger;
  readonly #entries = new Map<string, Entry>();
  readonly #handlers: StatusHandlers;
  #stopped = false;

  constructor(
    platform: Pick<Platform, "clock">,
    client: Client,
    logger: Logger,
    handlers: StatusHandlers,
  ) {
    this.#platform = platform;
    this.#client = client;
    this.#logger = logger;
    this.#handlers = handlers;
  }

  /** What the kubelet last said of the pod, which may be ahead of the API. */
  status(uid: string): KubeletStatus | undefined {
    const record = this.#entries.get(uid)?.record;
    return record === undefined || record.is === "gone" ? undefined : record.report?.status;
  }

  /** The API's pod as last seen (of a static pod its mirror); undefined where there is none. */
  apiPod(uid: string): Pod | undefined {
    const record = this.#entries.get(uid)?.record;
    return record === undefined || record.is === "gone" ? undefined : record.pod;
  }

  /** Whether the API knows what was last said of the pod, or there is nobody to tell. */
  isReported(uid: string): boolean {
    const is = this.#entries.get(uid)?.record.is;
    return is !== "asking" && is !== "waiting";
  }

  set(pod: Pod, status: KubeletStatus, isFinished = false): void {
    const uid = podUid(pod);
    const isStatic = isStaticPod(pod);
    const report = { status, isFinished };
    this.#step(uid, isStatic, { type: "reported", report, pod: isStatic ? undefined : pod });
  }

  /** The API's object of a pod was seen; for a static pod this is its mirror. */
  observe(uid: string, pod: Pod, isStatic = false): void {
    this.#step(uid, isStatic, { type: "observed", pod });
  }

  /** The mirror of a static pod was deleted. */
  mirrorGone(uid: string, mirrorUid: string): void {
    if (!this.#entries.has(uid)) return;
    this.#step(uid, true, { type: "unmirrored", uid: mirrorUid });
    const record = this.#entries.get(uid)?.record;
    if (record?.is === "idle" && record.report === undefined) this.forget(uid);
  }

  #step(uid: string, isStatic: boolean, event: StatusEvent): void {
    if (this.#stopped) return;
    const record: StatusRecord = { is: "idle", pod: undefined, report: undefined };
    const entry: Entry = this.#entries.get(uid) ?? { record, isStatic, timer: undefined };
    this.#entries.set(uid, entry);
    const { clock } = this.#platform;
    const context = {
      isStatic: entry.isStatic,
      monotonic: clock.monotonic(),
      time: formatTime(clock.now()),
    };
    const step = statusStep(entry.record, event, context);
    const before = entry.record.is;
    if (step.record.is !== "waiting") entry.timer?.cancel();
    entry.record = step.record;
    const { command } = step;
    if (step.record.is === "settled" && before === "asking") this.#handlers.onReported(uid);
    if (command?.do === "wait") {
      entry.timer = clock.setTimer(command.milliseconds, () => this.#next(uid, entry, "due"));
    }
    if (command?.do === "leave") this.#handlers.onGone(uid);
    if (command?.do === "ask") {
      this.#ask(command.request).then(
        (ended) => this.#next(uid, entry, ended),
        (error: unknown) => this.#logger.error("A pod's status could not be told", { error }),
      );
    }
  }

  /** Unless the pod was forgotten meanwhile. */
  #next(uid: string, entry: Entry, event: StatusEvent | "due"): void {
    if (this.#entries.get(uid) !== entry) return;
    this.#step(uid, entry.isStatic, event === "due" ? { type: "due" } : event);
  }

  async #ask(request: StatusRequest): Promise<StatusEvent> {
    const { name = "", namespace = "", uid = "" } = request.pod.metadata;
    const pods = this.#client.resource(coreV1.pods);
    try {
      switch (request.verb) {
        case "get":
          return { type: "answered", pod: await pods.get(name, { namespace }) };
        case "delete":
          await pods.delete(name, { namespace, gracePeriodSeconds: 0, preconditions: { uid } });
          return { type: "deleted" };
        case "patch": {
          const patch = { type: "strategic", body: request.body } as const;
          return { type: "answered", pod: await pods.patchStatus(name, patch, { namespace }) };
        }
      }
    } catch (error) {
      if (hasReason(error, "NotFound")) return { type: "missing" };
      if (error instanceof ApiError && error.code === 409) return { type: "conflicted" };
      const pod = `${namespace}/${name}`;
      this.#logger.verbose(2).info("A pod's status will be told again", { pod, error });
      return { type: "failed" };
    }
  }

  forget(uid: string): void {
    this.#entries.get(uid)?.timer?.cancel();
    this.#entries.delete(uid);
  }

  stop(): void {
    this.#stopped = true;
    for (const entry of this.#entries.values()) entry.timer?.cancel();
  }
}
