import assert from "node:assert/strict";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { nodePlatform } from "../../../lib/platform/node/nodePlatform.js";
import { EmbeddedStorage } from "../../../lib/storage/embeddedStorage.js";
import { RestCaller } from "../../support/apiserver/restCaller.js";
import { startTestApiServer, type TestApiServer } from "../../support/apiserver/testApiServer.js";

const maps = "/api/v1/namespaces/default/configmaps";

interface Item {
  readonly metadata: { readonly name: string; readonly uid: string };
}

interface List {
  readonly items: readonly Item[];
  readonly metadata: { readonly continue?: string; readonly resourceVersion: string };
}

describe("deletecollection amid writers", () => {
  let directory: string;
  let api: TestApiServer;
  let rest: RestCaller;
  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), "steersman-collection-"));
    const storage = await EmbeddedStorage.open({ directory, clock: nodePlatform.clock });
    api = await startTestApiServer({ storage });
    rest = new RestCaller(api.url);
  });
  afterEach(async () => {
    rest.close();
    await api.stop();
    await rm(directory, { recursive: true, force: true });
  });

  /** Every map that was made by its uid, for what was answered of it later. */
  async function make(name: string): Promise<string | undefined> {
    const body = { metadata: { name, labels: { made: "here" } } };
    const answer = await rest.call(maps, { method: "POST", body });
    return answer.status === 201 ? (answer.json() as unknown as Item).metadata.uid : undefined;
  }

  const list = async (query: string) =>
    (await rest.call(`${maps}?${query}`)).json() as unknown as List;

  it("deletes what it answers and nothing else, page by page, while names come and go", async () => {
    const made = new Set<string>();
    const remember = (uid: string | undefined): void => {
      if (uid !== undefined) made.add(uid);
    };
    for (let i = 0; i < 60; i += 1) remember(await make(`m-${String(i).padStart(3, "0")}`));
    const deletedAlone = new Set<string>();
    const answered = new Set<string>();
    let isOver = false;

    const writer = async (number: number): Promise<void> => {
      for (let i = 0; !isOver; i += 1) {
        const name = `m-${String((i * 7 + number) % 60).padStart(3, "0")}`;
        remember(await make(name));
        const patch = {
          contentType: "application/merge-patch+json",
          body: { data: { i: `${i}` } },
        };
        await rest.call(`${maps}/${name}`, { method: "PATCH", ...patch });
        if (i % 3 !== 0) continue;
        const gone = await rest.call(`${maps}/${name}`, { method: "DELETE" });
        const { details } = gone.json() as { details?: { uid?: string } };
        if (gone.status === 200 && details?.uid !== undefined) deletedAlone.add(details.uid);
      }
    };

    const collect = async (): Promise<void> => {
      for (let round = 0; round < 6; round += 1) {
        let token = "";
        do {
          const from = token === "" ? "" : `&continue=${encodeURIComponent(token)}`;
          const query = `labelSelector=made&limit=7${from}`;
          const answer = await rest.call(`${maps}?${query}`, { method: "DELETE" });
          assert.equal(answer.status, 200, answer.text());
          const page = answer.json() as unknown as List;
          assert.ok(page.items.length <= 7);
          for (const { metadata } of page.items) answered.add(metadata.uid);
          token = page.metadata.continue ?? "";
        } while (token !== "");
      }
      isOver = true;
    };

    await Promise.all([collect(), ...Array.from({ length: 8 }, (_, i) => writer(i))]);
    const left = new Set(
      (await list("labelSelector=made")).items.map(({ metadata }) => metadata.uid),
    );
    for (const uid of made) {
      const isGone = answered.has(uid) || deletedAlone.has(uid);
      assert.equal(left.has(uid), !isGone, `${uid} left: ${left.has(uid)}`);
    }
  });

  it("stays at an exact revision, whatever is made since", async () => {
    for (let i = 0; i < 20; i += 1) await make(`old-${i}`);
    const { metadata, items } = await list("labelSelector=made");
    const making = Promise.all(Array.from({ length: 64 }, (_, i) => make(`new-${i}`)));
    const query = `resourceVersion=${metadata.resourceVersion}&resourceVersionMatch=Exact`;
    const answer = await rest.call(`${maps}?labelSelector=made&${query}`, { method: "DELETE" });
    await making;
    assert.equal((answer.json() as unknown as List).items.length, items.length);
    const left = (await list("labelSelector=made")).items.map((item) => item.metadata.name);
    assert.equal(left.length, 64);
    assert.ok(left.every((name) => name.startsWith("new-")));
  });

  it("of two at once ends well, and deletes each object once", async () => {
    for (let i = 0; i < 100; i += 1) await make(`m-${i}`);
    const before = api.storage.currentRevision();
    const all = await Promise.all(
      Array.from({ length: 4 }, () =>
        rest.call(`${maps}?labelSelector=made`, { method: "DELETE" }),
      ),
    );
    assert.deepEqual(new Set(all.map(({ status }) => status)), new Set([200]));
    assert.deepEqual((await list("labelSelector=made")).items, []);
    assert.ok(api.storage.currentRevision() - before <= 110);
  });
});
