import assert from "node:assert/strict";
import { requirement } from "../../support/clients/requirement.js";
import { builtEtcd } from "../../support/clients/upstreamPrograms.js";
import { comparableResponse, untilCurrent, watched } from "../../support/etcd/comparable.js";
import { bytes, EtcdApi, type EtcdStream, type Message } from "../../support/etcd/etcdApi.js";
import { EtcdProcess } from "../../support/etcd/etcdProcess.js";
import { RandomRequests } from "../../support/etcd/randomRequests.js";

const seeds = [1, 2, 3, 4, 5, 6];
const requestsPerSeed = 700;

const watches: readonly Message[] = [
  { key: bytes("a"), range_end: bytes("b"), prev_kv: true, watch_id: 1 },
  { key: "", range_end: bytes("\u0000"), watch_id: 2 },
  { key: bytes("a/1"), watch_id: 3, filters: ["NOPUT"], prev_kv: true },
  { key: bytes("b"), range_end: bytes("d"), watch_id: 4, filters: ["NODELETE"] },
  { key: bytes("b"), range_end: bytes("a"), watch_id: 5 },
  { key: bytes("a"), watch_id: 3 },
  { key: bytes("a"), start_revision: -1, watch_id: 6 },
  { key: bytes("a"), range_end: bytes("z"), watch_id: 7, fragment: true, progress_notify: true },
];

describe("etcd's API over the embedded store, beside etcd", () => {
  let theirs: EtcdProcess;
  let ours: EtcdProcess;
  let their: EtcdApi;
  let our: EtcdApi;

  before(async function () {
    this.timeout(600_000);
    const program = await requirement(this, "etcd 3.7 (built from its Go module)", builtEtcd);
    theirs = await EtcdProcess.start({ program });
    ours = await EtcdProcess.own();
    their = new EtcdApi(theirs.url);
    our = new EtcdApi(ours.url);
  });
  after(async () => {
    their?.close();
    our?.close();
    await theirs?.close();
    await ours?.close();
  });

  /** Both say the same. Returns it. */
  const same = async (path: string, message: Message, hint = ""): Promise<Message> => {
    const [expected, actual] = await Promise.all([
      their.ask(path, message),
      our.ask(path, message),
    ]);
    const asked = `${hint} ${path} ${JSON.stringify(message)}`;
    assert.deepEqual(
      comparableResponse(actual as Message),
      comparableResponse(expected as Message),
      asked,
    );
    return actual as Message;
  };

  for (const seed of seeds) {
    it(`responds as etcd does to random requests of seed ${seed}`, async function () {
      this.timeout(120_000);
      const random = new RandomRequests(seed);
      const streams = [their, our].map((api) => api.stream("Watch/Watch")) as [
        EtcdStream,
        EtcdStream,
      ];
      for (const create_request of watches) {
        for (const stream of streams) stream.send({ create_request });
      }
      for (const stream of streams) {
        await stream.until(
          (received) => received.filter(({ created }) => created).length === watches.length,
        );
      }
      const first = await same("KV/Range", { key: bytes("a") });
      let newest = Number((first.header as { revision: string }).revision);
      for (let at = 0; at < requestsPerSeed; at += 1) {
        const { path, message } = random.next(newest);
        // Whoever is behind a compaction is ended by it, and that is a matter of time.
        if (path === "KV/Compact") for (const stream of streams) await untilCurrent(stream);
        const response = await same(path, message, `${at}`);
        const { revision } = (response.header as { revision?: string } | undefined) ?? {};
        if (revision !== undefined) newest = Math.max(newest, Number(revision));
      }
      for (const stream of streams) await untilCurrent(stream);
      assert.deepEqual(watched(streams[1]), watched(streams[0]));
      for (const stream of streams) stream.close();
    });
  }
});
