import assert from "node:assert/strict";
import { builtScheduler, builtServers } from "../../bench/peers/peer.js";
import { requirement } from "../../support/clients/requirement.js";
import { builtComponents } from "../../support/clients/upstreamPrograms.js";
import { components, type Maker, MixedCluster } from "../../support/interchange/mixedCluster.js";
import { busyboxImage, missingForRig } from "../../support/nodes/nodeRig.js";
import { skipBecause } from "../../support/nodes/skipBecause.js";
import { until } from "../../support/nodes/until.js";

/** Of each component's log, when a test has failed. */
const linesShown = 15;
const page = "mkdir -p /www; hostname > /www/index.html; httpd -f -p 8000 -h /www";

/**
 * Ten clusters: all components are of one maker's but one, which is the other's. Each does what a
 * cluster is for, with objects of its own: an API server keeps them, a controller manager makes
 * pods and endpoints, a scheduler binds, a kubelet runs, a proxy leads the service to them, and all
 * of it goes away again.
 */
describe("components of ours and upstream's, exchanged for each other", function () {
  this.timeout(2_400_000);
  let cluster: MixedCluster;
  let number = 0;

  before(async function () {
    skipBecause(this, missingForRig());
    const programs = await requirement(this, "Go and upstream's modules", () => ({
      ...builtServers(),
      scheduler: builtScheduler(),
      components: builtComponents(),
    }));
    cluster = new MixedCluster(programs);
    await cluster.start("ours");
  });
  afterEach(function () {
    if (this.currentTest?.state !== "failed") return;
    for (const component of components) {
      const lines = cluster.rig.log(component).trimEnd().split("\n").slice(-linesShown);
      console.log(`${component}:\n${lines.map((line) => line.slice(0, 400)).join("\n")}`);
    }
  });
  after(() => cluster?.rig.stop());

  const work = async (): Promise<void> => {
    number += 1;
    const name = `web-${number}`;
    const metadata = { name, namespace: "default" };
    const labels = { app: name };
    const container = { name: "c", image: busyboxImage, command: ["sh", "-c", page] };
    const spec = { terminationGracePeriodSeconds: 1, containers: [container] };
    const template = { metadata: { labels }, spec };
    cluster.apply(
      {
        ...{ apiVersion: "apps/v1", kind: "Deployment", metadata },
        spec: { replicas: 2, selector: { matchLabels: labels }, template },
      },
      {
        ...{ apiVersion: "v1", kind: "Service", metadata },
        spec: { selector: labels, ports: [{ port: 80, targetPort: 8000 }] },
      },
    );
    cluster.kubectl("wait", `deployment/${name}`, "--for=condition=Available", "--timeout=120s");
    const path = "jsonpath={.spec.clusterIP}";
    const address = cluster.kubectl("get", "service", name, "-o", path);
    const pods = new Set<string>();
    await until("both pods to answer at the service's address", () => {
      const get = ["curl", "-sS", "--noproxy", "*", "--max-time", "1", `http://${address}/`];
      const { status, stdout } = cluster.rig.attempt(get);
      if (status === 0) pods.add(stdout.trim());
      return pods.size === 2;
    });
    const selected = ["-l", `app=${name}`, "-o", "name"];
    const names = cluster
      .kubectl("get", "pods", ...selected)
      .trim()
      .split("\n");
    assert.deepEqual(names.map((pod) => pod.replace("pod/", "")).sort(), [...pods].sort());
    cluster.kubectl("delete", "deployment,service", name, "--wait=false");
    await until("everything to go", () => {
      return cluster.kubectl("get", "replicasets,pods,endpointslices", ...selected) === "";
    });
  };

  const makers: readonly (readonly [Maker, Maker])[] = [
    ["ours", "upstream"],
    ["upstream", "ours"],
  ];
  for (const [most, one] of makers) {
    describe(`all of ${most === "ours" ? "ours" : "upstream's"} but one`, () => {
      before(async () => {
        for (const component of components) await cluster.put(component, most);
        // Upstream's end where an API server goes while they start; nobody starts them again here.
        await work();
      });
      for (const component of components) {
        it(component, async () => {
          await cluster.put(component, one);
          await work();
          await cluster.put(component, most);
        });
      }
    });
  }
});
