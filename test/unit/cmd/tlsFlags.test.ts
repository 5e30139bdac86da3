import assert from "node:assert/strict";
import { X509Certificate } from "node:crypto";
import { mkdtempSync, readFileSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import * as tls from "node:tls";
import { createAuthority, issue, openAuthority } from "../../../lib/api/pki/certificates.js";
import type { AlternativeNames } from "../../../lib/api/pki/certifiedKey.js";
import { kubeSchedulerFlags } from "../../../lib/cmd/flags/kubeSchedulerFlags.js";
import { parseFlags } from "../../../lib/cmd/flags/parseFlags.js";
import { servingTls } from "../../../lib/cmd/servingCertificate.js";
import { tlsSettings } from "../../../lib/cmd/tlsSettings.js";
import { nodePlatform } from "../../../lib/platform/node/nodePlatform.js";

const validity = { notBefore: Date.now() - 60_000, notAfter: Date.now() + 3_600_000 };

async function pairFor(names: Partial<AlternativeNames>) {
  const authority = await openAuthority(await createAuthority({ commonName: "ca" }, validity));
  const all = { dns: [], ips: [], ...names };
  return issue(authority, { commonName: "server" }, ["server"], all, validity);
}

/** What a component with these flags serves, for one handshake. */
async function handshake(
  args: readonly string[],
  client: tls.ConnectionOptions,
  files: Readonly<Record<string, string>> = {},
): Promise<{
  protocol: string | null;
  cipher: string;
  names: string | undefined;
  alpn: string | false | null;
}> {
  const platform = {
    ...nodePlatform,
    files: { ...nodePlatform.files, readTextNow: (path: string) => files[path] as string },
  };
  const settings = await servingTls(platform, parseFlags(kubeSchedulerFlags, args), {
    component: "component",
  });
  const listener = await nodePlatform.network.listenHttp({
    ...{ address: "127.0.0.1", port: 0, tls: settings },
    onRequest: () => undefined,
  });
  const socket = tls.connect({ port: listener.port, rejectUnauthorized: false, ...client });
  try {
    await new Promise<void>((resolve, reject) => {
      socket.once("secureConnect", resolve);
      socket.once("error", reject);
    });
    const names = socket.getPeerX509Certificate()?.subjectAltName;
    const { alpnProtocol: alpn } = socket;
    return { protocol: socket.getProtocol(), cipher: socket.getCipher().name, names, alpn };
  } finally {
    socket.destroy();
    await listener.close();
  }
}

describe("a component's TLS flags", () => {
  it("set the least version", async () => {
    const old: tls.ConnectionOptions = { maxVersion: "TLSv1.2" };
    assert.equal((await handshake([], old)).protocol, "TLSv1.2");
    await assert.rejects(handshake(["--tls-min-version=VersionTLS13"], old), /protocol version/);
  });

  it("set the groups of the key exchange, by their numbers", async () => {
    for (const [numbers, offered, isGood] of [
      ["24", "P-384", true],
      ["24", "P-256", false],
      ["23,29", "X25519", true],
      ["29", "P-384", false],
    ] as const) {
      // Before TLS 1.3 the groups also say which keys a certificate may have.
      const client = { ecdhCurve: offered, minVersion: "TLSv1.3" } as const;
      const trying = handshake([`--tls-curve-preferences=${numbers}`], client);
      if (isGood) assert.equal((await trying).protocol, "TLSv1.3");
      else await assert.rejects(trying, /handshake failure/);
    }
    await assert.rejects(handshake(["--tls-curve-preferences=4588"], {}), {
      message: /^--tls-curve-preferences: 4588 is none of 23 \(P-256\), /,
    });
  });

  it("switch HTTP/2 off", async () => {
    const client = { ALPNProtocols: ["h2", "http/1.1"] };
    assert.equal((await handshake([], client)).alpn, "h2");
    assert.equal((await handshake(["--disable-http2-serving"], client)).alpn, "http/1.1");
  });

  it("set the suites, by their names of the field", async () => {
    const suite = "TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384,TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384";
    const args = [`--tls-cipher-suites=TLS_AES_128_GCM_SHA256,${suite}`];
    const shaken = await handshake(args, { maxVersion: "TLSv1.2" });
    assert.match(shaken.cipher, /^ECDHE-(?:ECDSA|RSA)-AES256-GCM-SHA384$/);
    const other = { maxVersion: "TLSv1.2", ciphers: "ECDHE-ECDSA-AES128-GCM-SHA256" } as const;
    await assert.rejects(handshake(args, other), /handshake failure/);
    assert.equal((await handshake(args, {})).protocol, "TLSv1.3");
  });

  it("choose a certificate by the name that is asked for", async () => {
    const [a, b] = [await pairFor({ dns: ["a.test"] }), await pairFor({ dns: ["b.test"] })];
    const files = { "/a": a.certificate, "/ak": a.key, "/b": b.certificate, "/bk": b.key };
    const args = ["--tls-sni-cert-key=/a,/ak", "--tls-sni-cert-key=/b,/bk:*.c.test,d.test"];
    const asked = async (servername: string) =>
      (await handshake(args, { servername }, files)).names;
    assert.equal(await asked("a.test"), "DNS:a.test");
    assert.equal(await asked("x.c.test"), "DNS:b.test");
    assert.equal(await asked("d.test"), "DNS:b.test");
    assert.match((await asked("other.test")) ?? "", /DNS:localhost/);
  });

  it("keep a certificate that nobody gave below --cert-dir", async () => {
    const folder = mkdtempSync(join(tmpdir(), "steersman-test-"));
    try {
      const args = [`--cert-dir=${folder}/pki`, "--bind-address=127.0.0.1"];
      const serve = (...given: string[]) =>
        servingTls(nodePlatform, parseFlags(kubeSchedulerFlags, given), {
          component: "component",
          names: { dns: ["kubernetes"], ips: ["10.0.0.1"] },
        });
      const first = await serve(...args);
      assert.equal(readFileSync(`${folder}/pki/component.crt`, "utf8"), first.certificate);
      assert.equal(statSync(`${folder}/pki/component.key`).mode & 0o777, 0o600);
      assert.deepEqual(await serve(...args), first);
      const { subjectAltName = "" } = new X509Certificate(first.certificate);
      for (const name of ["DNS:kubernetes", "IP Address:10.0.0.1", "IP Address:127.0.0.1"]) {
        assert.ok(subjectAltName.includes(name), name);
      }
      assert.notEqual((await serve()).certificate, first.certificate);
      const file = `--cert-dir=${folder}/pki/component.crt/below`;
      await assert.rejects(serve(file), /^FlagError: --cert-dir: /);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  it("are refused where they make no sense", async () => {
    const platform = {
      ...nodePlatform,
      files: { ...nodePlatform.files, readTextNow: () => "PEM" },
    };
    const serve = (...args: string[]) =>
      servingTls(platform, parseFlags(kubeSchedulerFlags, args), { component: "component" });
    await assert.rejects(serve("--tls-min-version=1.2"), /"1\.2" is not a known version/);
    await assert.rejects(serve("--tls-min-version=VersionTLS10"), /nothing before TLS 1\.2/);
    await assert.rejects(serve("--tls-cipher-suites=AES"), /"AES" is not known or supported/);
    const old = "TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA";
    await assert.rejects(serve(`--tls-cipher-suites=${old}`), /is not known or supported/);
    await assert.rejects(serve("--tls-curve-preferences=25"), /25 is none of 23 \(P-256\)/);
    await assert.rejects(serve("--tls-sni-cert-key=/a"), /is not certificate,key\[:names\]/);
    await assert.rejects(serve("--tls-cert-file=/a"), /--tls-private-key-file is required/);
    await assert.rejects(serve("--tls-private-key-file=/a"), /--tls-cert-file is required/);
  });

  it("with suites of TLS 1.3 alone speak nothing older", () => {
    assert.deepEqual(tlsSettings("VersionTLS12", ["TLS_AES_128_GCM_SHA256"]), {
      minimumVersion: "TLSv1.3",
    });
  });
});
