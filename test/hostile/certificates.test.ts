import assert from "node:assert/strict";
import { webcrypto } from "node:crypto";
import * as https from "node:https";
import * as tls from "node:tls";
import {
  createAuthority,
  createRequest,
  generateKey,
  issue,
  noNames,
  openAuthority,
  readRequest,
  signCertificate,
} from "../../lib/api/pki/certificates.js";
import {
  CertificateVerifier,
  certificatesOfPem,
} from "../../lib/apiserver/authentication/certificateVerifier.js";
import { startTestApiServer } from "../support/apiserver/testApiServer.js";
import {
  type CertificateShape,
  makeCertificate,
  newKeys,
  pemOf,
  x509,
} from "../support/pki/certificateMaker.js";

type Keys = Awaited<ReturnType<typeof newKeys>>;

const now = Date.now();
const { KeyUsageFlags } = x509;
const limitReached = "signature check attempts limit reached while verifying certificate chain";
const notAuthorized = "certificate is not authorized to sign other certificates";

/** Authorities of one name and one key: each has issued every other, as far as one can tell. */
async function mutualChain(count: number, keys: Keys): Promise<Uint8Array[]> {
  const own = { subject: "m", issuer: "m", key: keys, signer: keys };
  const leaf = await makeCertificate({ ...own, subject: "leaf" });
  const others = Array.from({ length: count }, () =>
    makeCertificate({ ...own, isAuthority: true }),
  );
  return [leaf, ...(await Promise.all(others))];
}

/** How many signatures are checked meanwhile. */
async function timed(work: () => unknown): Promise<number> {
  const started = performance.now();
  await work();
  return performance.now() - started;
}

describe("client certificates of a stranger", () => {
  let root: Keys;
  let middle: Keys;
  let leaf: Keys;
  let authority: Uint8Array;

  before(async () => {
    [root, middle, leaf] = await Promise.all([newKeys(), newKeys(), newKeys()]);
    const own = { subject: "root", issuer: "root", key: root, signer: root };
    authority = await makeCertificate({ ...own, isAuthority: true });
  });

  const verifier = (): CertificateVerifier => new CertificateVerifier(pemOf(authority));
  const intermediate = (shape: Partial<CertificateShape>): Promise<Uint8Array> =>
    makeCertificate({
      ...{ subject: "middle", issuer: "root", key: middle, signer: root },
      ...shape,
    });
  const client = (shape: Partial<CertificateShape> = {}): Promise<Uint8Array> =>
    makeCertificate({
      ...{ subject: "jane", issuer: "middle", key: leaf, signer: middle },
      ...shape,
    });
  const reasonOf = (chain: readonly Uint8Array[]): string => {
    const answer = verifier().verify(chain, now);
    return answer.verified ? "verified" : answer.reason;
  };

  for (const count of [2, 5, 7, 9, 10, 30]) {
    it(`cost little where ${count} issue each other`, async () => {
      const chain = await mutualChain(count, middle);
      let reason = "";
      const took = await timed(() => {
        reason = reasonOf(chain);
      });
      const expected = count < 4 ? "certificate signed by unknown authority" : limitReached;
      assert.equal(reason, expected);
      // A hundred checks are ten milliseconds; every order of nine certificates was seven seconds.
      assert.ok(took < 1_000, `${took} ms`);
    });
  }

  it("are found among such all the same, when their chain is a short one", async () => {
    const [, ...strangers] = await mutualChain(9, middle);
    const good = await intermediate({ isAuthority: true });
    assert.equal(reasonOf([await client(), good, ...strangers]), "verified");
  });

  it("are followed over as many intermediates as there may be, in any order", async () => {
    const chain: Uint8Array[] = [];
    let signer = root;
    let issuer = "root";
    for (let index = 0; index < 10; index++) {
      const key = await newKeys();
      const subject = `level-${index}`;
      chain.unshift(await makeCertificate({ subject, issuer, key, signer, isAuthority: true }));
      [signer, issuer] = [key, subject];
    }
    const last = await makeCertificate({ subject: "jane", issuer, key: leaf, signer });
    assert.equal(reasonOf([last, ...chain]), "verified");
    assert.equal(reasonOf([last, ...chain.reverse()]), "verified");
  });

  const refused: [string, Partial<CertificateShape>, string][] = [
    ["no authority", { isAuthority: false }, notAuthorized],
    ["without basic constraints", {}, notAuthorized],
    ["that may not sign", { isAuthority: true, usages: KeyUsageFlags.cRLSign }, notAuthorized],
    [
      "of servers",
      { isAuthority: true, extendedUsages: ["1.3.6.1.5.5.7.3.1"] },
      "certificate specifies an incompatible key usage",
    ],
    ["that has ended", { isAuthority: true, notAfter: now - 1000 }, "certificate has expired"],
    [
      "with a critical extension that nobody knows",
      { isAuthority: true, more: [new x509.Extension("1.2.3.4", true, new Uint8Array([5, 0]))] },
      "unhandled critical extension",
    ],
    [
      "by another key",
      { isAuthority: true, signer: undefined },
      "certificate signed by unknown authority",
    ],
  ];
  for (const [what, shape, reason] of refused) {
    it(`are refused behind an intermediate ${what}`, async () => {
      const signer = "signer" in shape ? leaf : root;
      const chain = [await client(), await intermediate({ ...shape, signer })];
      assert.equal(reasonOf(chain), reason);
    });
  }

  it("are accepted behind an intermediate that may sign, with extensions to be ignored", async () => {
    const shape = {
      isAuthority: true,
      pathLength: 0,
      usages: KeyUsageFlags.keyCertSign,
      extendedUsages: ["1.3.6.1.5.5.7.3.2"],
      more: [new x509.Extension("1.2.3.4", false, new Uint8Array([5, 0]))],
    };
    assert.equal(reasonOf([await client(), await intermediate(shape)]), "verified");
  });

  it("are held to the path length of every authority above them", async () => {
    const short = await intermediate({ isAuthority: true, pathLength: 0 });
    const key = await newKeys();
    const low = { subject: "low", issuer: "middle", key, signer: middle, isAuthority: true };
    const chain = [await client({ issuer: "low", signer: key }), await makeCertificate(low), short];
    assert.equal(reasonOf(chain), "too many intermediates for path length constraint");
  });

  it("are refused with names where the authority above constrains names", async () => {
    const names = new x509.SubjectAlternativeNameExtension([{ type: "dns", value: "a.example" }]);
    const permitted = Uint8Array.from([0x30, 0x00]);
    const more = [new x509.Extension("2.5.29.30", true, permitted)];
    const constrained = await intermediate({ isAuthority: true, more });
    const named = await client({ more: [names] });
    assert.match(reasonOf([named, constrained]), /^name constraints are not supported/);
    assert.equal(reasonOf([await client(), constrained]), "verified");
  });

  it("are refused where their bytes are none, or cut, or twisted", async () => {
    const good = [await client(), await intermediate({ isAuthority: true })];
    for (const index of [0, 1]) {
      const der = good[index] ?? new Uint8Array();
      for (let at = 0; at < der.length; at += 7) {
        const bad = Uint8Array.from(der);
        bad[at] = (bad[at] ?? 0) ^ 0xff;
        const chain = good.map((one, position) => (position === index ? bad : one));
        assert.notEqual(reasonOf(chain), "verified", `${index}: byte ${at}`);
      }
      assert.equal(
        reasonOf(good.map((one, position) => (position === index ? one.subarray(0, 99) : one))),
        "malformed certificate",
      );
    }
  });
});

