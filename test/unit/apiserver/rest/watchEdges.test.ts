import assert from "node:assert/strict";
import { nodePlatform } from "../../../../lib/platform/node/nodePlatform.js";
import { hastyPlatform } from "../../../support/apiserver/hastyPlatform.js";
import { RestCaller } from "../../../support/apiserver/restCaller.js";
import {
  startTestApiServer,
  type TestApiServer,
} from "../../../support/apiserver/testApiServer.js";

const maps = "/api/v1/namespaces/default/configmaps";
const old = "/api/v1/watch/namespaces/default/configmaps";
const table = "application/json;as=Table;v=v1;g=meta.k8s.io";
const initial = "sendInitialEvents=true&resourceVersionMatch=NotOlderThan";
const bookmarks = "allowWatchBookmarks=true";
const end = { "k8s.io/initial-events-end": "true" };

interface Event {
  readonly type: string;
  readonly object: {
    readonly code?: number;
    readonly message?: string;
    readonly metadata?: { readonly annotations?: object };
    readonly details?: { readonly causes?: readonly { readonly reason: string }[] };
    readonly columnDefinitions?: readonly object[] | null;
    readonly rows?: readonly {
      readonly cells: readonly unknown[];
      readonly object: { readonly metadata: { readonly annotations?: object } } | null;
    }[];
  };
}

