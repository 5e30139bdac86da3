import assert from "node:assert/strict";
import type { ChildProcess } from "node:child_process";
import { X509Certificate } from "node:crypto";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { CertificateSigningRequest } from "../../../lib/api/gen/types/certificatesV1.js";
import { createAuthority, issue, openAuthority } from "../../../lib/api/pki/certificates.js";
import { NodeRig, rigAddress, rigServer, startRig } from "../../support/nodes/nodeRig.js";
import { until } from "../../support/nodes/until.js";

const root = fileURLToPath(new URL("../../../../", import.meta.url));
const csrRole = "system:certificates.k8s.io:certificatesigningrequests";

function binding(name: string, role: string, group: string): object {
  return {
    apiVersion: "rbac.authorization.k8s.io/v1",
    kind: "ClusterRoleBinding",
    metadata: { name },
    roleRef: { apiGroup: "rbac.authorization.k8s.io", kind: "ClusterRole", name: role },
    subjects: [{ apiGroup: "rbac.authorization.k8s.io", kind: "Group", name: group }],
  };
}
const objects = [
  {
    apiVersion: "v1",
    kind: "Secret",
    metadata: { name: "bootstrap-token-abcdef", namespace: "kube-system" },
    type: "bootstrap.kubernetes.io/token",
    stringData: {
      "token-id": "abcdef",
      "token-secret": "0123456789abcdef",
      "usage-bootstrap-authentication": "true",
    },
  },
  binding("bootstrap", "system:node-bootstrapper", "system:bootstrappers"),
  binding("first", `${csrRole}:nodeclient`, "system:bootstrappers"),
  binding("renewed", `${csrRole}:selfnodeclient`, "system:nodes"),
];

