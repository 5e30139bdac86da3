import { FieldSelector } from "../../../lib/api/fields.js";
import type { ObjectMeta } from "../../../lib/api/gen/types/metaV1.js";
import { Selector } from "../../../lib/api/labels.js";
import { type ApiError, apiErrors, successStatus } from "../../../lib/api/status.js";
import { formatTime } from "../../../lib/api/time.js";
import type { KubernetesObject } from "../../../lib/client/resourceClient.js";
import type { ApiCall, Transport, WatchFrame } from "../../../lib/client/transport.js";
import type { HttpClientResponse, WebSocketResponse } from "../../../lib/platform/network.js";
import type { Platform } from "../../../lib/platform/platform.js";

type Tree = KubernetesObject & {
  metadata: ObjectMeta;
  spec?: Record<string, unknown>;
  status?: unknown;
};

interface Change {
  readonly revision: number;
  readonly type: "ADDED" | "MODIFIED" | "DELETED";
  readonly resource: string;
  readonly object: Tree;
  readonly old?: Tree;
}

/**
 * An API server of a hundred lines for unit tests: names, revisions, optimistic locking, watches,
 * finalizers and the status subresource, but no validation, defaulting or admission. Real
 * behaviour is for scenario tests.
 */
export class MemoryTransport implements Transport {
  readonly kind: "rpc" | "rest";
  readonly server = "memory";
  /** Every write in order, as `verb resource[/subresource] namespace/name`. */
  readonly writes: string[] = [];
  /** Set to refuse calls. */
  refuse: ((call: ApiCall) => ApiError | undefined) | undefined;
  /** Set to lose what watches would tell: changes that it holds for are never sent. */
  hide: ((resource: string, object: KubernetesObject) => boolean) | undefined;
  /** Events at and before this revision can no longer be watched. */
  compactedRevision = 0;
  /** Watches lag: they show nothing above this revision until it is raised. */
  #shownRevision = Number.POSITIVE_INFINITY;
  readonly #platform: Pick<Platform, "clock" | "random">;
  readonly #objects = new Map<string, Tree>();
  readonly #changes: Change[] = [];
  readonly #wakers = new Set<() => void>();
  #revision = 1;
  #cuts = 0;

  constructor(platform: Pick<Platform, "clock" | "random">, kind: "rpc" | "rest" = "rest") {
    this.#platform = platform;
    this.kind = kind;
  }

