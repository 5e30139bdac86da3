import assert from "node:assert/strict";
import { dynamicPath } from "../../../../lib/api/rpcMethods.js";
import { shownTarget } from "../../../../lib/apiserver/requestLog.js";
import { createLogger } from "../../../../lib/platform/logger.js";
import { nodePlatform } from "../../../../lib/platform/node/nodePlatform.js";
import { RestCaller } from "../../../support/apiserver/restCaller.js";
import {
  startTestApiServer,
  type TestApiServer,
} from "../../../support/apiserver/testApiServer.js";

const secrets = "/api/v1/namespaces/default/secrets";

describe("the log of requests", () => {
  const lines: string[] = [];
  let server: TestApiServer;
  let rest: RestCaller;

  before(async () => {
    const host = { ...nodePlatform.host, writeError: (text: string) => lines.push(text) };
    const logger = createLogger({ ...nodePlatform, host }, { format: "text", verbosity: 10 });
    server = await startTestApiServer({
      insecureRpc: { address: "127.0.0.1", port: 0 },
      requestLogger: logger.verbose(3),
    });
    rest = new RestCaller(server.url);
  });
  after(async () => {
    rest.close();
    await server.stop();
  });
  beforeEach(() => lines.splice(0));

  const fields = (line: string | undefined): Record<string, string> => {
    const found: Record<string, string> = {};
    for (const [, name = "", value = ""] of (line ?? "").matchAll(/ ([\w-]+)=("[^"]*"|\d+)/g)) {
      found[name] = value;
    }
    return found;
  };

  it("has upstream's fields, by the verb of the resource", async () => {
    await rest.call(`${secrets}?limit=5`, { headers: { "user-agent": "me/1", "audit-id": "a1" } });
    assert.equal(lines.length, 1);
    assert.match(lines[0] ?? "", /\] "HTTP" verb=/);
    const { latency, srcIP, ...rest1 } = fields(lines[0]);
    assert.deepEqual(rest1, {
      verb: '"LIST"',
      URI: `"${secrets}?limit=5"`,
      userAgent: '"me/1"',
      "audit-ID": '"a1"',
      resp: "200",
    });
    assert.match(latency ?? "", /^"[\d.]+(µs|ms|s)"$/);
    assert.match(srcIP ?? "", /^"127\.0\.0\.1:\d+"$/);
  });

  it("has refused requests, and watches when they are over", async () => {
    await rest.call(`${secrets}/none`);
    assert.deepEqual([fields(lines[0]).verb, fields(lines[0]).resp], ['"GET"', "404"]);
    lines.splice(0);
    await rest.call(`${secrets}?watch=true&timeoutSeconds=1`);
    assert.equal(fields(lines.at(-1)).verb, '"WATCH"');
    // A timer may be a millisecond early.
    assert.match(fields(lines.at(-1)).latency ?? "", /^"(?:[1-9][\d.]*s|99\d[\d.]*ms)"$/);
  });

  it("never has a body, a token or what a query may hide", async () => {
    const hidden = "hunter2";
    const headers = { authorization: `Bearer ${hidden}`, cookie: hidden, "x-remote-user": hidden };
    const body = { metadata: { name: "s" }, stringData: { password: hidden } };
    await rest.call(`${secrets}?fieldManager=m&access_token=${hidden}`, {
      method: "POST",
      body,
      headers,
    });
    await rest.call(`/api/v1/namespaces/default/pods/p/exec?command=${hidden}&stdout=true`);
    await rest.call(`/nonsense?token=${hidden}`);
    assert.equal(lines.length, 3);
    for (const line of lines) assert.ok(!line.includes(hidden), line);
    assert.match(lines[0] ?? "", /fieldManager=m&access_token=…"/);
    assert.match(lines[1] ?? "", /command=…&stdout=true"/);
  });

  it("has calls over gRPC", async () => {
    const port = server.server.addresses.insecureRpc?.port ?? 0;
    const channel = nodePlatform.network.rpcChannel({ target: `127.0.0.1:${port}` });
    try {
      await assert.rejects(channel.unary(dynamicPath("get"), Uint8Array.of()));
    } finally {
      channel.close();
    }
    assert.equal(fields(lines[0]).URI, `"${dynamicPath("get")}"`);
    assert.equal(fields(lines[0]).resp, "400");
  });

  it("cuts what is long and keeps what is plain", () => {
    assert.equal(shownTarget("/a"), "/a");
    assert.equal(shownTarget("/a?watch"), "/a?watch");
    assert.equal(shownTarget("/a?x=1&watch=1&x=2"), "/a?x=…&watch=1&x=…");
    assert.equal(shownTarget("/a?dG9rZW4=&dG9rZW5zIQ==&token&&pretty"), "/a?…&…&…&&pretty");
  });
});

describe("a logger", () => {
  it("says at which levels it speaks", () => {
    const logger = createLogger(nodePlatform, { format: "text", verbosity: 3 });
    assert.deepEqual([logger.shows(3), logger.shows(4)], [true, false]);
  });
});
