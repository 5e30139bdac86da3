import assert from "node:assert/strict";
import { setImmediate } from "node:timers/promises";
import { coreV1 } from "../../../../lib/api/gen/resources.js";
import { nativeCodec } from "../../../../lib/api/nativeCodec.js";
import { channelClient } from "../../../../lib/client/connectClient.js";
import { nodePlatform } from "../../../../lib/platform/node/nodePlatform.js";
import { EmbeddedStorage } from "../../../../lib/storage/embeddedStorage.js";
import {
  StorageError,
  type Transaction,
  type TransactionResult,
} from "../../../../lib/storage/storage.js";
import { RestCaller } from "../../../support/apiserver/restCaller.js";
import {
  startTestApiServer,
  type TestApiServer,
} from "../../../support/apiserver/testApiServer.js";

const maps = "/api/v1/namespaces/default/configmaps";
const protobuf = "application/vnd.kubernetes.protobuf";

/** Counts deletions, and lets a test come between them. */
class WatchedStorage extends EmbeddedStorage {
  deletions = 0;
  onDelete: (count: number) => void | Promise<void> = () => undefined;

  override async transact(transaction: Transaction): Promise<TransactionResult> {
    if (transaction.success.some(({ type, key }) => type === "delete" && /configmaps/.test(key))) {
      this.deletions += 1;
      await this.onDelete(this.deletions);
    }
    return super.transact(transaction);
  }
}

describe("deletecollection", () => {
  let storage: WatchedStorage;
  let api: TestApiServer;
  let rest: RestCaller;

  beforeEach(async () => {
    storage = await WatchedStorage.open({ clock: nodePlatform.clock });
    api = await startTestApiServer({ storage });
    rest = new RestCaller(api.url);
    await create("a", "b", "c", "d", "e");
  });
  afterEach(async () => {
    rest.close();
    await api.stop();
  });

  async function create(...names: string[]): Promise<void> {
    for (const name of names) {
      const body = { metadata: { name, labels: { x: name < "d" ? "low" : "high" } } };
      assert.equal((await rest.call(maps, { method: "POST", body })).status, 201);
    }
  }

  async function list(query = ""): Promise<{ names: string[]; metadata: Record<string, string> }> {
    return listOf((await rest.call(`${maps}${query}`)).json());
  }

  function listOf(answer: Record<string, unknown>) {
    const { items, metadata } = answer as {
      items: { metadata: { name: string } }[];
      metadata: Record<string, string>;
    };
    return { names: items.map((item) => item.metadata.name), metadata };
  }

  async function deleted(query: string, accept = "application/json"): Promise<string[]> {
    const answer = await rest.call(`${maps}?${query}`, { method: "DELETE", accept });
    assert.equal(answer.status, 200, answer.text());
    return listOf(answer.json()).names;
  }

  it("deletes the page that it answers, and the next one by its token", async () => {
    const first = await rest.call(`${maps}?limit=2`, { method: "DELETE" });
    const { names, metadata } = listOf(first.json());
    assert.deepEqual(names, ["a", "b"]);
    assert.equal(metadata.remainingItemCount, 3);
    assert.deepEqual((await list()).names, ["c", "d", "e"]);
    const token = encodeURIComponent(metadata.continue ?? "");
    assert.deepEqual(await deleted(`limit=2&continue=${token}`), ["c", "d"]);
    assert.deepEqual((await list()).names, ["e"]);
  });

  it("counts matches of its selectors against the limit", async () => {
    assert.deepEqual(await deleted("limit=1&labelSelector=x%3Dhigh"), ["d"]);
    assert.deepEqual(await deleted("limit=5&fieldSelector=metadata.name%3Db"), ["b"]);
    assert.deepEqual((await list()).names, ["a", "c", "e"]);
  });

  for (const accept of [
    protobuf,
    `${protobuf};as=PartialObjectMetadataList;v=v1;g=meta.k8s.io`,
    "application/json;as=PartialObjectMetadataList;v=v1;g=meta.k8s.io",
    "application/json;as=Table;v=v1;g=meta.k8s.io",
    "application/yaml",
  ]) {
    it(`deletes the same whatever form it answers in: ${accept}`, async () => {
      const answer = await rest.call(`${maps}?limit=3`, { method: "DELETE", accept });
      assert.equal(answer.status, 200);
      assert.deepEqual((await list()).names, ["d", "e"]);
    });
  }

  it("deletes the same over gRPC", async () => {
    const groups = ["system:masters", "system:authenticated"];
    const channel = api.server.channel({ name: "admin", uid: "", groups, extra: {} });
    const client = channelClient(channel, nativeCodec).resource(coreV1.configmaps);
    await client.deleteCollection({ namespace: "default", labelSelector: "x=low" });
    assert.deepEqual((await list()).names, ["d", "e"]);
  });

  for (const query of ["resourceVersionMatch=Exact&", "limit=10&", ""]) {
    it(`leaves what came after an exact revision: ${query}resourceVersion`, async () => {
      const { resourceVersion } = (await list()).metadata;
      await create("f");
      const names = await deleted(`${query}resourceVersion=${resourceVersion}`);
      assert.deepEqual(names, ["a", "b", "c", "d", "e"]);
      assert.deepEqual((await list()).names, ["f"]);
    });
  }

  it("takes a revision that only must not be too old as the least", async () => {
    const { resourceVersion } = (await list()).metadata;
    await create("f");
    const match = "resourceVersionMatch=NotOlderThan";
    assert.equal((await deleted(`${match}&resourceVersion=${resourceVersion}`)).length, 6);
  });

  it("has no limit at resourceVersion 0, as lists have none there", async () => {
    assert.equal((await list("?limit=1&resourceVersion=0")).names.length, 5);
    assert.equal((await deleted("limit=1&resourceVersion=0")).length, 5);
    assert.deepEqual((await list()).names, []);
  });

  it("spares an object of the same name that came after the list", async () => {
    storage.onDelete = async (count) => {
      if (count !== 1) return;
      await rest.call(`${maps}/e`, { method: "DELETE" });
      await create("e");
    };
    await deleted("labelSelector=x");
    assert.deepEqual((await list()).names, ["e"]);
  });

  it("begins no deletion after one that failed", async () => {
    await create(...Array.from({ length: 40 }, (_, i) => `f${i}`));
    storage.onDelete = (count) => {
      if (count === 3) throw new StorageError("diskFull", "no space");
    };
    const answer = await rest.call(maps, { method: "DELETE" });
    assert.equal(answer.status, 503);
    const begun = storage.deletions;
    assert.ok(begun < 20, `${begun} began`);
    await setImmediate();
    assert.equal(storage.deletions, begun);
  });

  it("ends when its client goes", async () => {
    await create(...Array.from({ length: 40 }, (_, i) => `f${i}`));
    const abort = new AbortController();
    storage.onDelete = (count) => {
      if (count === 3) abort.abort();
    };
    const groups = ["system:masters", "system:authenticated"];
    const channel = api.server.channel({ name: "admin", uid: "", groups, extra: {} });
    const client = channelClient(channel, nativeCodec).resource(coreV1.configmaps);
    const going = client.deleteCollection({ namespace: "default", signal: abort.signal });
    await assert.rejects(going);
    assert.ok((await list()).names.length > 20);
  });

  it("deletes nothing in a dry run, and nothing that preconditions keep", async () => {
    assert.equal((await deleted("dryRun=All")).length, 5);
    const body = { preconditions: { uid: "another" } };
    const answer = await rest.call(`${maps}?limit=1`, { method: "DELETE", body });
    assert.equal(answer.status, 409);
    assert.equal((await list()).names.length, 5);
  });
});
