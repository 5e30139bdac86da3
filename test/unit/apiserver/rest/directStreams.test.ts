import assert from "node:assert/strict";
import { once } from "node:events";
import * as http from "node:http";
import { gunzipSync } from "node:zlib";
import { ListStream } from "../../../../lib/apiserver/listStream.js";
import { nodePlatform } from "../../../../lib/platform/node/nodePlatform.js";
import { openEmbeddedStorage } from "../../../../lib/storage/embeddedStorage.js";
import type { DirectReads, Storage } from "../../../../lib/storage/storage.js";
import { RestCaller } from "../../../support/apiserver/restCaller.js";
import {
  startTestApiServer,
  type TestApiServer,
} from "../../../support/apiserver/testApiServer.js";

const maps = "/api/v1/namespaces/default/configmaps";
const objects = 700;
const protobuf = "application/vnd.kubernetes.protobuf";

interface Item {
  readonly metadata: { readonly name: string; readonly resourceVersion: string };
}

interface List {
  readonly kind: string;
  readonly apiVersion: string;
  readonly metadata: { readonly resourceVersion: string; readonly continue?: string };
  readonly items: readonly Item[];
}

describe("lists and watches that the listener sends by itself", () => {
  let server: TestApiServer;
  let rest: RestCaller;
  let storage: Storage;
  const used = { lists: 0, watches: 0 };

  before(async () => {
    const opened = await openEmbeddedStorage({ clock: nodePlatform.clock });
    const { direct } = opened;
    assert.ok(direct);
    const counted: DirectReads = {
      ...direct,
      list: (options) => {
        used.lists += 1;
        return direct.list(options);
      },
      watch: (options, figures) => {
        used.watches += 1;
        return direct.watch(options, figures);
      },
      stateWatch: (options, figures) => {
        used.watches += 1;
        return direct.stateWatch(options, figures);
      },
    };
    Object.defineProperty(opened, "direct", { value: counted });
    storage = opened;
    server = await startTestApiServer({ storage });
    rest = new RestCaller(server.url);
    for (let number = 0; number < objects; number += 1) {
      const labels = { even: String(number % 2 === 0) };
      const body = { metadata: { name: `m${number}`, labels }, data: { k: "v".repeat(number) } };
      const { status } = await rest.call(maps, { method: "POST", body });
      assert.equal(status, 201);
    }
  });
  after(async () => {
    rest.close();
    await server.stop();
  });

  /** With what would have been read without the listener's help, where Table forces that. */
  const listed = async (query: string, accept = "application/json") => {
    const before = used.lists;
    const response = await rest.call(`${maps}${query}`, { accept });
    return { ...response, isDirect: used.lists > before };
  };
  const list = async (query: string): Promise<List & { readonly isDirect: boolean }> => {
    const { text, status, isDirect } = await listed(query);
    assert.equal(status, 200, text());
    return { ...(JSON.parse(text()) as List), isDirect };
  };
  /** The server is asked meanwhile, so that it has its turns. */
  const until = async (holds: () => boolean | Promise<boolean>): Promise<void> => {
    while (!(await holds())) await rest.call("/healthz");
  };
  /** Page by page, which passes through JavaScript. */
  const paged = async (query: string): Promise<Item[]> => {
    const items: Item[] = [];
    for (let token = ""; ; ) {
      const page = await list(`?limit=300${query}${token}`);
      assert.equal(page.isDirect, false);
      items.push(...page.items);
      if (!page.metadata.continue) return items;
      token = `&continue=${page.metadata.continue}`;
    }
  };

  it("are what pages give, in JSON and protobuf, with selectors, and as metadata", async () => {
    const whole = await list("");
    assert.ok(whole.isDirect);
    assert.equal(whole.kind, "ConfigMapList");
    assert.equal(whole.apiVersion, "v1");
    assert.equal(whole.metadata.resourceVersion, String(storage.currentRevision()));
    assert.deepEqual(whole.items, await paged(""));
    const even = await list("?labelSelector=even%3Dtrue");
    assert.ok(even.isDirect);
    assert.equal(even.items.length, objects / 2);
    assert.deepEqual(even.items, await paged("&labelSelector=even%3Dtrue"));
    const bare = await listed("", protobuf);
    assert.ok(bare.isDirect);
    assert.equal(bare.headers["content-type"], protobuf);
    const passed = await listed("?limit=10000", protobuf);
    assert.equal(passed.isDirect, false);
    assert.deepEqual(bare.bytes, passed.bytes);
    const metadata = `${protobuf};as=PartialObjectMetadataList;g=meta.k8s.io;v=v1`;
    const partial = await listed("", metadata);
    assert.ok(partial.isDirect);
    assert.deepEqual(partial.bytes, (await listed("?limit=10000", metadata)).bytes);
  });

  it("are compressed where the client takes that", async () => {
    const plain = await listed("");
    const zipped = await rest.call(maps, { headers: { "accept-encoding": "gzip" } });
    assert.equal(zipped.headers["content-encoding"], "gzip");
    assert.equal(zipped.headers.vary, "Accept-Encoding");
    assert.ok(zipped.bytes.length < plain.bytes.length / 3);
    assert.equal(gunzipSync(zipped.bytes).toString(), plain.text());
    const refused = await rest.call(maps, { headers: { "accept-encoding": "gzip;q=0" } });
    assert.equal(refused.headers["content-encoding"], undefined);
    const bare = await listed("", protobuf);
    const headers = { "accept-encoding": "gzip" };
    const zippedBare = await rest.call(maps, { accept: protobuf, headers });
    assert.deepEqual(gunzipSync(zippedBare.bytes), bare.bytes);
  });

  it("are of the revision that was asked for", async () => {
    const { metadata } = await list("");
    const { resourceVersion } = metadata;
    await rest.call(`${maps}/m1`, {
      method: "PATCH",
      contentType: "application/merge-patch+json",
      body: { data: { later: "x" } },
    });
    const exact = `?resourceVersionMatch=Exact&resourceVersion=${resourceVersion}`;
    const then = await list(exact);
    assert.ok(then.isDirect);
    assert.equal(then.metadata.resourceVersion, resourceVersion);
    const changed = ({ items }: List) =>
      items.find(({ metadata: { name } }) => name === "m1")?.metadata.resourceVersion;
    assert.notEqual(changed(then), changed(await list("")));
    const now = await list("?resourceVersion=0&limit=5");
    assert.ok(now.isDirect, "resourceVersion 0 heeds no limit");
    assert.equal(now.items.length, objects);
  });

  it("are none of what has to pass through JavaScript", async () => {
    for (const [query, accept] of [
      ["", "application/yaml"],
      ["", "application/json;as=Table;v=v1;g=meta.k8s.io"],
      ["?pretty=true", "application/json"],
      ["?limit=5", "application/json"],
    ] as const) {
      const { status, isDirect } = await listed(query, accept);
      assert.equal(status, 200);
      assert.equal(isDirect, false, `${query} ${accept}`);
    }
    const few = await rest.call("/api/v1/namespaces/kube-system/configmaps");
    assert.ok(few.headers["content-length"] !== undefined);
    const refused = await rest.call(`${maps}?resourceVersion=x`);
    assert.equal(refused.status, 400);
  });

  it("hold their seat until they are sent, and are counted then", async () => {
    const value = async (name: string): Promise<number> => {
      const text = (await rest.call("/metrics")).text();
      const line = text.split("\n").find((one) => one.startsWith(name));
      return Number(line?.split(" ").at(-1) ?? 0);
    };
    const labels = 'verb="LIST",group="",version="v1",resource="configmaps",subresource=""';
    const sizes = `apiserver_response_sizes_sum{${labels},scope="namespace"`;
    const returned = 'apiserver_storage_list_returned_objects_total{group="",resource="configmaps"';
    const [bytesBefore, objectsBefore] = [await value(sizes), await value(returned)];
    const { hostname, port } = new URL(server.url);
    const request = http.get({ host: hostname, port, path: maps, headers: { accept: protobuf } });
    const [response] = (await once(request, "response")) as [http.IncomingMessage];
    let length = 0;
    for await (const part of response) length += (part as Buffer).length;
    await until(async () => (await value(returned)) > objectsBefore);
    assert.equal((await value(returned)) - objectsBefore, objects);
    assert.equal((await value(sizes)) - bytesBefore, length);
  });

  it("end where their client goes, and hold nothing then", async () => {
    const { hostname, port } = new URL(server.url);
    const pins = () => storage.statistics().pins ?? 0;
    const request = http.get({ host: hostname, port, path: maps });
    const [response] = (await once(request, "response")) as [http.IncomingMessage];
    response.destroy();
    const watch = http.get({ host: hostname, port, path: `${maps}?watch=1` });
    const [events] = (await once(watch, "response")) as [http.IncomingMessage];
    await once(events, "data");
    const watchers = storage.statistics().watchers;
    events.destroy();
    await until(() => storage.statistics().watchers < watchers && pins() === 0);
  });

  it("hold nothing where nobody sends them", async () => {
    const pins = () => storage.statistics().pins;
    const view = { messageType: "k8s.io.api.core.v1.ConfigMap", format: "json" } as const;
    const source = await storage.direct?.list({
      prefix: "/registry/configmaps/",
      view: { ...view, part: "object" },
    });
    assert.ok(source !== undefined);
    assert.equal(pins(), 1);
    const header = { apiVersion: "v1", kind: "ConfigMapList", resourceVersion: "1", continue: "" };
    new ListStream(source, { ...header, remainingItemCount: undefined }).drop();
    assert.equal(pins(), 0);
  });

  it("watch: begins with the state, goes on with each event, and ends with its time", async () => {
    const before = used.watches;
    const { hostname, port } = new URL(server.url);
    const path = `${maps}?watch=1&fieldSelector=metadata.name%3Dw&allowWatchBookmarks=true&timeoutSeconds=1`;
    const request = http.get({
      host: hostname,
      port,
      path,
      headers: { accept: "application/json" },
    });
    const [response] = (await once(request, "response")) as [http.IncomingMessage];
    const create = { metadata: { name: "w" }, data: { n: "0" } };
    await rest.call(maps, { method: "POST", body: create });
    for (const n of ["1", "2"]) {
      const contentType = "application/merge-patch+json";
      const body = { data: { n } };
      await rest.call(`${maps}/w`, { method: "PATCH", contentType, body });
    }
    await rest.call(`${maps}/w`, { method: "DELETE" });
    const last = storage.currentRevision();
    let text = "";
    for await (const part of response) text += String(part);
    const events = text
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line) as { type: string; object: Item & { data?: { n: string } } });
    assert.equal(used.watches, before + 1);
    assert.deepEqual(
      events.map(({ type, object }) => [type, object.data?.n]),
      [
        // The state, which is empty.
        ["BOOKMARK", undefined],
        ["ADDED", "0"],
        ["MODIFIED", "1"],
        ["MODIFIED", "2"],
        ["DELETED", "2"],
        ["BOOKMARK", undefined],
      ],
    );
    assert.ok(Number(events.at(-1)?.object.metadata.resourceVersion) >= last);
  });

  it("watch: begins with all objects as they are listed, and says where they end", async () => {
    const before = used.watches;
    for (const [query, ends] of [
      ["", false],
      ["&resourceVersion=0&allowWatchBookmarks=true", true],
      ["&sendInitialEvents=true&resourceVersionMatch=NotOlderThan&allowWatchBookmarks=true", true],
      ["&labelSelector=even%3Dtrue", false],
    ] as const) {
      const selector = query.includes("labelSelector") ? query : "";
      const list = (await rest.call(`${maps}?${selector}`)).json() as unknown as {
        readonly metadata: { readonly resourceVersion: string };
        readonly items: readonly object[];
      };
      const response = await rest.call(`${maps}?watch=1&timeoutSeconds=1${query}`);
      const events = response
        .text()
        .trim()
        .split("\n")
        .map((line) => JSON.parse(line) as { type: string; object: Item });
      const added = events.slice(0, list.items.length);
      const typed = { kind: "ConfigMap", apiVersion: "v1" };
      assert.deepEqual(
        added,
        list.items.map((item) => ({ type: "ADDED", object: { ...typed, ...item } })),
      );
      const [end] = events.slice(list.items.length);
      const marked = end?.object.metadata as { annotations?: Record<string, string> } | undefined;
      assert.equal(marked?.annotations?.["k8s.io/initial-events-end"] === "true", ends, query);
      if (ends) {
        assert.equal(end?.object.metadata.resourceVersion, list.metadata.resourceVersion);
      }
    }
    assert.equal(used.watches, before + 4);
  });

  it("watch: counts its events", async () => {
    const { hostname, port } = new URL(server.url);
    const labels = 'group="",version="v1",resource="configmaps"';
    const value = async (name: string): Promise<number> => {
      const text = (await rest.call("/metrics")).text();
      const line = text.split("\n").find((one) => one.startsWith(`${name}{${labels}}`));
      return Number(line?.split(" ").at(-1) ?? 0);
    };
    const names = ["apiserver_watch_events_total", "apiserver_watch_events_sizes_sum"] as const;
    const [eventsBefore, bytesBefore] = [await value(names[0]), await value(names[1])];
    const path = `${maps}?watch=1&resourceVersion=${storage.currentRevision()}`;
    const request = http.get({ host: hostname, port, path });
    const [response] = (await once(request, "response")) as [http.IncomingMessage];
    await rest.call(maps, { method: "POST", body: { metadata: { name: "counted" } } });
    const [part] = (await once(response, "data")) as [Buffer];
    assert.equal((await value(names[0])) - eventsBefore, 1);
    assert.equal((await value(names[1])) - bytesBefore, part.length);
    response.destroy();
    await rest.call(`${maps}/counted`, { method: "DELETE" });
  });
});
