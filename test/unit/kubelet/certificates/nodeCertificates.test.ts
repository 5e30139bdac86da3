import assert from "node:assert/strict";
import { X509Certificate } from "node:crypto";
import { certificatesV1 } from "../../../../lib/api/gen/resources.js";
import type { CertificateSigningRequest } from "../../../../lib/api/gen/types/certificatesV1.js";
import {
  type Authority,
  createAuthority,
  openAuthority,
  readRequest,
  signCertificate,
} from "../../../../lib/api/pki/certificates.js";
import type { CertifiedKey } from "../../../../lib/api/pki/certifiedKey.js";
import { apiErrors } from "../../../../lib/api/status.js";
import { loadKubeconfig } from "../../../../lib/client/config/kubeconfig.js";
import { CertificateRotation } from "../../../../lib/kubelet/certificates/certificateRotation.js";
import { CertificateStore, lifeOf } from "../../../../lib/kubelet/certificates/certificateStore.js";
import { bootstrapClient } from "../../../../lib/kubelet/certificates/clientBootstrap.js";
import { watchClientExpiry } from "../../../../lib/kubelet/certificates/clientExpiry.js";
import { silentLogger } from "../../../../lib/platform/logger.js";
import { nodePlatform } from "../../../../lib/platform/node/nodePlatform.js";
import { MemoryFiles } from "../../../../lib/platform/virtual/memoryFiles.js";
import { VirtualCluster } from "../../../support/client/virtualCluster.js";

const hour = 3_600_000;
const day = 24 * hour;
const bootstrapConfig = `
apiVersion: v1
kind: Config
clusters: [{name: c, cluster: {server: "https://10.0.0.1:6443", tls-server-name: api, certificate-authority-data: "${Buffer.from("CA").toString("base64")}"}}]
users: [{name: u, user: {token: abcdef.0123456789abcdef}}]
contexts: [{name: x, context: {cluster: c, user: u}}]
current-context: x
`;

/** As many as Node has threads for it. */
const threads = 4;

/**
 * What was handed to Node's threads before has been begun, and with luck finished: on a busy
 * machine that takes more than a turn of the loop.
 */
async function threadsTurn(): Promise<void> {
  const work = Array.from({ length: threads }, () => crypto.subtle.digest("SHA-256", Buffer.of(1)));
  await Promise.all(work);
  await new Promise((resolve) => setImmediate(resolve));
}