describe("a connection with nine certificates that issue each other", () => {
  it("holds up nobody", async () => {
    const validity = { notBefore: now - 60_000, notAfter: now + 3_600_000 };
    const pem = await createAuthority({ commonName: "own" }, validity);
    const own = await openAuthority(pem);
    const serving = await issue(
      own,
      { commonName: "s" },
      ["server"],
      { ...noNames, ips: ["127.0.0.1"] },
      validity,
    );
    const { policy, server, stop } = await startTestApiServer(
      {
        secure: {
          address: "127.0.0.1",
          port: 0,
          tls: { ...serving, clientCertificateAuthorities: pem.certificate },
        },
      },
      { clientCertificateAuthorities: pem.certificate },
    );
    assert.ok(policy);
    const port = server.addresses.secure?.port ?? 0;
    const keys = await newKeys();
    const chain = await mutualChain(9, keys);
    const secret = await webcrypto.subtle.exportKey("pkcs8", keys.privateKey);
    const key =
      "-----BEGIN PRIVATE KEY-----\n" +
      `${Buffer.from(secret).toString("base64")}\n-----END PRIVATE KEY-----\n`;
    const socket = tls.connect({
      ...{ host: "127.0.0.1", port, rejectUnauthorized: false, key },
      cert: chain.map(pemOf).join(""),
    });
    try {
      const answered = new Promise<string>((resolve, reject) => {
        socket.once("data", (bytes) => resolve(bytes.toString("latin1").split("\r\n")[0] ?? ""));
        socket.once("error", reject);
      });
      socket.write("GET /version HTTP/1.1\r\nhost: x\r\n\r\n");
      const healthy = new Promise<number>((resolve, reject) => {
        const options = { host: "127.0.0.1", port, path: "/readyz", ca: pem.certificate };
        https
          .get({ ...options, agent: false }, (response) => {
            response.resume();
            response.on("end", () => resolve(response.statusCode ?? 0));
          })
          .on("error", reject);
      });
      const took = await timed(async () => {
        assert.match(await answered, / 401 /);
        assert.equal(await healthy, 200);
      });
      assert.ok(took < 2_000, `${took} ms`);
    } finally {
      socket.destroy();
      await stop();
    }
  });
});

describe("a certificate that is asked for by names in the notation of names", () => {
  it("has the names that were read, and no other", async () => {
    const validity = { notBefore: now - 60_000, notAfter: now + 3_600_000 };
    const pem = await createAuthority({ commonName: "own" }, validity);
    const own = await openAuthority(pem);
    const masters = Buffer.from("system:masters");
    const organizations = [
      'x"system:masters"',
      '"system:masters"',
      "system:\\masters",
      `#0c${masters.length.toString(16).padStart(2, "0")}${masters.toString("hex")}`,
      "a, O=system:masters",
      "a+O=system:masters",
    ];
    const commonName = 'x"admin"';
    const request = await createRequest(
      { commonName, organizations },
      noNames,
      await generateKey(),
    );
    const read = await readRequest(request);
    assert.deepEqual(read.subject, { commonName, organizations });
    const signed = await signCertificate(
      own,
      read.subject,
      read.publicKey,
      ["client"],
      noNames,
      validity,
    );
    const [certificate] = certificatesOfPem(signed);
    const answer = new CertificateVerifier(pem.certificate).verify(
      [certificate?.raw ?? new Uint8Array()],
      now,
    );
    assert.ok(answer.verified);
    assert.equal(answer.identity.commonName, commonName);
    assert.deepEqual(answer.identity.organizations, organizations);
  });
});
