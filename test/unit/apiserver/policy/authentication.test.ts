import assert from "node:assert/strict";
import { createAuthority, issue, openAuthority } from "../../../../lib/api/pki/certificates.js";
import { BearerTokenAuthenticator } from "../../../../lib/apiserver/authentication/bearerTokenAuthenticator.js";
import {
  CertificateVerifier,
  certificatesOfPem,
} from "../../../../lib/apiserver/authentication/certificateVerifier.js";
import { parseCredentialFile } from "../../../../lib/apiserver/authentication/credentialFile.js";
import { RequestHeaderAuthenticator } from "../../../../lib/apiserver/authentication/requestHeaderAuthenticator.js";
import { ServiceAccountIssuer } from "../../../../lib/apiserver/authentication/serviceAccountIssuer.js";
import {
  makeSigningKey,
  signingKeyOfPem,
  verificationKeysOfPem,
} from "../../../../lib/apiserver/authentication/serviceAccountKeys.js";
import type { Connection } from "../../../../lib/platform/network.js";
import { nodePlatform } from "../../../../lib/platform/node/nodePlatform.js";

const year = 365 * 24 * 3600 * 1000;
const now = nodePlatform.clock.now();
const none = { dns: [], ips: [] };

async function authorityOf(name: string) {
  const validity = { notBefore: now - year, notAfter: now + 100 * year };
  const pem = await createAuthority({ commonName: name }, validity);
  return { pem: pem.certificate, authority: await openAuthority(pem) };
}

const chainOf = (pem: string): Uint8Array[] => certificatesOfPem(pem).map(({ raw }) => raw);

describe("client certificates", () => {
  it("are those of their authority, in their time", async () => {
    const own = await authorityOf("own");
    const other = await authorityOf("other");
    const subject = { commonName: "jane", organizations: ["a", "b"] };
    const validity = { notBefore: now - 1000, notAfter: now + 60 * year };
    const { certificate } = await issue(own.authority, subject, ["client"], none, validity);
    const verifier = new CertificateVerifier(own.pem);
    const answer = verifier.verify(chainOf(certificate), now);
    assert.ok(answer.verified);
    assert.equal(answer.identity.commonName, "jane");
    assert.deepEqual(answer.identity.organizations, ["a", "b"]);
    // Beyond 2050 certificates write their times in another form.
    assert.ok(answer.identity.notAfter > Date.parse("2070-01-01T00:00:00Z"));
    const refusals: [CertificateVerifier, number, string][] = [
      [new CertificateVerifier(other.pem), now, "certificate signed by unknown authority"],
      [verifier, now + 61 * year, "certificate has expired"],
      [verifier, now - 10_000, "certificate is not yet valid"],
    ];
    for (const [by, at, reason] of refusals) {
      assert.deepEqual(by.verify(chainOf(certificate), at), { verified: false, reason });
    }
    assert.equal(verifier.verify([Buffer.from("x")], now).verified, false);
  });

  it("have groups with any character in their names", async () => {
    const own = await authorityOf("own");
    const validity = { notBefore: now - 1000, notAfter: now + year };
    const organizations = ["a, b", "CN=x,O=y", "c+d", 'e"f', "g\\h", "i\nj", " k ", "ü/l"];
    const subject = { commonName: "x, O=system:masters", organizations };
    const { certificate } = await issue(own.authority, subject, ["client"], none, validity);
    const answer = new CertificateVerifier(own.pem).verify(chainOf(certificate), now);
    assert.ok(answer.verified);
    assert.equal(answer.identity.commonName, "x, O=system:masters");
    assert.deepEqual(answer.identity.organizations, organizations);
  });

  it("of servers are no clients'", async () => {
    const own = await authorityOf("own");
    const validity = { notBefore: now - 1000, notAfter: now + year };
    const subject = { commonName: "s" };
    const { certificate } = await issue(own.authority, subject, ["server"], none, validity);
    const answer = new CertificateVerifier(own.pem).verify(chainOf(certificate), now);
    assert.deepEqual(answer, {
      verified: false,
      reason: "certificate specifies an incompatible key usage",
    });
  });
});

