import assert from "node:assert/strict";
import { OpensslSigner, projectedPod } from "../../support/nodes/projectedPod.js";
import {
  addresses,
  type Machine,
  type NodeMachine,
  nodeMachines,
  RealCluster,
  webImage,
  whyNoRealCluster,
} from "../../support/nodes/realCluster.js";
import { skipBecause } from "../../support/nodes/skipBecause.js";
import { until } from "../../support/nodes/until.js";

interface Pod {
  readonly metadata: { name: string; deletionTimestamp?: string };
  readonly spec: { nodeName: string };
  readonly status: {
    phase: string;
    podIP?: string;
    conditions?: { type: string; status: string }[];
    containerStatuses?: { restartCount: number; containerID: string }[];
  };
}

const soon = ["not-ready", "unreachable"].map((name) => ({
  key: `node.kubernetes.io/${name}`,
  operator: "Exists",
  effect: "NoExecute",
  tolerationSeconds: 2,
}));

function deployment(name: string, replicas: number, spec: object = {}): object {
  const labels = { app: name };
  const containers = [{ name: "web", image: webImage }];
  const template = {
    metadata: { labels },
    spec: { containers, tolerations: soon, terminationGracePeriodSeconds: 1, ...spec },
  };
  return {
    apiVersion: "apps/v1",
    kind: "Deployment",
    metadata: { name },
    spec: { replicas, selector: { matchLabels: labels }, template },
  };
}

function service(name: string): object {
  return {
    apiVersion: "v1",
    kind: "Service",
    metadata: { name },
    spec: { type: "NodePort", selector: { app: name }, ports: [{ port: 80, targetPort: 8000 }] },
  };
}

