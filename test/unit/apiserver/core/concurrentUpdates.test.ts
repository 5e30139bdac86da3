import assert from "node:assert/strict";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { coreV1 } from "../../../../lib/api/gen/resources.js";
import { nativeCodec } from "../../../../lib/api/nativeCodec.js";
import { channelClient } from "../../../../lib/client/connectClient.js";
import { nodePlatform } from "../../../../lib/platform/node/nodePlatform.js";
import { EmbeddedStorage } from "../../../../lib/storage/embeddedStorage.js";
import type { Transaction, TransactionResult } from "../../../../lib/storage/storage.js";
import { startTestApiServer } from "../../../support/apiserver/testApiServer.js";

const writers = 40;
const name = "a";
const namespace = "default";

/** Counts transactions on the map that everybody writes. */
class CountingStorage extends EmbeddedStorage {
  readonly key = `/registry/configmaps/${namespace}/${name}`;
  tries = 0;
  lost = 0;

  override async transact(transaction: Transaction): Promise<TransactionResult> {
    const result = await super.transact(transaction);
    if (transaction.success.some((one) => one.key === this.key)) {
      this.tries++;
      if (!result.succeeded) this.lost++;
    }
    return result;
  }
}

describe("updates of one object at once", () => {
  let directory: string;
  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), "steersman-updates-"));
  });
  afterEach(() => rm(directory, { recursive: true, force: true }));

  /** Runs work against a server whose writes are on disk before they are answered. */
  async function withServer(
    work: (maps: ReturnType<typeof mapsOf>, storage: CountingStorage) => Promise<void>,
  ): Promise<void> {
    const storage = await CountingStorage.open({ directory, clock: nodePlatform.clock });
    const server = await startTestApiServer({ storage });
    try {
      const maps = mapsOf(server.server);
      await maps.create({ metadata: { name, namespace }, data: { text: "0" } });
      storage.tries = 0;
      await work(maps, storage);
    } finally {
      await server.stop();
    }
  }

  function mapsOf(server: Awaited<ReturnType<typeof startTestApiServer>>["server"]) {
    const groups = ["system:masters", "system:authenticated"];
    const channel = server.channel({ name: "admin", uid: "", groups, extra: {} });
    return channelClient(channel, nativeCodec).resource(coreV1.configmaps);
  }

  it("all succeed without a resourceVersion, and few lose a race", () =>
    withServer(async (maps, storage) => {
      const revisions = await Promise.all(
        Array.from({ length: writers }, async (_, i) => {
          const answer = await maps.update({ metadata: { name, namespace }, data: { i: `${i}` } });
          return answer.metadata?.resourceVersion;
        }),
      );
      assert.equal(new Set(revisions).size, writers);
      // All of them begin before the first has met another; from then on they stand in line.
      assert.ok(storage.lost < writers, `${storage.lost} of ${storage.tries} lost`);
      const stored = await maps.get(name, { namespace });
      assert.equal(stored.metadata?.resourceVersion, revisions.toSorted(byNumber).at(-1));
    }));

  it("lose nothing of what patches add", () =>
    withServer(async (maps) => {
      await Promise.all(
        Array.from({ length: writers }, (_, i) =>
          maps.patch(name, { type: "merge", body: { data: { [`k${i}`]: "x" } } }, { namespace }),
        ),
      );
      const { data = {} } = await maps.get(name, { namespace });
      assert.equal(Object.keys(data).length, writers + 1);
    }));

  it("are on disk before they are answered, also where nothing changes", () =>
    withServer(async (maps, storage) => {
      const body = { data: { text: "same" } };
      const patch = () => maps.patch(name, { type: "merge", body }, { namespace });
      const answers = await Promise.all(
        Array.from({ length: writers }, async () => {
          const answer = await patch();
          return [Number(answer.metadata?.resourceVersion), storage.currentRevision()] as const;
        }),
      );
      // What is durable is visible: an answer ahead of that told of a write that may still be lost.
      for (const [answered, visible] of answers) assert.ok(answered <= visible);
      assert.equal(new Set(answers.map(([answered]) => answered)).size, 1);
    }));

  it("with a resourceVersion only one succeeds", () =>
    withServer(async (maps) => {
      const { metadata } = await maps.get(name, { namespace });
      const updates = Array.from({ length: writers }, (_, i) =>
        maps.update({ metadata: metadata ?? {}, data: { text: `${i + 1}` } }),
      );
      const results = await Promise.allSettled(updates);
      assert.equal(results.filter(({ status }) => status === "fulfilled").length, 1);
    }));
});

function byNumber(a: string | undefined, b: string | undefined): number {
  return Number(a) - Number(b);
}
