import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { createAuthority, issue, openAuthority } from "../../../lib/api/pki/certificates.js";
import type { AlternativeNames } from "../../../lib/api/pki/certifiedKey.js";
import { builtServers, Peer, tokens } from "../../bench/peers/peer.js";
import { requirement } from "../../support/clients/requirement.js";
import { temporaryFolder } from "../../support/commands/apiserverProcess.js";
import { freePorts } from "../../support/commands/commandProcess.js";

/**
 * Upstream's server without a group sends requests for it to ours, which it finds by its Lease and
 * by what it wrote for its peers. A host name of its own makes ours another server than upstream's.
 */
describe("kube-apiserver as a peer that upstream's sends requests to", function () {
  this.timeout(2_400_000);
  const folder = temporaryFolder();
  let upstream: Peer | undefined;
  let own: Peer | undefined;

  const write = (name: string, text: string): string => {
    const path = join(folder.path, name);
    writeFileSync(path, text, { mode: 0o600 });
    return path;
  };

  before(async function () {
    const programs = await requirement(this, "Go and upstream's modules", builtServers);
    const validity = { notBefore: Date.now() - 60_000, notAfter: Date.now() + 3_600_000 };
    const authority = await createAuthority({ commonName: "peers" }, validity);
    const ca = write("ca.pem", authority.certificate);
    const opened = await openAuthority(authority);
    const pair = async (name: string, names: AlternativeNames) => {
      const made = await issue(opened, { commonName: name }, ["client", "server"], names, validity);
      return [write(`${name}.pem`, made.certificate), write(`${name}-key.pem`, made.key)] as const;
    };
    // Upstream's proxy asks for this name, whatever the address.
    const dns = ["kubernetes.default.svc", "localhost"];
    const [serving, servingKey] = await pair("serving", { dns, ips: ["127.0.0.1"] });
    const [proxy, proxyKey] = await pair("front-proxy-client", { dns: [], ips: [] });
    upstream = await Peer.start("upstream", programs, true, undefined, [
      "--runtime-config=batch/v1=false",
      ...[`--peer-ca-file=${ca}`, `--requestheader-client-ca-file=${ca}`],
      ...[`--proxy-client-cert-file=${proxy}`, `--proxy-client-key-file=${proxyKey}`],
    ]);
    const [port = 0] = await freePorts(1);
    const flags = [
      ...[`--tls-cert-file=${serving}`, `--tls-private-key-file=${servingKey}`],
      ...[`--requestheader-client-ca-file=${ca}`, `--secure-port=${port}`],
      ...["--requestheader-allowed-names=front-proxy-client"],
      ...["--requestheader-username-headers=X-Remote-User"],
      ...["--requestheader-group-headers=X-Remote-Group"],
      ...["--requestheader-extra-headers-prefix=X-Remote-Extra-"],
      ...["--peer-advertise-ip=127.0.0.1", `--peer-advertise-port=${port}`],
    ];
    const leading = ["unshare", "--uts", "sh", "-c", 'hostname ours && exec "$@"', "sh"];
    own = await Peer.start("steersman", programs, true, upstream, flags, { port, leading });
  });
  after(async () => {
    await own?.stop();
    await upstream?.stop();
    folder.remove();
  });

  const kubectl = (peer: Peer | undefined, ...args: string[]): string => {
    assert.ok(peer);
    const where = ["-s", peer.url, "--insecure-skip-tls-verify", "--token", tokens.administrator];
    const env = { ...process.env, KUBECONFIG: "/dev/null" };
    return execFileSync("kubectl", [...where, ...args], { encoding: "utf8", env, stdio: "pipe" });
  };

  it("has a Lease beside upstream's, which both show", () => {
    const selector = ["-l", "apiserver.kubernetes.io/identity=kube-apiserver"];
    const get = ["get", "leases", "-n", "kube-system", ...selector, "-o", "name"];
    const seen = [own, upstream].map((peer) => kubectl(peer, ...get));
    assert.equal(seen[0], seen[1]);
    assert.equal(seen[0]?.trim().split("\n").length, 2);
  });

  it("is sent what upstream's does not serve, as the user who asked", async () => {
    const path = "/apis/batch/v1/namespaces/default/jobs";
    assert.ok(upstream);
    const begin = performance.now();
    let answer = "";
    // It looks for what its peers serve some time after it has seen them.
    while (!answer.includes('"JobList"')) {
      assert.ok(performance.now() - begin < 60_000, `${answer}\n${upstream.output()}`);
      try {
        answer = kubectl(upstream, "get", "--raw", path);
      } catch (error) {
        answer = String((error as { stderr?: string }).stderr);
      }
    }
    kubectl(upstream, "create", "job", "told", "--image=none.example/none");
    assert.match(kubectl(own, "get", "jobs", "-o", "name"), /job.batch\/told/);
    const user = [...["-s", upstream.url, "--insecure-skip-tls-verify"], "--token", tokens.user];
    assert.throws(
      () => execFileSync("kubectl", [...user, "get", "jobs"], { stdio: "pipe" }),
      /User "bench-user" cannot list resource "jobs" in API group "batch"/,
    );
  });
});
