import assert from "node:assert/strict";
import { requirement } from "../../support/clients/requirement.js";
import { builtCoreDns } from "../../support/clients/upstreamPrograms.js";
import { coreDnsManifests, coreDnsTtlSeconds } from "../../support/dns/coreDnsManifests.js";
import {
  clientImage,
  clientImageArchive,
  coreDnsImageArchive,
} from "../../support/dns/dnsImages.js";
import { until } from "../../support/nodes/until.js";
import { type UpRig, upWithWeb } from "../../support/nodes/upRig.js";

const address = "10.96.0.10";
const ownTtlSeconds = 30;
const nodes = ["node-0", "node-1"] as const;

describe("CoreDNS in the place of this program's DNS", function () {
  this.timeout(2_400_000);
  let rig: UpRig;

  before(async function () {
    const coreDns = await requirement(this, "Go and CoreDNS' module", builtCoreDns);
    ({ rig } = await upWithWeb(this, { flags: ["--runtime", "containerd", "--nodes", "2"] }));
    rig.loadImage("client", clientImageArchive(rig.directory));
    rig.loadImage("coredns", coreDnsImageArchive(coreDns));
    const containers = [{ name: "client", image: clientImage }];
    const pods = nodes.map((nodeName) => ({
      apiVersion: "v1",
      kind: "Pod",
      metadata: { name: nodeName },
      spec: { nodeName, containers, terminationGracePeriodSeconds: 0 },
    }));
    rig.apply(...pods);
    rig.kubectl("wait", "--for=condition=Ready", "pod", "--all", "--timeout=240s");
  });

  after(async () => {
    await rig?.close();
  });

  /** Which TTL a record has that a pod gets: each server has its own. */
  function ttlAt(pod: string): number {
    const question = ["kubernetes.default.svc.cluster.local", "A", "+noall", "+answer"];
    const answer = rig.kubectl("exec", pod, "--", "dig", "+timeout=1", "+tries=1", ...question);
    return Number(/\s(\d+)\s+IN\s+A\s+10\.96\.0\.1\s*$/m.exec(answer)?.[1]);
  }

  async function isAnsweredWith(ttlSeconds: number): Promise<void> {
    for (const pod of nodes) {
      await until(`answers of ${ttlSeconds} seconds at ${pod}`, () => {
        try {
          return ttlAt(pod) === ttlSeconds;
        } catch {
          return false;
        }
      });
      // Nobody else answers any more.
      for (let count = 0; count < 10; count++) assert.equal(ttlAt(pod), ttlSeconds);
      assert.equal(
        rig.kubectl("exec", pod, "--", "resolve-musl", "kubernetes.default").trim(),
        "10.96.0.1",
      );
    }
  }

  const rolledOut = (): string =>
    rig.kubectl("rollout", "status", "deployment/coredns", "-n", "kube-system", "--timeout=240s");

  it("is not there at first", async () => {
    await isAnsweredWith(ownTtlSeconds);
  });

  it("takes the Service over by its manifests alone", async () => {
    rig.apply(...coreDnsManifests(address));
    rolledOut();
    await isAnsweredWith(coreDnsTtlSeconds);
  });

  it("gives it back when its Service is deleted", async () => {
    rig.kubectl("delete", "service", "kube-dns", "-n", "kube-system");
    await isAnsweredWith(ownTtlSeconds);
  });

  it("has it after another start, and says so", async () => {
    rig.apply(...coreDnsManifests(address));
    assert.equal(await rig.end("SIGTERM"), 0);
    const said = await rig.up("--nodes", "2");
    assert.match(said, /^dns {4}10\.96\.0\.10 for cluster\.local: .*kube-dns has a selector: its/m);
    assert.deepEqual(rig.processesOf("dns", "steersman.js"), []);
    rolledOut();
    rig.kubectl("wait", "--for=condition=Ready", "pod", "--all", "--timeout=240s");
    await isAnsweredWith(coreDnsTtlSeconds);
  });

  it("answers with --cluster-dns and its address", async () => {
    assert.equal(await rig.end("SIGTERM"), 0);
    const said = await rig.up("--nodes", "2", "--cluster-dns", address);
    assert.match(said, /^dns {4}10\.96\.0\.10 for cluster\.local$/m);
    rolledOut();
    rig.kubectl("wait", "--for=condition=Ready", "pod", "--all", "--timeout=240s");
    await isAnsweredWith(coreDnsTtlSeconds);
  });
});
