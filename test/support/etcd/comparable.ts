import type { EtcdStream, Message } from "./etcdApi.js";

/** What says who answered, and when. */
const ofTheServer = new Set(["cluster_id", "member_id", "raft_term", "TTL"]);

/** A response of one server as another's can be compared with. */
export function comparable(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(comparable);
  if (value === null || typeof value !== "object") return value;
  const entries = Object.entries(value).filter(([name]) => !ofTheServer.has(name));
  return Object.fromEntries(entries.map(([name, one]) => [name, comparable(one)]));
}

/** As `comparable`; keys of a lease have no order of their own. */
export function comparableResponse(message: Message): unknown {
  const { keys, ...rest } = message;
  const list = Array.isArray(keys) ? { keys: [...(keys as string[])].sort() } : {};
  return comparable({ ...rest, ...list });
}

interface Watched {
  created: number;
  end: unknown;
  readonly events: unknown[];
}

/** What each watch of a stream was given, however it was divided into responses. */
export function watched(stream: EtcdStream): Record<string, Watched> {
  const seen: Record<string, Watched> = {};
  for (const response of stream.received) {
    const id = String(response.watch_id ?? "0");
    if (isProgress(response)) continue;
    seen[id] ??= { created: 0, end: undefined, events: [] };
    const watch = seen[id];
    if (response.created) watch.created += 1;
    if (response.canceled) {
      const { compact_revision, cancel_reason } = response;
      watch.end = { compact_revision, cancel_reason };
    }
    watch.events.push(...((response.events as unknown[] | undefined) ?? []).map(comparable));
  }
  return seen;
}

/** Whether it says how far all watches of a stream are. */
export function isProgress({ watch_id, created }: Message): boolean {
  return watch_id === "-1" && !created;
}

/** Resolves when every watch of a stream has what was done before. */
export async function untilCurrent(stream: EtcdStream): Promise<void> {
  const before = stream.received.filter(isProgress).length;
  stream.send({ progress_request: {} });
  await stream.until((received) => received.filter(isProgress).length > before);
}
