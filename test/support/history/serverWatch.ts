import type { ConfigMap } from "../../../lib/api/gen/types/coreV1.js";
import type { Client } from "../../../lib/client/client.js";
import { resources } from "../../../lib/index.js";
import type { HistoryLines } from "./historyLines.js";
import {
  failureOf,
  isOurs,
  keyOf,
  namespaces,
  revisionOf,
  show,
  someRevision,
} from "./serverClient.js";
import type { Shown } from "./serverLife.js";

/** A watch of an API server that goes on where it was, or where somebody else was. */
export class ServerWatch {
  #seen: number;
  #wake: (() => void) | undefined;
  readonly #observes: boolean;

  constructor(
    readonly client: Client,
    readonly lines: HistoryLines,
    readonly shown: Shown,
    readonly roll: (sides: number) => number,
    readonly number: number,
  ) {
    this.#observes = number === 0;
    this.#seen = this.#observes ? shown.observed : someRevision(shown, roll);
  }

  /** Until the client is closed. */
  async run(closed: AbortSignal): Promise<void> {
    while (!closed.aborted) await this.#watch(closed);
  }

  /** Resolves when everything up to this revision was seen. */
  async until(revision: number): Promise<void> {
    while (this.#seen < revision) {
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
  }

  async #watch(closed: AbortSignal): Promise<void> {
    if (this.#seen === 0) await this.#list();
    if (this.#seen === 0 || closed.aborted) return;
    const { color, node, namespace } = this.#choose();
    const id = this.lines.call(this.number, {
      op: "watch",
      after: this.#seen,
      prefix: namespace === undefined ? "/" : `/${namespace}/`,
      color,
      node,
      observes: this.#observes,
    });
    const labels = [color && `color=${color}`, node && `node=${node}`].filter(Boolean);
    let left = this.#observes ? Number.POSITIVE_INFINITY : 1 + this.roll(40);
    try {
      const events = this.client.resource(resources.configmaps).watch({
        resourceVersion: String(this.#seen),
        allowWatchBookmarks: true,
        signal: closed,
        ...(namespace === undefined ? {} : { namespace }),
        ...(labels.length === 0 ? {} : { labelSelector: labels.join(",") }),
      });
      for await (const event of events) {
        if (event.type === "BOOKMARK") this.#saw(id, [], Number(event.resourceVersion));
        else if (isOurs(event.object)) {
          const revision = revisionOf(event.object);
          this.#saw(id, [eventOf(event.type, event.object)], revision);
        }
        if (--left <= 0) break;
      }
      this.lines.answer(id, {});
    } catch (error) {
      if (closed.aborted) return;
      const failure = failureOf(error);
      // A stream that broke is no refusal.
      this.lines.answer(id, failure.error === "compacted" ? failure : {});
      if (failure.error === "compacted") this.#seen = 0;
    }
    // Elsewhere, also where an earlier server was.
    if (!this.#observes && this.roll(2) === 0) this.#seen = someRevision(this.shown, this.roll);
  }

  #choose() {
    if (this.#observes) return { color: "", node: "", namespace: undefined };
    return {
      color: ["", "", "red", "green"][this.roll(4)] as string,
      node: ["", "", "n0"][this.roll(3)] as string,
      namespace: [undefined, ...namespaces][this.roll(3)],
    };
  }

  #saw(id: number, events: readonly Record<string, unknown>[], revision: number): void {
    this.lines.batch(id, events, revision);
    this.#seen = revision;
    show(this.shown, revision);
    if (this.#observes) this.shown.observed = revision;
    this.#wake?.();
  }

  /** As a client does whose revision is gone. */
  async #list(): Promise<void> {
    try {
      const list = await this.client.resource(resources.configmaps).list();
      this.#seen = revisionOf(list);
    } catch {
      // The server is gone, and the watch with it.
    }
  }
}

function eventOf(kind: string, object: ConfigMap): Record<string, unknown> {
  const value = object.data?.value ?? "";
  return { kind, revision: revisionOf(object), order: 0, key: keyOf(object), value, previous: 0 };
}
