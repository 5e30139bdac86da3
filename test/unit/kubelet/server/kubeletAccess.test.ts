import assert from "node:assert/strict";
import type { Client } from "../../../../lib/client/client.js";
import { ExpiringCache } from "../../../../lib/kubelet/server/expiringCache.js";
import { KubeletAuthenticator } from "../../../../lib/kubelet/server/kubeletAuthenticator.js";
import { KubeletAuthorizer } from "../../../../lib/kubelet/server/kubeletAuthorizer.js";
import { nodeAttributes } from "../../../../lib/kubelet/server/nodeAttributes.js";
import type { HttpRequest } from "../../../../lib/platform/network.js";
import { VirtualClock } from "../../../../lib/platform/virtual/virtualClock.js";

type Review = { spec: Record<string, unknown> };

/** A client whose reviews are answered by a function, and counted. */
function reviewer(answer: (review: Review) => object): { client: Client; count: () => number } {
  let count = 0;
  const client = {
    resource: () => ({
      create: async (review: Review) => {
        count += 1;
        return { ...review, status: answer(review) };
      },
    }),
  } as unknown as Client;
  return { client, count: () => count };
}

const request = (headers: Record<string, string> = {}): HttpRequest =>
  ({ headers, connection: { peerCertificate: undefined, cache: undefined } }) as never;

describe("access to the kubelet's server", () => {
  it("names what is asked as upstream", () => {
    assert.deepEqual(nodeAttributes("GET", "/stats/summary"), {
      verb: "get",
      subresources: ["stats"],
    });
    assert.deepEqual(nodeAttributes("GET", "/metrics/cadvisor").subresources, ["metrics"]);
    assert.deepEqual(nodeAttributes("GET", "/logs/x").subresources, ["log"]);
    assert.deepEqual(nodeAttributes("GET", "/pods").subresources, ["pods", "proxy"]);
    assert.deepEqual(nodeAttributes("GET", "/healthz/syncloop").subresources, ["healthz", "proxy"]);
    assert.deepEqual(nodeAttributes("GET", "/configz").subresources, ["configz", "proxy"]);
    assert.deepEqual(nodeAttributes("POST", "/exec/a/b/c"), {
      verb: "create",
      subresources: ["proxy"],
    });
    assert.deepEqual(nodeAttributes("GET", "/containerLogs/a/b/c").subresources, ["proxy"]);
    assert.deepEqual(nodeAttributes("GET", "/statsx").subresources, ["proxy"]);
    assert.deepEqual(nodeAttributes("GET", "/statusz").subresources, ["statusz"]);
    assert.deepEqual(nodeAttributes("GET", "/flagz").subresources, ["configz"]);
  });

  it("asks for a token once in its time", async () => {
    const clock = new VirtualClock();
    const { client, count } = reviewer(({ spec }) =>
      spec.token === "good"
        ? { authenticated: true, user: { username: "ann", groups: ["dev"] } }
        : { authenticated: false },
    );
    const authenticator = new KubeletAuthenticator({
      client,
      clock,
      clientCertificates: false,
      tokenWebhook: true,
      anonymous: true,
      tokenCacheMilliseconds: 120_000,
    });
    const good = request({ authorization: "Bearer good" });
    const [one, two] = await Promise.all([
      authenticator.authenticate(good),
      authenticator.authenticate(good),
    ]);
    assert.deepEqual(one?.groups, ["dev", "system:authenticated"]);
    assert.equal(two, one);
    assert.equal(count(), 1);
    await clock.advance(120_001);
    await authenticator.authenticate(good);
    assert.equal(count(), 2);
    const bad = request({ authorization: "Bearer bad" });
    assert.equal(await authenticator.authenticate(bad), undefined, "bad ones are not anonymous");
    assert.equal((await authenticator.authenticate(request()))?.name, "system:anonymous");
  });

  it("keeps decisions, refusals for less long", async () => {
    const clock = new VirtualClock();
    const { client, count } = reviewer(({ spec }) => ({
      allowed: (spec.resourceAttributes as { subresource: string }).subresource === "proxy",
    }));
    const authorizer = new KubeletAuthorizer({
      mode: "Webhook",
      client,
      clock,
      nodeName: "n1",
      allowedMilliseconds: 300_000,
      deniedMilliseconds: 30_000,
    });
    const user = { name: "ann", uid: "", groups: [], extra: {} };
    assert.deepEqual(await authorizer.authorize(user, "GET", "/pods"), { allowed: true });
    assert.equal(count(), 2, "pods, then proxy");
    assert.deepEqual(await authorizer.authorize(user, "GET", "/stats/summary"), {
      allowed: false,
      message: "Forbidden (user=ann, verb=get, resource=nodes, subresource(s)=[stats])",
    });
    await authorizer.authorize(user, "GET", "/stats/summary");
    assert.equal(count(), 3);
    await clock.advance(30_001);
    await authorizer.authorize(user, "GET", "/stats/summary");
    await authorizer.authorize(user, "GET", "/run/a/b/c");
    assert.equal(count(), 4);
  });

  it("bounds what it keeps and forgets failures", async () => {
    const cache = new ExpiringCache<number>(new VirtualClock(), 2, () => 1_000);
    let loads = 0;
    const load = async (): Promise<number> => ++loads;
    for (const key of ["a", "b", "c", "a"]) await cache.get(key, load);
    assert.equal(loads, 4, "the oldest went");
    await assert.rejects(cache.get("x", () => Promise.reject(new Error("no"))));
    assert.equal(await cache.get("x", async () => 7), 7);
  });
});
