import assert from "node:assert/strict";
import {
  constants,
  generateKeyPairSync,
  type KeyObject,
  sign,
  type webcrypto,
  X509Certificate,
} from "node:crypto";
import {
  type Authority,
  createAuthority,
  noNames,
  openAuthority,
  signCertificate,
} from "../../../../lib/api/pki/certificates.js";
import { createStubRequest, podKeyTypes } from "../../../../lib/api/pki/stubRequest.js";
import { formatTime } from "../../../../lib/api/time.js";
import type { ObjectTree } from "../../../../lib/apiserver/admission/admissionPlugin.js";
import type { Authorizer } from "../../../../lib/apiserver/authorization/authorizer.js";
import { StrategyTable } from "../../../../lib/apiserver/registry/strategies.js";
import type { StrategyContext } from "../../../../lib/apiserver/registry/strategy.js";

const now = Date.UTC(2026, 5);
const minute = 60_000;
const hour = 60 * minute;
const table = new StrategyTable({ allowPrivileged: false });
const strategy = table.strategyFor({
  group: "certificates.k8s.io",
  kind: "PodCertificateRequest",
  namespaced: true,
});
/** Who may sign for signer-one and for nobody else. */
const authorizer: Authorizer = {
  name: "test",
  authorize: ({ verb, name, user }) => ({
    outcome: verb === "sign" && name === signerName && user.name === "jane" ? "allow" : "noOpinion",
    reason: "",
  }),
};
const signerName = "example.com/signer-one";

async function wrong(
  object: object,
  old?: object,
  subresource = "",
  userName = "jane",
): Promise<string[]> {
  assert.ok(strategy?.validateCreate && strategy.validateUpdate && strategy.examine);
  const context: StrategyContext = {
    ...{ namespace: "default", name: "r", subresource, now, userName },
    user: { name: userName, uid: "", groups: [], extra: {} },
    warn: () => undefined,
  };
  const tree = object as ObjectTree;
  const before = old as ObjectTree | undefined;
  const found =
    before === undefined
      ? strategy.validateCreate(tree, context)
      : strategy.validateUpdate(tree, before, context);
  const errors = await strategy.examine(tree, before, found, { context, authorizer });
  return errors.map(({ field, detail }) => `${field}: ${detail}`);
}

let stub = "";
const request = (spec: object = {}, status?: object): ObjectTree => ({
  metadata: { name: "r", namespace: "default", uid: "u", resourceVersion: "1" },
  spec: {
    ...{ signerName, podName: "p", podUID: "pod-uid", serviceAccountName: "default" },
    ...{ serviceAccountUID: "1", nodeName: "n", nodeUID: "2", maxExpirationSeconds: 86_400 },
    stubPKCS10Request: stub,
    ...spec,
  },
  ...(status === undefined ? {} : { status }),
});

