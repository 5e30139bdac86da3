import { setTimeout as sleep } from "node:timers/promises";
import type { ConfigMap } from "../../../lib/api/gen/types/coreV1.js";
import { ApiError, hasReason } from "../../../lib/api/status.js";
import type { Client } from "../../../lib/client/client.js";
import { patches } from "../../../lib/client/patches.js";
import type { ResourceClient } from "../../../lib/client/resourceClient.js";
import { resources } from "../../../lib/index.js";
import type { HistoryLines } from "./historyLines.js";
import type { Shown } from "./serverLife.js";

export const namespaces = ["a", "b"] as const;
const names = ["0", "1", "2", "3"];
const colors = ["red", "green", "blue"];
const shownMax = 4096;

export async function createNamespaces(client: Client): Promise<void> {
  for (const name of namespaces) {
    try {
      await client.resource(resources.namespaces).create({ metadata: { name } });
    } catch (error) {
      if (!hasReason(error, "AlreadyExists")) throw error;
    }
  }
}

export function revisionOf(object: { metadata?: { resourceVersion?: string } }): number {
  return Number(object.metadata?.resourceVersion ?? 0);
}

export function keyOf({ metadata }: ConfigMap): string {
  return `/${metadata?.namespace}/${metadata?.name}`;
}

export function isOurs({ metadata }: ConfigMap): boolean {
  return (namespaces as readonly string[]).includes(metadata?.namespace ?? "");
}

export function show(shown: Shown, revision: number): void {
  if (shown.revisions.length < shownMax && shown.revisions.at(-1) !== revision)
    shown.revisions.push(revision);
}

export function someRevision(shown: Shown, roll: (sides: number) => number): number {
  const { revisions } = shown;
  const among = roll(4) === 0 ? revisions.length : Math.min(revisions.length, 40);
  return revisions[revisions.length - 1 - roll(Math.max(among, 1))] ?? 0;
}

/** What became of a call that failed: a refusal has no effect, of everything else nobody knows. */
export function failureOf(error: unknown): Record<string, unknown> {
  const code = error instanceof ApiError ? error.code : 500;
  const message = (error as Error).message;
  const reason = code === 410 ? "compacted" : error instanceof ApiError ? error.reason : "error";
  return { error: reason, message, effect: code >= 400 && code < 500 ? "none" : "unknown" };
}

interface Basis {
  readonly revision: number;
  readonly value: string;
}

/** One client of an API server; it asks for one thing at a time, and writes down what it saw. */
export class ServerClient {
  readonly #resource: ResourceClient<ConfigMap>;
  #writes = 0;
  #isStopping = false;
  stopped: Promise<void> = Promise.resolve();
  /** What it read of keys, for a later update. */
  readonly #read = new Map<string, Basis>();

  constructor(
    readonly client: Client,
    readonly lines: HistoryLines,
    readonly shown: Shown,
    readonly roll: (sides: number) => number,
    readonly number: number,
  ) {
    this.#resource = client.resource(resources.configmaps);
  }

  /** @param pauseMilliseconds how long it rests between two requests. */
  run(pauseMilliseconds = 0): Promise<void> {
    this.stopped = (async () => {
      while (!this.#isStopping) {
        await this.#step();
        if (pauseMilliseconds > 0) await sleep(pauseMilliseconds);
      }
    })();
    return this.stopped;
  }

  stop(): void {
    this.#isStopping = true;
  }

