import assert from "node:assert/strict";
import { requirement } from "../../support/clients/requirement.js";
import { builtEtcd } from "../../support/clients/upstreamPrograms.js";
import { skipBecause } from "../../support/nodes/skipBecause.js";
import { until } from "../../support/nodes/until.js";
import { EtcdHost, whyNoEtcdHost } from "../../support/units/etcdHost.js";

const debians = "/usr/bin/etcd";
/** kube-apiserver's default for health and readiness, and what a loaded machine adds. */
const healthSeconds = 2 + 3;

const programs: readonly [string, () => string][] = [
  ["Debian's etcd", () => debians],
  ["etcd of upstream's release", builtEtcd],
];

for (const [name, program] of programs) {
  describe(`the units of kube-apiserver and etcd, word for word: ${name}`, function () {
    // It is built at first.
    this.timeout(2_400_000);
    const host = new EtcdHost();
    let etcd = "";

    before(async function () {
      skipBecause(this, whyNoEtcdHost());
      etcd = await requirement(this, name, program);
      await host.start();
      host.startEtcd(etcd);
      host.startApiserver();
      await until("a ready API server", () => host.status("/readyz") === 200);
    });
    after(() => host.close());

    it("write and read in etcd, which has what was written", () => {
      host.kubectl("create", "configmap", "made", "--from-literal=a=b");
      const read = host.kubectl("get", "configmap", "made", "-o", "jsonpath={.data.a}");
      assert.equal(read, "b");
      assert.match(host.kubectl("get", "service", "kubernetes"), /10\.10\.0\.1/);
      const listening = host.run("ss", "-Hnt", "state", "established", "dst", "10.0.0.6:2379");
      assert.notEqual(listening.trim(), "");
    });

    it("let nobody into etcd but who has an API server's certificate", () => {
      const at = (path: string): string => `${host.directory}/etc/kubernetes/${path}`;
      const ask = (authority: string, certificate: string, key: string): string => {
        const files = ["--cacert", at(authority), "--cert", at(certificate), "--key", at(key)];
        return host.run("curl", "-s", "-m", "10", ...files, "https://10.0.0.6:2379/version");
      };
      const pair = ["pki/apiserver-etcd-client.crt", "pki/apiserver-etcd-client.key"] as const;
      for (const authority of ["ssl/ca.pem", "pki/etcd/ca.crt"]) {
        assert.match(ask(authority, ...pair), /etcdserver/);
      }
      for (const user of ["kubelet", "admin", "kube-proxy"]) {
        assert.throws(() => ask("ssl/ca.pem", `ssl/${user}.pem`, `ssl/${user}-key.pem`), user);
      }
    });

    it("say in time that etcd is gone, and that it is back", async () => {
      await host.stop("etcd");
      for (const path of ["/healthz/etcd", "/readyz"]) {
        const began = performance.now();
        assert.equal(host.status(path), 500, path);
        assert.ok(performance.now() - began < healthSeconds * 1000, path);
      }
      assert.throws(() => host.kubectl("get", "configmap", "made"));
      host.startEtcd(etcd);
      await until("readiness", () => host.status("/readyz") === 200);
      assert.equal(host.status("/healthz/etcd"), 200);
      assert.match(host.kubectl("get", "configmap", "made"), /made/);
      host.kubectl("create", "configmap", "after");
    });
  });
}
