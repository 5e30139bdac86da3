import assert from "node:assert/strict";
import { certificatesV1beta1, coreV1 } from "../../../../lib/api/gen/resources.js";
import {
  createAuthority,
  issue,
  noNames,
  openAuthority,
} from "../../../../lib/api/pki/certificates.js";
import type { ResourceType } from "../../../../lib/api/resourceType.js";
import type { ObjectTree } from "../../../../lib/apiserver/admission/admissionPlugin.js";
import { StrategyTable } from "../../../../lib/apiserver/registry/strategies.js";
import type { StrategyContext } from "../../../../lib/apiserver/registry/strategy.js";

const table = new StrategyTable({ allowPrivileged: false });
const validity = { notBefore: Date.UTC(2026, 0), notAfter: Date.UTC(2046, 0) };
const context: StrategyContext = {
  ...{ namespace: "", name: "x", subresource: "", now: Date.UTC(2026, 5), userName: "jane" },
  user: { name: "jane", uid: "", groups: [], extra: {} },
  warn: () => undefined,
};

const strategyOf = (type: ResourceType<unknown>) => {
  const strategy = table.lookup(type);
  assert.ok(strategy?.validateCreate && strategy.validateUpdate);
  const { validateCreate, validateUpdate } = strategy;
  return { validateCreate, validateUpdate };
};

describe("ClusterTrustBundle", () => {
  const strategy = strategyOf(certificatesV1beta1.clustertrustbundles);
  let anchor = "";
  let leaf = "";
  before(async () => {
    const authority = await createAuthority({ commonName: "ca" }, validity);
    anchor = authority.certificate;
    const signer = await openAuthority(authority);
    const issued = await issue(signer, { commonName: "leaf" }, ["client"], noNames, validity);
    leaf = issued.certificate;
  });

  const bundle = (name: string, signerName: string | undefined, trustBundle: string): ObjectTree =>
    ({
      metadata: { name, uid: "u", resourceVersion: "1" },
      spec: { trustBundle, ...(signerName === undefined ? {} : { signerName }) },
    }) as ObjectTree;
  const wrong = (object: ObjectTree, old?: ObjectTree): string[] =>
    (old === undefined
      ? strategy.validateCreate(object, context)
      : strategy.validateUpdate(object, old, context)
    ).map(({ field, detail }) => `${field}: ${detail}`);

  const signer = "test.test/signer-one";
  const names: readonly [name: string, signerName: string | undefined, why: RegExp | undefined][] =
    [
      ["test.test:signer-one:0", signer, undefined],
      ["test.test:signer-one:a.b-c", signer, undefined],
      ["plain", undefined, undefined],
      ["plain", "", undefined],
      ["a:b", undefined, /^metadata\.name: .*without signer name must not have ":" in its name/],
      ["plain", signer, /must be named with prefix test\.test:signer-one:/],
      ["test.test:signer-two:0", signer, /must be named with prefix test\.test:signer-one:/],
      ["test.test:signer-one:", signer, /^metadata\.name: /],
      ["test.test:signer-one:A", signer, /^metadata\.name: .*RFC 1123 subdomain/],
      ["test.test:signer-one:a:b", signer, /^metadata\.name: .*RFC 1123 subdomain/],
    ];
  for (const [name, signerName, why] of names) {
    it(`${name} of ${signerName ?? "no signer"} is ${why === undefined ? "a" : "no"} name`, () => {
      const [first] = wrong(bundle(name, signerName, anchor));
      if (why === undefined) assert.equal(first, undefined);
      else assert.match(first ?? "", why);
    });
  }

  it("takes authorities only, each once, and at least one", () => {
    const of = (pem: string) => wrong(bundle("plain", undefined, pem));
    const lead = 'spec.trustBundle: Invalid value: "<value omitted>": ';
    assert.deepEqual(of(""), [`${lead}at least one trust anchor must be provided`]);
    assert.deepEqual(of("no PEM at all"), [`${lead}at least one trust anchor must be provided`]);
    assert.deepEqual(of(`text\n${anchor}`), []);
    assert.deepEqual(of(anchor + leaf), [`${lead}entry 1 does not have the CA bit set`]);
    assert.deepEqual(of(anchor + anchor), [`${lead}duplicate trust anchor (indices [0 1])`]);
    const key = "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n";
    assert.deepEqual(of(key + anchor), [`${lead}entry 0 has bad block type: PRIVATE KEY`]);
    const garbage = "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n";
    assert.deepEqual(of(garbage), [`${lead}entry 0 does not parse as X.509`]);
    const headed = anchor.replace("-----\n", "-----\nA: b\n\n");
    assert.deepEqual(of(headed), [`${lead}entry 0 has PEM block headers`]);
  });

  it("keeps its signer, and reads anchors again only where they change", () => {
    const old = bundle("test.test:signer-one:0", signer, "not read again");
    assert.deepEqual(wrong(bundle("test.test:signer-one:0", signer, "not read again"), old), []);
    const moved = bundle("test.test:signer-one:0", "test.test/other", anchor);
    assert.match(wrong(moved, old).join("\n"), /spec\.signerName: .*field is immutable/);
  });
});