  #step(): Promise<void> {
    const namespace = namespaces[this.roll(2)] as string;
    const name = names[this.roll(4)] as string;
    switch (this.roll(12)) {
      case 0:
      case 1:
      case 2:
        return this.#create(namespace, name);
      case 3:
      case 4:
      case 5:
        return this.#update(namespace, name);
      case 6:
        return this.#patch(namespace, name);
      case 7:
        return this.#delete(namespace, name);
      case 8:
      case 9:
        return this.#get(namespace, name);
      default:
        return this.#list();
    }
  }

  #object(namespace: string, name: string): { object: ConfigMap; value: string } {
    const color = colors[this.roll(3)] as string;
    const node = `n${this.roll(2)}`;
    const rest = `${this.shown.era}.${this.number}.${++this.#writes}`;
    const value = `color=${color}|node=${node}|${rest}`;
    const metadata = { namespace, name, labels: { color, node } };
    return { object: { metadata, data: { value } }, value };
  }

  /** A write; `compare` is the version that it is of, 0 for none. */
  async #write(
    key: string,
    value: string | null,
    compare: Basis | undefined,
    ask: () => Promise<ConfigMap | undefined>,
  ): Promise<void> {
    const basis = compare?.value === "" ? null : (compare?.value ?? null);
    const id = this.lines.call(this.number, {
      op: "write",
      writes: [{ key, value, lease: 0 }],
      compare: compare === undefined ? [] : [{ key, revision: compare.revision, basis }],
      lazy: false,
    });
    try {
      const written = await ask();
      const revision = written === undefined ? 0 : revisionOf(written);
      this.lines.answer(id, { succeeded: true, revision, previous: [] });
      if (revision > 0) show(this.shown, revision);
    } catch (error) {
      const isUnequal =
        compare !== undefined && hasReason(error, "AlreadyExists", "Conflict", "NotFound");
      if (isUnequal) this.lines.answer(id, { succeeded: false, unseen: true });
      else this.lines.answer(id, failureOf(error));
    }
  }

  #create(namespace: string, name: string): Promise<void> {
    const { object, value } = this.#object(namespace, name);
    return this.#write(`/${namespace}/${name}`, value, { revision: 0, value: "" }, () =>
      this.#resource.create(object),
    );
  }

  /** Of a version that was read now or some time ago, or of whichever is there. */
  async #update(namespace: string, name: string): Promise<void> {
    const key = `/${namespace}/${name}`;
    if (this.roll(3) === 0 || !this.#read.has(key)) await this.#get(namespace, name);
    const found = this.roll(4) === 0 ? undefined : this.#read.get(key);
    const { object, value } = this.#object(namespace, name);
    const { metadata } = object;
    const resourceVersion = found === undefined ? {} : { resourceVersion: String(found.revision) };
    await this.#write(key, value, found, () =>
      this.#resource.update({ ...object, metadata: { ...metadata, ...resourceVersion } }),
    );
  }

  #patch(namespace: string, name: string): Promise<void> {
    const { object, value } = this.#object(namespace, name);
    const body = { metadata: { labels: object.metadata?.labels }, data: { value } };
    return this.#write(`/${namespace}/${name}`, value, undefined, () =>
      this.#resource.patch(name, patches.merge(body), { namespace }),
    );
  }

  #delete(namespace: string, name: string): Promise<void> {
    const key = `/${namespace}/${name}`;
    const found = this.roll(2) === 0 ? this.#read.get(key) : undefined;
    const preconditions =
      found === undefined ? {} : { preconditions: { resourceVersion: String(found.revision) } };
    return this.#write(key, null, found, async () => {
      await this.#resource.delete(name, { namespace, ...preconditions });
      return undefined;
    });
  }

  async #get(namespace: string, name: string): Promise<void> {
    const key = `/${namespace}/${name}`;
    const id = this.lines.call(this.number, { op: "get", key, revision: 0 });
    this.#read.delete(key);
    try {
      const found = await this.#resource.get(name, { namespace });
      const item = itemOf(found);
      this.#read.set(key, item);
      this.lines.answer(id, { item });
    } catch (error) {
      if (hasReason(error, "NotFound")) this.lines.answer(id, { item: null });
      else this.lines.answer(id, failureOf(error));
    }
  }

  /** Of one namespace or all, now or as it was, at once or in pages. */
  async #list(): Promise<void> {
    const namespace = [undefined, ...namespaces][this.roll(3)];
    const revision = this.roll(3) === 0 ? someRevision(this.shown, this.roll) : 0;
    await this.#listOf(namespace, revision, this.roll(3) === 0 ? 3 : 500);
  }

  async #listOf(namespace: string | undefined, revision: number, limit: number): Promise<void> {
    const prefix = namespace === undefined ? "/" : `/${namespace}/`;
    const id = this.lines.call(this.number, { op: "list", prefix, revision });
    const exact = { resourceVersion: String(revision), resourceVersionMatch: "Exact" as const };
    const options = {
      limit,
      ...(namespace === undefined ? {} : { namespace }),
      ...(revision === 0 ? {} : exact),
    };
    try {
      const items = [];
      let read = 0;
      for await (const page of this.#resource.listPages(options)) {
        read ||= revisionOf(page);
        items.push(...page.items.filter(isOurs).map(itemOf));
      }
      this.lines.answer(id, { revision: read, items });
      show(this.shown, read);
    } catch (error) {
      this.lines.answer(id, failureOf(error));
    }
  }

  /** A last write and a list of everything; answers the write's revision. */
  async last(): Promise<number> {
    await this.#create("a", "0");
    await this.#patch("a", "0");
    const last = this.shown.revisions.at(-1) ?? 0;
    await this.#listOf(undefined, 0, 500);
    return last;
  }
}

function itemOf(object: ConfigMap) {
  const value = object.data?.value ?? "";
  return { key: keyOf(object), value, revision: revisionOf(object) };
}
