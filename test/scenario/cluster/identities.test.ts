import assert from "node:assert/strict";
import { Cluster, resources } from "../../../lib/index.js";
import { nodePlatform } from "../../../lib/platform/node/nodePlatform.js";

const { clock } = nodePlatform;
const system = { namespace: "kube-system" };

describe("identities of a cluster", () => {
  let cluster: Cluster;
  let token = "";
  before(async () => {
    cluster = await Cluster.start({ nodes: 0, securePort: 0 });
  });
  after(() => cluster?.stop());

  it("fill Secrets with tokens of service accounts, which are valid", async () => {
    const secrets = cluster.client.resource(resources.secrets);
    const annotations = { "kubernetes.io/service-account.name": "default" };
    const type = "kubernetes.io/service-account-token";
    await secrets.create({ metadata: { name: "st", annotations }, type }, { namespace: "default" });
    for (const end = clock.monotonic() + 10_000; token === "" && clock.monotonic() < end; ) {
      const { data = {} } = await secrets.get("st", { namespace: "default" });
      token = String(data.token ?? "");
      if (token === "") await clock.sleep(20);
    }
    assert.notEqual(token, "");
    const spec = { token: Buffer.from(token, "base64").toString() };
    const review = await cluster.client.resource(resources.tokenreviews).create({ spec });
    assert.equal(review.status?.user?.username, "system:serviceaccount:default:default");
    assert.deepEqual(review.spec, spec);
    token = spec.token;
  });

  it("mark the Secret of a token that is used, and keep those out that are marked invalid", async () => {
    const [used, invalid] = ["last-used", "invalid-since"].map(
      (what) => `kubernetes.io/legacy-token-${what}`,
    ) as [string, string];
    const secrets = cluster.client.resource(resources.secrets);
    const labels = async (): Promise<Record<string, string>> =>
      (await secrets.get("st", { namespace: "default" })).metadata.labels ?? {};
    const today = new Date(clock.now()).toISOString().slice(0, 10);
    for (const end = clock.monotonic() + 10_000; clock.monotonic() < end; await clock.sleep(20)) {
      if ((await labels())[used] !== undefined) break;
    }
    const since = (await labels())[used] ?? "";
    assert.ok(since === today || since > today, since);
    const { resourceVersion } = (await secrets.get("st", { namespace: "default" })).metadata;
    const reviewed = async () =>
      (await cluster.client.resource(resources.tokenreviews).create({ spec: { token } })).status;
    assert.equal((await reviewed())?.authenticated, true);
    const again = await secrets.get("st", { namespace: "default" });
    assert.equal(again.metadata.resourceVersion, resourceVersion, "written once a day");
    const mark = { metadata: { labels: { [invalid]: today } } };
    await secrets.patch("st", { type: "merge", body: mark }, { namespace: "default" });
    assert.equal((await reviewed())?.authenticated ?? false, false);
  });

  it("are told to extension servers by upstream's names", async () => {
    const maps = cluster.client.resource(resources.configmaps);
    const { data = {} } = await maps.get("extension-apiserver-authentication", system);
    assert.match(data["client-ca-file"] ?? "", /BEGIN CERTIFICATE/);
    assert.match(data["requestheader-client-ca-file"] ?? "", /BEGIN CERTIFICATE/);
    assert.notEqual(data["requestheader-client-ca-file"], data["client-ca-file"]);
    const { "client-ca-file": _, "requestheader-client-ca-file": __, ...rest } = data;
    assert.deepEqual(rest, {
      "requestheader-allowed-names": '["front-proxy-client"]',
      "requestheader-extra-headers-prefix": '["X-Remote-Extra-"]',
      "requestheader-group-headers": '["X-Remote-Group"]',
      "requestheader-uid-headers": '["X-Remote-Uid"]',
      "requestheader-username-headers": '["X-Remote-User"]',
    });
  });

  it("say since when the use of old tokens is tracked", async () => {
    const maps = cluster.client.resource(resources.configmaps);
    const name = "kube-apiserver-legacy-service-account-token-tracking";
    const { data = {} } = await maps.get(name, system);
    assert.deepEqual(Object.keys(data), ["since"]);
    assert.match(data.since ?? "", /^\d{4}-\d{2}-\d{2}$/);
  });
});
