import assert from "node:assert/strict";
import { nodePlatform } from "../../../../lib/platform/node/nodePlatform.js";
import { VirtualClock } from "../../../../lib/platform/virtual/virtualClock.js";
import { RestCaller } from "../../../support/apiserver/restCaller.js";
import {
  startTestApiServer,
  type TestApiServer,
} from "../../../support/apiserver/testApiServer.js";

const pods = "/api/v1/namespaces/default/pods";
const maps = "/api/v1/namespaces/default/configmaps";

interface Seen {
  readonly type: string;
  readonly object: { readonly metadata: Record<string, unknown> };
}

describe("what watchers and later writers hear of deletions", () => {
  let api: TestApiServer;
  let rest: RestCaller;
  before(async () => {
    api = await startTestApiServer();
    rest = new RestCaller(api.url);
    const account = { metadata: { name: "default" } };
    const accounts = "/api/v1/namespaces/default/serviceaccounts";
    await rest.call(accounts, { method: "POST", body: account });
  });
  after(async () => {
    rest.close();
    await api.stop();
  });

  const makePod = (name: string, metadata: object = {}, spec: object = {}) =>
    rest.call(pods, {
      method: "POST",
      body: {
        metadata: { name, ...metadata },
        spec: { containers: [{ name: "c", image: "i" }], ...spec },
      },
    });

  /** Everything since a revision, of one pod. */
  async function since(revision: number, name: string): Promise<Seen[]> {
    const query = `watch=1&timeoutSeconds=1&resourceVersion=${revision}`;
    const answer = await rest.call(`${pods}?${query}&fieldSelector=metadata.name%3D${name}`);
    return answer
      .text()
      .split("\n")
      .filter((line) => line !== "")
      .map((line) => JSON.parse(line) as Seen);
  }

  it("shows a pod without grace as one that is going before it is gone", async () => {
    await makePod("a", {}, { nodeName: "n" });
    const revision = api.storage.currentRevision();
    const answer = await rest.call(`${pods}/a?gracePeriodSeconds=0`, { method: "DELETE" });
    assert.equal(answer.status, 200);
    const events = await since(revision, "a");
    assert.deepEqual(
      events.map(({ type, object }) => [type, object.metadata.deletionGracePeriodSeconds]),
      [
        ["MODIFIED", 0],
        ["DELETED", 0],
      ],
    );
    assert.ok(events[0]?.object.metadata.deletionTimestamp);
  });

  it("shows what shortens a grace to nothing the same way", async () => {
    await makePod("b", {}, { nodeName: "n" });
    await rest.call(`${pods}/b`, { method: "DELETE" });
    const revision = api.storage.currentRevision();
    await rest.call(`${pods}/b?gracePeriodSeconds=0`, { method: "DELETE" });
    const events = await since(revision, "b");
    assert.deepEqual(
      events.map(({ type, object }) => [type, object.metadata.deletionGracePeriodSeconds]),
      [
        ["MODIFIED", 0],
        ["DELETED", 0],
      ],
    );
  });

  it("tells whoever makes a name anew that the old one is going", async () => {
    const going = { finalizers: ["example.com/wait"] };
    await makePod("c", going);
    await rest.call(`${pods}/c?gracePeriodSeconds=0`, { method: "DELETE" });
    const again = await makePod("c");
    assert.deepEqual(
      [again.status, again.json().message],
      [409, 'object is being deleted: pods "c" already exists'],
    );
    const dry = await rest.call(`${pods}?dryRun=All`, {
      method: "POST",
      body: { metadata: { name: "c" }, spec: { containers: [{ name: "c", image: "i" }] } },
    });
    assert.match(String(dry.json().message), /^object is being deleted: /);
    const map = { method: "POST", body: { metadata: { name: "known" } } };
    await rest.call(maps, map);
    assert.equal((await rest.call(maps, map)).json().message, 'configmaps "known" already exists');
  });

  it("keeps an owner once, and says so", async () => {
    const owner = { apiVersion: "v1", kind: "ConfigMap", name: "known", uid: "u-1" };
    const other = { ...owner, name: "another" };
    const body = { metadata: { name: "owned", ownerReferences: [owner, other, owner] } };
    const made = await rest.call(maps, { method: "POST", body });
    assert.equal(made.status, 201);
    const warning =
      '299 - ".metadata.ownerReferences contains duplicate entries; API server dedups owner ' +
      "references in 1.20+, and may reject such requests as early as 1.24; please fix your " +
      'requests; duplicate UID(s) observed: u-1"';
    assert.equal(made.headers.warning, warning);
    const owners = ({ metadata }: { metadata?: unknown }) =>
      (metadata as { ownerReferences: unknown[] }).ownerReferences;
    assert.deepEqual(owners(made.json()), [owner, other]);
    const put = await rest.call(`${maps}/owned`, { method: "PUT", body });
    assert.equal(put.headers.warning, warning);
    const patch = JSON.stringify([
      { op: "add", path: "/metadata/ownerReferences/-", value: owner },
    ]);
    const patched = await rest.call(`${maps}/owned`, {
      method: "PATCH",
      contentType: "application/json-patch+json",
      body: patch,
    });
    assert.match(String(patched.headers.warning), /entries after mutating admission happens; /);
    assert.deepEqual(owners(patched.json()), [owner, other]);
  });
});

describe("an Event that is written again", () => {
  it("lasts its time from then on, and longer than one that is not", async () => {
    const clock = new VirtualClock();
    const service = { advertiseAddress: "10.0.0.9", securePort: 6443, reconciler: "none" } as const;
    const api = await startTestApiServer(
      { platform: { ...nodePlatform, clock }, eventTtlSeconds: 20, leaseReuseSeconds: 0 },
      { service },
    );
    const rest = new RestCaller(api.url);
    const events = "/api/v1/namespaces/default/events";
    // The server works in virtual time: its turns have to be given to it.
    const call = async (...args: Parameters<RestCaller["call"]>) => {
      let isDone = false;
      const answer = rest.call(...args).finally(() => {
        isDone = true;
      });
      await clock.advanceUntil(() => isDone, 0).catch(() => undefined);
      return answer;
    };
    try {
      for (const name of ["repeated", "alone"]) {
        const body = { metadata: { name }, involvedObject: { namespace: "default" } };
        await call(events, { method: "POST", body });
      }
      for (let count = 2; count < 6; count += 1) {
        await clock.advance(15_000);
        const { status } = await call(`${events}/repeated`, {
          method: "PATCH",
          contentType: "application/merge-patch+json",
          body: { count },
        });
        assert.equal(status, 200, `count ${count}`);
      }
      assert.equal((await call(`${events}/alone`)).status, 404);
      await clock.advance(25_000);
      assert.equal((await call(`${events}/repeated`)).status, 404);
    } finally {
      rest.close();
      await api.stop();
    }
  });
});