describe("front proxies", () => {
  it("say who asks, when their certificate is theirs", async () => {
    const own = await authorityOf("proxies");
    const other = await authorityOf("other");
    const validity = { notBefore: now - 1000, notAfter: now + year };
    const certificateOf = async (by: typeof own, commonName: string): Promise<string> =>
      (await issue(by.authority, { commonName }, ["client"], none, validity)).certificate;
    const authenticator = new RequestHeaderAuthenticator(
      new CertificateVerifier(own.pem),
      nodePlatform.clock,
      {
        usernameHeaders: ["X-Remote-User"],
        uidHeaders: [],
        groupHeaders: ["X-Remote-Group"],
        extraHeaderPrefixes: ["X-Remote-Extra-"],
        allowedNames: ["front"],
      },
    );
    const headers = {
      "x-remote-user": "jane",
      "x-remote-group": ["a", "b"],
      "x-remote-extra-scopes": "s",
    };
    const ask = async (pem: string, sent: Record<string, string | string[]> = headers) => {
      const connection = {
        peerCertificate: { chain: chainOf(pem), verified: true },
        cache: undefined,
      } as unknown as Connection;
      return authenticator.authenticate({ connection, headers: sent });
    };
    const accepted = await ask(await certificateOf(own, "front"));
    assert.deepEqual(accepted, {
      outcome: "authenticated",
      user: {
        name: "jane",
        uid: "",
        groups: ["a", "b", "system:authenticated"],
        extra: { scopes: ["s"] },
      },
    });
    assert.equal((await ask(await certificateOf(own, "back"))).outcome, "invalid");
    assert.equal((await ask(await certificateOf(other, "front"))).outcome, "invalid");
    assert.equal((await ask(await certificateOf(other, "front"), {})).outcome, "none");
  });
});

describe("bearer tokens", () => {
  const authenticated = {
    outcome: "authenticated",
    user: { name: "jane", uid: "", groups: [], extra: {} },
  } as const;

  it("are invalid where nobody can look up whose they are, unless another kind knows", async () => {
    const broken = [
      () => {
        throw new Error("storage is gone");
      },
      () => Promise.reject(new Error("storage is gone")),
    ];
    const request = {
      connection: undefined as never,
      headers: { authorization: "Bearer x" },
    };
    for (const authenticateToken of broken) {
      const kind = { name: "accounts", authenticateToken };
      assert.deepEqual(await new BearerTokenAuthenticator([kind]).authenticate(request), {
        outcome: "invalid",
        reason: "accounts: storage is gone",
      });
      const known = { name: "file", authenticateToken: () => authenticated };
      const both = new BearerTokenAuthenticator([kind, known]);
      assert.equal(await both.authenticate(request), authenticated);
    }
  });
});

describe("credential files", () => {
  it("are read line by line", () => {
    const lines = parseCredentialFile('t1,joe,1\n\n"t,2",jim,2,"a,b"\n', "f");
    assert.deepEqual(
      lines.map(({ secret, user }) => [secret, user.name, user.uid, user.groups]),
      [
        ["t1", "joe", "1", ["system:authenticated"]],
        ["t,2", "jim", "2", ["a", "b", "system:authenticated"]],
      ],
    );
  });

  it("are refused without telling a secret", () => {
    assert.throws(
      () => parseCredentialFile("topsecret,joe\n", "f"),
      (error: Error) => !error.message.includes("topsecret") && error.message.includes("line 1"),
    );
  });
});

describe("keys of service accounts", () => {
  it("come from private keys, public keys and certificates", async () => {
    const { key, pem } = makeSigningKey();
    assert.equal(key.algorithm, "ES256");
    assert.equal(signingKeyOfPem(pem, "f").keyId, key.keyId);
    assert.deepEqual(
      verificationKeysOfPem(pem, "f").map(({ keyId }) => keyId),
      [key.keyId],
    );
    const publicPem = key.key.export({ type: "spki", format: "pem" }).toString();
    assert.deepEqual(
      verificationKeysOfPem(publicPem, "f").map(({ keyId }) => keyId),
      [key.keyId],
    );
    const own = await authorityOf("own");
    assert.equal(verificationKeysOfPem(`${publicPem}${own.pem}`, "f").length, 2);
    assert.throws(() => verificationKeysOfPem("nothing", "keys.pem"), /keys\.pem holds no/);
  });

  it("are published where the issuer is a URL", () => {
    const { key } = makeSigningKey();
    const issuer = new ServiceAccountIssuer("https://kubernetes.default.svc", key, []);
    const set = JSON.parse(issuer.jsonWebKeySet()) as { keys: Record<string, string>[] };
    assert.equal(set.keys[0]?.kid, key.keyId);
    assert.equal(set.keys[0]?.d, undefined);
    const plain = new ServiceAccountIssuer("local", key, []);
    assert.equal(plain.openIdConfiguration("x"), undefined);
  });
});