describe("PodCertificateRequest, created", () => {
  before(async () => {
    stub = (await createStubRequest("ECDSAP256")).request.toString("base64");
  });

  // Half a minute may pass until a key of RSA4096 is found: its size alone differs.
  for (const keyType of podKeyTypes.filter((type) => type !== "RSA4096")) {
    it(`is taken with a key of type ${keyType}`, async () => {
      const made = await createStubRequest(keyType);
      const stubPKCS10Request = made.request.toString("base64");
      assert.deepEqual(await wrong(request({ stubPKCS10Request })), []);
    }).timeout(60_000);
  }

  const far = "x".repeat(129);
  const cases: [what: string, spec: object, errors: RegExp[]][] = [
    ["no signer", { signerName: "" }, [/^spec\.signerName: Required value/]],
    ["a signer without a path", { signerName: "example.com" }, [/^spec\.signerName: Invalid/]],
    ["a pod's name that is none", { podName: "A" }, [/^spec\.podName: Invalid value: "A"/]],
    ["no pod's UID", { podUID: "" }, [/^spec\.podUID: Invalid value: "": must not be empty$/]],
    ["a long UID", { nodeUID: far }, [/^spec\.nodeUID: Too long: may not be more than 128 bytes$/]],
    ["no service account", { serviceAccountName: "" }, [/^spec\.serviceAccountName: Invalid/]],
    ["no node", { nodeName: "" }, [/^spec\.nodeName: Invalid/]],
    [
      "no time",
      { maxExpirationSeconds: undefined, stubPKCS10Request: "AAAA" },
      [/^spec\.maxExpirationSeconds: Required value: must be set$/],
    ],
    [
      "less than an hour",
      { maxExpirationSeconds: 3599 },
      [/^spec\.maxExpirationSeconds: Invalid value: 3599: must be in the range \[3600, 7862400\]$/],
    ],
    ["91 days", { maxExpirationSeconds: 91 * 86_400 }, []],
    ["more", { maxExpirationSeconds: 91 * 86_400 + 1 }, [/in the range \[3600, 7862400\]$/]],
    [
      "more than a day of Kubernetes' own signer",
      { signerName: "x.kubernetes.io/y", maxExpirationSeconds: 86_401 },
      [/in the range \[3600, 86400\]$/],
    ],
    [
      "annotations without a domain",
      { unverifiedUserAnnotations: { a: "b" } },
      [/^spec\.unverifiedUserAnnotations: Invalid value: "a": must be a domain-prefixed key/],
    ],
    ["annotations", { unverifiedUserAnnotations: { "Spiffe/Path": "b" } }, []],
    ["neither form of key", { stubPKCS10Request: "" }, [/^spec: Invalid value: exactly one of/]],
    ["both forms", { pkixPublicKey: "AAAA" }, [/^spec: Invalid value: exactly one of/]],
    ["half a form", { stubPKCS10Request: "", pkixPublicKey: "AAAA" }, [/^spec: Invalid value: ex/]],
    [
      "garbage for a request",
      { stubPKCS10Request: Buffer.from("garbage").toString("base64") },
      [/^spec\.stubPKCS10Request: Invalid value: must be a valid PKCS#10 CSR$/],
    ],
    [
      "a long request",
      { stubPKCS10Request: Buffer.alloc(10_241).toString("base64") },
      [/^spec\.stubPKCS10Request: Too long: may not be more than 10240 bytes$/],
    ],
  ];
  for (const [what, spec, errors] of cases) {
    it(`${errors.length === 0 ? "takes" : "refuses"} ${what}`, async () => {
      const found = await wrong(request(spec));
      assert.equal(found.length, errors.length, found.join("\n"));
      for (const [index, error] of errors.entries()) assert.match(found[index] ?? "", error);
    });
  }

  it("refuses a request whose signature is another's, and one with more after it", async () => {
    const bytes = Buffer.from(stub, "base64");
    const forged = Buffer.from(bytes);
    forged.writeUInt8(forged.readUInt8(bytes.length - 1) ^ 1, bytes.length - 1);
    assert.deepEqual(await wrong(request({ stubPKCS10Request: forged.toString("base64") })), [
      "spec.stubPKCS10Request: Invalid value: invalid signature",
    ]);
    const longer = Buffer.concat([bytes, Buffer.from([0])]).toString("base64");
    const [more] = await wrong(request({ stubPKCS10Request: longer }));
    assert.match(more ?? "", /must be a valid PKCS#10 CSR$/);
  });

  const proofOf = (key: KeyObject, uid: string): string => {
    const isRsa = key.asymmetricKeyType === "rsa";
    const padding = { padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: 32 };
    const digest = key.asymmetricKeyType === "ed25519" ? null : "sha256";
    return sign(digest, Buffer.from(uid), isRsa ? { key, ...padding } : key).toString("base64");
  };
  const pairs = {
    ed25519: () => generateKeyPairSync("ed25519"),
    "P-384": () => generateKeyPairSync("ec", { namedCurve: "P-384" }),
    "RSA 3072": () => generateKeyPairSync("rsa", { modulusLength: 3072 }),
  };
  for (const [name, make] of Object.entries(pairs)) {
    it(`takes the older form with a key of ${name}, and no other pod's proof`, async () => {
      const { publicKey, privateKey } = make();
      const pkixPublicKey = publicKey.export({ type: "spki", format: "der" }).toString("base64");
      const form = { stubPKCS10Request: "", pkixPublicKey };
      const own = { ...form, proofOfPossession: proofOf(privateKey, "pod-uid") };
      assert.deepEqual(await wrong(request(own)), []);
      const others = { ...form, proofOfPossession: proofOf(privateKey, "other") };
      assert.deepEqual(await wrong(request(others)), [
        "spec.proofOfPossession: Invalid value: could not verify proof-of-possession signature",
      ]);
    }).timeout(60_000);
  }

  it("refuses keys that pods do not have", async () => {
    const keys: [ReturnType<(typeof pairs)["ed25519"]>, RegExp][] = [
      [generateKeyPairSync("rsa", { modulusLength: 2048 }), /"2048-bit modulus": RSA keys must/],
      [
        generateKeyPairSync("ec", { namedCurve: "secp256k1" }),
        /"curve secp256k1": elliptic public/,
      ],
      [generateKeyPairSync("ed448"), /Invalid value: unknown public key type/],
    ];
    for (const [{ publicKey }, why] of keys) {
      const pkixPublicKey = publicKey.export({ type: "spki", format: "der" }).toString("base64");
      const form = { stubPKCS10Request: "", pkixPublicKey, proofOfPossession: "AAAA" };
      assert.match((await wrong(request(form)))[0] ?? "", why);
    }
  });
});

describe("PodCertificateRequest, updated", () => {
  let authority: Authority;
  let ca = "";
  let key: webcrypto.CryptoKey;
  before(async () => {
    const validity = { notBefore: now - hour, notAfter: now + 1000 * hour };
    const pair = await createAuthority({ commonName: "ca" }, validity);
    ca = pair.certificate;
    authority = await openAuthority(pair);
    const made = await createStubRequest("ECDSAP256");
    stub = made.request.toString("base64");
    const { Pkcs10CertificateRequest } = await import("@peculiar/x509");
    key = await new Pkcs10CertificateRequest(made.request).publicKey.export();
  });

  const at = (milliseconds: number): string => formatTime(milliseconds);
  const condition = (type: string, more: object = {}): object => ({
    ...{ type, status: "True", reason: "R", message: "m", lastTransitionTime: at(now), ...more },
  });
  async function issued(life = 24 * hour, start = now - 2 * minute, more: object = {}) {
    const names = { dns: ["server.default.svc"], ips: [], uris: ["spiffe://x/y"] };
    const validity = { notBefore: start, notAfter: start + life };
    const subject = { commonName: "p" };
    const leaf = await signCertificate(authority, subject, key, ["client"], names, validity);
    return {
      conditions: [condition("Issued")],
      certificateChain: leaf + ca,
      notBefore: at(start),
      notAfter: at(start + life),
      beginRefreshAt: at(start + life - 30 * minute),
      ...more,
    };
  }
  const status = (wanted: object, old: object = {}, user = "jane"): Promise<string[]> =>
    wrong(request({}, wanted), request({}, old), "status", user);

  it("keeps its spec", async () => {
    const found = await wrong(request({ podName: "q" }), request());
    assert.match(found.join("\n"), /^spec: Invalid value: .*: field is immutable$/);
    assert.deepEqual(await wrong(request(), request()), []);
  });

  it("is issued, once, by whoever may sign", async () => {
    const whole = await issued();
    assert.deepEqual(await status(whole), []);
    assert.deepEqual(await status(whole, whole, "joe"), []);
    assert.deepEqual(await status(whole, {}, "joe"), [
      'spec.signerName: Forbidden: User "joe" is not permitted to "sign" for signer ' +
        '"example.com/signer-one"',
    ]);
    const later = { ...whole, beginRefreshAt: at(now + 12 * hour) };
    const why = "immutable after PodCertificateRequest is issued, denied, or failed";
    assert.deepEqual(await status(later, whole), [`status: Invalid value: ${why}`]);
  });

  it("is denied or fails with nothing beside its condition", async () => {
    for (const type of ["Denied", "Failed"]) {
      const conditions = [condition(type)];
      assert.deepEqual(await status({ conditions }), []);
      assert.match(
        (await status({ conditions, notBefore: at(now) }))[0] ?? "",
        /^status: Invalid value: non-condition status fields must be empty/,
      );
    }
    const why = 'status is immutable unless transitioning to "Issued", "Denied", or "Failed"';
    assert.deepEqual(await status({ notBefore: at(now) }), [`status: Invalid value: ${why}`]);
    assert.deepEqual(await status({}), []);
  });

  const conditions: [what: string, conditions: object[], why: RegExp][] = [
    ["two ends", [condition("Issued"), condition("Denied")], /\.\[1\]\.type: Invalid.*at most one/],
    ["an end that is not", [condition("Failed", { status: "False" })], /\.\[0\]\.status: Unsupp/],
    ["another type", [condition("Approved")], /conditions\.\[0\]\.type: Unsupported value/],
    [
      "no reason",
      [condition("Failed", { reason: "" })],
      /conditions\[0\]\.reason: Required value$/,
    ],
    ["a reason with spaces", [condition("Failed", { reason: "a b" })], /a condition reason must/],
    ["no time", [condition("Failed", { lastTransitionTime: null })], /lastTransitionTime: Requir/],
    [
      "a long message",
      [condition("Failed", { message: "x".repeat(32_769) })],
      /message: Too long: may not be more than 32768 bytes$/,
    ],
  ];
  for (const [what, list, why] of conditions) {
    it(`has no conditions with ${what}`, async () => {
      assert.match((await status({ conditions: list })).join("\n"), why);
    });
  }

  const chains: [what: string, make: () => Promise<object>, why: RegExp][] = [
    [
      "no certificate",
      () => issued(undefined, undefined, { certificateChain: "" }),
      /certificateChain: Invalid value: "": issued certificate chain must contain at least one/,
    ],
    [
      "a long chain",
      () => issued(undefined, undefined, { certificateChain: "x".repeat(102_401) }),
      /certificateChain: Too long: may not be more than 102400 bytes$/,
    ],
    [
      "a key in the chain",
      async () => {
        const whole = await issued();
        const block = "-----BEGIN PRIVATE KEY-----\nYWFh\n-----END PRIVATE KEY-----\n";
        return { ...whole, certificateChain: whole.certificateChain + block };
      },
      /must consist entirely of CERTFICATE PEM blocks$/,
    ],
    [
      "garbage after the leaf",
      async () => {
        const whole = await issued();
        const block = "-----BEGIN CERTIFICATE-----\nYWFh\n-----END CERTIFICATE-----\n";
        return { ...whole, certificateChain: whole.certificateChain + block };
      },
      /intermediate certificate does not parse as valid X\.509$/,
    ],
    [
      "the CA for a leaf",
      () => issued(undefined, undefined, { certificateChain: ca }),
      /leaf certificate was not issued to the requested public key$/,
    ],
    [
      "less than an hour",
      () => issued(hour - 1000),
      /leaf certificate lifetime must be >= 1 hour$/,
    ],
    [
      "more than was asked for",
      () => issued(25 * hour),
      /<= spec\.maxExpirationSeconds \(86400\)$/,
    ],
    ["an old certificate", () => issued(undefined, now - 6 * minute), /within 5 minutes of kube-/],
    [
      "another begin",
      () => issued(undefined, undefined, { notBefore: at(now) }),
      /notBefore: Invalid value: "[^"]+": must be set to the NotBefore time encoded/,
    ],
    [
      "another end",
      () => issued(undefined, undefined, { notAfter: at(now) }),
      /notAfter: Invalid value: "[^"]+": must be set to the NotAfter time encoded/,
    ],
    [
      "no time to renew it",
      () => issued(undefined, undefined, { beginRefreshAt: undefined }),
      /beginRefreshAt: Required value: must be present and in the range/,
    ],
    [
      "a renewal at once",
      () => issued(undefined, undefined, { beginRefreshAt: at(now) }),
      /must be at least 10 minutes after status\.notBefore$/,
    ],
    [
      "a late renewal",
      () => issued(undefined, undefined, { beginRefreshAt: at(now + 24 * hour - 5 * minute) }),
      /must be at least 10 minutes before status\.notAfter$/,
    ],
  ];
  for (const [what, make, why] of chains) {
    it(`is not issued with ${what}`, async () => {
      const [error, ...more] = await status(await make());
      assert.match(error ?? "", why);
      assert.deepEqual(more, []);
    });
  }

  it("is not issued with names that no verifier takes", async () => {
    const start = now - minute;
    const validity = { notBefore: start, notAfter: start + hour };
    const names = { ...noNames, dns: ["a..b", ".c"], emails: ["nobody"] };
    const subject = { commonName: "p" };
    const leaf = await signCertificate(authority, subject, key, ["client"], names, validity);
    assert.ok(new X509Certificate(leaf).subjectAltName);
    const times = { notBefore: at(start), notAfter: at(start + hour) };
    const whole = { ...(await issued()), ...times, certificateChain: leaf };
    const lead = "status.certificateChain: Invalid value: ";
    const name = "leaf certificate's DNSName should not";
    assert.deepEqual(await status({ ...whole, beginRefreshAt: at(now + 30 * minute) }), [
      `${lead}"a..b": ${name} contain '..'`,
      `${lead}".c": ${name} start or end with '.'`,
      `${lead}"nobody": leaf certificate should not contain invalid EmailAddress`,
    ]);
  });
});
