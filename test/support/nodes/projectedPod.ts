import assert from "node:assert/strict";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { addresses, type RealCluster, webImage } from "./realCluster.js";

const signerName = "example.com/openssl";
const path = "/run/projected";

/** A pod that shows the API server's trust bundle and a certificate of a signer of this test. */
export function projectedPod(name: string): object {
  const serving = { signerName: "kubernetes.io/kube-apiserver-serving", labelSelector: {} };
  const sources = [
    { clusterTrustBundle: { ...serving, path: "server-ca.pem" } },
    { podCertificate: { signerName, keyType: "RSA3072", credentialBundlePath: "own.pem" } },
  ];
  return {
    apiVersion: "v1",
    kind: "Pod",
    metadata: { name },
    spec: {
      nodeName: addresses.one,
      terminationGracePeriodSeconds: 1,
      containers: [
        { name: "web", image: webImage, volumeMounts: [{ name: "v", mountPath: path }] },
      ],
      volumes: [{ name: "v", projected: { sources } }],
    },
  };
}

/** A signer that is openssl(1), with an authority of its own. */
export class OpensslSigner {
  readonly #cluster: RealCluster;
  readonly #directory: string;

  constructor(cluster: RealCluster) {
    this.#cluster = cluster;
    this.#directory = join(cluster.directory, "signer");
    mkdirSync(this.#directory);
    const ca = ["-subj", "/CN=signer", "-keyout", this.file("ca.key"), "-out", this.file("ca.pem")];
    this.#openssl("req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", ...ca);
  }

  file(name: string): string {
    return join(this.#directory, name);
  }

  #openssl(...args: string[]): string {
    return this.#cluster.run("api", "openssl", ...args);
  }

  /** Signs the one request that is open; false where there is none yet. */
  sign(): boolean {
    const list = this.#cluster.kubectl("get", "podcertificaterequests", "-o", "json");
    const { items } = JSON.parse(list) as {
      items: { metadata: { name: string }; spec: { stubPKCS10Request: string }; status: object }[];
    };
    const [request] = items;
    if (request === undefined) return false;
    const stub = Buffer.from(request.spec.stubPKCS10Request, "base64");
    writeFileSync(this.file("stub.der"), stub);
    const ca = ["-CA", this.file("ca.pem"), "-CAkey", this.file("ca.key"), "-CAcreateserial"];
    const form = ["-req", "-inform", "DER", "-in", this.file("stub.der"), "-days", "1"];
    const subject = ["-subj", "/CN=pod"];
    const leaf = this.#openssl("x509", ...form, ...ca, ...subject);
    writeFileSync(this.file("leaf.pem"), leaf);
    const dates = this.#openssl("x509", "-in", this.file("leaf.pem"), "-noout", "-dates");
    const time = (name: string): number => {
      const [, text = ""] = new RegExp(`${name}=(.*)`).exec(dates) ?? [];
      return Date.parse(text);
    };
    const at = (milliseconds: number): string =>
      new Date(milliseconds).toISOString().replace(".000", "");
    const now = at(Math.floor(Date.now() / 1000) * 1000);
    const condition = { type: "Issued", status: "True", reason: "Signed", message: "by openssl" };
    const status = {
      conditions: [{ ...condition, lastTransitionTime: now }],
      certificateChain: leaf,
      notBefore: at(time("notBefore")),
      notAfter: at(time("notAfter")),
      beginRefreshAt: at(time("notAfter") - 3_600_000),
    };
    writeFileSync(this.file("status.json"), JSON.stringify({ ...request, status }));
    const { name } = request.metadata;
    const group = "/apis/certificates.k8s.io/v1/namespaces/default/podcertificaterequests";
    this.#cluster.kubectl(
      "replace",
      "--raw",
      `${group}/${name}/status`,
      "-f",
      this.file("status.json"),
    );
    return true;
  }

  /** What openssl makes of the files that the pod sees, and that they are in memory. */
  check(pod: string): void {
    const shown = (name: string): string =>
      this.#cluster.kubectl("exec", pod, "--", "cat", `${path}/${name}`);
    writeFileSync(this.file("server-ca.pem"), shown("server-ca.pem"));
    writeFileSync(this.file("own.pem"), shown("own.pem"), { mode: 0o600 });
    const server = ["-connect", `${addresses.api}:6443`, "-CAfile", this.file("server-ca.pem")];
    this.#openssl("s_client", ...server, "-verify_return_error", "-brief");
    this.#openssl("verify", "-CAfile", this.file("ca.pem"), this.file("own.pem"));
    const certified = this.#openssl("x509", "-in", this.file("own.pem"), "-noout", "-pubkey");
    const key = this.#openssl("pkey", "-in", this.file("own.pem"), "-pubout");
    assert.equal(key, certified);
    const mounts = this.#cluster.kubectl("exec", pod, "--", "cat", "/proc/self/mountinfo");
    const mount = mounts.split("\n").find((line) => line.includes(` ${path} `));
    assert.match(mount ?? "", / - tmpfs /);
  }
}