describe("a kubelet with nothing but a bootstrap token", function () {
  this.timeout(600_000);
  const rig = new NodeRig();
  let manager: ChildProcess | undefined;
  const path = (name: string): string => join(rig.directory, name);
  const current = (): string => path("pki/kubelet-client-current.pem");
  const kubeletFlags = (): string[] => [
    `--bootstrap-kubeconfig=${path("bootstrap")}`,
    `--kubeconfig=${path("kubelet.conf")}`,
    `--cert-dir=${path("pki")}`,
    "--rotate-certificates",
    "--rotate-server-certificates",
  ];

  async function writeCertificates(): Promise<void> {
    const now = Date.now();
    const validity = { notBefore: now - 600_000, notAfter: now + 3_600_000 };
    const pair = await createAuthority({ commonName: "rig" }, validity);
    const names = { dns: [], ips: [rigAddress] };
    const server = await issue(
      await openAuthority(pair),
      { commonName: "kube-apiserver" },
      ["server"],
      names,
      validity,
    );
    writeFileSync(path("ca.crt"), pair.certificate);
    writeFileSync(path("ca.key"), pair.key);
    writeFileSync(path("server.crt"), server.certificate);
    writeFileSync(path("server.key"), server.key);
    const config = {
      apiVersion: "v1",
      kind: "Config",
      clusters: [
        {
          name: "c",
          cluster: {
            server: `https://${rigAddress}:6443`,
            "certificate-authority": path("ca.crt"),
          },
        },
      ],
      users: [{ name: "u", user: { token: "abcdef.0123456789abcdef" } }],
      contexts: [{ name: "c", context: { cluster: "c", user: "u" } }],
      "current-context": "c",
    };
    writeFileSync(path("bootstrap"), JSON.stringify(config));
  }

  async function startManager(): Promise<void> {
    await rig.apply(...objects);
    manager = rig.spawn([
      process.execPath,
      join(root, "dist/lib/cmd/bin/kubeControllerManager.js"),
      `--master=${rigServer}`,
      "--leader-elect=false",
      "--controllers=certificatesigningrequest-approving-controller,certificatesigningrequest-signing-controller",
      `--cluster-signing-cert-file=${path("ca.crt")}`,
      `--cluster-signing-key-file=${path("ca.key")}`,
      "--cluster-signing-duration=100s",
    ]);
    manager.stdout?.resume();
    manager.stderr?.resume();
  }

  before(async function () {
    const apiserverFlags = [
      `--client-ca-file=${path("ca.crt")}`,
      `--tls-cert-file=${path("server.crt")}`,
      `--tls-private-key-file=${path("server.key")}`,
      "--enable-bootstrap-token-auth",
      "--enable-admission-plugins=NodeRestriction",
    ];
    await startRig(this, rig, async () => {
      await writeCertificates();
      // A kubelet whose token nobody knows ends with one line, as upstream's does.
      return { apiserverFlags, beforeKubelet: startManager, kubeletFlags: kubeletFlags() };
    });
  });
  after(async () => {
    if (manager && manager.exitCode === null) {
      const ended = new Promise((resolve) => manager?.once("exit", resolve));
      manager.kill("SIGKILL");
      await ended;
    }
    await rig.stop();
  });

  function requests(username: string): CertificateSigningRequest[] {
    const { items } = JSON.parse(rig.kubectl("get", "csr", "-o", "json").stdout) as {
      items: CertificateSigningRequest[];
    };
    return items.filter(({ spec }) => spec.username === username);
  }
  const certificate = (): X509Certificate => new X509Certificate(readFileSync(current()));
  const isClient = ({ spec }: CertificateSigningRequest): boolean =>
    spec.signerName === "kubernetes.io/kube-apiserver-client-kubelet";

  it("becomes a ready node of its own name", () => {
    const asked = requests("system:bootstrap:abcdef");
    assert.equal(asked.length, 1);
    assert.equal(asked[0]?.status?.conditions?.[0]?.reason, "AutoApproved");
    assert.match(certificate().subject, /CN=system:node:10\.0\.0\.9/);
    const config = readFileSync(path("kubelet.conf"), "utf8");
    assert.ok(config.includes(current()) && !config.includes("0123456789abcdef"));
    assert.match(rig.log("kubelet"), /Connected to the API server.*gRPC/);
  });

  it("renews its certificate as itself, and goes on with the new one", async () => {
    const before = certificate().serialNumber;
    await until("a renewal", () => certificate().serialNumber !== before);
    assert.ok(requests(`system:node:${rigAddress}`).filter(isClient).length > 0);
    const renewed = (): string =>
      rig.kubectl(
        "get",
        "lease",
        "-n",
        "kube-node-lease",
        rigAddress,
        "-o",
        "jsonpath={.spec.renewTime}",
      ).stdout;
    const last = renewed();
    await until("another heartbeat", () => renewed() !== last);
  });

  it("asks for a serving certificate by its names, and serves with it once it is approved", async () => {
    const pending = requests(`system:node:${rigAddress}`).find((one) => !isClient(one));
    assert.equal(pending?.spec.signerName, "kubernetes.io/kubelet-serving");
    assert.equal(rig.kubectl("certificate", "approve", pending?.metadata.name ?? "").status, 0);
    await until("the server to have it", () => {
      const answer = rig.attempt([
        ...["curl", "-s", "--cacert", path("ca.crt"), `https://${rigAddress}:10250/healthz`],
      ]);
      return answer.stdout === "ok";
    });
  });

  it("does not use the token again when it starts again", async () => {
    await rig.stopKubelet();
    const ready = (): string => rig.kubectl("get", "--raw", `/api/v1/nodes/${rigAddress}`).stdout;
    await rig.startKubelet(kubeletFlags());
    const heartbeat = (): string =>
      JSON.parse(ready()).status.conditions.find((one: { type: string }) => one.type === "Ready")
        .lastHeartbeatTime;
    const last = heartbeat();
    await until("it to tell its status", () => heartbeat() !== last);
    assert.equal(requests("system:bootstrap:abcdef").length, 1);
  });
});
