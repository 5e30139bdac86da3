import assert from "node:assert/strict";
import { coreV1 } from "../../../lib/api/gen/resources.js";
import { ApiError } from "../../../lib/api/status.js";
import { configOf } from "../../../lib/client/config/clientConfig.js";
import { RestTransport } from "../../../lib/client/rest/restTransport.js";
import { TransportClient } from "../../../lib/client/transportClient.js";
import type { HttpListener, HttpRequest, HttpResponse } from "../../../lib/platform/network.js";
import { nodePlatform } from "../../../lib/platform/node/nodePlatform.js";

type Handler = (request: HttpRequest, response: HttpResponse) => void;

describe("RestTransport", () => {
  const platform = nodePlatform;
  let listener: HttpListener;
  let handler: Handler;
  let client: TransportClient;

  beforeEach(async () => {
    listener = await platform.network.listenHttp({
      address: "127.0.0.1",
      port: 0,
      onRequest: (request, response) => handler(request, response),
    });
    const { credentials } = configOf(platform, {
      server: `127.0.0.1:${listener.port}`,
      token: "secret",
    });
    client = new TransportClient(new RestTransport({ platform, credentials, userAgent: "test" }));
  });
  afterEach(async () => {
    client.close();
    await listener.close(0);
  });

  const json = { "content-type": "application/json" };
  const pods = () => client.resource(coreV1.pods);

  it("sends method, path, query, credentials and body", async () => {
    const seen: unknown[] = [];
    handler = (request, response) => {
      void Promise.resolve(request.readBody(1000)).then((body) => {
        const { authorization, accept } = request.headers;
        seen.push([request.method, request.target, authorization, accept]);
        if (body.length > 0) seen.push(JSON.parse(Buffer.from(body).toString("utf8")));
        response.send(200, json, JSON.stringify({ kind: "Pod", metadata: { name: "a" } }));
      });
    };
    await pods().get("a/b", { namespace: "x" });
    await pods().delete("a", { namespace: "x", gracePeriodSeconds: 0 });
    await pods().list({ labelSelector: "a=b,c", limit: 5 });
    assert.deepEqual(seen, [
      ["GET", "/api/v1/namespaces/x/pods/a%2Fb", "Bearer secret", "application/json"],
      ["DELETE", "/api/v1/namespaces/x/pods/a", "Bearer secret", "application/json"],
      { kind: "DeleteOptions", apiVersion: "v1", gracePeriodSeconds: 0 },
      ["GET", "/api/v1/pods?labelSelector=a%3Db%2Cc&limit=5", "Bearer secret", "application/json"],
    ]);
  });

  it("rejects with the server's Status, or one made from the code", async () => {
    const status = {
      kind: "Status",
      status: "Failure",
      reason: "Conflict",
      code: 409,
      message: "m",
    };
    handler = (_, response) => response.send(409, json, JSON.stringify(status));
    await assert.rejects(pods().get("a"), (e) => e instanceof ApiError && e.reason === "Conflict");
    handler = (_, response) => response.send(404, { "content-type": "text/plain" }, "nope");
    await assert.rejects(pods().get("a"), (e) => e instanceof ApiError && e.reason === "NotFound");
  });

  it("tries again when it is told to wait", async () => {
    let requests = 0;
    handler = (_, response) => {
      requests++;
      if (requests < 3) response.send(429, { "retry-after": "0" }, "");
      else response.send(200, json, "{}");
    };
    await pods().get("a");
    assert.equal(requests, 3);
  });

  it("says that a server is not available", async () => {
    handler = (_, response) => response.abort();
    await assert.rejects(
      pods().get("a"),
      (e) => e instanceof ApiError && e.reason === "ServiceUnavailable",
    );
  });

  it("reads watch events that are cut anywhere, and ends with the server", async () => {
    const lines = ["ADDED", "MODIFIED", "BOOKMARK"]
      .map((type, index) => {
        const metadata = { name: "ä", resourceVersion: String(index) };
        return `${JSON.stringify({ type, object: { kind: "Pod", metadata } })}\n`;
      })
      .join("");
    handler = (_, response) => {
      response.start(200, json);
      for (const byte of Buffer.from(lines)) response.write(Buffer.from([byte]));
      response.end();
    };
    const seen: string[] = [];
    for await (const event of pods().watch()) {
      seen.push(
        event.type === "BOOKMARK" ? event.resourceVersion : (event.object.metadata.name ?? ""),
      );
    }
    assert.deepEqual(seen, ["ä", "ä", "2"]);
  });

  it("throws what an ERROR event says", async () => {
    const status = { kind: "Status", status: "Failure", reason: "Expired", code: 410 };
    handler = (_, response) => {
      response.send(200, json, `${JSON.stringify({ type: "ERROR", object: status })}\n`);
    };
    const watch = async () => {
      for await (const _ of pods().watch());
    };
    await assert.rejects(watch(), (e) => e instanceof ApiError && e.code === 410);
  });

  it("stops a watch with its signal, and rejects with its reason", async () => {
    handler = (_, response) => response.start(200, json);
    const stop = new AbortController();
    const watch = async () => {
      for await (const _ of pods().watch({ signal: stop.signal }));
    };
    const ended = watch();
    stop.abort(new Error("enough"));
    await assert.rejects(ended, /enough/);
  });
});