describe("real nodes", function () {
  this.timeout(600_000);
  const cluster = new RealCluster();

  before(async function () {
    skipBecause(this, whyNoRealCluster());
    await cluster.start();
    // Replies of a pod to another on its bridge must pass the rules: one on each node asks across.
    cluster.apply(deployment("web", 4), service("web"), service("far"), service("near"));
    cluster.apply(deployment("far", 1, { nodeName: addresses.two }));
    cluster.apply(deployment("near", 1, { nodeName: addresses.one }));
    for (const name of ["web", "far", "near"]) rolledOut(name);
  });

  after(async () => {
    await cluster.close();
  });

  afterEach(function () {
    if (this.currentTest?.state !== "failed" || process.env.REAL_NODES_LOGS === undefined) return;
    for (const name of cluster.logNames) console.error(`== ${name}\n${cluster.log(name)}`);
  });

  function rolledOut(name: string): void {
    cluster.kubectl("rollout", "status", `deployment/${name}`, "--timeout=240s");
  }

  function pods(app: string): Pod[] {
    const text = cluster.kubectl("get", "pods", "-l", `app=${app}`, "-o", "json");
    return (JSON.parse(text) as { items: Pod[] }).items;
  }

  const ready = (pod: Pod): boolean =>
    pod.metadata.deletionTimestamp === undefined &&
    pod.status.conditions?.some(({ type, status }) => type === "Ready" && status === "True") ===
      true;

  const one = (app: string): Pod => pods(app).find(ready) ?? assert.fail(`no ready pod of ${app}`);

  function field(name: string, path: string): string {
    return cluster.kubectl("get", "service", name, "-o", `jsonpath={${path}}`);
  }

  const page = (host: string): string => `http://${host}/cgi-bin/who`;

  function ask(from: Machine, host: string): string {
    return cluster.run(from, "curl", "-sSf", "-m", "3", page(host)).trim();
  }

  function askFromPod(pod: Pod, host: string): string {
    // A static busybox's wget and nslookup need glibc's plugins, which the image has not.
    const [address = "", port = "80"] = host.split(":");
    const request = "GET /cgi-bin/who HTTP/1.0\\r\\n\\r\\n";
    const script = `printf '${request}' | nc -w 3 ${address} ${port}`;
    const answer = cluster.kubectl("exec", pod.metadata.name, "--", "sh", "-c", script);
    return answer.trim().split("\n").at(-1) ?? "";
  }

  /** Answers, also where the rules have yet to be written. */
  async function answers(what: string, act: () => string): Promise<string> {
    let answer = "";
    let last: unknown;
    const holds = (): boolean => {
      try {
        answer = act();
        return answer !== "";
      } catch (error) {
        last = error;
        return false;
      }
    };
    await until(what, holds).catch((error: unknown) => {
      throw new Error(`${String(error)}: ${String(last)}`);
    });
    return answer;
  }

  /** The page's `HOST sees [::ffff:ADDRESS]`. */
  const sees = (answer: string): string => /sees .*?([\d.]{7,})/.exec(answer)?.[1] ?? answer;

  const machineOf = (pod: Pod): NodeMachine =>
    nodeMachines.find((node) => addresses[node] === pod.spec.nodeName) ?? assert.fail();

  it("run the pods of a Deployment on both, with addresses of their ranges", () => {
    const all = pods("web");
    assert.deepEqual([...new Set(all.map((pod) => pod.spec.nodeName))].sort(), cluster.nodeNames());
    for (const pod of all) {
      const path = "jsonpath={.spec.podCIDR}";
      const range = cluster.kubectl("get", "node", pod.spec.nodeName, "-o", path);
      assert.match(range, /^10\.20\.\d\.0\/24$/);
      assert.ok(pod.status.podIP?.startsWith(range.replace("0/24", "")), pod.status.podIP);
      const id = pod.status.containerStatuses?.[0]?.containerID.replace("containerd://", "") ?? "";
      assert.ok(cluster.containers(machineOf(pod)).includes(id), id);
    }
  });

  it("answer on the ClusterIP and the NodePort, and nothing else has the address", async () => {
    const ip = field("web", ".spec.clusterIP");
    const port = field("web", ".spec.ports[0].nodePort");
    const hosts = [ip, `${addresses.one}:${port}`, `${addresses.two}:${port}`];
    for (const host of hosts) {
      for (const from of ["one", "two", "outside"] as const) {
        if (from === "outside" || host === ip || !host.startsWith(addresses[from])) {
          await answers(`${host} from ${from}`, () => ask(from, host));
        }
      }
      for (const app of ["near", "far"]) {
        await answers(`${host} from ${app}`, () => askFromPod(one(app), host));
      }
    }
    for (const from of ["one", "two", "outside"] as const) {
      assert.throws(() => cluster.run(from, "ping", "-c1", "-W1", ip), from);
      assert.ok(!cluster.run(from, "ip", "address").includes(ip), from);
    }
  });

  it("keep a pod's source with --cluster-cidr, and masquerade one from outside", async () => {
    const ip = field("far", ".spec.clusterIP");
    const near = one("near");
    const inside = await answers("far from near", () => askFromPod(near, ip));
    assert.equal(sees(inside), near.status.podIP);
    const outside = await answers("far from outside", () => ask("outside", ip));
    assert.equal(sees(outside), addresses.one);
  });

  it("start a killed container again, and replace a deleted pod", async () => {
    const pod = one("near");
    const id = pod.status.containerStatuses?.[0]?.containerID.replace("containerd://", "") ?? "";
    cluster.killContainer("one", id);
    await until("the container to be started again", () => {
      const [now] = pods("near");
      return (
        now !== undefined && ready(now) && now.status.containerStatuses?.[0]?.restartCount === 1
      );
    });
    assert.equal(one("near").metadata.name, pod.metadata.name);
    const gone = one("far").metadata.name;
    cluster.kubectl("delete", "pod", gone, "--timeout=240s");
    rolledOut("far");
    assert.notEqual(one("far").metadata.name, gone);
  });

  it("lose no write and stop no container when every component is killed", async () => {
    const before = nodeMachines.map((node) => cluster.containers(node));
    const names = pods("web").map((pod) => pod.metadata.name);
    const write = "kubectl -s http://127.0.0.1:8080 create configmap write-$i --from-literal=n=$i";
    cluster.startScript("writer", `i=0; while ${write}; do i=$((i+1)); done`);
    const written = (): string[] =>
      [...cluster.log("writer").matchAll(/configmap\/(\S+) created/g)].map(
        (match) => match[1] ?? "",
      );
    await until("some writes", () => written().length >= 8);
    await cluster.crash();
    await cluster.end("writer");
    cluster.startControlPlane();
    for (const node of nodeMachines) {
      cluster.startKubelet(node);
      // From here on with the other setting.
      cluster.startProxy(node, "--masquerade-all");
    }
    await cluster.untilServed();
    const there = new Set(cluster.kubectl("get", "configmaps", "-o", "name").split("\n"));
    for (const name of written()) assert.ok(there.has(`configmap/${name}`), name);
    await cluster.untilReady();
    assert.deepEqual(
      pods("web").map((pod) => pod.metadata.name),
      names,
    );
    assert.deepEqual(
      nodeMachines.map((node) => cluster.containers(node)),
      before,
    );
  });

  it("project what openssl verifies the API server by, and a certificate that openssl has signed", async () => {
    cluster.apply(projectedPod("projected"));
    const signer = new OpensslSigner(cluster);
    await until("a request for the pod's certificate", () => signer.sign());
    const wait = ["wait", "--for=condition=Ready", "--timeout=120s", "pod/projected"];
    cluster.kubectl(...wait);
    signer.check("projected");
    cluster.kubectl("delete", "pod", "projected");
  });

  it("masquerade everything with --masquerade-all", async () => {
    const ip = field("far", ".spec.clusterIP");
    const near = one("near");
    await until("the pod's source to be masqueraded", () => {
      try {
        return sees(askFromPod(near, ip)) === addresses.one;
      } catch {
        return false;
      }
    });
    assert.equal(sees(ask("outside", ip)), addresses.one);
  });

  it("are not ready, tainted and emptied once the kubelet has ended", async () => {
    await cluster.end("kubelet-two", "SIGTERM");
    const node = (path: string): string =>
      cluster.kubectl("get", "node", addresses.two, "-o", `jsonpath={${path}}`);
    await until("the node to be not ready", () => {
      return node('.status.conditions[?(@.type=="Ready")].status') === "Unknown";
    });
    await until("its taints", () => {
      const taints = node(".spec.taints[*]");
      return taints.includes("NoExecute") && taints.includes("node.kubernetes.io/unreachable");
    });
    await until("the pods to come back elsewhere", () => {
      const here = pods("web").filter((pod) => ready(pod) && machineOf(pod) === "one");
      return here.length === 4;
    });
    cluster.startKubelet("two");
    await cluster.untilReady();
    await until("the old pods to be gone", () => pods("web").length === 4);
  });
});
