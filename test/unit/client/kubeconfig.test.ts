import assert from "node:assert/strict";
import { nativeCodec } from "../../../lib/api/nativeCodec.js";
import { createAuthority } from "../../../lib/api/pki/certificates.js";
import type { CertifiedKey } from "../../../lib/api/pki/certifiedKey.js";
import { configOf, loadClientConfig } from "../../../lib/client/config/clientConfig.js";
import { ConfigError } from "../../../lib/client/config/configError.js";
import { connectClient } from "../../../lib/client/connectClient.js";
import type { Files } from "../../../lib/platform/files.js";
import type { Host } from "../../../lib/platform/host.js";
import { nodePlatform } from "../../../lib/platform/node/nodePlatform.js";
import { VirtualClock } from "../../../lib/platform/virtual/virtualClock.js";

const base64 = (text: string): string => Buffer.from(text).toString("base64");

function kubeconfig(cluster: string, user: string): string {
  return [
    "apiVersion: v1",
    "kind: Config",
    "current-context: main",
    "contexts: [{name: main, context: {cluster: c, user: u, namespace: team}}]",
    `clusters: [{name: c, cluster: ${cluster}}]`,
    `users: [{name: u, user: ${user}}]`,
  ].join("\n");
}

describe("kubeconfig", () => {
  const contents = new Map<string, string>();
  const clock = new VirtualClock();
  const environment: Record<string, string | undefined> = {};
  const files = {
    readTextNow(path: string): string {
      const text = contents.get(path);
      if (text === undefined) throw new Error(`ENOENT: no such file, open '${path}'`);
      return text;
    },
    readText: async (path: string) => files.readTextNow(path),
  } as unknown as Files;
  const platform = { clock, files, host: { environment } as unknown as Host };

  let pair: CertifiedKey;
  let other: CertifiedKey;
  before(async () => {
    const validity = { notBefore: 0, notAfter: 86_400_000 };
    pair = await createAuthority({ commonName: "one" }, validity);
    other = await createAuthority({ commonName: "other" }, validity);
  });

  beforeEach(() => {
    contents.clear();
    for (const name of Object.keys(environment)) delete environment[name];
  });

  function load(cluster: string, user: string, master?: string) {
    contents.set("/etc/kubeconfig", kubeconfig(cluster, user));
    const flags = { kubeconfig: "/etc/kubeconfig", ...(master === undefined ? {} : { master }) };
    return loadClientConfig(platform, flags);
  }

  it("reads inline data and the context's namespace", () => {
    const config = load(
      `{server: "https://10.0.0.9:6443/", certificate-authority-data: ${base64("CA")}, tls-server-name: api}`,
      `{client-certificate-data: ${base64(pair.certificate)}, client-key-data: ${base64(pair.key)}}`,
    );
    assert.equal(config.namespace, "team");
    assert.equal(config.credentials.server, "https://10.0.0.9:6443");
    assert.deepEqual(config.credentials.tls, {
      certificateAuthorities: "CA",
      serverName: "api",
      ...pair,
    });
  });

  it("reads files relative to its own folder", () => {
    contents.set("/etc/pki/ca.crt", "CA");
    contents.set("/keys/k", pair.key);
    contents.set("/keys/c", pair.certificate);
    const { credentials } = load(
      "{server: https://a, certificate-authority: pki/ca.crt}",
      "{client-certificate: /keys/c, client-key: /keys/k}",
    );
    assert.equal(credentials.tls?.certificateAuthorities, "CA");
    assert.equal(credentials.tls?.key, pair.key);
  });

  it("lets --master override the server, without a scheme too", () => {
    assert.equal(
      load("{server: https://a}", "{}", "10.0.0.9:8080").credentials.server,
      "http://10.0.0.9:8080",
    );
    assert.equal(
      loadClientConfig(platform, { master: "http://b/" }).credentials.server,
      "http://b",
    );
  });

  it("sends tokens, basic auth and impersonation", async () => {
    const { credentials: token } = load("{server: https://a}", "{token: abc, as: jane}");
    assert.equal(await token.authorization(), "Bearer abc");
    assert.deepEqual(token.headers, { "impersonate-user": "jane" });
    const { credentials: basic } = load("{server: https://a}", "{username: u, password: p}");
    assert.equal(await basic.authorization(), `Basic ${base64("u:p")}`);
  });

  it("reads a token file again after a minute", async () => {
    contents.set("/etc/token", "one\n");
    const { credentials } = load("{server: https://a}", "{tokenFile: token}");
    assert.equal(await credentials.authorization(), "Bearer one");
    contents.set("/etc/token", "two\n");
    assert.equal(await credentials.authorization(), "Bearer one");
    await clock.advance(60_000);
    assert.equal(await credentials.authorization(), "Bearer two");
  });

  it("reads the files of a client certificate again after a minute, unless it was given another", async () => {
    contents.set("/etc/c", pair.certificate);
    contents.set("/etc/k", pair.key);
    const { credentials } = load("{server: https://a}", "{client-certificate: c, client-key: k}");
    const current = (): string => (credentials.tls?.key === pair.key ? "old" : "new");
    contents.set("/etc/c", other.certificate);
    assert.equal(current(), "old");
    await clock.advance(60_000);
    assert.equal(current(), "old", "half of a pair is not taken");
    contents.set("/etc/k", other.key);
    await clock.advance(60_000);
    assert.equal(current(), "new");
    assert.equal(credentials.tls?.certificate, other.certificate);
    contents.delete("/etc/k");
    await clock.advance(60_000);
    assert.equal(current(), "new");
    credentials.replace({ tls: pair });
    contents.set("/etc/k", other.key);
    await clock.advance(60_000);
    assert.equal(current(), "old");
  });

  const wrong: readonly [string, string, string, RegExp][] = [
    ["a proxy", "{server: https://a, proxy-url: http://p}", "{}", /proxy-url is not supported/],
    ["exec", "{server: https://a}", "{exec: {command: x}}", /exec are not supported/],
    [
      "a key alone",
      "{server: https://a}",
      `{client-key-data: ${base64("K")}}`,
      /client-certificate is missing/,
    ],
    [
      "a missing file",
      "{server: https://a, certificate-authority: ca}",
      "{}",
      /certificate-authority \/etc\/ca: ENOENT/,
    ],
    [
      "insecure with a CA",
      `{server: https://a, insecure-skip-tls-verify: true, certificate-authority-data: ${base64("C")}}`,
      "{}",
      /exclude each other/,
    ],
    ["no server", "{}", "{}", /names no server/],
  ];
  for (const [what, cluster, user, message] of wrong) {
    it(`refuses ${what} with one line`, () => {
      assert.throws(
        () => load(cluster, user),
        (error) =>
          error instanceof ConfigError &&
          message.test(error.message) &&
          !error.message.includes("\n"),
      );
    });
  }

  describe("a client certificate and a key that are no pair", () => {
    const cluster = "{server: https://a}";
    const refuse = (user: string, message: string): void =>
      assert.throws(
        () => load(cluster, user),
        new ConfigError(`kubeconfig /etc/kubeconfig: ${message}`),
      );

    it("are refused by their names", () => {
      contents.set("/etc/c.crt", pair.certificate);
      contents.set("/etc/c.key", other.key);
      refuse(
        "{client-certificate: c.crt, client-key: c.key}",
        "client-certificate /etc/c.crt and client-key /etc/c.key do not match",
      );
      refuse(
        `{client-certificate-data: ${base64(pair.certificate)}, client-key: c.key}`,
        "client-certificate-data and client-key /etc/c.key do not match",
      );
    });

    it("are refused where one of them is something else", () => {
      contents.set("/etc/c.crt", pair.certificate);
      contents.set("/etc/c.key", "no key");
      refuse(
        "{client-certificate: c.crt, client-key: c.key}",
        "client-key /etc/c.key is not a private key in PEM",
      );
      refuse(
        "{client-certificate: c.key, client-key: c.crt}",
        "client-certificate /etc/c.key is not a certificate in PEM",
      );
    });

    it("end a wait for the server at once", async () => {
      const tls = { certificate: pair.certificate, key: other.key };
      const { credentials } = configOf(platform, { server: "https://127.0.0.1:1", tls });
      const waiting = connectClient({
        platform: nodePlatform,
        codec: nativeCodec,
        credentials,
        waitMilliseconds: Number.POSITIVE_INFINITY,
      });
      const why = "client certificate and client key do not match";
      await assert.rejects(waiting, new ConfigError(`credentials for https://127.0.0.1:1: ${why}`));
    });
  });

  it("refuses unknown contexts and files that are not there", () => {
    contents.set("/k", kubeconfig("{server: https://a}", "{}"));
    const flags = { kubeconfig: "/k", context: "other" };
    assert.throws(() => loadClientConfig(platform, flags), /context "other" does not exist/);
    assert.throws(() => loadClientConfig(platform, { kubeconfig: "/none" }), /ENOENT/);
  });

  it("takes a pod's service account where no flag says otherwise", async () => {
    assert.throws(() => loadClientConfig(platform, {}), /KUBERNETES_SERVICE_HOST/);
    const folder = "/var/run/secrets/kubernetes.io/serviceaccount";
    contents.set(`${folder}/ca.crt`, "CA");
    contents.set(`${folder}/namespace`, "kube-system");
    contents.set(`${folder}/token`, "tok");
    environment.KUBERNETES_SERVICE_HOST = "fd00::1";
    environment.KUBERNETES_SERVICE_PORT = "443";
    const { credentials, namespace } = loadClientConfig(platform, {});
    assert.equal(credentials.server, "https://[fd00::1]:443");
    assert.equal(namespace, "kube-system");
    assert.equal(await credentials.authorization(), "Bearer tok");
  });

  it("lets credentials be replaced while they are used", async () => {
    const { credentials } = configOf(platform, { server: "https://a", token: "one" });
    credentials.replace({ token: "two" });
    assert.equal(await credentials.authorization(), "Bearer two");
  });
});
