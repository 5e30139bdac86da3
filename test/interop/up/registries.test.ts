import assert from "node:assert/strict";
import { skipBecause } from "../../support/nodes/skipBecause.js";
import { webImage } from "../../support/nodes/testImages.js";
import { whyNoRegistry } from "../../support/nodes/testRegistry.js";
import { UpRig, whyNoUp } from "../../support/nodes/upRig.js";

const registry = "registry.local";

function pod(name: string, nodeName: string, image: string): object {
  const containers = [{ name: "web", image, imagePullPolicy: "Always" }];
  const spec = { nodeName, containers, terminationGracePeriodSeconds: 1 };
  return { apiVersion: "v1", kind: "Pod", metadata: { name }, spec };
}

describe("the registries of steersman up's nodes", function () {
  this.timeout(300_000);
  let rig: UpRig | undefined;

  after(async () => {
    await rig?.close();
  });

  it("are reached as certs.d of the data directory says, without a restart", async function () {
    skipBecause(this, whyNoUp() ?? whyNoRegistry());
    rig = await UpRig.make();
    await rig.up("--runtime", "containerd", "--nodes", "2");
    await rig.startRegistry(registry, [webImage(`${registry}/some/web:1`)]);
    const image = `${registry}/some/web:1`;
    rig.apply(pod("first", "node-0", image), pod("second", "node-1", image));
    const ready = ["wait", "--for=condition=Ready", "--timeout=15s"];
    rig.kubectl(...ready, "pod/first", "pod/second");
    const events = rig.kubectl("get", "events", "-o", "jsonpath={.items[*].message}");
    assert.equal(events.match(/Successfully pulled image/g)?.length, 2, events);
  });
});