  async call(call: ApiCall): Promise<object> {
    await Promise.resolve();
    call.signal?.throwIfAborted();
    const refusal = this.refuse?.(call);
    if (refusal !== undefined) throw refusal;
    if (call.verb !== "get" && call.verb !== "list") {
      const sub = call.subresource === "" ? "" : `/${call.subresource}`;
      const name = call.name === "" ? "*" : call.name;
      this.writes.push(`${call.verb} ${call.type.resource}${sub} ${call.namespace}/${name}`);
    }
    return partOf(call, structuredClone(this.#perform(call)));
  }

  async *watch(call: ApiCall): AsyncIterable<readonly WatchFrame[]> {
    const refusal = this.refuse?.(call);
    if (refusal !== undefined) throw refusal;
    let after = Number(call.parameters.resourceVersion ?? 0);
    if (call.parameters.sendInitialEvents === true) {
      after = this.#revision;
      const frames = this.#select(call).map((object) => ({ type: "ADDED", object }));
      const annotations = { "k8s.io/initial-events-end": "true" };
      const bookmark = { metadata: { resourceVersion: String(after), annotations } };
      yield structuredClone([...frames, { type: "BOOKMARK", object: bookmark }]).map(
        partOfFrame(call),
      );
    } else if (after < this.compactedRevision) {
      throw apiErrors.expired(`too old resource version: ${after} (${this.compactedRevision})`);
    }
    const cuts = this.#cuts;
    while (call.signal?.aborted !== true && cuts === this.#cuts) {
      const shown = Math.min(this.#revision, this.#shownRevision);
      const frames = this.#changesAfter(after)
        .filter(({ resource, revision }) => resource === resourceOf(call) && revision <= shown)
        .filter((change) => this.hide?.(change.resource, change.object) !== true)
        .flatMap((change) => frameOf(change, call));
      after = Math.max(after, shown);
      if (frames.length > 0) yield structuredClone(frames).map(partOfFrame(call));
      else await this.#changed(call.signal);
    }
  }

  raw(): Promise<HttpClientResponse> {
    return Promise.reject(apiErrors.serviceUnavailable("memory serves no HTTP"));
  }

  webSocket(): Promise<WebSocketResponse> {
    return Promise.reject(apiErrors.serviceUnavailable("memory serves no HTTP"));
  }

  close(): void {}

  /** How many objects of a resource (`group/resource`) there are, in all namespaces. */
  countOf(resource: string): number {
    return [...this.#objects.keys()].filter((key) => key.startsWith(`${resource}/`)).length;
  }

  get revision(): number {
    return this.#revision;
  }

  /** Makes watches lag: they show changes up to `revision` and no later ones. */
  showUpTo(revision: number): void {
    this.#shownRevision = revision;
    for (const wake of [...this.#wakers]) wake();
  }

  /** Ends every watch, as a server does that goes away. */
  cutWatches(): void {
    this.#cuts++;
    for (const wake of [...this.#wakers]) wake();
  }

  #changed(signal: AbortSignal | undefined): Promise<void> {
    return new Promise((resolve) => {
      const wake = () => {
        this.#wakers.delete(wake);
        signal?.removeEventListener("abort", wake);
        resolve();
      };
      this.#wakers.add(wake);
      signal?.addEventListener("abort", wake);
    });
  }

  #perform(call: ApiCall): object {
    switch (call.verb) {
      case "get":
        return this.#existing(call);
      case "list":
        return {
          metadata: { resourceVersion: String(this.#revision) },
          items: this.#select(call),
        };
      case "create":
        return call.subresource === "" ? this.#create(call) : this.#createSubresource(call);
      case "update":
      case "patch":
        return this.#update(call);
      case "delete":
        return this.#delete(call, this.#existing(call));
      case "deletecollection":
        for (const object of this.#select(call)) this.#delete(call, object);
        return successStatus();
      default:
        throw new Error(call.verb);
    }
  }

  #existing(call: ApiCall): Tree {
    const object = this.#objects.get(keyOf(call, call.name));
    if (object === undefined) throw apiErrors.notFound(call.type, call.name);
    return object;
  }

  #select(call: ApiCall): Tree[] {
    const prefix = `${resourceOf(call)}/${call.namespace === "" ? "" : `${call.namespace}/`}`;
    return [...this.#objects]
      .filter(([key, object]) => key.startsWith(prefix) && matches(object, call))
      .map(([, object]) => object);
  }

  #create(call: ApiCall): Tree {
    const object = structuredClone(call.body) as Tree;
    const metadata = { ...object.metadata };
    if (metadata.name === undefined && metadata.generateName !== undefined) {
      metadata.name =
        metadata.generateName + Buffer.from(this.#platform.random.bytes(4)).toString("hex");
    }
    const key = keyOf(call, metadata.name ?? "");
    if (this.#objects.has(key)) throw apiErrors.alreadyExists(call.type, metadata.name ?? "");
    metadata.uid = this.#platform.random.uuid();
    metadata.creationTimestamp = formatTime(this.#platform.clock.now());
    metadata.generation = 1;
    if (call.namespace !== "") metadata.namespace = call.namespace;
    return this.#store(key, { ...object, metadata }, "ADDED", resourceOf(call));
  }

  #createSubresource(call: ApiCall): object {
    const key = keyOf(call, call.name);
    const object = this.#existing(call);
    if (call.subresource === "binding") {
      const { target } = call.body as { target: { name: string } };
      const bound = { ...object, spec: { ...object.spec, nodeName: target.name } };
      this.#store(key, bound, "MODIFIED", resourceOf(call), object);
    }
    if (call.subresource === "eviction") this.#delete(call, object);
    if (call.subresource === "token") {
      const now = this.#platform.clock.now();
      const status = { token: `token-${now}`, expirationTimestamp: formatTime(now + 3_600_000) };
      return { ...call.body, status };
    }
    return successStatus();
  }

  #update(call: ApiCall): Tree {
    const key = keyOf(call, call.name);
    const old = this.#existing(call);
    const wanted = structuredClone(
      call.patch === undefined
        ? call.body
        : merged(old, call.patch.body, call.patch.type === "strategic"),
    ) as Tree;
    const version = wanted.metadata.resourceVersion;
    if (version !== undefined && version !== "" && version !== old.metadata.resourceVersion) {
      throw apiErrors.conflict(call.type, call.name);
    }
    const status = call.subresource === "status" || call.subresource === "approval";
    const next: Tree = status
      ? { ...old, status: wanted.status }
      : { ...wanted, ...(old.status === undefined ? {} : { status: old.status }) };
    const changed = JSON.stringify(next.spec) !== JSON.stringify(old.spec);
    next.metadata = {
      ...wanted.metadata,
      uid: old.metadata.uid ?? "",
      generation: (old.metadata.generation ?? 1) + (changed ? 1 : 0),
    };
    if (old.metadata.deletionTimestamp !== undefined) {
      next.metadata.deletionTimestamp = old.metadata.deletionTimestamp;
      const specFinalizers = (next.spec?.finalizers ?? []) as string[];
      if ((next.metadata.finalizers ?? []).length === 0 && specFinalizers.length === 0) {
        this.#objects.delete(key);
        return this.#store(key, next, "DELETED", resourceOf(call), old);
      }
    }
    if (sameContent(old, next)) return old;
    return this.#store(key, next, "MODIFIED", resourceOf(call), old);
  }

  #delete(call: ApiCall, object: Tree): object {
    const key = keyOf(
      { ...call, namespace: object.metadata.namespace ?? "" },
      object.metadata.name ?? "",
    );
    const { preconditions, propagationPolicy } = (call.body ?? {}) as {
      preconditions?: { uid?: string };
      propagationPolicy?: string;
    };
    if (preconditions?.uid !== undefined && preconditions.uid !== object.metadata.uid) {
      throw apiErrors.conflict(call.type, call.name, "the UID in the precondition differs");
    }
    const finalizers = new Set(object.metadata.finalizers ?? []);
    if (propagationPolicy === "Foreground") finalizers.add("foregroundDeletion");
    if (propagationPolicy === "Orphan") finalizers.add("orphan");
    const specFinalizers = (object.spec?.finalizers ?? []) as string[];
    if (finalizers.size === 0 && specFinalizers.length === 0) {
      this.#objects.delete(key);
      this.#store(key, object, "DELETED", resourceOf(call), object);
      return successStatus({ name: call.name, uid: object.metadata.uid ?? "" });
    }
    const deletionTimestamp =
      object.metadata.deletionTimestamp ?? formatTime(this.#platform.clock.now());
    const metadata = { ...object.metadata, finalizers: [...finalizers], deletionTimestamp };
    return this.#store(key, { ...object, metadata }, "MODIFIED", resourceOf(call), object);
  }

  /** From the end, as watches are near it: a long test makes many. */
  #changesAfter(revision: number): Change[] {
    const last = this.#changes.findLastIndex((change) => change.revision <= revision);
    return this.#changes.slice(last + 1);
  }

  #store(key: string, object: Tree, type: Change["type"], resource: string, old?: Tree): Tree {
    this.#revision++;
    const metadata = { ...object.metadata, resourceVersion: String(this.#revision) };
    const stored = { ...object, metadata };
    if (type !== "DELETED") this.#objects.set(key, stored);
    const before = old === undefined ? {} : { old };
    this.#changes.push({ revision: this.#revision, type, resource, object: stored, ...before });
    for (const wake of [...this.#wakers]) wake();
    return stored;
  }
}

/** Metadata only, where only that was asked for. */
function partOf(call: ApiCall, answer: object): object {
  if (call.type.metadataOnly !== true) return answer;
  const partial = ({ metadata }: KubernetesObject): object => ({ metadata });
  const { items, metadata } = answer as { items?: object[]; metadata?: object };
  if (items !== undefined) return { metadata, items: items.map(partial) };
  return (answer as { status?: unknown }).status === "Success" ? answer : partial(answer);
}

function partOfFrame(call: ApiCall): (frame: WatchFrame) => WatchFrame {
  return ({ object, type }) => ({ type, object: partOf(call, object) });
}

function resourceOf(call: ApiCall): string {
  return `${call.type.group}/${call.type.resource}`;
}

function keyOf(call: ApiCall, name: string): string {
  return `${resourceOf(call)}/${call.namespace === "" ? "" : `${call.namespace}/`}${name}`;
}

function matches(object: Tree, call: ApiCall): boolean {
  const { labelSelector, fieldSelector } = call.parameters;
  return (
    (call.namespace === "" || object.metadata.namespace === call.namespace) &&
    Selector.parse(String(labelSelector ?? "")).matches(object.metadata.labels) &&
    FieldSelector.parse(String(fieldSelector ?? "")).matches((path) => fieldOf(object, path))
  );
}

function fieldOf(object: unknown, path: string): string | undefined {
  let value: unknown = object;
  for (const part of path.split("."))
    value = (value as Record<string, unknown> | undefined)?.[part];
  return value === undefined ? undefined : String(value);
}

function frameOf(change: Change, call: ApiCall): WatchFrame[] {
  const now = matches(change.object, call);
  const before = change.old !== undefined && matches(change.old, call);
  if (change.type === "DELETED") return now || before ? [change] : [];
  if (now) return [{ type: before ? "MODIFIED" : "ADDED", object: change.object }];
  return before ? [{ type: "DELETED", object: change.object }] : [];
}

function sameContent(old: Tree, next: Tree): boolean {
  const stripped = (tree: Tree) =>
    JSON.stringify({ ...tree, metadata: { ...tree.metadata, resourceVersion: "" } });
  return stripped(old) === stripped(next);
}

/** The lists that a strategic merge patch merges, by the key of their items. */
const mergeKeys: Readonly<Record<string, string>> = {
  conditions: "type",
  podIPs: "ip",
  hostIPs: "ip",
  ownerReferences: "uid",
};

/** Lists of plain values that it merges. */
const mergedSets: ReadonlySet<string> = new Set(["finalizers"]);

function mergedList(target: unknown, patch: readonly Tree[], key: string): unknown[] {
  const of = (item: unknown): unknown => (item as Record<string, unknown>)[key];
  const directive = (item: unknown): unknown => (item as { $patch?: unknown }).$patch;
  const isReplaced = patch.some((item) => directive(item) === "replace");
  const result = isReplaced || !Array.isArray(target) ? [] : [...target];
  for (const item of patch.filter((one) => directive(one) !== "replace")) {
    const at = result.findIndex((other) => of(other) === of(item));
    if (directive(item) === "delete") {
      if (at >= 0) result.splice(at, 1);
    } else if (at >= 0) result[at] = merged(result[at], item, true);
    else result.push(merged({}, item, true));
  }
  return result;
}

/**
 * JSON merge patch, where lists are replaced; or a strategic one, where those of `mergeKeys` are
 * merged. That is enough for what is sent under test.
 */
function merged(target: unknown, patch: unknown, isStrategic: boolean): unknown {
  if (typeof patch !== "object" || patch === null || Array.isArray(patch)) return patch;
  const result: Record<string, unknown> =
    typeof target === "object" && target !== null && !Array.isArray(target) ? { ...target } : {};
  for (const [name, value] of Object.entries(patch)) {
    if (name.startsWith("$deleteFromPrimitiveList/")) {
      const list = name.slice(name.indexOf("/") + 1);
      const gone = value as unknown[];
      result[list] = ((result[list] ?? []) as unknown[]).filter((item) => !gone.includes(item));
      continue;
    }
    if (name.startsWith("$")) continue;
    if (isStrategic && mergedSets.has(name) && Array.isArray(value)) {
      result[name] = [...new Set([...((result[name] ?? []) as unknown[]), ...value])];
      continue;
    }
    const key = isStrategic && Array.isArray(value) ? mergeKeys[name] : undefined;
    if (value === null) delete result[name];
    else if (key !== undefined) result[name] = mergedList(result[name], value as Tree[], key);
    else result[name] = merged(result[name], value, isStrategic);
  }
  return result;
}
