import assert from "node:assert/strict";
import {
  parseRequestInfo,
  RequestInfoError,
} from "../../../../lib/apiserver/http/parseRequestInfo.js";

function parse(method: string, target: string) {
  const [path = "", query] = target.split("?");
  return parseRequestInfo(
    method,
    path,
    query === undefined ? undefined : new URLSearchParams(query),
  );
}

/**
 * method, target, verb, authorization verb, group, version, namespace, resource, subresource,
 * name
 */
const resourceRequests: readonly (readonly string[])[] = [
  ["GET", "/api/v1/pods", "list", "list", "", "v1", "", "pods", "", ""],
  ["GET", "/api/v1/pods?watch=true", "watch", "watch", "", "v1", "", "pods", "", ""],
  ["GET", "/api/v1/pods?watch=false", "list", "list", "", "v1", "", "pods", "", ""],
  ["GET", "/api/v1/watch/pods", "watch", "watch", "", "v1", "", "pods", "", ""],
  ["GET", "/api/v1/watch/namespaces/n/pods/p", "watch", "watch", "", "v1", "n", "pods", "", "p"],
  ["GET", "/api/v1/namespaces/n/pods", "list", "list", "", "v1", "n", "pods", "", ""],
  ["GET", "/api/v1/namespaces/n/pods/p", "get", "get", "", "v1", "n", "pods", "", "p"],
  ["HEAD", "/api/v1/nodes/x/proxy/a", "connect", "get", "", "v1", "", "nodes", "proxy", "x"],
  ["POST", "/api/v1/namespaces/n/pods", "create", "create", "", "v1", "n", "pods", "", ""],
  [
    "PUT",
    "/api/v1/namespaces/n/pods/p/status",
    "update",
    "update",
    "",
    "v1",
    "n",
    "pods",
    "status",
    "p",
  ],
  [
    "PATCH",
    "/apis/apps/v1/namespaces/n/deployments/d",
    "patch",
    "patch",
    "apps",
    "v1",
    "n",
    "deployments",
    "",
    "d",
  ],
  [
    "DELETE",
    "/apis/apps/v1/namespaces/n/deployments",
    "deletecollection",
    "deletecollection",
    "apps",
    "v1",
    "n",
    "deployments",
    "",
    "",
  ],
  ["GET", "/api/v1/namespaces/n", "get", "get", "", "v1", "n", "namespaces", "", "n"],
  [
    "PUT",
    "/api/v1/namespaces/n/finalize",
    "update",
    "update",
    "",
    "v1",
    "n",
    "namespaces",
    "finalize",
    "n",
  ],
  ["GET", "/api/v1/namespaces/n/status", "get", "get", "", "v1", "n", "namespaces", "status", "n"],
  ["GET", "/api/v1/namespaces", "list", "list", "", "v1", "", "namespaces", "", ""],
  [
    "POST",
    "/api/v1/namespaces/n/pods/p/exec",
    "connect",
    "create",
    "",
    "v1",
    "n",
    "pods",
    "exec",
    "p",
  ],
  ["GET", "/api/v1/namespaces/n/pods/p/log", "connect", "get", "", "v1", "n", "pods", "log", "p"],
  ["OPTIONS", "/api/v1/nodes/x/proxy/", "connect", "", "", "v1", "", "nodes", "proxy", "x"],
  ["GET", "/api/v1/nodes/x/proxy/a/b/", "connect", "get", "", "v1", "", "nodes", "proxy", "x"],
  [
    "GET",
    "/api/v1/pods?fieldSelector=metadata.name%3Dp",
    "list",
    "list",
    "",
    "v1",
    "",
    "pods",
    "",
    "p",
  ],
  ["GET", "/api/v1/namespaces/n%2Fx/pods/a%20b", "get", "get", "", "v1", "n/x", "pods", "", "a b"],
];

describe("parseRequestInfo", () => {
  for (const [method = "", target = "", ...expected] of resourceRequests) {
    it(`${method} ${target}`, () => {
      const info = parse(method, target);
      assert.ok(info.isResourceRequest);
      assert.deepEqual(
        [
          info.verb,
          info.authorizationVerb,
          info.group,
          info.version,
          info.namespace,
          info.resource,
          info.subresource,
          info.name,
        ],
        expected,
      );
    });
  }

  it("keeps a proxy's subpath as it was written", () => {
    const info = parse("GET", "/api/v1/namespaces/n/services/s:http/proxy/a%2Fb//c/");
    assert.ok(info.isResourceRequest);
    assert.equal(info.subpath, "/a%2Fb//c/");
    assert.equal(info.name, "s:http");
  });

  it("leaves short and other paths non-resource requests", () => {
    for (const path of [
      "/",
      "/api",
      "/api/v1",
      "/apis",
      "/apis/apps",
      "/apis/apps/v1",
      "/healthz",
    ]) {
      assert.deepEqual(parse("GET", path), { isResourceRequest: false, verb: "get", path });
    }
  });

  it("refuses a watch without a kind", () => {
    assert.throws(() => parse("GET", "/api/v1/watch"), RequestInfoError);
  });
});
