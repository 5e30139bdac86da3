import assert from "node:assert/strict";
import { certificatesV1 } from "../../../lib/api/gen/resources.js";
import { pemBlocks, pemText } from "../../../lib/api/pki/pemBlocks.js";
import { TrustBundles } from "../../../lib/kubelet/credentials/trustBundles.js";
import { silentLogger } from "../../../lib/platform/logger.js";
import { ControllerHarness } from "../../support/client/controllerHarness.js";

const signerName = "example.com/a";
const count = 10_000;

describe("trust bundles of somebody who makes many", () => {
  let harness: ControllerHarness;
  let running: Promise<void>;

  beforeEach(() => {
    harness = new ControllerHarness();
  });
  afterEach(async () => {
    await harness.stop();
    await running;
  });

  it("are read in turns, garbage and all, and told of once", async () => {
    let told = 0;
    const trust = new TrustBundles({
      platform: harness,
      client: harness.client,
      logger: silentLogger,
      onChange: () => {
        told += 1;
      },
    });
    running = trust.run(harness.signal);
    const bundles = harness.client.resource(certificatesV1.clustertrustbundles);
    const make = (name: string, trustBundle: string) =>
      bundles.create({
        metadata: { name: `example.com:a:${name}` },
        spec: { signerName, trustBundle },
      });
    await make("garbage", "-----BEGIN CERTIFICATE-----\n".repeat(38_000));
    const padding = "x".repeat(600);
    for (let index = 0; index < count; index += 1) {
      await make(String(index), pemText("CERTIFICATE", Buffer.from(`${index} ${padding}`)));
    }
    const text = trust.bySigner(signerName, {}, false);
    let isDone = false;
    void text.then(() => {
      isDone = true;
    });
    for (let turns = 0; !isDone && turns < 1_000; turns += 1) await harness.settle(100);
    assert.equal([...pemBlocks(await text)].length, count);
    await harness.settle(5_000);
    assert.equal(told, 1);
  });
});
