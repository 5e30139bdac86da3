import assert from "node:assert/strict";
import { certificatesV1 } from "../../../lib/api/gen/resources.js";
import type { Pod } from "../../../lib/api/gen/types/coreV1.js";
import type { LabelSelector } from "../../../lib/api/gen/types/metaV1.js";
import { pemBlocks, pemText } from "../../../lib/api/pki/pemBlocks.js";
import { apiErrors } from "../../../lib/api/status.js";
import { TrustBundles } from "../../../lib/kubelet/credentials/trustBundles.js";
import { silentLogger } from "../../../lib/platform/logger.js";
import { ControllerHarness } from "../../support/client/controllerHarness.js";
import { pod } from "../../support/kubelet/kubeletObjects.js";

const anchor = (text: string): string => pemText("CERTIFICATE", Buffer.from(text));
const signerName = "example.com/a";
const nameOf = (own: string, signer = signerName): string => `${signer.replace("/", ":")}:${own}`;

describe("TrustBundles", () => {
  let harness: ControllerHarness;
  let trust: TrustBundles;
  let running: Promise<void>;
  let changes: ((pod: Pod) => boolean)[];
  const bundles = () => harness.client.resource(certificatesV1.clustertrustbundles);

  beforeEach(() => {
    harness = new ControllerHarness();
    begin();
  });
  afterEach(async () => {
    await harness.stop();
    await running;
  });

  function begin(): void {
    changes = [];
    trust = new TrustBundles({
      platform: harness,
      client: harness.client,
      logger: silentLogger,
      onChange: (isConcerned) => changes.push(isConcerned),
    });
    running = trust.run(harness.signal);
  }

  const make = (name: string, signer: string, texts: string[], labels: object = {}) =>
    bundles().create({
      metadata: { name, labels: labels as Record<string, string> },
      spec: { trustBundle: texts.join(""), ...(signer === "" ? {} : { signerName: signer }) },
    });
  /** What is found, without its order, which is nobody's to rely on. */
  async function of(what: Promise<string>): Promise<string[]> {
    const found = what.then(
      (text) => [...pemBlocks(text)].map(({ bytes }) => bytes.toString()).sort(),
      (error: Error) => [error.message],
    );
    await harness.settle();
    return found;
  }
  const selected = (selector?: LabelSelector, isOptional = false) =>
    of(trust.bySigner(signerName, selector, isOptional));

  it("reads nothing before a pod wants a bundle", async () => {
    const verbs: string[] = [];
    harness.transport.refuse = ({ verb }) => void verbs.push(verb);
    await harness.settle(60_000);
    assert.deepEqual(verbs, []);
    await of(trust.byName("none", true));
    assert.notDeepEqual(verbs, []);
  });

  it("has a bundle by name: its certificates, each once, and nothing else of it", async () => {
    const key = pemText("PRIVATE KEY", Buffer.from("k"));
    await make("plain", "", ["a comment\n", anchor("x"), anchor("y"), "more\n", anchor("x")]);
    assert.deepEqual(await of(trust.byName("plain", false)), ["x", "y"]);
    await make("odd", "", ["-----BEGIN CERTIFICATE-----\nnot base64\n", key, anchor("z")]);
    await harness.settle();
    const text = trust.byName("odd", false);
    assert.ok(!(await text).includes("PRIVATE"));
  });

  it("says that a bundle is missing, unless it is optional", async () => {
    assert.deepEqual(await of(trust.byName("none", false)), [
      'while getting ClusterTrustBundle: clustertrustbundle.certificates.k8s.io "none" not found',
    ]);
    assert.deepEqual(await of(trust.byName("none", true)), []);
  });

  it("joins a signer's bundles that a selector selects, and no other signer's", async () => {
    await make(nameOf("1"), signerName, [anchor("one"), anchor("both")], { live: "yes" });
    await make(nameOf("2"), signerName, [anchor("two"), anchor("both")], { live: "no" });
    await make(nameOf("3", "example.com/b"), "example.com/b", [anchor("other")], { live: "yes" });
    await make("plain", "", [anchor("plain")], { live: "yes" });
    assert.deepEqual(await selected({}), ["both", "one", "two"]);
    assert.deepEqual(await selected({ matchLabels: { live: "yes" } }), ["both", "one"]);
    const none = ["combination of signerName and labelSelector matched zero ClusterTrustBundles"];
    assert.deepEqual(await selected({ matchLabels: { live: "maybe" } }), none);
    assert.deepEqual(await selected({ matchLabels: { live: "maybe" } }, true), []);
    // Absent is nothing, and not everything.
    assert.deepEqual(await selected(undefined), none);
    assert.deepEqual(await selected(undefined, true), []);
    const values = Array.from({ length: 2_000 }, (_one, index) => `${"x".repeat(55)}${index}`);
    const long = { matchExpressions: [{ key: "live", operator: "NotIn", values }] };
    assert.match((await selected(long))[0] ?? "", /^label selector length \(\d+\) is larger than/);
  });

  it("follows what changes, is deleted, and is made again", async () => {
    const name = nameOf("1");
    await make(name, signerName, [anchor("old")]);
    assert.deepEqual(await selected({}), ["old"]);
    assert.deepEqual(await of(trust.byName(name, false)), ["old"]);
    const there = await bundles().get(name);
    await bundles().update({ ...there, spec: { ...there.spec, trustBundle: anchor("new") } });
    await harness.settle();
    assert.deepEqual(await selected({}), ["new"]);
    assert.deepEqual(await of(trust.byName(name, false)), ["new"]);
    await bundles().delete(name);
    await harness.settle();
    assert.deepEqual(await selected({}, true), []);
    assert.match((await of(trust.byName(name, false)))[0] ?? "", /not found$/);
    await make(name, signerName, [anchor("again")]);
    await harness.settle();
    assert.deepEqual(await selected({}), ["again"]);
  });

  it("tells of many changes at once, and to whom they matter", async () => {
    await of(trust.byName("none", true));
    await make(nameOf("1"), signerName, [anchor("x")]);
    await make("plain", "", [anchor("x")]);
    await harness.settle(5_000);
    assert.equal(changes.length, 1);
    const uses = (source: object): Pod =>
      pod({
        volumes: [
          { name: "v", projected: { sources: [{ clusterTrustBundle: { path: "p", ...source } }] } },
        ],
      });
    const concerned = (source: object) => changes[0]?.(uses(source));
    assert.equal(concerned({ name: "plain" }), true);
    assert.equal(concerned({ name: "other" }), false);
    assert.equal(concerned({ signerName }), true);
    assert.equal(concerned({ signerName: "example.com/b" }), false);
    assert.equal(concerned({}), false);
    assert.equal(changes[0]?.(pod()), false);
  });

  it("waits ten seconds for the API once, and then says that it is not there", async () => {
    harness.transport.refuse = () => apiErrors.serviceUnavailable("away");
    let failed: Error | undefined;
    const first = trust.byName("plain", false).catch((error: Error) => {
      failed = error;
    });
    await harness.settle(8_000);
    assert.equal(failed, undefined);
    await harness.settle(3_000);
    await first;
    const why = "ClusterTrustBundle informer has not yet synced";
    assert.equal((failed as Error | undefined)?.message, why);
    await assert.rejects(trust.byName("plain", true), { message: why });
    harness.transport.refuse = undefined;
    await make("plain", "", [anchor("x")]);
    await harness.settle(60_000);
    assert.deepEqual(await of(trust.byName("plain", false)), ["x"]);
  });

  it("has the same order for as long as it lives, and another one next time", async () => {
    const texts = Array.from({ length: 30 }, (_one, index) => anchor(`anchor ${index}`));
    await make(nameOf("1"), signerName, texts);
    const read = async (): Promise<string> => {
      const text = trust.bySigner(signerName, {}, false);
      await harness.settle();
      return text;
    };
    const before = await read();
    await make(nameOf("2"), signerName, texts.slice(0, 3));
    await harness.settle();
    assert.equal(await read(), before);
    await harness.stop();
    await running;
    harness.comeUp();
    begin();
    const after = await read();
    assert.notEqual(after, before);
    assert.equal(after.length, before.length);
  });
});
