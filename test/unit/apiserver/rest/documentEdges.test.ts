import assert from "node:assert/strict";
import { RestCaller } from "../../../support/apiserver/restCaller.js";
import {
  startTestApiServer,
  type TestApiServer,
} from "../../../support/apiserver/testApiServer.js";

/** Method, path, code: what kube-apiserver 1.37 answers. */
const codes: readonly (readonly [string, string, number])[] = [
  ["GET", "/livez", 200],
  ["GET", "/livez/", 404],
  ["GET", "/livez/ping", 200],
  ["GET", "/livez/ping/", 404],
  ["GET", "/livez/nope", 404],
  ["GET", "/readyz/etcd-readiness", 200],
  ["GET", "/metrics/", 404],
  ["GET", "/metrics/slis", 200],
  ["GET", "/statusz", 200],
  ["GET", "/statusz/", 404],
  ["GET", "/configz", 404],
  ["GET", "/version/", 200],
  ["GET", "/versionx", 404],
  ["GET", "/index.html", 200],
  ["GET", "/openapi/v2/", 404],
  ["GET", "/openapi/v3/", 404],
  ["GET", "/.well-known/openid-configuration/", 200],
  ["POST", "/.well-known/openid-configuration", 405],
  ["GET", "/openid/v1/jwks/", 200],
  ["GET", "/api/", 200],
  ["GET", "/apis/", 200],
  ["GET", "/apis/apps/", 200],
  ["GET", "/apis/apps/v1/", 200],
  ["HEAD", "/apis", 200],
  ["POST", "/apis", 200],
  ["POST", "/apis/apps", 200],
  ["POST", "/apis/apps/v1", 405],
  ["POST", "/api", 405],
  ["HEAD", "/api/v1/namespaces", 405],
  ["OPTIONS", "/api/v1/namespaces/default", 405],
  ["TRACE", "/api/v1/namespaces", 405],
  ["HEAD", "/api/v1/namespaces/default/pods/x/log", 405],
  ["HEAD", "/apis/nope/v1/x", 404],
  ["GET", "/api/v1/bindings", 404],
  ["GET", "/api/v1/namespaces/default/bindings", 405],
  ["GET", "/api/v1/namespaces/default/pods/x/status/z", 404],
  ["GET", "/api/v1/namespaces/default/", 200],
];

describe("documents and methods at their edges, as upstream's", () => {
  let api: TestApiServer;
  let rest: RestCaller;

  before(async () => {
    api = await startTestApiServer({ flags: new Map([["v", "0"]]) });
    rest = new RestCaller(api.url);
  });

  after(async () => {
    rest.close();
    await api.stop();
  });

  for (const [method, path, code] of codes) {
    it(`${method} ${path} is ${code}`, async () => {
      const answer = await rest.call(path, { method });
      assert.equal(answer.status, code, answer.text());
    });
  }

  it("tells a subresource's wrong path apart from a missing object", async () => {
    const { text } = await rest.call("/api/v1/namespaces/default/pods/x/status/z");
    assert.match(text(), /the server could not find the requested resource/);
  });

  it("asks who it is before it refuses a method", async () => {
    const headers = { "impersonate-user": "somebody" };
    const { status } = await rest.call("/api/v1/nodes", { method: "OPTIONS", headers });
    assert.equal(status, 403);
  });

  it("counts health checks in /metrics/slis", async () => {
    await rest.call("/readyz");
    const text = (await rest.call("/metrics/slis")).text();
    assert.match(text, /^kubernetes_healthcheck\{name="etcd",type="readyz"\} 1$/m);
    const total =
      /^kubernetes_healthchecks_total\{name="ping",status="success",type="readyz"\} \d/m;
    assert.match(text, total);
  });

  it("lets those read who may read health, and nobody else", async () => {
    for (const path of ["/statusz", "/flagz", "/metrics/slis"]) {
      const as = (groups: string) => ({
        headers: { "impersonate-user": "somebody", "impersonate-group": groups },
      });
      assert.equal((await rest.call(path, as("system:monitoring"))).status, 200, path);
      assert.equal((await rest.call(path, as("system:authenticated"))).status, 403, path);
    }
    assert.match((await rest.call("/flagz")).text(), /^v:0$/m);
  });
});
