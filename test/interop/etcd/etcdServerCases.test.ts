import assert from "node:assert/strict";
import { requirement } from "../../support/clients/requirement.js";
import { builtEtcd } from "../../support/clients/upstreamPrograms.js";
import { comparableResponse, untilCurrent, watched } from "../../support/etcd/comparable.js";
import { bytes, EtcdApi, type EtcdStream, type Message } from "../../support/etcd/etcdApi.js";
import { EtcdProcess } from "../../support/etcd/etcdProcess.js";

/** What a case saw of one server. */
type Seen = unknown[];

/** A server that a case is played on, from a revision on that is new to it. */
class Stage {
  readonly seen: Seen = [];
  readonly streams: EtcdStream[] = [];

  constructor(
    readonly api: EtcdApi,
    readonly url: string,
    readonly first: number,
  ) {}

  /** Asks, and notes the response. */
  async ask(path: string, message: Message = {}): Promise<Message> {
    const response = await this.api.ask(path, message);
    this.seen.push(comparableResponse(response as Message));
    return response as Message;
  }

  put(key: string, value: string, more: Message = {}): Promise<Message> {
    return this.ask("KV/Put", { key: bytes(key), value: bytes(value), ...more });
  }

  async watch(...requests: Message[]): Promise<EtcdStream> {
    const stream = this.api.stream("Watch/Watch");
    this.streams.push(stream);
    for (const create_request of requests) stream.send({ create_request });
    const created = (received: readonly Message[]): number =>
      received.filter((one) => one.created).length;
    await stream.until((received) => created(received) === requests.length);
    return stream;
  }

  async untilEvents(stream: EtcdStream, id: number, count: number): Promise<void> {
    await stream.until(() => (watched(stream)[id]?.events.length ?? 0) >= count);
  }

  note(value: unknown): void {
    this.seen.push(value);
  }
}

/** A page; the order of its lines is etcd's map's. */
async function page(url: string): Promise<unknown> {
  const response = await fetch(url);
  const type = response.headers.get("content-type");
  const lines = (await response.text()).split("\n").sort();
  return { status: response.status, type, text: lines.join("\n") };
}

