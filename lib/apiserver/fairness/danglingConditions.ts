import type { FlowSchema, FlowSchemaCondition } from "../../api/gen/types/flowcontrolV1.js";
import { hasReason } from "../../api/status.js";
import { formatTime } from "../../api/time.js";
import type { Clock, Timer } from "../../platform/clock.js";
import type { ObjectTree } from "../admission/admissionPlugin.js";
import type { ServerObjects } from "../serverObjects.js";
import { foundCondition } from "./danglingCondition.js";

const group = "flowcontrol.apiserver.k8s.io";
/** Two servers that see different things must not write against each other for ever. */
const mostWritesOfMinute = 6;
const minuteMilliseconds = 60_000;
const retryMilliseconds = 30_000;

/** Keeps the condition Dangling of FlowSchemas; at most six writes of one in a minute. */
export class DanglingConditions {
  readonly #objects: Pick<ServerObjects, "get" | "update">;
  readonly #clock: Clock;
  readonly #onError: (error: unknown) => void;
  /** When each was written; bounded by those of the last minute. */
  readonly #writes = new Map<string, number[]>();
  /** The latest state, until it has been looked at. */
  #due: (() => Promise<void>) | undefined;
  #isRunning = false;
  #retry: Timer | undefined;
  #isStopped = false;

  constructor(
    objects: Pick<ServerObjects, "get" | "update">,
    clock: Clock,
    onError: (error: unknown) => void,
  ) {
    this.#objects = objects;
    this.#clock = clock;
    this.#onError = onError;
  }

  /** Writes what is not so yet, one after the other. */
  set(schemas: readonly FlowSchema[], isThere: (level: string) => boolean): void {
    if (this.#isStopped) return;
    this.#due = () => this.#write(schemas, isThere);
    if (!this.#isRunning) this.#run();
  }

  stop(): void {
    this.#isStopped = true;
    this.#due = undefined;
    this.#retry?.cancel();
  }

  #run(): void {
    const due = this.#due;
    this.#isRunning = due !== undefined;
    if (due === undefined) return;
    this.#due = undefined;
    this.#retry?.cancel();
    due()
      .catch((error: unknown) => {
        if (this.#isStopped) return;
        this.#onError(error);
        this.#tryAgain(due);
      })
      .finally(() => this.#run());
  }

  #tryAgain(due: () => Promise<void>): void {
    if (this.#isStopped) return;
    this.#retry?.cancel();
    this.#retry = this.#clock.setTimer(retryMilliseconds, () => {
      if (this.#isRunning || this.#isStopped) return;
      this.#due = due;
      this.#run();
    });
  }

  async #write(schemas: readonly FlowSchema[], isThere: (level: string) => boolean): Promise<void> {
    let isLate = false;
    for (const { metadata, spec, status } of schemas) {
      const level = spec.priorityLevelConfiguration.name;
      const wanted = foundCondition(level, isThere(level), formatTime(this.#clock.now()));
      const known = status?.conditions?.find(({ type }) => type === wanted.type);
      if (known !== undefined && isSame(known, wanted)) continue;
      const name = metadata.name ?? "";
      if (!this.#mayWrite(name)) isLate = true;
      else await this.#writeOne(name, wanted);
    }
    if (isLate) this.#tryAgain(() => this.#write(schemas, isThere));
  }

  #mayWrite(name: string): boolean {
    const since = this.#clock.monotonic() - minuteMilliseconds;
    for (const [other, writes] of this.#writes) {
      const recent = writes.filter((at) => at > since);
      if (recent.length === 0) this.#writes.delete(other);
      else this.#writes.set(other, recent);
    }
    const writes = this.#writes.get(name) ?? [];
    if (writes.length >= mostWritesOfMinute) return false;
    this.#writes.set(name, [...writes, this.#clock.monotonic()]);
    return true;
  }

  async #writeOne(name: string, wanted: FlowSchemaCondition): Promise<void> {
    const object = await this.#objects.get(group, "flowschemas", "", name);
    if (object === undefined || this.#isStopped) return;
    const { status } = object as { status?: FlowSchema["status"] };
    const others = (status?.conditions ?? []).filter(({ type }) => type !== wanted.type);
    const changed: ObjectTree = { ...object, status: { conditions: [...others, wanted] } };
    try {
      await this.#objects.update(group, "flowschemas", "", name, changed, "status");
    } catch (error) {
      // It was deleted, or changed: then there is another one to look at.
      if (!hasReason(error, "NotFound", "Conflict")) throw error;
    }
  }
}

function isSame(a: FlowSchemaCondition, b: FlowSchemaCondition): boolean {
  return a.status === b.status && a.reason === b.reason && a.message === b.message;
}
