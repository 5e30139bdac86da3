import assert from "node:assert/strict";
import { appsV1, batchV1, coreV1, discoveryV1 } from "../../../lib/api/gen/resources.js";
import { nativeCodec } from "../../../lib/api/nativeCodec.js";
import { createAuthority, issue, openAuthority } from "../../../lib/api/pki/certificates.js";
import { createServerPolicy, type ServerPolicy } from "../../../lib/apiserver/serverPolicy.js";
import type { Client } from "../../../lib/client/client.js";
import { configOf } from "../../../lib/client/config/clientConfig.js";
import { connectClient } from "../../../lib/client/connectClient.js";
import { ControllerManager } from "../../../lib/controllers/controllerManager.js";
import { serviceAccountClients } from "../../../lib/controllers/serviceAccountClients.js";
import { nodePlatform } from "../../../lib/platform/node/nodePlatform.js";
import { openEmbeddedStorage } from "../../../lib/storage/embeddedStorage.js";
import { startTestApiServer, type TestApiServer } from "../../support/apiserver/testApiServer.js";
import { until } from "../../support/client/until.js";

const namespace = "default";
const labels = { app: "web" };
const template = { metadata: { labels }, spec: { containers: [{ name: "c", image: "i" }] } };

describe("controllers under their own service accounts, over TLS and gRPC with RBAC", () => {
  let server: TestApiServer;
  let policy: ServerPolicy;
  let admin: Client;
  let root: Client;
  let manager: ControllerManager;

  before(async () => {
    const { clock } = nodePlatform;
    const day = 86_400_000;
    const validity = { notBefore: clock.now() - day, notAfter: clock.now() + 100 * day };
    const ca = await createAuthority({ commonName: "test" }, validity);
    const authority = await openAuthority(ca);
    const names = { dns: ["localhost"], ips: ["127.0.0.1"] };
    const serving = await issue(authority, { commonName: "server" }, ["server"], names, validity);
    const storage = await openEmbeddedStorage({ clock });
    policy = await createServerPolicy({
      platform: nodePlatform,
      storage,
      codec: nativeCodec,
      allowPrivileged: true,
      authorizationModes: ["Node", "RBAC"],
      clientCertificateAuthorities: ca.certificate,
      service: { securePort: 6443, reconciler: "none" },
    });
    await policy.bootstrap.start((error) => assert.fail(String(error)));
    const tls = { ...serving, clientCertificateAuthorities: ca.certificate };
    const listen = { address: "127.0.0.1", port: 0, tls };
    server = await startTestApiServer({ storage, ...policy, secure: listen, secureRpc: listen });
    const url = `https://localhost:${server.server.addresses.secure?.port}`;
    const connect = async (commonName: string, ...organizations: string[]) => {
      const subject = { commonName, organizations };
      const none = { dns: [], ips: [] };
      const own = await issue(authority, subject, ["client"], none, validity);
      const tls = { certificateAuthorities: ca.certificate, ...own };
      const { credentials } = configOf(nodePlatform, { server: url, tls });
      const client = await connectClient({
        platform: nodePlatform,
        codec: nativeCodec,
        credentials,
      });
      return { client, credentials };
    };
    admin = (await connect("admin", "system:masters")).client;
    const { client, credentials } = await connect("system:kube-controller-manager");
    root = client;
    manager = new ControllerManager({
      platform: nodePlatform,
      client: root,
      clientFor: serviceAccountClients({
        platform: nodePlatform,
        codec: nativeCodec,
        client: root,
        credentials,
      }),
      leaderElection: { identity: "test" },
      options: { rootCertificateAuthorities: "PEM" },
    });
    void manager.start();
    await until(admin, coreV1.serviceaccounts, (all) => all.length > 0, namespace);
  });
  after(async () => {
    await manager.stop();
    root.close();
    admin.close();
    await policy.bootstrap.stop();
    policy.close();
    await server.stop();
  });

  it("speaks gRPC", () => {
    assert.equal(root.transport, "rpc");
  });

  it("has the rights that its work needs", async () => {
    await admin.resource(coreV1.services).create({
      metadata: { name: "web", namespace },
      spec: { selector: labels, ports: [{ port: 80 }] },
    });
    await admin.resource(appsV1.deployments).create({
      metadata: { name: "web", namespace },
      spec: { replicas: 2, selector: { matchLabels: labels }, template },
    });
    await until(admin, coreV1.pods, (all) => all.length === 2, namespace);
    await until(
      admin,
      discoveryV1.endpointslices,
      (all) => all.some((slice) => slice.metadata.labels?.["kubernetes.io/service-name"] === "web"),
      namespace,
    );
    await admin.resource(batchV1.jobs).create({
      metadata: { name: "work", namespace },
      spec: { template: { spec: { ...template.spec, restartPolicy: "Never" } } },
    });
    await until(admin, batchV1.jobs, (all) => all[0]?.status?.active === 1, namespace);
    await until(admin, coreV1.events, (all) => all.some((e) => e.reason === "ScalingReplicaSet"));
  });

  it("collects garbage and empties namespaces", async () => {
    await admin.resource(appsV1.deployments).delete("web", { namespace });
    await until(admin, appsV1.replicasets, (all) => all.length === 0, namespace);
    await admin.resource(coreV1.namespaces).create({ metadata: { name: "team" } });
    await until(admin, coreV1.configmaps, (all) => all.length > 0, "team");
    await admin.resource(coreV1.namespaces).delete("team");
    await until(admin, coreV1.namespaces, (all) => all.every((n) => n.metadata.name !== "team"));
  });
});
