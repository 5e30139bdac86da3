import assert from "node:assert/strict";
import { createPublicKey } from "node:crypto";
import { coreV1 } from "../../../lib/api/gen/resources.js";
import type { PodSpec, ServiceAccount } from "../../../lib/api/gen/types/coreV1.js";
import { pemBlocks } from "../../../lib/api/pki/pemBlocks.js";
import { KubeletScenario } from "../../support/kubelet/kubeletScenario.js";
import { PodSigner } from "../../support/kubelet/podSigner.js";

const minute = 60_000;
const hour = 60 * minute;
const namespace = "default";
const signerName = "example.com/signer";

const specOf = (more: object = {}, count = 1): Partial<PodSpec> => ({
  serviceAccountName: "default",
  volumes: [
    {
      name: "cert",
      projected: {
        sources: Array.from({ length: count }, (_one, index) => ({
          podCertificate: {
            ...{ signerName, keyType: "ED25519", credentialBundlePath: `${index}.pem` },
            ...more,
          },
        })),
      },
    },
  ],
});

describe("Certificates of pods, in virtual time", () => {
  let scenario: KubeletScenario;
  let signer: PodSigner;
  let account: ServiceAccount;
  beforeEach(async () => {
    scenario = new KubeletScenario();
    await scenario.start();
    const { client, clock } = scenario.api;
    signer = new PodSigner(client, clock);
    const metadata = { name: "default", namespace };
    account = await client.resource(coreV1.serviceaccounts).create({ metadata });
  });
  afterEach(() => scenario.stop());

  /** Keys are made outside of virtual time: as long as it takes, with little time passing. */
  async function until(what: () => Promise<boolean>, step = 100): Promise<void> {
    for (let tries = 0; tries < 2_000; tries += 1) {
      if (await what()) return;
      await scenario.api.clock.advance(step);
    }
    assert.fail("it did not come about");
  }
  const asked = async (count = 1) => {
    await until(async () => (await signer.open()).length === count);
    return signer.open();
  };
  const pass = (milliseconds: number): Promise<void> => scenario.api.clock.advance(milliseconds);
  const directory = async (name: string): Promise<string> => {
    const uid = (await scenario.get(name))?.metadata.uid;
    return `/var/lib/kubelet/pods/${uid}/volumes/kubernetes.io~projected/cert`;
  };
  const bundle = async (name: string, file = "0.pem"): Promise<string> =>
    scenario.files.readText(`${await directory(name)}/${file}`).catch(() => "");
  const leafOf = (text: string): string => String([...pemBlocks(text)][1]?.bytes ?? "");
  const publicKeyOf = (text: string): string => {
    const key = text.slice(0, text.indexOf("-----BEGIN CERTIFICATE"));
    return createPublicKey(key).export({ type: "spki", format: "pem" }).toString();
  };
  const hasLeaf = (name: string, leaf: number) =>
    until(async () => leafOf(await bundle(name)) === `leaf ${leaf}`);
  const events = async (reason: string): Promise<string[]> => {
    const { items } = await scenario.api.client.resource(coreV1.events).list();
    return items.filter((event) => event.reason === reason).map(({ message = "" }) => message);
  };

  it("asks for the pod, waits, and starts it with key and chain", async () => {
    const userAnnotations = { "example.com/a": "b" };
    await scenario.create("web", specOf({ maxExpirationSeconds: 7200, userAnnotations }));
    const [request] = await asked();
    const node = await scenario.api.client.resource(coreV1.nodes).get("n1");
    const uid = (await scenario.get("web"))?.metadata.uid ?? "";
    const { stubPKCS10Request, ...spec } = request?.spec ?? {};
    assert.deepEqual(spec, {
      ...{ signerName, podName: "web", podUID: uid, serviceAccountName: "default" },
      ...{ serviceAccountUID: account.metadata.uid, nodeName: "n1", nodeUID: node.metadata.uid },
      maxExpirationSeconds: 7200,
      unverifiedUserAnnotations: userAnnotations,
    });
    assert.ok(stubPKCS10Request);
    assert.deepEqual(request?.metadata.ownerReferences, [
      { apiVersion: "v1", kind: "Pod", name: "web", uid },
    ]);
    await pass(20_000);
    assert.equal(await scenario.phase("web"), "Pending");
    const why = 'MountVolume.SetUp failed for volume "cert" : credential bundle is not issued yet';
    assert.ok((await events("FailedMount")).includes(why));
    assert.ok(request);
    await signer.issue(request);
    await until(async () => (await scenario.phase("web")) === "Running");
    const text = await bundle("web");
    assert.deepEqual(
      [...pemBlocks(text)].map(({ type, bytes }) => [type, type === "CERTIFICATE" && `${bytes}`]),
      [
        ["PRIVATE KEY", false],
        ["CERTIFICATE", "leaf 1"],
        ["CERTIFICATE", "middle"],
      ],
    );
    assert.ok(!text.includes("comment"));
    assert.equal(publicKeyOf(text), signer.keys[0]);
    assert.deepEqual(scenario.kubelet?.certificateStates, [{ signerName, state: "fresh" }]);
  });

  it("renews in time, each time with a new key, and keeps the old one until then", async () => {
    signer.lifeHours = 2;
    await scenario.create("web", specOf());
    const issueNext = async () => {
      const [request] = await asked();
      assert.ok(request);
      await signer.issue(request);
    };
    await issueNext();
    await hasLeaf("web", 1);
    for (let rotation = 1; rotation <= 3; rotation += 1) {
      await pass(0.9 * hour);
      assert.deepEqual(await signer.open(), []);
      // Its time, what is added at random, and the next pass.
      await pass(0.1 * hour + 7 * minute);
      const [request] = await asked();
      assert.ok(request);
      await pass(minute);
      assert.equal(leafOf(await bundle("web")), `leaf ${rotation}`);
      await signer.issue(request);
      await hasLeaf("web", rotation + 1);
      assert.equal(publicKeyOf(await bundle("web")), signer.keys[rotation]);
    }
    assert.equal(new Set(signer.keys).size, 4);
    assert.equal((await scenario.main("web")).restartCount, 0);
  }).timeout(120_000);

  it("tells once that a renewal is late, and that the certificate is over", async () => {
    signer.lifeHours = 1;
    await scenario.create("web", specOf());
    const [request] = await asked();
    assert.ok(request);
    await signer.issue(request);
    await hasLeaf("web", 1);
    await pass(37 * minute);
    await asked();
    assert.deepEqual(await events("CertificateOverdueForRefresh"), []);
    await pass(15 * minute);
    assert.deepEqual(await events("CertificateOverdueForRefresh"), [
      "PodCertificate refresh overdue",
    ]);
    assert.equal(scenario.kubelet?.certificateStates[0]?.state, "overdue_for_refresh");
    await pass(20 * minute);
    assert.deepEqual(await events("CertificateExpired"), ["PodCertificate expired"]);
    assert.equal(leafOf(await bundle("web")), "leaf 1");
  });

  for (const type of ["Denied", "Failed"] as const) {
    it(`does not ask again after a request was ${type}, and says why`, async () => {
      await scenario.create("web", specOf());
      const [request] = await asked();
      assert.ok(request);
      await signer.end(request, type, "Policy");
      await pass(30 * minute);
      assert.equal((await signer.all()).length, 1);
      assert.equal(await scenario.phase("web"), "Pending");
      const name = `${namespace}/${request.metadata.name}`;
      const what = type === "Denied" ? "was denied" : "failed";
      const why = 'reason="Policy", message="not today"';
      assert.deepEqual(await events(type), [`PodCertificateRequest ${name} ${what}, ${why}`]);
      const mounts = await events("FailedMount");
      const state = type === "Denied" ? "denied" : "failed";
      const last = `permanently ${state}: reason="Policy" message="not today"`;
      assert.ok(mounts.some((message) => message.endsWith(last)));
    });
  }

  it("asks again with a new key when its request was deleted, once it is sure", async () => {
    await scenario.create("web", specOf());
    const [first] = await asked();
    assert.ok(first);
    await signer.delete(first);
    await pass(9 * minute);
    assert.deepEqual(await signer.all(), []);
    await pass(9 * minute);
    const [second] = await asked();
    assert.ok(second);
    assert.notEqual(second.spec.stubPKCS10Request, first.spec.stubPKCS10Request);
    await signer.issue(second);
    await hasLeaf("web", 1);
  });

  it("asks anew after the kubelet was started again, while the pod goes on with the old", async () => {
    await scenario.create("web", specOf());
    const [request] = await asked();
    assert.ok(request);
    await signer.issue(request);
    await hasLeaf("web", 1);
    const before = await scenario.runningIds();
    await scenario.stopKubelet();
    await scenario.start();
    const [again] = await asked();
    assert.ok(again);
    await pass(minute);
    assert.equal(leafOf(await bundle("web")), "leaf 1");
    await signer.issue(again);
    await hasLeaf("web", 2);
    assert.deepEqual(await scenario.runningIds(), before);
    assert.notEqual(signer.keys[0], signer.keys[1]);
  });

  it("goes on once the API is back", async () => {
    scenario.link.beforeCall = ({ type, verb }) => {
      if (type?.resource === "podcertificaterequests" && verb === "create") throw new Error("away");
    };
    await scenario.create("web", specOf());
    await pass(minute);
    assert.deepEqual(await signer.all(), []);
    scenario.link.beforeCall = undefined;
    await pass(2 * minute);
    const [request] = await asked();
    assert.ok(request);
    scenario.link.cut();
    await signer.issue(request);
    await pass(minute);
    assert.equal(await bundle("web"), "");
    scenario.link.mend();
    await hasLeaf("web", 1);
  });

  it("has a key for each source, and forgets all with the pod", async () => {
    signer.lifeHours = 1;
    await scenario.create("web", specOf({}, 3));
    for (const request of await asked(3)) await signer.issue(request);
    await until(async () => (await bundle("web", "2.pem")) !== "");
    const texts = await Promise.all(["0.pem", "1.pem", "2.pem"].map((file) => bundle("web", file)));
    assert.equal(new Set(texts.map(publicKeyOf)).size, 3);
    const path = await directory("web");
    await scenario.delete("web", 1);
    await until(async () => (await scenario.get("web")) === undefined);
    await pass(minute);
    assert.deepEqual(scenario.kubelet?.certificateStates, []);
    assert.equal(await scenario.files.exists(path), false);
    await pass(hour);
    assert.deepEqual(await signer.open(), []);
  }).timeout(60_000);

  it("asks nothing for pods that are over, and of nobody where no pod wants a certificate", async () => {
    const calls: string[] = [];
    scenario.link.beforeCall = ({ type, verb }) => {
      if (type?.group === "certificates.k8s.io") calls.push(`${verb} ${type.resource}`);
    };
    await scenario.create("plain");
    const { pods } = scenario;
    const over = await scenario.create("over", { ...specOf(), restartPolicy: "Never" });
    await pods.delete("over", { namespace });
    const { resourceVersion, ...metadata } = over.metadata;
    await pods.create({ ...over, metadata, status: { phase: "Succeeded" } });
    await pass(10 * minute);
    assert.deepEqual(calls, []);
  });
});
