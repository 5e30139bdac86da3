import assert from "node:assert/strict";
import { createRequest, generateKey } from "../../../../lib/api/pki/certificates.js";
import { type Caller, type PolicyServer, startPolicyServer, type Tree } from "./policyServer.js";

const requests = "/apis/certificates.k8s.io/v1/certificatesigningrequests";
const pods = "/api/v1/namespaces/default/pods";

describe("admission, over TLS", () => {
  let server: PolicyServer;
  let node: Caller;

  before(async () => {
    server = await startPolicyServer({
      admission: {
        enabled: ["NodeRestriction", "AlwaysPullImages", "DenyServiceExternalIPs"],
        disabled: ["DefaultTolerationSeconds"],
      },
    });
    node = await server.certificateFor("system:node:m", "system:nodes");
    await server.make("/api/v1/namespaces/default/serviceaccounts", {
      metadata: { name: "default" },
    });
    await server.make("/api/v1/nodes", { metadata: { name: "m" } });
  });

  after(() => server.stop());

  const bind = (name: string, user: string, role: string) =>
    server.make("/apis/rbac.authorization.k8s.io/v1/clusterrolebindings", {
      metadata: { name },
      subjects: [{ kind: "User", name: user, apiGroup: "rbac.authorization.k8s.io" }],
      roleRef: { kind: "ClusterRole", name: role, apiGroup: "rbac.authorization.k8s.io" },
    });

  describe("of certificates", () => {
    const requestOf = async (name: string, signerName: string, organization: string) => {
      const subject = { commonName: "x", organizations: [organization] };
      const pem = await createRequest(subject, { dns: [], ips: [] }, await generateKey());
      const request = Buffer.from(pem).toString("base64");
      return { metadata: { name }, spec: { request, signerName, usages: ["client auth"] } };
    };

    it("gives nobody a certificate of system:masters", async () => {
      const signer = "kubernetes.io/kube-apiserver-client";
      const body = await requestOf("root", signer, "system:masters");
      const answer = await server.call(server.admin, "POST", requests, body);
      assert.equal(answer.code, 403);
      assert.match(String(answer.body.message), /with system:masters group is not allowed$/);
      const plain = await requestOf("plain", signer, "developers");
      const made = await server.make(requests, plain);
      assert.equal(made.spec?.username, "admin");
    });

    it("lets those approve and sign who may", async () => {
      const signer = "example.com/s";
      await server.make(requests, await requestOf("r", signer, "g"));
      await server.make("/apis/rbac.authorization.k8s.io/v1/clusterroles", {
        metadata: { name: "approver" },
        rules: [
          {
            verbs: ["get", "update"],
            apiGroups: ["certificates.k8s.io"],
            resources: ["certificatesigningrequests/approval", "certificatesigningrequests"],
          },
        ],
      });
      await bind("approver", "ann", "approver");
      const ann = await server.certificateFor("ann");
      const current = (await server.call(ann, "GET", `${requests}/r`)).body;
      const condition = { type: "Approved", status: "True", reason: "r", message: "m" };
      const approved = { ...current, status: { conditions: [condition] } };
      const refused = await server.call(ann, "PUT", `${requests}/r/approval`, approved);
      assert.equal(
        refused.body.message,
        'certificatesigningrequests.certificates.k8s.io "r" is forbidden: user not permitted to ' +
          'approve requests with signerName "example.com/s"',
      );
      await server.make("/apis/rbac.authorization.k8s.io/v1/clusterroles", {
        metadata: { name: "signers" },
        rules: [
          {
            verbs: ["approve"],
            apiGroups: ["certificates.k8s.io"],
            resources: ["signers"],
            resourceNames: ["example.com/*"],
          },
        ],
      });
      await bind("signers", "ann", "signers");
      const done = await server.call(ann, "PUT", `${requests}/r/approval`, approved);
      assert.equal(done.code, 200, JSON.stringify(done.body));
    });
  });

  describe("of nodes", () => {
    const mirror = (nodeName: string, annotations: object) => ({
      metadata: { name: `static-${nodeName}`, annotations },
      spec: { nodeName, containers: [{ name: "c", image: "i" }] },
    });

    it("lets them make mirror pods of their own alone", async () => {
      const cases: [object, string][] = [
        [
          mirror("m", {}),
          'pod does not have "kubernetes.io/config.mirror" annotation, ' +
            'node "m" can only create mirror pods',
        ],
        [
          mirror("k", { "kubernetes.io/config.mirror": "x" }),
          'node "m" can only create pods with spec.nodeName set to itself',
        ],
      ];
      for (const [body, why] of cases) {
        const answer = await server.call(node, "POST", pods, body);
        assert.equal(answer.code, 403);
        assert.ok(String(answer.body.message).endsWith(why), String(answer.body.message));
      }
      const { uid } = (await server.call(node, "GET", "/api/v1/nodes/m")).body.metadata as Tree;
      const owner = { apiVersion: "v1", kind: "Node", name: "m", uid, controller: true };
      const { metadata, spec } = mirror("m", { "kubernetes.io/config.mirror": "x" });
      const own = { metadata: { ...metadata, ownerReferences: [owner] }, spec };
      assert.equal((await server.call(node, "POST", pods, own)).code, 201);
    });

    it("keeps taints and labels of the cluster from them", async () => {
      const { body } = await server.call(node, "GET", "/api/v1/nodes/m");
      const labels = { "kubernetes.io/hostname": "m", "node-role.kubernetes.io/x": "" };
      const metadata = { ...(body.metadata as object), labels };
      const answer = await server.call(node, "PUT", "/api/v1/nodes/m", { ...body, metadata });
      assert.match(
        String(answer.body.message),
        /node "m" is not allowed to modify labels: node-role.kubernetes.io\/x$/,
      );
      const spec = { taints: [] };
      const taints = await server.call(node, "PUT", "/api/v1/nodes/m", { ...body, spec });
      assert.match(String(taints.body.message), /node "m" is not allowed to modify taints$/);
    });

    it("gives them tokens of their own pods alone", async () => {
      const made = await server.make(pods, {
        metadata: { name: "p" },
        spec: { nodeName: "m", containers: [{ name: "c", image: "i" }] },
      });
      const path = "/api/v1/namespaces/default/serviceaccounts/default/token";
      const ask = (spec: object) =>
        server.call(node, "POST", path, {
          apiVersion: "authentication.k8s.io/v1",
          kind: "TokenRequest",
          spec,
        });
      const unbound = await ask({});
      assert.match(String(unbound.body.message), /token not bound to a pod$/);
      const boundObjectRef = { apiVersion: "v1", kind: "Pod", name: "p", uid: made.metadata?.uid };
      const bound = await ask({ boundObjectRef });
      assert.equal(bound.code, 201, JSON.stringify(bound.body));
    });
  });

  it("follows what was asked to be on and off", async () => {
    const made = await server.make(pods, {
      metadata: { name: "pulled" },
      spec: { containers: [{ name: "c", image: "i:1" }] },
    });
    assert.equal(made.spec?.containers?.[0]?.imagePullPolicy, "Always");
    assert.equal(made.spec?.tolerations, undefined);
    const service = {
      metadata: { name: "s" },
      spec: { ports: [{ port: 1 }], externalIPs: ["1.2.3.4"] },
    };
    const answer = await server.call(
      server.admin,
      "POST",
      "/api/v1/namespaces/default/services",
      service,
    );
    assert.match(String(answer.body.message), /Use of external IPs is denied/);
  });

  it("labels pods with their node's zone", async () => {
    const zone = { "topology.kubernetes.io/zone": "z" };
    await server.make("/api/v1/nodes", {
      metadata: { name: "zoned", labels: { ...zone, a: "b" } },
    });
    await server.make(pods, {
      metadata: { name: "placed", labels: { c: "d" } },
      spec: { containers: [{ name: "c", image: "i:1" }] },
    });
    await server.make(`${pods}/placed/binding`, {
      metadata: { name: "placed" },
      target: { kind: "Node", name: "zoned" },
    });
    const { body } = await server.call(server.admin, "GET", `${pods}/placed`);
    assert.deepEqual(body.metadata?.labels, { c: "d", ...zone });
  });

  it("has one default priority, and fills in default classes", async () => {
    const path = "/apis/scheduling.k8s.io/v1/priorityclasses";
    const priority = (name: string) => ({ metadata: { name }, value: 7, globalDefault: true });
    await server.make(path, priority("one"));
    const second = await server.call(server.admin, "POST", path, priority("two"));
    assert.match(String(second.body.message), /PriorityClass one is already marked as default/);
    const made = await server.make(pods, {
      metadata: { name: "prio" },
      spec: { containers: [{ name: "c", image: "i" }] },
    });
    assert.equal(made.spec?.priority, 7);
    assert.equal(made.spec?.priorityClassName, "one");
    await server.make("/apis/storage.k8s.io/v1/storageclasses", {
      metadata: {
        name: "fast",
        annotations: { "storageclass.kubernetes.io/is-default-class": "true" },
      },
      provisioner: "example.com/p",
    });
    const claim = await server.make("/api/v1/namespaces/default/persistentvolumeclaims", {
      metadata: { name: "c" },
      spec: { accessModes: ["ReadWriteOnce"], resources: { requests: { storage: "1Gi" } } },
    });
    assert.equal(claim.spec?.storageClassName, "fast");
  });

  it("makes nothing in a namespace that is going, and keeps some for ever", async () => {
    await server.make("/api/v1/namespaces", { metadata: { name: "going" } });
    assert.equal((await server.call(server.admin, "DELETE", "/api/v1/namespaces/going")).code, 200);
    const answer = await server.call(server.admin, "POST", "/api/v1/namespaces/going/configmaps", {
      metadata: { name: "c" },
    });
    assert.equal(
      answer.body.message,
      'configmaps "c" is forbidden: unable to create new content in namespace going because it ' +
        "is being terminated",
    );
    const kept = await server.call(server.admin, "DELETE", "/api/v1/namespaces/kube-system");
    assert.equal(
      kept.body.message,
      'namespaces "kube-system" is forbidden: this namespace may not be deleted',
    );
  });
});
