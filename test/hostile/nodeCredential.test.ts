import assert from "node:assert/strict";
import type { Pod } from "../../lib/api/gen/types/coreV1.js";
import type { OwnerReference } from "../../lib/api/gen/types/metaV1.js";
import { createStubRequest } from "../../lib/api/pki/stubRequest.js";
import { ApiError } from "../../lib/api/status.js";
import { Cluster, resources } from "../../lib/index.js";

const system = "kube-system";
const account = "clusteradmin-app";

/** What a thief of node-0's credential may try, on a cluster as it starts by default. */
describe("a node's credential", () => {
  let cluster: Cluster;
  let thief: ReturnType<Cluster["clientAs"]>;
  let owner: OwnerReference;

  before(async () => {
    cluster = await Cluster.start({ nodes: 2 });
    thief = cluster.clientAs({
      name: "system:node:node-0",
      uid: "",
      groups: ["system:nodes", "system:authenticated"],
      extra: {},
    });
    const { client } = cluster;
    const metadata = { name: account };
    await client.resource(resources.serviceaccounts).create({ metadata }, { namespace: system });
    const node = await client.resource(resources.nodes).get("node-0");
    const uid = node.metadata.uid ?? "";
    owner = { apiVersion: "v1", kind: "Node", name: "node-0", uid, controller: true };
  });
  after(() => cluster?.stop());

  const refused = async (what: Promise<unknown>, why: RegExp): Promise<void> => {
    await assert.rejects(what, (error) => {
      assert.ok(error instanceof ApiError, String(error));
      assert.equal(error.code, 403, error.message);
      assert.match(error.message, why);
      return true;
    });
  };
  const pod = (name: string, spec: object, metadata: object = {}): Pod => ({
    metadata: { name, ...metadata },
    spec: { nodeName: "node-0", containers: [{ name: "c", image: "x" }], ...spec },
  });
  const mirror = { annotations: { "kubernetes.io/config.mirror": "x" } };
  const create = (made: Pod): Promise<unknown> =>
    thief.resource(resources.pods).create(made, { namespace: system });

  it("makes no pod with another's service account", async () => {
    await refused(
      create(pod("steal", { serviceAccountName: account })),
      /node "node-0" can only create mirror pods$/,
    );
    await refused(
      create(
        pod("steal", { serviceAccountName: account }, { ...mirror, ownerReferences: [owner] }),
      ),
      /service accounts?$/,
    );
  });

  it("makes mirror pods of its own node, with its node as their owner, and nothing else", async () => {
    const own = { ...mirror, ownerReferences: [owner] };
    const cases: [Pod, RegExp][] = [
      [pod("m", { nodeName: "node-1" }, own), /with spec\.nodeName set to itself$/],
      [pod("m", {}, mirror), /with an owner reference set to itself$/],
      [
        pod("m", {}, { ...mirror, ownerReferences: [{ ...owner, name: "node-1" }] }),
        /with an owner reference set to itself$/,
      ],
      [
        pod("m", {}, { ...mirror, ownerReferences: [{ ...owner, kind: "ConfigMap" }] }),
        /with an owner reference set to itself$/,
      ],
      [pod("m", {}, { ...mirror, ownerReferences: [{ ...owner, uid: "1" }] }), /UID mismatch/],
      [
        pod("m", {}, { ...mirror, ownerReferences: [{ ...owner, controller: false }] }),
        /with a controller owner reference set to itself$/,
      ],
      [
        pod("m", {}, { ...mirror, ownerReferences: [{ ...owner, blockOwnerDeletion: true }] }),
        /must not set blockOwnerDeletion/,
      ],
      [
        pod(
          "m",
          {},
          { ...mirror, ownerReferences: [owner, { ...owner, uid: "2", controller: false }] },
        ),
        /with a single owner reference set to itself$/,
      ],
      [pod("m", { volumes: [{ name: "v", secret: { secretName: "s" } }] }, own), /secrets$/],
      [pod("m", { volumes: [{ name: "v", configMap: { name: "s" } }] }, own), /configmaps$/],
      [
        pod("m", { volumes: [{ name: "v", persistentVolumeClaim: { claimName: "s" } }] }, own),
        /persistentvolumeclaims$/,
      ],
      [
        pod("m", { resourceClaims: [{ name: "r", resourceClaimName: "s" }] }, own),
        /resourceclaims$/,
      ],
    ];
    for (const [made, why] of cases) await refused(create(made), why);
    await create(pod("m", {}, own));
  });

  it("gets no token but one bound to a pod of its node", async () => {
    const pods = cluster.client.resource(resources.pods);
    const there = await pods.create(
      pod("there", { nodeName: "node-1", serviceAccountName: account }),
      { namespace: system },
    );
    const here = await pods.create(pod("here", { serviceAccountName: account }), {
      namespace: system,
    });
    const token = (bound: Pod | undefined, ...audiences: string[]): Promise<unknown> => {
      const { name = "", uid = "" } = bound?.metadata ?? {};
      const boundObjectRef = { apiVersion: "v1", kind: "Pod", name, uid };
      const spec = { audiences, ...(bound ? { boundObjectRef } : {}) };
      return thief
        .resource(resources.serviceaccounts)
        .createToken(account, { spec }, { namespace: system });
    };
    await refused(token(undefined), /token not bound to a pod$/);
    await refused(token(there), /bound to a pod scheduled on a different node$/);
    await refused(
      token({ ...here, metadata: { ...here.metadata, uid: "1" } }),
      /does not match the UID in record/,
    );
    await token(here);
    const volumes = [
      {
        name: "t",
        projected: { sources: [{ serviceAccountToken: { audience: "vault", path: "t" } }] },
      },
    ];
    const spec = { serviceAccountName: account, automountServiceAccountToken: false, volumes };
    const vault = await pods.create(pod("vault", spec), { namespace: system });
    await token(vault, "vault");
    await refused(token(vault, "bank"), /audience "bank" not found in pod spec volume$/);
    await refused(token(vault), /audience "" not found in pod spec volume$/);
    await refused(token(vault, "vault", "bank"), /may only request 0 or 1 audiences$/);
  });

  it("asks for certificates of its own pods, of signers that they name, and reads no others", async () => {
    const { client } = cluster;
    const namespace = system;
    const signerName = "example.com/signer";
    const source = { podCertificate: { signerName, keyType: "ED25519", keyPath: "k" } };
    const volumes = [{ name: "v", projected: { sources: [source] } }];
    const spec = { serviceAccountName: account, volumes };
    const pods = client.resource(resources.pods);
    const mine = await pods.create(pod("certified", spec), { namespace });
    const elsewhere = { ...spec, nodeName: "node-1" };
    const other = await pods.create(pod("certified-there", elsewhere), { namespace });
    const uidOf = ({ metadata }: { metadata: { uid?: string } }): string => metadata.uid ?? "";
    const nodes = client.resource(resources.nodes);
    const accounts = client.resource(resources.serviceaccounts);
    const served = accounts.get(account, { namespace });
    const stub = await createStubRequest("ED25519");
    const asked = {
      ...{ signerName, podName: "certified", podUID: uidOf(mine), serviceAccountName: account },
      serviceAccountUID: uidOf(await served),
      ...{ nodeName: "node-0", nodeUID: uidOf(await nodes.get("node-0")) },
      stubPKCS10Request: stub.request.toString("base64"),
    };
    const requests = thief.resource(resources.podcertificaterequests);
    const ask = (more: object, metadata: object = { generateName: "req-" }) =>
      requests.create({ metadata, spec: { ...asked, ...more } }, { namespace });
    const theirs = { nodeName: "node-1", nodeUID: uidOf(await nodes.get("node-1")) };
    await refused(ask(theirs), /which is not the requesting node "node-0"$/);
    const there = { podName: "certified-there", podUID: uidOf(other) };
    await refused(ask(there), /is not running on node "node-0" named in the PodCertificateReq/);
    await refused(ask({ serviceAccountName: "default" }), /that differs from running pod/);
    await refused(
      ask({ signerName: "example.com/other" }),
      /does not mount a podCertificate projected volume for signer "example\.com\/other"$/,
    );
    // What may be true in a moment is no refusal for good.
    const later: [object, RegExp][] = [
      [{ podUID: "1" }, /contains pod UID \("1"\) which differs from running pod/],
      [{ nodeUID: "1" }, /names node UID "1", inconsistent with the running node/],
      [{ serviceAccountUID: "1" }, /names service account UID "1", which differs from/],
      [{ podName: "none" }, /while retrieving pod "kube-system\/none" named in/],
    ];
    for (const [more, why] of later) {
      await assert.rejects(ask(more), (error: ApiError) => {
        assert.equal(error.code, 500, error.message);
        assert.match(error.message, why);
        return true;
      });
    }
    const made = await ask({});
    assert.equal(made.spec.maxExpirationSeconds, 86_400);
    const name = made.metadata.name ?? "";
    assert.match(name, /^req-/);
    assert.equal((await requests.get(name, { namespace })).metadata.name, name);
    const fieldSelector = "spec.nodeName=node-0";
    // The node's own kubelet asks for one as well.
    const listed = (await requests.list({ fieldSelector })).items;
    assert.ok(listed.every(({ spec }) => spec.nodeName === "node-0"));
    assert.equal(listed.filter(({ metadata }) => metadata.name === name).length, 1);
    await refused(
      requests.list(),
      /can only list\/watch podcertificaterequests with nodeName field/,
    );
    await refused(requests.list({ fieldSelector: "spec.nodeName=node-1" }), /with nodeName field/);
    await refused(requests.delete(name, { namespace }), /nodes may not delete/);
    const status = { conditions: [] };
    await refused(requests.updateStatus({ ...made, status }), /may not access the status/);
    const foreign = { ...asked, ...theirs, ...there };
    const all = client.resource(resources.podcertificaterequests);
    await all.create({ metadata: { name: "foreign" }, spec: foreign }, { namespace });
    await refused(requests.get("foreign", { namespace }), /no relationship found between node/);
  });

  it("sets no labels, owners or taints that steer others' pods to it", async () => {
    const nodes = thief.resource(resources.nodes);
    const merge = (name: string, patch: object): Promise<unknown> =>
      nodes.patch(name, { type: "merge", body: patch });
    await refused(
      merge("node-0", { metadata: { labels: { "node-restriction.kubernetes.io/x": "y" } } }),
      /is not allowed to modify labels: node-restriction\.kubernetes\.io\/x$/,
    );
    await refused(
      merge("node-0", { metadata: { labels: { "node-role.kubernetes.io/master": "" } } }),
      /is not allowed to modify labels/,
    );
    await refused(
      merge("node-0", { metadata: { ownerReferences: [{ ...owner, controller: false }] } }),
      /is not allowed to modify ownerReferences$/,
    );
    await refused(
      merge("node-0", { spec: { taints: [{ key: "a", effect: "NoSchedule" }] } }),
      /is not allowed to modify taints$/,
    );
    await refused(merge("node-1", { metadata: { labels: { a: "b" } } }), /node-1/);
    await merge("node-0", { metadata: { labels: { a: "b" } } });
  });

  it("changes neither others' pods and leases nor what is not its of its own pods", async () => {
    const pods = thief.resource(resources.pods);
    await refused(pods.delete("there", { namespace: system }), /./);
    await refused(
      thief.resource(resources.leases).get("node-1", { namespace: "kube-node-lease" }),
      /./,
    );
  });
});

describe("NodeRestriction", () => {
  it("stays off where a flag says so, and where nodes are no users", async () => {
    for (const options of [
      { admissionPlugins: { disabled: ["NodeRestriction"] } },
      { authorizationModes: ["AlwaysAllow"] },
    ]) {
      const cluster = await Cluster.start({ nodes: 1, ...options });
      try {
        const node = cluster.clientAs({
          name: "system:node:node-0",
          uid: "",
          groups: ["system:nodes", "system:authenticated"],
          extra: {},
        });
        const made = {
          metadata: { name: "p" },
          spec: { nodeName: "node-0", containers: [{ name: "c", image: "x" }] },
        };
        await node.resource(resources.pods).create(made, { namespace: "default" });
      } finally {
        await cluster.stop();
      }
    }
  });

  it("cannot be had from plugins that are not there", async () => {
    const start = (name: string): Promise<Cluster> =>
      Cluster.start({ admissionPlugins: { enabled: [name] } });
    await assert.rejects(start("NodeRestrictions"), /unknown admission plugins: NodeRestrictions/);
    await assert.rejects(start("ImagePolicyWebhook"), /ImagePolicyWebhook/);
  });
});