/** What kube-apiserver 1.37 answered to the same requests. */
describe("edges of watches and lists, as upstream's", () => {
  let api: TestApiServer;
  let rest: RestCaller;

  before(async () => {
    api = await startTestApiServer({ platform: hastyPlatform });
    rest = new RestCaller(api.url);
    for (const name of ["a", "b"]) {
      await rest.call(maps, { method: "POST", body: { metadata: { name }, data: { k: "v" } } });
    }
    // A namespace that comes before the one that is asked for.
    await rest.call("/api/v1/namespaces", { method: "POST", body: { metadata: { name: "aaa" } } });
    const body = { metadata: { name: "elsewhere" } };
    await rest.call("/api/v1/namespaces/aaa/configmaps", { method: "POST", body });
  });

  after(async () => {
    rest.close();
    await api.stop();
  });

  /** The first events of a watch that goes on. */
  async function events(count: number, path: string, accept = "application/json") {
    const client = nodePlatform.network.httpClient();
    try {
      const answer = await client.call({ url: api.url + path, headers: { accept } });
      assert.equal(answer.status, 200);
      let text = "";
      for await (const chunk of answer.body) {
        text += String(chunk);
        if (text.split("\n").length > count) break;
      }
      return text
        .trim()
        .split("\n")
        .map((line) => JSON.parse(line) as Event);
    } finally {
      client.close();
    }
  }

  async function refused(path: string, code: number, message: string | RegExp, accept?: string) {
    const answer = await rest.call(path, accept === undefined ? {} : { accept });
    assert.equal(answer.status, code, answer.text());
    const told = String(answer.json().message);
    if (typeof message === "string") assert.equal(told, message);
    else assert.match(told, message);
  }

  for (const [query, annotations] of [
    [bookmarks, end],
    [`${bookmarks}&resourceVersion=0`, end],
    [`${bookmarks}&${initial}`, end],
    [`${bookmarks}&${initial}&resourceVersion=0`, end],
  ] as const) {
    it(`ends the state that a watch begins with: ${query}`, async () => {
      const [first, second, third] = await events(3, `${maps}?watch=1&${query}`);
      assert.deepEqual([first?.type, second?.type, third?.type], ["ADDED", "ADDED", "BOOKMARK"]);
      assert.deepEqual(third?.object.metadata?.annotations, annotations);
    });
  }

  it("tells of a state that is still to come in the stream", async () => {
    const query = `watch=1&${bookmarks}&${initial}&resourceVersion=99999999`;
    const [event] = await events(1, `${maps}?${query}`);
    assert.deepEqual([event?.type, event?.object.code], ["ERROR", 504]);
    assert.match(String(event?.object.message), /^Timeout: Too large resource version: 99999999,/);
    assert.equal(event?.object.details?.causes?.[0]?.reason, "ResourceVersionTooLarge");
  });

  it("is over before it began with a negative timeout", async () => {
    const answer = await rest.call(`${maps}?watch=1&timeoutSeconds=-1`);
    assert.deepEqual([answer.status, answer.text()], [200, ""]);
  });

  it("refuses what may not stand together with both reasons", async () => {
    await refused(
      `${maps}?watch=1&sendInitialEvents=true&resourceVersionMatch=Exact`,
      422,
      'ListOptions.meta.k8s.io "" is invalid: [resourceVersionMatch: Forbidden: sendInitialEvents ' +
        "requires setting resourceVersionMatch to NotOlderThan, resourceVersionMatch: " +
        'Unsupported value: "Exact": supported values: "NotOlderThan"]',
    );
  });

  it("counts revisions in 64 bits", async () => {
    const far = "18446744073709551615";
    const large = new RegExp(`^Timeout: Too large resource version: ${far}, current: \\d+$`);
    await refused(`${maps}?resourceVersion=${far}`, 504, large);
    await refused(`${maps}/a?resourceVersion=${far}`, 504, large);
    await refused(`${maps}?resourceVersion=99999999999999999999`, 400, /: value out of range$/);
    const watched = await rest.call(`${maps}?watch=1&timeoutSeconds=-1&resourceVersion=${far}`);
    assert.equal(watched.status, 200);
  });

  it("offers to stream only the forms that can be streamed", async () => {
    const answer = await rest.call(`${maps}?watch=1`, { accept: "application/yaml" });
    assert.equal(answer.status, 406);
    const told = answer.text().replace(/\s+/g, " ");
    const forms = "application/json;stream=watch, application/vnd.kubernetes.protobuf;stream=watch";
    assert.match(told, new RegExp(`types are accepted: ${forms}'`));
  });

  it("refuses a form that has a version and no kind", () =>
    refused(maps, 406, /^only the following media/, "application/json;g=meta.k8s.io;v=v1"));

  it("selects everything where nothing equals nothing", async () => {
    for (const selector of ["%3D", "%3D%3D", "!%3D"]) {
      const { status } = await rest.call(`${maps}?fieldSelector=${selector}`);
      assert.equal(status, 200, selector);
    }
  });

  describe("tables", () => {
    it("show a bookmark as a row and columns only once", async () => {
      const seen = await events(3, `${maps}?watch=1&${bookmarks}&${initial}`, table);
      assert.equal(seen[0]?.object.columnDefinitions?.length, 3);
      assert.equal(seen[1]?.object.columnDefinitions, null);
      const [row] = seen[2]?.object.rows ?? [];
      assert.deepEqual(row?.cells, ["", 0, "<unknown>"]);
      assert.deepEqual(row?.object?.metadata.annotations, end);
    });

    it("can show a bookmark of every kind that is watched", async () => {
      for (const resource of api.server.registry.all()) {
        if (!resource.verbs.has("watch")) continue;
        const { group, version, resource: plural } = resource;
        const root = group === "" ? `/api/${version}` : `/apis/${group}/${version}`;
        const query = `watch=1&labelSelector=no%3Done&${bookmarks}&${initial}`;
        const [event] = await events(1, `${root}/${plural}?${query}`, table);
        assert.equal(event?.type, "BOOKMARK", plural);
        assert.equal(event?.object.rows?.length, 1, plural);
      }
    });

    it("hold whole objects with their kind, or none", async () => {
      type Rows = { readonly rows: readonly { readonly object: Record<string, unknown> | null }[] };
      for (const path of [maps, `${maps}/a`]) {
        const whole = await rest.call(`${path}?includeObject=Object`, { accept: table });
        const [row] = (whole.json() as unknown as Rows).rows;
        assert.deepEqual([row?.object?.kind, row?.object?.apiVersion], ["ConfigMap", "v1"]);
        const none = await rest.call(`${path}?includeObject=None`, { accept: table });
        assert.equal((none.json() as unknown as Rows).rows[0]?.object, null);
      }
    });

    it("refuse to include what nobody knows", async () => {
      const message =
        "Unable to convert to Table as requested: includeObject: Invalid value: \"Foo\": must be 'Metadata', 'Object', 'None', or empty";
      await refused(`${maps}?includeObject=Foo`, 400, message, table);
      await refused(`${maps}/a?includeObject=Foo`, 400, message, table);
      await refused(`${maps}?watch=1&includeObject=Foo`, 400, message, table);
    });
  });

  describe("the old paths of watches", () => {
    it("serve one object and all of a namespace", async () => {
      assert.equal((await events(2, old)).length, 2);
      assert.equal((await events(1, `${old}/b`)).length, 1);
    });

    it("take no other method, no name without its namespace, and no second name", async () => {
      for (const method of ["POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS"]) {
        for (const path of [old, `${old}/a`]) {
          assert.equal((await rest.call(path, { method })).status, 405, `${method} ${path}`);
        }
      }
      assert.equal((await rest.call(`${maps}/a`)).status, 200);
      const missing = "the server could not find the requested resource";
      await refused("/api/v1/watch/configmaps/a", 404, missing);
      const other = "fieldSelector metadata.name doesn't match requested name";
      await refused(`${old}/a?fieldSelector=metadata.name%3Db`, 400, other);
      const nothing = await rest.call("/api/v1/watch");
      assert.deepEqual(
        [nothing.status, nothing.headers["content-type"], nothing.text()],
        [
          500,
          "text/plain; charset=utf-8",
          'Internal Server Error: "/api/v1/watch": failed to create RequestInfo: unable to ' +
            "determine kind and namespace from url, /api/v1/watch\n",
        ],
      );
    });
  });

  describe("continue tokens", () => {
    const tokenOf = (value: object) => Buffer.from(JSON.stringify(value)).toString("base64url");
    const v = "meta.k8s.io/v1";

    it("never lead out of the namespace that is asked for", async () => {
      for (const start of ["0", "/0", "aaa/0", "/aaa/0"]) {
        const { text } = await rest.call(`${maps}?continue=${tokenOf({ v, rv: -1, start })}`);
        assert.doesNotMatch(text(), /elsewhere/, start);
      }
    });

    it("are refused in upstream's words", async () => {
      const begin = "invalid continue token: continue key is not valid: ";
      for (const [token, message] of [
        ["abc", "invalid character 'i' looking for beginning of value"],
        ["!!", "illegal base64 data at input byte 0"],
        [tokenOf({ v, rv: 5, start: "" }), `encoded start key empty (version ${v})`],
        [
          tokenOf({ v: "x", rv: 1, start: "a" }),
          "server does not recognize this encoded version x",
        ],
        [tokenOf({ v, rv: -1, start: "../a" }), "../a"],
      ] as const) {
        await refused(`${maps}?continue=${token}`, 400, begin + message);
      }
      const future = tokenOf({ v, rv: 99999999, start: "a" });
      await refused(`${maps}?continue=${future}`, 504, /^Timeout: Too large resource version: /);
    });
  });
});
