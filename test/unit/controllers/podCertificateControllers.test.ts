import assert from "node:assert/strict";
import { certificatesV1 } from "../../../lib/api/gen/resources.js";
import type { ClusterTrustBundle } from "../../../lib/api/gen/types/certificatesV1.js";
import { apiErrors } from "../../../lib/api/status.js";
import { PodCertificateCleaner } from "../../../lib/controllers/certificates/podCertificateCleaner.js";
import {
  hasCertificates,
  publishedBundleName,
  TrustBundlePublisher,
} from "../../../lib/controllers/certificates/trustBundlePublisher.js";
import { ControllerHarness } from "../../support/client/controllerHarness.js";

const minute = 60_000;
const signer = "kubernetes.io/kube-apiserver-serving";
const pem = "-----BEGIN CERTIFICATE-----\nYWFh\n-----END CERTIFICATE-----\n";

describe("controllers of pod certificates and trust bundles", () => {
  let harness: ControllerHarness;
  const requests = () => harness.client.resource(certificatesV1.podcertificaterequests);
  const bundles = () => harness.client.resource(certificatesV1.clustertrustbundles);
  const names = async (): Promise<(string | undefined)[]> =>
    (await bundles().list()).items.map(({ metadata }) => metadata.name).sort();

  beforeEach(() => {
    harness = new ControllerHarness({ transport: "rpc" });
  });
  afterEach(() => harness.stop());

  const ask = (name: string) =>
    requests().create({
      metadata: { name, namespace: "team" },
      spec: {
        ...{
          signerName: "example.com/s",
          podName: "p",
          podUID: "1",
          serviceAccountName: "default",
        },
        ...{ serviceAccountUID: "2", nodeName: "n", nodeUID: "3", stubPKCS10Request: "" },
      },
    });

  it("deletes requests of a quarter of an hour, also after one that it may not", async () => {
    harness.transport.refuse = ({ name, type, verb }) =>
      verb === "delete" && name === "a" ? apiErrors.forbidden(type, name, "no") : undefined;
    for (const name of ["a", "b"]) await ask(name);
    await harness.start(new PodCertificateCleaner(harness.context()));
    await harness.settle(10 * minute);
    await ask("c");
    const left = async (): Promise<unknown> =>
      (await requests().list()).items.map(({ metadata }) => metadata.name);
    assert.deepEqual(await left(), ["a", "b", "c"]);
    await harness.settle(10 * minute);
    assert.deepEqual(await left(), ["a", "c"]);
    await harness.settle(10 * minute);
    assert.deepEqual(await left(), ["a"]);
  });

  it("publishes the CA under a name of its content, and takes the signer's others away", async () => {
    const make = (name: string, signerName: string): Promise<ClusterTrustBundle> =>
      bundles().create({ metadata: { name }, spec: { signerName, trustBundle: pem } });
    await make("kubernetes.io:kube-apiserver-serving:old", signer);
    await make("example.com:s:x", "example.com/s");
    const context = harness.context({ rootCertificateAuthorities: pem });
    await harness.start(new TrustBundlePublisher(context));
    const own = publishedBundleName(pem);
    // What upstream names a bundle of this text.
    assert.equal(own, "kubernetes.io:kube-apiserver-serving:6e78ca99f314d9c7ab5a60bb");
    assert.deepEqual(await names(), ["example.com:s:x", own]);
    const { spec } = await bundles().get(own);
    assert.deepEqual(spec, { signerName: signer, trustBundle: pem });
  });

  it("puts its bundle right when somebody changes or deletes it, and tries again", async () => {
    const own = publishedBundleName(pem);
    let isHeld = true;
    harness.transport.refuse = ({ type, verb }) =>
      isHeld && type.resource === "clustertrustbundles" && verb === "create"
        ? apiErrors.internal(new Error("later"))
        : undefined;
    await harness.start(
      new TrustBundlePublisher(harness.context({ rootCertificateAuthorities: pem })),
    );
    assert.deepEqual(await names(), []);
    isHeld = false;
    await harness.settle(10_000);
    assert.deepEqual(await names(), [own]);
    const there = await bundles().get(own);
    await bundles().update({ ...there, spec: { ...there.spec, trustBundle: "other" } });
    await harness.settle();
    assert.equal((await bundles().get(own)).spec.trustBundle, pem);
    await bundles().delete(own);
    await harness.settle();
    assert.deepEqual(await names(), [own]);
  });

  it("has nothing to publish where a cluster has no certificate", () => {
    assert.equal(hasCertificates(pem), true);
    assert.equal(hasCertificates("# none\n"), false);
    assert.equal(hasCertificates(""), false);
  });
});