describe("a node's certificates, in virtual time", () => {
  let api: VirtualCluster;
  let files: MemoryFiles;
  let authority: Authority;
  let abort: AbortController;
  let answer: "sign" | "deny" | "nothing";
  let connections: number;
  const running: Promise<unknown>[] = [];

  beforeEach(async () => {
    api = new VirtualCluster();
    files = new MemoryFiles(() => api.clock.now());
    await files.makeDirectory("/etc/k");
    await files.writeFile("/etc/k/bootstrap", bootstrapConfig);
    const now = api.clock.now();
    const validity = { notBefore: now - day, notAfter: now + 4_000 * day };
    authority = await openAuthority(await createAuthority({ commonName: "ca" }, validity));
    abort = new AbortController();
    answer = "sign";
    connections = 0;
  });
  afterEach(async () => {
    abort.abort();
    await pass(0);
    await Promise.allSettled(running.splice(0));
    await api.stop();
  });

  const platform = () => ({ ...nodePlatform, clock: api.clock, random: api.random, files });
  const store = (name = "kubelet-client") => new CertificateStore(platform(), "/pki", name);
  const requests = () => api.client.resource(certificatesV1.certificatesigningrequests);

  /** What an approver and a signer do: certificates that live for ten days. */
  async function control(): Promise<void> {
    for (const csr of (await requests().list()).items) {
      if (csr.status?.certificate || answer === "nothing") continue;
      if (answer === "deny") {
        const condition = { type: "Denied", status: "True", reason: "No", message: "not you" };
        await requests().update({ ...csr, status: { conditions: [condition] } });
        continue;
      }
      await requests().update({ ...csr, status: { certificate: await sign(csr) } });
    }
  }
  async function sign({ spec }: CertificateSigningRequest): Promise<string> {
    const request = await readRequest(Buffer.from(spec.request, "base64").toString("utf8"));
    const now = api.clock.now();
    const pem = await signCertificate(
      authority,
      request.subject,
      request.publicKey,
      ["client"],
      request.alternativeNames,
      { notBefore: now, notAfter: now + 10 * day },
    );
    return Buffer.from(pem).toString("base64");
  }
  /** Keys and signatures take turns that virtual time knows nothing of. */
  async function pass(milliseconds: number, step = hour): Promise<void> {
    for (let at = 0; at <= milliseconds; at += step) {
      await api.clock.advance(at === 0 ? 0 : Math.min(step, milliseconds));
      for (let turn = 0; turn < 15; turn++) {
        await threadsTurn();
        await api.clock.settle(1);
      }
      await control();
    }
  }
  async function finish<T>(work: Promise<T>): Promise<T> {
    let isDone = false;
    running.push(work.catch(() => undefined));
    const watched = work.finally(() => {
      isDone = true;
    });
    watched.catch(() => undefined);
    for (let tries = 0; !isDone && tries < 200; tries++) await pass(1_000, 1_000);
    return watched;
  }

  async function until(holds: () => boolean | Promise<boolean>, step = 1_000): Promise<void> {
    for (let tries = 0; !(await holds()); tries++) {
      assert.ok(tries < 200, "waited in vain");
      await pass(step, step);
    }
  }

  const bootstrap = (): Promise<void> =>
    bootstrapClient({
      platform: platform(),
      logger: silentLogger,
      nodeName: "n1",
      kubeconfig: "/etc/new/kubelet.conf",
      bootstrapKubeconfig: "/etc/k/bootstrap",
      directory: "/pki",
      store: store(),
      connect: async (config) => {
        connections += 1;
        assert.equal(await config.credentials.authorization(), "Bearer abcdef.0123456789abcdef");
        return api.client;
      },
      signal: abort.signal,
    });

  describe("bootstrap", () => {
    it("asks as a node, keeps key and certificate, and writes the kubeconfig", async () => {
      await finish(bootstrap());
      const [csr] = (await requests().list()).items;
      assert.match(csr?.metadata.name ?? "", /^node-csr-/);
      assert.equal(csr?.spec.signerName, "kubernetes.io/kube-apiserver-client-kubelet");
      assert.deepEqual(csr?.spec.usages, ["digital signature", "client auth"]);
      const { subject } = await readRequest(
        Buffer.from(csr?.spec.request ?? "", "base64").toString(),
      );
      assert.deepEqual(subject, { commonName: "system:node:n1", organizations: ["system:nodes"] });
      const { credentials } = loadKubeconfig(platform(), "/etc/new/kubelet.conf");
      assert.equal(credentials.server, "https://10.0.0.1:6443");
      assert.deepEqual(
        [credentials.tls?.certificateAuthorities, credentials.tls?.serverName],
        ["CA", "api"],
      );
      assert.equal(await credentials.authorization(), undefined, "the token is not kept");
      const text = await files.readText("/pki/kubelet-client-current.pem");
      assert.ok(new X509Certificate(text).subject.includes("CN=system:node:n1"));
      assert.match(text, /BEGIN PRIVATE KEY/);
      assert.equal((await files.status("/pki/kubelet-client-current.pem"))?.mode, 0o600);
      assert.equal(await files.exists("/pki/kubelet-client.key.tmp"), false);
    });

    it("asks for nothing when it starts again", async () => {
      await finish(bootstrap());
      await finish(bootstrap());
      assert.equal((await requests().list()).items.length, 1);
      assert.equal(connections, 1);
    });

    it("waits for the same request when it was stopped before the answer", async () => {
      answer = "nothing";
      const first = bootstrap();
      running.push(first.catch(() => undefined));
      await until(async () => (await requests().list()).items.length === 1);
      abort.abort();
      await pass(0);
      await assert.rejects(first);
      abort = new AbortController();
      answer = "sign";
      await finish(bootstrap());
      assert.equal((await requests().list()).items.length, 1);
    });

    it("asks anew when the certificate has ended", async () => {
      await finish(bootstrap());
      await pass(11 * day, day);
      await finish(bootstrap());
      assert.equal((await requests().list()).items.length, 2);
    });

    it("says that it was denied", async () => {
      answer = "deny";
      await assert.rejects(finish(bootstrap()), /node-csr-\S+ is denied No: not you$/);
    });
  });

  describe("rotation", () => {
    function rotate(more: { purpose?: "server auth"; store?: CertificateStore } = {}) {
      const pairs: [number, CertifiedKey][] = [];
      const began = api.clock.now();
      const rotation = new CertificateRotation({
        platform: platform(),
        client: api.client,
        logger: silentLogger,
        nodeName: "n1",
        purpose: "client auth",
        store: store(),
        onNew: (pair) => pairs.push([(api.clock.now() - began) / day, pair]),
        ...more,
      });
      running.push(rotation.run(abort.signal));
      return pairs;
    }

    it("renews at 70 to 90 % of the certificate's life, again and again", async () => {
      await finish(bootstrap());
      const pairs = rotate();
      await pass(6.9 * day, 6 * hour);
      assert.equal(pairs.length, 0);
      await pass(2.2 * day);
      await until(() => pairs.length === 1);
      const [[at = 0, pair] = []] = pairs;
      assert.ok(at >= 6.9 && at <= 9.1, String(at));
      assert.deepEqual(await store().current(), pair);
      await pass(9.2 * day);
      await until(() => pairs.length === 2);
      const kept = (await files.list("/pki")).filter((name) => /-\d+\.pem$/.test(name));
      assert.equal(kept.length, 2, "older ones go");
    });

    it("tries again when nobody answers, and when it is denied", async () => {
      await finish(bootstrap());
      await pass(8 * day, day);
      answer = "deny";
      const pairs = rotate();
      await until(async () => (await requests().list()).items.length > 3, hour);
      assert.equal(pairs.length, 0);
      answer = "sign";
      await until(() => pairs.length === 1);
    });

    it("asks at once for a serving certificate, by the node's names", async () => {
      const rotation = new CertificateRotation({
        platform: platform(),
        client: api.client,
        logger: silentLogger,
        nodeName: "n1",
        purpose: "server auth",
        names: { dns: ["n1"], ips: ["10.0.0.9"] },
        store: store("kubelet-server"),
        onNew: () => undefined,
      });
      running.push(rotation.run(abort.signal));
      await until(async () => (await store("kubelet-server").current()) !== undefined);
      const [csr] = (await requests().list()).items;
      assert.equal(csr?.spec.signerName, "kubernetes.io/kubelet-serving");
      assert.deepEqual(csr?.spec.usages, ["digital signature", "server auth"]);
      const request = await readRequest(Buffer.from(csr?.spec.request ?? "", "base64").toString());
      assert.deepEqual(
        [request.alternativeNames.dns, request.alternativeNames.ips],
        [["n1"], ["10.0.0.9"]],
      );
    });
  });

  describe("an ended client certificate", () => {
    /** What the watch logged, and what it ended with. */
    function watch(certificate: string, serverResponds?: () => boolean) {
      const seen: { lines: string[]; failure?: Error } = { lines: [] };
      const logger = { ...silentLogger, error: (line: string) => seen.lines.push(line) };
      const look = { platform: platform(), logger, certificate: () => certificate };
      const all = serverResponds === undefined ? look : { ...look, serverResponds };
      const watching = watchClientExpiry(all, abort.signal).catch((error: Error) => {
        seen.failure = error;
      });
      running.push(watching);
      return seen;
    }

    it("ends the kubelet when the server refuses to renew it, and not while none answers", async () => {
      await finish(bootstrap());
      const certificate = (await store().current())?.certificate ?? "";
      const wait = lifeOf(certificate).notAfter - api.clock.now() - 60_000;
      await pass(wait, wait);
      let refusal = apiErrors.serviceUnavailable("nobody is there");
      api.transport.refuse = ({ verb }) => (verb === "create" ? refusal : undefined);
      const rotation = new CertificateRotation({
        platform: platform(),
        client: api.client,
        logger: silentLogger,
        nodeName: "n1",
        purpose: "client auth",
        store: store(),
        onNew: () => undefined,
      });
      running.push(rotation.run(abort.signal));
      const seen = watch(certificate, () => rotation.serverResponds);
      await pass(30_000, 10_000);
      assert.equal(seen.lines.length, 0, "it has not ended yet");
      await pass(60_000, 10_000);
      assert.ok(seen.lines.length > 0);
      assert.match(seen.lines[0] ?? "", /^The client certificate has ended, and no API server/);
      assert.equal(seen.failure, undefined);
      refusal = apiErrors.unauthorized();
      await until(() => seen.failure !== undefined);
      assert.match(
        String(seen.failure),
        /the client certificate ended at \S+Z and the API server does not renew it$/,
      );
    });

    it("is told of once a minute where only its file's owner can renew it", async () => {
      await finish(bootstrap());
      const certificate = (await store().current())?.certificate ?? "";
      await pass(11 * day, day);
      const seen = watch(certificate);
      await pass(130_000, 10_000);
      assert.deepEqual(
        seen.lines,
        Array(3).fill(
          "The client certificate has ended, and --rotate-certificates=false: its file must be renewed",
        ),
      );
      assert.equal(seen.failure, undefined);
    });
  });
});
