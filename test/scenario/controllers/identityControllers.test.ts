import assert from "node:assert/strict";
import { generateKeyPairSync, X509Certificate } from "node:crypto";
import { certificatesV1, coreV1, rbacV1 } from "../../../lib/api/gen/resources.js";
import { nativeCodec } from "../../../lib/api/nativeCodec.js";
import {
  createAuthority,
  createRequest,
  generateKey,
  noNames,
} from "../../../lib/api/pki/certificates.js";
import type { Client } from "../../../lib/client/client.js";
import { channelClient } from "../../../lib/client/connectClient.js";
import { ControllerManager } from "../../../lib/controllers/controllerManager.js";
import { nodePlatform } from "../../../lib/platform/node/nodePlatform.js";
import { startTestApiServer, type TestApiServer } from "../../support/apiserver/testApiServer.js";
import { until } from "../../support/client/until.js";

const namespace = "default";

describe("controllers of identities and quotas on a real API server", () => {
  let server: TestApiServer;
  let client: Client;
  let manager: ControllerManager;

  before(async () => {
    const now = nodePlatform.clock.now();
    const clusterSigning = await createAuthority(
      { commonName: "kubernetes" },
      { notBefore: now - 3_600_000, notAfter: now + 864_000_000 },
    );
    const pair = generateKeyPairSync("ec", { namedCurve: "prime256v1" });
    const serviceAccountPrivateKey = String(
      pair.privateKey.export({ type: "pkcs8", format: "pem" }),
    );
    server = await startTestApiServer();
    client = channelClient(server.server.channel(), nativeCodec);
    const rootCertificateAuthorities = "PEM";
    manager = new ControllerManager({
      platform: nodePlatform,
      client,
      options: { clusterSigning, rootCertificateAuthorities, serviceAccountPrivateKey },
    });
    void manager.start();
    await until(client, coreV1.serviceaccounts, (all) => all.length > 0, namespace);
  });
  after(async () => {
    await manager.stop();
    client.close();
    await server.stop();
  });

  async function ask(name: string, signerName: string, purpose: string, organization: string) {
    const subject = { commonName: "system:node:n1", organizations: [organization] };
    const request = await createRequest(subject, noNames, await generateKey());
    const usages = ["digital signature", purpose];
    await client.resource(certificatesV1.certificatesigningrequests).create({
      metadata: { name },
      spec: { request: Buffer.from(request).toString("base64"), signerName, usages },
    });
  }

  const find = async (
    name: string,
    holds: (status: { certificate?: string; conditions?: { type: string }[] }) => boolean,
  ) => {
    const all = await until(client, certificatesV1.certificatesigningrequests, (list) =>
      list.some((csr) => csr.metadata.name === name && holds(csr.status ?? {})),
    );
    return all.find((csr) => csr.metadata.name === name);
  };

  it("approves and signs a kubelet's client certificate", async () => {
    await ask("node", "kubernetes.io/kube-apiserver-client-kubelet", "client auth", "system:nodes");
    const csr = await find("node", (status) => (status.certificate ?? "") !== "");
    const approved = csr?.status?.conditions?.find((c) => c.type === "Approved");
    assert.equal(approved?.reason, "AutoApproved");
    const pem = Buffer.from(csr?.status?.certificate ?? "", "base64").toString("utf8");
    const certificate = new X509Certificate(pem);
    assert.match(certificate.subject, /O=system:nodes\s+CN=system:node:n1/);
    assert.match(certificate.issuer, /CN=kubernetes/);
  });

  it("leaves others to people, and refuses to sign what a signer is not for", async () => {
    const serving = "kubernetes.io/kubelet-serving";
    await ask("serving", serving, "server auth", "system:nodes");
    const requests = client.resource(certificatesV1.certificatesigningrequests);
    const csr = await requests.get("serving");
    assert.equal(csr.status?.conditions?.length ?? 0, 0);
    const conditions = [
      { type: "Approved", status: "True", reason: "Test", message: "by the test" },
    ];
    await requests.approve({ ...csr, status: { conditions } });
    const failed = await find("serving", (status) =>
      (status.conditions ?? []).some((condition) => condition.type === "Failed"),
    );
    const condition = failed?.status?.conditions?.find((c) => c.type === "Failed");
    assert.equal(condition?.reason, "SignerValidationFailure");
    assert.match(condition?.message ?? "", /DNS or IP subjectAltName is required/);
  });

  it("fills a service account's secret", async () => {
    await client.resource(coreV1.secrets).create({
      metadata: {
        name: "token",
        namespace,
        annotations: { "kubernetes.io/service-account.name": "default" },
      },
      type: "kubernetes.io/service-account-token",
    });
    const [secret] = await until(
      client,
      coreV1.secrets,
      (all) => (all[0]?.data?.token ?? "") !== "",
      namespace,
    );
    const token = Buffer.from(secret?.data?.token ?? "", "base64").toString("utf8");
    const payload = Buffer.from(token.split(".")[1] ?? "", "base64url").toString("utf8");
    assert.equal(JSON.parse(payload).sub, "system:serviceaccount:default:default");
  });

  it("aggregates cluster roles", async () => {
    const roles = client.resource(rbacV1.clusterroles);
    await roles.create({
      metadata: { name: "whole" },
      aggregationRule: { clusterRoleSelectors: [{ matchLabels: { part: "yes" } }] },
      rules: [],
    });
    const rules = [{ apiGroups: [""], resources: ["pods"], verbs: ["get"] }];
    await roles.create({ metadata: { name: "part", labels: { part: "yes" } }, rules });
    const all = await until(client, rbacV1.clusterroles, (list) =>
      list.some((role) => role.metadata.name === "whole" && (role.rules ?? []).length === 1),
    );
    assert.deepEqual(all.find((role) => role.metadata.name === "whole")?.rules, rules);
  });

  it("keeps what a quota says is used", async () => {
    await client.resource(coreV1.namespaces).create({ metadata: { name: "team" } });
    await until(client, coreV1.serviceaccounts, (all) => all.length > 0, "team");
    const hard = { pods: "5", "requests.cpu": "2", "count/secrets": "9" };
    await client.resource(coreV1.resourcequotas).create({
      metadata: { name: "q", namespace: "team" },
      spec: { hard },
    });
    const used = (wanted: object) => (all: readonly { status?: { used?: object } }[]) =>
      JSON.stringify(all[0]?.status?.used) === JSON.stringify(wanted);
    const none = { "count/secrets": "0", pods: "0", "requests.cpu": "0" };
    await until(client, coreV1.resourcequotas, used(none), "team");
    await client.resource(coreV1.pods).create({
      metadata: { name: "p", namespace: "team" },
      spec: { containers: [{ name: "c", image: "i", resources: { requests: { cpu: "500m" } } }] },
    });
    const some = { "count/secrets": "0", pods: "1", "requests.cpu": "500m" };
    await until(client, coreV1.resourcequotas, used(some), "team");
    await client.resource(coreV1.pods).delete("p", { namespace: "team", gracePeriodSeconds: 0 });
    await until(client, coreV1.resourcequotas, used(none), "team");
  });
});