const cases: Record<string, (stage: Stage) => Promise<void>> = {
  "a watch begins in the history, with what was replaced": async (stage) => {
    const { first } = stage;
    await stage.put("h", "1");
    await stage.put("h", "2");
    await stage.ask("KV/DeleteRange", { key: bytes("h") });
    await stage.put("h", "3");
    const stream = await stage.watch(
      { key: bytes("h"), start_revision: first + 1, prev_kv: true, watch_id: 1 },
      { key: bytes("h"), start_revision: first + 2, watch_id: 2, filters: ["NOPUT"] },
    );
    await stage.untilEvents(stream, 1, 4);
    await stage.untilEvents(stream, 2, 1);
    stage.note(watched(stream));
  },
  "a watch may begin at the compacted revision, and not before": async (stage) => {
    const { first } = stage;
    for (const value of ["1", "2", "3", "4"]) await stage.put("c", value);
    await stage.ask("KV/Compact", { revision: first + 3, physical: true });
    const stream = await stage.watch(
      { key: bytes("c"), start_revision: first + 3, prev_kv: true, watch_id: 1 },
      { key: bytes("c"), start_revision: first + 2, prev_kv: true, watch_id: 2 },
    );
    await stage.untilEvents(stream, 1, 2);
    await stream.until(() => watched(stream)[2]?.end !== undefined);
    stage.note(watched(stream));
    for (const revision of [first + 2, first + 3, first + 4, first + 5]) {
      await stage.ask("KV/Range", { key: bytes("c"), revision });
    }
    for (const revision of [first + 3, first + 5, -1]) {
      await stage.ask("KV/Compact", { revision });
    }
  },
  "a watch begins in the future": async (stage) => {
    const stream = await stage.watch({
      ...{ key: bytes("f"), start_revision: stage.first + 3, watch_id: 1 },
    });
    for (const value of ["1", "2", "3", "4"]) await stage.put("f", value);
    await stage.untilEvents(stream, 1, 2);
    stage.note(watched(stream));
  },
  "large changes come in fragments where that is asked for": async (stage) => {
    const value = "x".repeat(700_000);
    const put = (key: string): Message => ({
      request_put: { key: bytes(key), value: bytes(value.slice(0, 700_000)) },
    });
    const stream = await stage.watch(
      { key: bytes("g"), range_end: bytes("h"), watch_id: 1, fragment: true, prev_kv: true },
      { key: bytes("g"), range_end: bytes("h"), watch_id: 2, prev_kv: true },
    );
    for (let round = 0; round < 2; round += 1) {
      await stage.ask("KV/Txn", { success: [put("g1"), put("g2")] });
    }
    for (const id of [1, 2]) await stage.untilEvents(stream, id, 4);
    const parts = stream.received.filter(({ watch_id, events }) => watch_id === "1" && events);
    stage.note(parts.map(({ fragment }) => fragment === true));
    const all = watched(stream);
    assert.deepEqual(all[1]?.events, all[2]?.events);
  },
  "watches are cancelled, and their ids given again": async (stage) => {
    const stream = await stage.watch({ key: bytes("w") }, { key: bytes("w") }, { key: bytes("w") });
    stream.send({ cancel_request: { watch_id: 1 } });
    await stream.until((received) => received.some((one) => one.canceled));
    stream.send({ cancel_request: { watch_id: 77 } });
    stream.send({ create_request: { key: bytes("w") } });
    await stream.until((received) => received.filter((one) => one.created).length === 4);
    await stage.put("w", "1");
    for (const id of [0, 2, 3]) await stage.untilEvents(stream, id, 1);
    stage.note(watched(stream));
  },
  "progress is told of all watches of a stream at once": async (stage) => {
    const stream = await stage.watch({ key: bytes("p") }, { key: bytes("q") });
    await stage.put("other", "1");
    await untilCurrent(stream);
    stage.note(comparableResponse(stream.received.at(-1) ?? {}));
  },
  "a lease is renewed, told of and revoked with its keys": async (stage) => {
    await stage.ask("Lease/LeaseGrant", { ID: "501", TTL: "600" });
    await stage.ask("Lease/LeaseGrant", { ID: "501", TTL: "600" });
    await stage.ask("Lease/LeaseGrant", { ID: "502", TTL: "0" });
    await stage.ask("Lease/LeaseGrant", { ID: "503", TTL: "9000000001" });
    await stage.put("l1", "v", { lease: "501" });
    await stage.put("l2", "v", { lease: "501" });
    await stage.put("l2", "w", { ignore_lease: true });
    await stage.put("l3", "v", { lease: "999" });
    const renewals = stage.api.stream("Lease/LeaseKeepAlive");
    for (const ID of ["501", "999"]) renewals.send({ ID });
    await renewals.until((received) => received.length === 2);
    stage.note(renewals.received.map(({ ID, TTL }) => ({ ID, TTL })));
    renewals.close();
    await stage.ask("Lease/LeaseTimeToLive", { ID: "501", keys: true });
    await stage.ask("Lease/LeaseTimeToLive", { ID: "999", keys: true });
    const { leases } = await stage.api.call("Lease/LeaseLeases");
    stage.note((leases as Message[]).map(({ ID }) => ID).includes("501"));
    const stream = await stage.watch({ key: bytes("l"), range_end: bytes("m"), watch_id: 1 });
    await stage.ask("Lease/LeaseRevoke", { ID: "501" });
    await stage.ask("Lease/LeaseRevoke", { ID: "501" });
    await stage.untilEvents(stream, 1, 2);
    const kinds = watched(stream)[1]?.events as { type?: string; kv: Message }[];
    stage.note(kinds.map(({ type, kv }) => [type, kv.key, kv.mod_revision].join()).sort());
  },
  "keys go with a lease that runs out": async (stage) => {
    await stage.ask("Lease/LeaseGrant", { ID: "601", TTL: "2" });
    await stage.put("e1", "v", { lease: "601" });
    const stream = await stage.watch({ key: bytes("e1"), watch_id: 1, prev_kv: true });
    await stage.untilEvents(stream, 1, 1);
    stage.note(watched(stream));
    await stage.ask("Lease/LeaseTimeToLive", { ID: "601" });
  },
  "what cannot be is refused by etcd's codes and sentences": async (stage) => {
    const key = bytes("r");
    const refused = [
      ["KV/Range", { key: "" }],
      ["KV/Range", { key, sort_order: 7 }],
      ["KV/Range", { key, sort_target: 7 }],
      ["KV/Range", { key, revision: 1_000_000 }],
      ["KV/Range", { key, revision: -5 }],
      ["KV/Put", { key: "", value: key }],
      ["KV/Put", { key, value: key, ignore_value: true }],
      ["KV/Put", { key, ignore_value: true }],
      ["KV/Put", { key, value: bytes("x".repeat(1_600_000)) }],
      ["KV/Put", { key, value: bytes("x".repeat(2_200_000)) }],
      ["KV/Txn", { success: [{}] }],
      ["KV/Txn", { success: Array.from({ length: 129 }, () => ({ request_range: { key } })) }],
      ["KV/Txn", { compare: [{ key: "" }] }],
      ["KV/Compact", { revision: 1_000_000 }],
      ["Maintenance/HashKV", { revision: 1_000_000 }],
      ["Auth/Authenticate", { name: "a", password: "b" }],
      ["Auth/AuthStatus", {}],
      ["Maintenance/Alarm", {}],
      ["Maintenance/Defragment", {}],
    ] as const;
    for (const [path, message] of refused) await stage.ask(path, message);
  },
  "pages are etcd's": async (stage) => {
    for (const path of [
      ...["/health", "/health?serializable=true", "/livez", "/readyz", "/nothing"],
      ...["/livez?verbose", "/readyz?verbose"],
    ]) {
      stage.note(await page(`${stage.url}${path}`));
    }
    const { text } = (await page(`${stage.url}/version`)) as { text: string };
    stage.note(Object.keys(JSON.parse(text) as object));
  },
};

describe("etcd's API over the embedded store, case by case beside etcd", () => {
  const servers: { process: EtcdProcess; api: EtcdApi }[] = [];

  before(async function () {
    this.timeout(600_000);
    const program = await requirement(this, "etcd 3.7 (built from its Go module)", builtEtcd);
    for (const process of [await EtcdProcess.start({ program }), await EtcdProcess.own()]) {
      servers.push({ process, api: new EtcdApi(process.url) });
    }
  });
  after(async () => {
    for (const { api, process } of servers) {
      api.close();
      await process.close();
    }
  });

  for (const [name, play] of Object.entries(cases)) {
    it(name, async function () {
      this.timeout(30_000);
      const seen: Seen[] = [];
      for (const { api, process } of servers) {
        const { header } = await api.call("KV/Range", { key: bytes("k") });
        const stage = new Stage(api, process.url, Number((header as Message).revision));
        await play(stage);
        for (const stream of stage.streams) stream.close();
        seen.push(stage.seen);
      }
      const [theirs, ours] = seen;
      assert.deepEqual(ours, theirs);
    });
  }
});
