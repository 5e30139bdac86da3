import assert from "node:assert/strict";
import { once } from "node:events";
import * as http from "node:http";
import { connect } from "node:net";
import { WebSocket } from "ws";
import { decodeMessage, encodeMessage } from "../../../../lib/api/messageCodec.js";
import { dynamicPath } from "../../../../lib/api/rpcMethods.js";
import { apiErrorOf } from "../../../../lib/api/rpcStatus.js";
import { nodePlatform } from "../../../../lib/platform/node/nodePlatform.js";
import { type RpcChannel, RpcCode, RpcError } from "../../../../lib/platform/rpc.js";
import { RestCaller } from "../../../support/apiserver/restCaller.js";
import {
  startTestApiServer,
  type TestApiServer,
} from "../../../support/apiserver/testApiServer.js";

const maps = "/api/v1/namespaces/default/configmaps";

describe("access to the API server", () => {
  let server: TestApiServer;
  let rest: RestCaller;

  before(async () => {
    server = await startTestApiServer({ insecureRpc: { address: "127.0.0.1", port: 0 } });
    rest = new RestCaller(server.url);
    await rest.call(maps, { method: "POST", body: { metadata: { name: "a" }, data: { k: "v" } } });
  });

  after(async () => {
    rest.close();
    await server.stop();
  });

  it("lets system:masters act as others, with the others' rights", async () => {
    const headers = { "impersonate-user": "jane", "impersonate-group": "dev" };
    const { status, json } = await rest.call(maps, { headers });
    assert.equal(status, 403);
    assert.equal(
      json().message,
      'configmaps is forbidden: User "jane" cannot list resource "configmaps" in API group "" ' +
        'in the namespace "default"',
    );
    const who = await rest.call("/apis/authentication.k8s.io/v1/selfsubjectreviews", {
      method: "POST",
      headers,
      body: { kind: "SelfSubjectReview", apiVersion: "authentication.k8s.io/v1" },
    });
    const review = who.json() as { status: { userInfo: { username: string; groups: string[] } } };
    assert.deepEqual(review.status.userInfo.username, "jane");
    assert.deepEqual(review.status.userInfo.groups, ["dev", "system:authenticated"]);
  });

  it("takes a comma for a part of a group's name, and several headers for several groups", async () => {
    const { hostname, port } = new URL(server.url);
    const review = JSON.stringify({
      kind: "SelfSubjectReview",
      apiVersion: "authentication.k8s.io/v1",
    });
    const path = "/apis/authentication.k8s.io/v1/selfsubjectreviews";
    const groupsOver = (groups: readonly string[]): Promise<unknown> =>
      new Promise((resolve, reject) => {
        const request = http.request(
          {
            ...{ host: hostname, port, path, method: "POST" },
            headers: {
              "content-type": "application/json",
              accept: "application/json",
              "impersonate-user": "jane",
              "impersonate-group": [...groups],
            },
          },
          (response) => {
            let text = "";
            response.on("data", (part: Buffer) => {
              text += part.toString();
            });
            response.on("end", () => resolve(JSON.parse(text)));
          },
        );
        request.on("error", reject);
        request.end(review);
      });
    for (const groups of [["a, b"], ["a,b", "c"], ["CN=x, O=y", "z"]]) {
      const answer = (await groupsOver(groups)) as { status: { userInfo: { groups: string[] } } };
      assert.deepEqual(answer.status.userInfo.groups, [...groups, "system:authenticated"]);
    }
  });

  it("wants a user with impersonated groups", async () => {
    const { status, json } = await rest.call(maps, { headers: { "impersonate-group": "dev" } });
    assert.equal(status, 400);
    assert.equal(
      json().message,
      'requested &user.DefaultInfo{Name:"", UID:"", Groups:[]string{"dev"}, ' +
        "Extra:map[string][]string(nil)} without impersonating a user name",
    );
  });

  it("tells nodes why they may not", async () => {
    const headers = { "impersonate-user": "system:node:a", "impersonate-group": "system:nodes" };
    const why = async (path: string): Promise<unknown> =>
      (await rest.call(path, { headers })).json().message;
    assert.equal(
      await why("/api/v1/nodes"),
      'nodes is forbidden: User "system:node:a" cannot list resource "nodes" in API group "" at ' +
        "the cluster scope: node: node 'a' cannot read all nodes, only its own Node object",
    );
    assert.match(
      String(await why("/api/v1/namespaces/default/secrets/x")),
      /: node: no relationship found between node 'a' and this object$/,
    );
  });

  it("has no Table of a review", async () => {
    const path = "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews";
    const body = { spec: { nonResourceAttributes: { verb: "get", path: "/" } } };
    const accept = "application/json;as=Table;v=v1;g=meta.k8s.io";
    const refused = await rest.call(path, { method: "POST", body, accept });
    assert.deepEqual([refused.status, refused.json().reason], [406, "NotAcceptable"]);
    const either = `${accept},application/json`;
    const given = await rest.call(path, { method: "POST", body, accept: either });
    assert.deepEqual([given.status, given.json().kind], [201, "SelfSubjectAccessReview"]);
  });

  it("refuses reviews that ask nothing, or for a token that is none, in upstream's words", async () => {
    const review = async (path: string, body: object): Promise<Record<string, unknown>> =>
      (await rest.call(path, { method: "POST", body })).json();
    const access = "/apis/authorization.k8s.io/v1";
    const nothing = await review(`${access}/selfsubjectaccessreviews`, { spec: {} });
    assert.equal(
      nothing.message,
      '.authorization.k8s.io "" is invalid: spec: Invalid value: null: exactly one of ' +
        "nonResourceAttributes or resourceAttributes must be specified",
    );
    const local = `${access}/namespaces/default/localsubjectaccessreviews`;
    const elsewhere = { user: "u", resourceAttributes: { verb: "get", resource: "pods" } };
    assert.match(
      String((await review(local, { spec: elsewhere })).message),
      /spec\.resourceAttributes\.namespace: Invalid value: "": must match metadata\.namespace$/,
    );
    const named = { metadata: { name: "x" }, spec: elsewhere };
    assert.match(
      String((await review(`${access}/subjectaccessreviews`, named)).message),
      /is invalid: metadata: Invalid value: .*: must be empty$/,
    );
    const fieldSelector = { rawSelector: "a=b", requirements: [{ key: "a", operator: "Exists" }] };
    const resourceAttributes = { verb: "list", fieldSelector, labelSelector: {} };
    const selecting = { spec: { resourceAttributes } };
    assert.match(
      String((await review(`${access}/selfsubjectaccessreviews`, selecting)).message),
      /fieldSelector\.rawSelector: .* same time as .*labelSelector\.requirements: Required/,
    );
    const token = await review("/apis/authentication.k8s.io/v1/tokenreviews", { spec: {} });
    assert.equal(token.message, "token is required for TokenReview in authentication");
  });

  it("answers other methods with 405", async () => {
    assert.equal((await rest.call(maps, { method: "OPTIONS" })).status, 405);
    assert.equal((await rest.call(maps, { method: "PROPFIND" })).status, 405);
  });

  it("answers methods that no list has with 405, and what is no request with 400", async () => {
    const { port = 0 } = server.server.addresses.insecure ?? {};
    const send = async (text: string): Promise<string> => {
      const socket = connect(port, "127.0.0.1");
      socket.end(text);
      let received = "";
      for await (const bytes of socket) received += String(bytes);
      return received.split("\r\n")[0] ?? "";
    };
    const get = `GET ${maps} HTTP/1.1\r\nhost: x\r\n\r\n`;
    for (const method of ["FOO", "get", "X-Y", "M-", "GETS"]) {
      const refused = "HTTP/1.1 405 Method Not Allowed";
      assert.equal(await send(get.replace("GET", method)), refused, method);
    }
    assert.equal(await send(`FOO ${maps} HTTP/1.1\r\n`), "HTTP/1.1 405 Method Not Allowed");
    for (const garbage of ["\u0016\u0003\u0001\u0002", "F(O / HTTP/1.1\r\n\r\n", "a\r\n\r\n"]) {
      assert.equal(await send(garbage), "HTTP/1.1 400 Bad Request", JSON.stringify(garbage));
    }
    const long = get.replace("host", `a: ${"x".repeat(2_000_000)}\r\nhost`);
    assert.equal(await send(long), "HTTP/1.1 431 Request Header Fields Too Large");
  });

  it("answers CONNECT with 405", async () => {
    const { port = 0 } = server.server.addresses.insecure ?? {};
    for (const target of ["a.example:80", maps]) {
      const socket = connect(port, "127.0.0.1");
      socket.write(`CONNECT ${target} HTTP/1.1\r\nhost: x\r\n\r\n`);
      let received = "";
      for await (const bytes of socket) received += String(bytes);
      assert.match(received, /^HTTP\/1\.1 405 Method Not Allowed\r\n/);
    }
  });

  it("goes on without an upgrade that it does not know, as a server may", async () => {
    const { port = 0 } = server.server.addresses.insecure ?? {};
    const body = '{"metadata":{"name":"upgraded"},"data":{"k":"\u00e9"}}';
    const upgrade =
      "connection: Upgrade, HTTP2-Settings\r\nupgrade: h2c\r\nhttp2-settings: AAMAAABk";
    const socket = connect(port, "127.0.0.1");
    let received = "";
    socket.on("data", (bytes: Buffer) => {
      received += String(bytes);
    });
    const answered = async (count: number): Promise<void> => {
      while ((received.match(/HTTP\/1\.1 \d+/g) ?? []).length < count) await once(socket, "data");
    };
    socket.write(`GET ${maps}/a HTTP/1.1\r\nhost: x\r\n${upgrade}\r\n\r\n`);
    await answered(1);
    socket.write(
      `POST ${maps} HTTP/1.1\r\nhost: x\r\n${upgrade}\r\ncontent-type: application/json\r\n` +
        `content-length: ${Buffer.byteLength(body)}\r\n\r\n${body.slice(0, 10)}`,
    );
    socket.write(body.slice(10));
    await answered(2);
    socket.write(`GET ${maps}/upgraded HTTP/1.1\r\nhost: x\r\n`);
    socket.write("Connection: close, Upgrade\r\nUpgrade: foo/2\r\n\r\n");
    await once(socket, "close");
    const statuses = received.match(/HTTP\/1\.1 \d+/g);
    assert.deepEqual(statuses, ["HTTP/1.1 200", "HTTP/1.1 201", "HTTP/1.1 200"]);
    await rest.call(`${maps}/upgraded`, { method: "DELETE" });
    assert.match(received, /"k":"\u00e9"/);
  });

  it("serves no page of elsewhere on the insecure port, and by no name of elsewhere", async () => {
    const { port = 0 } = server.server.addresses.insecure ?? {};
    const status = async (host: string, origin?: string): Promise<number> => {
      const headers = { host, ...(origin === undefined ? {} : { origin }) };
      const sent = http.get({ host: "127.0.0.1", port, path: maps, headers, agent: false });
      const [response] = (await once(sent, "response")) as [http.IncomingMessage];
      response.resume();
      return response.statusCode ?? 0;
    };
    for (const host of [`127.0.0.1:${port}`, "localhost", "[::1]:8080", "myself", "a.localhost"]) {
      assert.equal(await status(host), 200, host);
      assert.equal(await status(host, `http://${host}`), 200, host);
      assert.equal(await status(host, "https://a.example"), 403, host);
      assert.equal(await status(host, "null"), 403, host);
    }
    assert.equal(await status("a.example:8080"), 403);
    assert.equal(await status("a.example", "http://a.example"), 403);
    assert.equal(await status("1.2.3.4.a.example"), 403);
  });

  it("sends a watch's events over WebSocket, one in each message", async () => {
    const { port = 0 } = server.server.addresses.insecure ?? {};
    const url = `ws://127.0.0.1:${port}${maps}?watch=1&timeoutSeconds=1`;
    for (const accept of ["application/json", "application/vnd.kubernetes.protobuf;stream=watch"]) {
      const client = new WebSocket(url, ["one.example", "two"], { headers: { accept } });
      const events: string[] = [];
      client.on("message", (data: Buffer, isBinary) => {
        assert.equal(isBinary, accept !== "application/json");
        if (isBinary) assert.match(data.toString("latin1"), /^\n.(?:ADDED|BOOKMARK)/s);
        else events.push((JSON.parse(String(data)) as { type: string }).type);
        if (isBinary) events.push("ADDED");
      });
      const [code] = (await once(client, "close")) as [number];
      assert.equal(client.protocol, "one.example");
      assert.equal(code, 1000);
      assert.ok(events.length > 0 && events.every((type) => type === "ADDED"), events.join());
    }
    const refused = new WebSocket(`${url}&labelSelector===`);
    const [, response] = (await once(refused, "unexpected-response")) as [
      unknown,
      http.IncomingMessage,
    ];
    assert.equal(response.statusCode, 400);
    refused.on("error", () => undefined);
    refused.terminate();
  });

  it("tells how the store is", async () => {
    const { json } = await rest.call("/api/v1/componentstatuses");
    const list = json() as { items: { conditions: { status: string }[] }[] };
    assert.equal(list.items[0]?.conditions[0]?.status, "True");
  });

  it("names its gRPC addresses", async () => {
    const { json } = await rest.call("/.well-known/steersman-endpoints");
    const port = server.server.addresses.insecureRpc?.port;
    assert.deepEqual(json(), { grpc: { insecure: `127.0.0.1:${port}` } });
  });

  describe("over gRPC", () => {
    let channel: RpcChannel;
    const resource = { group: "", version: "v1", resource: "configmaps" };

    before(() => {
      const target = `127.0.0.1:${server.server.addresses.insecureRpc?.port}`;
      channel = nodePlatform.network.rpcChannel({ target });
    });
    after(() => channel.close());

    it("serves the dynamic service in JSON and protobuf", async () => {
      const get = { namespace: "default", name: "a", resource };
      const answer = await channel.unary(dynamicPath("get"), encodeMessage("GetRequest", get));
      const { object = new Uint8Array() } = decodeMessage("ObjectResponse", answer);
      const map = JSON.parse(Buffer.from(object).toString("utf8")) as { data: unknown };
      assert.deepEqual(map.data, { k: "v" });
      const accept = "application/vnd.kubernetes.protobuf";
      const list = encodeMessage("ListRequest", { namespace: "default", resource, accept });
      const chunks = [];
      for await (const chunk of channel.serverStream(dynamicPath("list"), list)) {
        chunks.push(decodeMessage("ListChunk", chunk));
      }
      assert.ok(Number(chunks[0]?.metadata?.resourceVersion) > 0);
      const item = chunks[1]?.items?.[0] ?? new Uint8Array();
      assert.equal(Buffer.from(item.subarray(0, 4)).toString("latin1"), "k8s\0");
    });

    it("watches in batches and ends with a bookmark", async () => {
      const options = { resourceVersion: "", timeoutSeconds: 1, allowWatchBookmarks: true };
      const request = encodeMessage("WatchRequest", { namespace: "default", resource, options });
      const types: (string | undefined)[] = [];
      for await (const batch of channel.serverStream(dynamicPath("watch"), request)) {
        for (const event of decodeMessage("WatchBatch", batch).events ?? []) {
          types.push(event.type);
        }
      }
      assert.deepEqual(types, ["ADDED", "BOOKMARK", "BOOKMARK"]);
    });

    it("ends refused calls with the code and the whole Status", async () => {
      const get = encodeMessage("GetRequest", { namespace: "default", name: "zz", resource });
      await assert.rejects(channel.unary(dynamicPath("get"), get), (error: unknown) => {
        assert.ok(error instanceof RpcError);
        assert.equal(error.code, RpcCode.notFound);
        const { status } = apiErrorOf(error);
        assert.deepEqual(
          [status.reason, status.details],
          ["NotFound", { name: "zz", kind: "configmaps" }],
        );
        return true;
      });
    });

    it("keeps deadlines", async () => {
      const options = { timeoutSeconds: 60 };
      const request = encodeMessage("WatchRequest", { namespace: "default", resource, options });
      const stream = channel.serverStream(dynamicPath("watch"), request, {
        timeoutMilliseconds: 300,
      });
      await assert.rejects(
        async () => {
          for await (const batch of stream) {
            assert.ok(batch.length > 0);
          }
        },
        (error: unknown) => error instanceof RpcError && error.code === RpcCode.deadlineExceeded,
      );
    });
  });
});
