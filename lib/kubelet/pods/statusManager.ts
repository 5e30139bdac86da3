import { coreV1 } from "../../api/gen/resources.js";
import type { Pod, PodStatus } from "../../api/gen/types/coreV1.js";
import { ApiError, hasReason } from "../../api/status.js";
import type { Client } from "../../client/client.js";
import type { Logger } from "../../platform/logger.js";
import type { Platform } from "../../platform/platform.js";
import { isStaticPod, podUid } from "./podIdentity.js";

interface Entry {
  pod: Pod;
  status: PodStatus;
  /** What the API server was last given, as text. */
  sent: string;
  isRunning: boolean;
  isDirty: boolean;
  /** The pod is over here: once its status is told, it is deleted from the API. */
  isFinished: boolean;
  failures: number;
  /** Of a static pod: its mirror's uid, under which the API knows it; undefined without a mirror. */
  mirrorUid: string | undefined;
}

const longestRetryMilliseconds = 10_000;

/** Fields that a status may lose again: a patch must say so. */
const clearable = ["reason", "message", "nominatedNodeName"] as const;

function patchBody(uid: string, status: PodStatus): object {
  const cleared = Object.fromEntries(
    clearable.filter((field) => status[field] === undefined).map((field) => [field, null]),
  );
  const { podIPs, hostIPs, conditions, ...rest } = status;
  // Merged by type: a reason that no longer holds must be taken away in so many words.
  const whole = conditions?.map((condition) => ({ reason: null, message: null, ...condition }));
  const replace = { $patch: "replace" };
  return {
    metadata: { uid },
    status: {
      ...cleared,
      ...rest,
      ...(whole ? { conditions: whole } : {}),
      ...(podIPs ? { podIPs: [...podIPs, replace] } : {}),
      ...(hostIPs ? { hostIPs: [...hostIPs, replace] } : {}),
    },
  };
}

/**
 * Tells the API server the statuses of this node's pods: one request at a time for each pod, always
 * the newest status, nothing when nothing changed. Holds one entry for each pod on the node.
 */
export class StatusManager {
  readonly #platform: Platform;
  readonly #client: Client;
  readonly #logger: Logger;
  readonly #entries = new Map<string, Entry>();
  /** By static pod; the node's own files bound it. */
  readonly #mirrors = new Map<string, string>();
  readonly #onGone: (uid: string) => void;
  #stopped = false;

  constructor(platform: Platform, client: Client, logger: Logger, onGone: (uid: string) => void) {
    this.#platform = platform;
    this.#client = client;
    this.#logger = logger;
    this.#onGone = onGone;
  }

  /** The newest status, which may be ahead of the API. */
  status(uid: string): PodStatus | undefined {
    return this.#entries.get(uid)?.status;
  }

  set(pod: Pod, status: PodStatus, isFinished = false): void {
    const uid = podUid(pod);
    const known = this.#entries.get(uid);
    const entry: Entry = known ?? {
      pod,
      status,
      sent: "",
      isRunning: false,
      isDirty: false,
      isFinished: false,
      failures: 0,
      mirrorUid: this.#mirrors.get(uid),
    };
    entry.pod = pod;
    entry.status = status;
    entry.isFinished ||= isFinished;
    this.#entries.set(uid, entry);
    if (isStaticPod(pod) && entry.mirrorUid === undefined) return;
    if (!entry.isFinished && JSON.stringify(status) === entry.sent) return;
    entry.isDirty = true;
    if (!entry.isRunning) this.#start(uid, entry);
  }

  /** A static pod's mirror is there (or gone): its status is told to it. */
  setMirror(uid: string, mirrorUid: string | undefined): void {
    if (mirrorUid === undefined) this.#mirrors.delete(uid);
    else this.#mirrors.set(uid, mirrorUid);
    const entry = this.#entries.get(uid);
    if (!entry || entry.mirrorUid === mirrorUid) return;
    entry.mirrorUid = mirrorUid;
    entry.sent = "";
    if (mirrorUid !== undefined) this.set(entry.pod, entry.status);
  }

  #start(uid: string, entry: Entry): void {
    entry.isRunning = true;
    this.#push(uid, entry).catch((error: unknown) => {
      this.#logger.error("A pod's status could not be told", { error });
    });
  }

  async #push(uid: string, entry: Entry): Promise<void> {
    while (entry.isDirty && !this.#stopped && this.#entries.get(uid) === entry) {
      entry.isDirty = false;
      try {
        await this.#pushOnce(uid, entry);
        entry.failures = 0;
      } catch (error) {
        if (hasReason(error, "NotFound") || isOtherPod(error)) {
          // Without its mirror a static pod goes on; the next mirror is told.
          if (isStaticPod(entry.pod)) break;
          this.#gone(uid);
          return;
        }
        entry.isDirty = true;
        entry.failures += 1;
        const delay = Math.min(250 * 2 ** entry.failures, longestRetryMilliseconds);
        this.#logger.verbose(2).info("A pod's status will be told again", {
          pod: `${entry.pod.metadata.namespace}/${entry.pod.metadata.name}`,
          error,
        });
        await this.#platform.clock.sleep(delay);
      }
    }
    entry.isRunning = false;
  }

  async #pushOnce(uid: string, entry: Entry): Promise<void> {
    const pods = this.#client.resource(coreV1.pods);
    const { name = "", namespace = "" } = entry.pod.metadata;
    const { status, isFinished } = entry;
    const text = JSON.stringify(status);
    const isStatic = isStaticPod(entry.pod);
    if (isStatic && entry.mirrorUid === undefined) return;
    if (text !== entry.sent) {
      const body = patchBody(entry.mirrorUid ?? uid, status);
      await pods.patchStatus(name, { type: "strategic", body }, { namespace });
      entry.sent = text;
    }
    if (isStatic || !isFinished || !entry.pod.metadata.deletionTimestamp) return;
    await pods.delete(name, { namespace, gracePeriodSeconds: 0, preconditions: { uid } });
    this.#gone(uid);
  }

  #gone(uid: string): void {
    if (this.#entries.delete(uid)) this.#onGone(uid);
  }

  forget(uid: string): void {
    this.#entries.delete(uid);
  }

  stop(): void {
    this.#stopped = true;
  }
}

/** The name belongs to another pod now. */
function isOtherPod(error: unknown): boolean {
  return error instanceof ApiError && error.code === 409 && /uid|UID/.test(error.message);
}
