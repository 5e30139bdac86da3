import assert from "node:assert/strict";
import type { Pod } from "../../lib/api/gen/types/coreV1.js";
import type { OwnerReference } from "../../lib/api/gen/types/metaV1.js";
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