describe("projected volume sources", () => {
  const strategy = strategyOf(coreV1.pods);

  /** What is wrong with a projected volume of these sources, with paths from the sources on. */
  function wrong(...sources: object[]): string[] {
    const pod = {
      metadata: { name: "p", namespace: "n", uid: "u" },
      spec: {
        ...{ restartPolicy: "Always", dnsPolicy: "ClusterFirst", securityContext: {} },
        ...{ terminationGracePeriodSeconds: 30, schedulerName: "default-scheduler" },
        containers: [
          {
            ...{ name: "c", image: "i", imagePullPolicy: "Always" },
            ...{ terminationMessagePath: "/dev/t", terminationMessagePolicy: "File" },
          },
        ],
        volumes: [{ name: "v", projected: { defaultMode: 420, sources } }],
      },
    } as unknown as ObjectTree;
    return strategy
      .validateCreate(pod, { ...context, namespace: "n" })
      .map(({ field, detail }) => `${field}: ${detail}`.replace("spec.volumes[0].projected", "v"));
  }

  const certificate = (more: object = {}): object => ({
    podCertificate: {
      ...{ signerName: "example.com/s", keyType: "ED25519", credentialBundlePath: "b.pem" },
      ...more,
    },
  });
  const trust = (more: object): object => ({ clusterTrustBundle: { path: "t.pem", ...more } });
  const at = "v.sources[0].podCertificate";
  const seconds = `${at}.maxExpirationSeconds: Invalid value: `;

  const cases: readonly [what: string, sources: object[], wrong: (string | RegExp)[]][] = [
    ["a pod certificate", [certificate()], []],
    ["an hour", [certificate({ maxExpirationSeconds: 3600 })], []],
    ["91 days", [certificate({ maxExpirationSeconds: 7862400 })], []],
    [
      "less than an hour",
      [certificate({ maxExpirationSeconds: 3599 })],
      [`${seconds}3599: if provided, maxExpirationSeconds must be >= 3600`],
    ],
    [
      "more than 91 days",
      [certificate({ maxExpirationSeconds: 7862401 })],
      [`${seconds}7862401: if provided, maxExpirationSeconds must be <= 7862400`],
    ],
    [
      "more than a day of Kubernetes' own signer",
      [certificate({ signerName: "kubernetes.io/s", maxExpirationSeconds: 86401 })],
      [`${seconds}86401: if provided, maxExpirationSeconds must be <= 86400`],
    ],
    ["an unknown key type", [certificate({ keyType: "RSA1024" })], [/keyType: Unsupported value/]],
    ["no signer", [certificate({ signerName: "" })], [`${at}.signerName: Required value`]],
    ["a signer without a path", [certificate({ signerName: "a.b" })], [/signerName: Invalid/]],
    [
      "no path",
      [certificate({ credentialBundlePath: "" })],
      [/specify at least one of credentialBundlePath, keyPath, and certificateChainPath/],
    ],
    ["a path upwards", [certificate({ keyPath: "../k" })], [/keyPath: .*must not contain '\.\.'/]],
    [
      "annotations without a domain",
      [certificate({ userAnnotations: { a: "b" } })],
      [/userAnnotations: .*must be a domain-prefixed key/],
    ],
    [
      "two sources of one file",
      [certificate(), trust({ name: "x", path: "b.pem" })],
      ['v: Invalid value: "b.pem": conflicting duplicate paths'],
    ],
    ["a bundle by name", [trust({ name: "x" })], []],
    ["a bundle of a signer by name", [trust({ name: "a.b:s:x" })], []],
    ["a bundle by signer", [trust({ signerName: "a.b/s", labelSelector: {} })], []],
    ["a bundle by neither", [trust({})], [/either name or signerName must be specified/]],
    [
      "a bundle by both",
      [trust({ name: "x", signerName: "a.b/s" })],
      [/only one of name and signerName may be used/],
    ],
    [
      "a bundle by name and labels",
      [trust({ name: "x", labelSelector: {} })],
      [/labelSelector must be unset if name is specified/],
    ],
    ["a bundle of a bad name", [trust({ name: "A" })], [/not a valid clustertrustbundlename/]],
    [
      "two kinds in one source",
      [{ ...certificate(), ...trust({ name: "x" }) }],
      [/^v\.sources\[0\]: .*may not specify more than 1 volume type per source/],
    ],
  ];
  for (const [what, sources, expected] of cases) {
    it(`${what} ${expected.length === 0 ? "is taken" : "is refused"}`, () => {
      const found = wrong(...sources);
      assert.equal(found.length, expected.length, found.join("\n"));
      expected.forEach((one, index) => {
        if (typeof one === "string") assert.equal(found[index], one);
        else assert.match(found[index] ?? "", one);
      });
    });
  }
});
