import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { until } from "../../support/nodes/until.js";
import {
  upWebImage as image,
  type Traces,
  type UpRig,
  upWithWeb,
} from "../../support/nodes/upRig.js";

interface Pod {
  readonly metadata: { name: string };
  readonly spec: { nodeName: string };
  readonly status: {
    podIP: string;
    containerStatuses?: { containerID?: string; restartCount: number }[];
  };
}

const page = (host: string): string => `http://${host}/cgi-bin/who`;

function deployment(name: string, replicas: number): object {
  const labels = { app: name };
  const containers = [{ name: "web", image, ports: [{ containerPort: 8000 }] }];
  const spec = { containers, terminationGracePeriodSeconds: 1 };
  return {
    apiVersion: "apps/v1",
    kind: "Deployment",
    metadata: { name },
    spec: {
      ...{ replicas, selector: { matchLabels: labels } },
      template: { metadata: { labels }, spec },
    },
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

describe("steersman up with containerd", function () {
  this.timeout(600_000);
  let rig: UpRig;
  let clean: Traces;
  let said = "";

  before(async function () {
    ({ rig, clean, said } = await upWithWeb(this, {
      flags: ["--runtime", "containerd", "--nodes", "2"],
    }));
    rig.apply(deployment("web", 3), service("web"));
    rolledOut();
  });

  after(async () => {
    await rig?.close();
  });

  function rolledOut(): void {
    rig.kubectl("rollout", "status", "deployment/web", "--timeout=240s");
  }

  function pods(): Pod[] {
    const text = rig.kubectl("get", "pods", "-l", "app=web", "-o", "json");
    return (JSON.parse(text) as { items: Pod[] }).items;
  }

  const idOf = (pod: Pod): string =>
    pod.status.containerStatuses?.[0]?.containerID?.replace("containerd://", "") ?? "";
  /** The first process of the pod's container. */
  const processOf = (pod: Pod): number => rig.tasks(pod.spec.nodeName).get(idOf(pod)) ?? 0;
  const field = (path: string): string =>
    rig.kubectl("get", "service", "web", "-o", `jsonpath={${path}}`);
  async function answers(ask: () => string): Promise<void> {
    let last: unknown;
    const holds = (): boolean => {
      try {
        return ask().includes(" sees ");
      } catch (error) {
        last = error;
        return false;
      }
    };
    await until("an answer", holds).catch((error: unknown) => {
      const state = rig.kubectl("get", "pods,endpointslices", "-o", "wide");
      throw new Error(`${String(error)}: ${String(last)}\n${state}`);
    });
  }

  async function servesEverywhere(): Promise<void> {
    const ip = field(".spec.clusterIP");
    const port = field(".spec.ports[0].nodePort");
    const hosts = [ip, `10.243.0.1:${port}`, `10.243.0.2:${port}`];
    const curl = (host: string): [string, ...string[]] => ["curl", "-sSf", "-m", "3", page(host)];
    for (const host of hosts) {
      await answers(() => rig.inside(...curl(host)));
      await answers(() => rig.insideOf(rig.holder("node-1"), ...curl(host)));
      for (const pod of pods()) {
        const pid = processOf(pod);
        await answers(() => rig.insideOf(pid, ...curl(host)));
      }
    }
  }

  it("says what its nodes are, and that they are ready", () => {
    assert.match(said, /^nodes {2}node-0 \(10\.243\.0\.1\) is this machine, on containerd 1\./m);
    assert.match(said, /^ +node-1 \(10\.243\.0\.2\) is a namespace, on containerd 1\./m);
    const ready = rig.kubectl("get", "nodes", "--no-headers");
    assert.match(ready, /^node-0 +Ready /m);
    assert.match(ready, /^node-1 +Ready /m);
  });

  it("runs a deployment's pods as containers on both", () => {
    const all = pods();
    assert.deepEqual([...new Set(all.map((pod) => pod.spec.nodeName))].sort(), [
      "node-0",
      "node-1",
    ]);
    for (const pod of all) {
      const cidr = "jsonpath={.spec.podCIDR}";
      const range = rig.kubectl("get", "node", pod.spec.nodeName, "-o", cidr);
      assert.ok(pod.status.podIP.startsWith(range.replace("0/24", "")), pod.status.podIP);
      assert.ok(processOf(pod) > 0, `${idOf(pod)} runs`);
    }
  });

  it("answers on the ClusterIP and the NodePorts, from the nodes and from every pod", async () => {
    await servesEverywhere();
    const ip = field(".spec.clusterIP");
    for (const pod of pods()) {
      assert.throws(() => rig.insideOf(processOf(pod), "ping", "-c1", "-W1", ip));
      for (const other of pods()) {
        const direct = page(`${other.status.podIP}:8000`);
        await answers(() => rig.insideOf(processOf(pod), "curl", "-sSf", "-m", "3", direct));
      }
    }
  });

  it("lets pods reach the API server by its Service, with a certificate for that", async () => {
    const authority = join(rig.dataDirectory, "pki/ca.pem");
    for (const pod of pods()) {
      const url = "https://10.96.0.1/version";
      const tls = ["--cacert", authority, "-m", "5"];
      const answer = rig.insideOf(processOf(pod), "curl", "-sSf", ...tls, url);
      assert.match(answer, /"gitVersion"/);
    }
  });

  it("serves kubectl's logs and exec through the nodes' kubelets", async () => {
    for (const pod of pods()) {
      const { name } = pod.metadata;
      const command = ["sh", "-c", "echo in $(hostname); echo logged > /proc/1/fd/1"];
      assert.equal(rig.kubectl("exec", name, "--", ...command), `in ${name}\n`);
      // containerd's shim writes it on its own time.
      await until("the log's line", () => /^logged$/m.test(rig.kubectl("logs", name)));
    }
  });

  it("serves a port of the machine for a pod that asks for one", async () => {
    const containers = [{ name: "edge", image, ports: [{ containerPort: 8000, hostPort: 8090 }] }];
    const spec = { nodeName: "node-0", containers, terminationGracePeriodSeconds: 1 };
    rig.apply({ apiVersion: "v1", kind: "Pod", metadata: { name: "edge" }, spec });
    rig.kubectl("wait", "--for=condition=Ready", "pod/edge", "--timeout=240s");
    const ask = ["-sSf", "-m", "3", page("10.243.0.1:8090")];
    await answers(() => rig.insideOf(rig.holder("node-1"), "curl", ...ask));
  });

  it("refuses a second one on its data directory", async () => {
    const second = new Promise<string>((resolve) => {
      try {
        resolve(rig.steersman("up", "--data-dir", rig.dataDirectory, "--secure-port", "0"));
      } catch (error) {
        resolve(String((error as { stderr?: string }).stderr));
      }
    });
    assert.match(await second, /^Error: .*in use by process \d+\n$/);
  });

  it("refuses another cluster's real nodes in the same network", async () => {
    const other = ["--data-dir", join(rig.directory, "other"), "--secure-port", "0"];
    const ranges = ["--node-cidr", "10.1.0.0/24", "--cluster-cidr", "10.2.0.0/16"];
    const flags = [...other, ...ranges, "--runtime", "containerd"];
    assert.throws(
      () => rig.steersman("up", ...flags),
      /Error: --runtime=containerd: another cluster has real nodes here: st\w+br is its bridge/,
    );
  });

  it("starts a node's kubelet again that was killed", async () => {
    const [pid] = rig.processesOf("node-1", "kubelet.js");
    process.kill(pid ?? assert.fail("no kubelet"), "SIGKILL");
    await until("another kubelet", () => {
      const [now] = rig.processesOf("node-1", "kubelet.js");
      return now !== undefined && now !== pid;
    });
  });

  it("adopts its containers after kill -9", async () => {
    const ids = pods().map(idOf);
    assert.equal(await rig.end("SIGKILL"), "SIGKILL");
    await rig.up("--runtime", "containerd", "--nodes", "2");
    rolledOut();
    assert.deepEqual(pods().map(idOf), ids);
    assert.deepEqual(
      pods().map((pod) => pod.status.containerStatuses?.[0]?.restartCount),
      [0, 0, 0],
    );
    rig.kubectl("scale", "deployment/web", "--replicas=5");
    rolledOut();
    await servesEverywhere();
  });

  it("leaves nothing behind on SIGTERM", async () => {
    assert.equal(await rig.end("SIGTERM"), 0);
    assert.deepEqual(rig.traces(), clean);
  });

  it("runs the same pods again when it starts on the same data", async () => {
    await rig.up("--nodes", "2");
    await until("the pods to run again", () => pods().every((pod) => processOf(pod) > 0));
    rolledOut();
    await servesEverywhere();
  });

  it("removes what kill -9 left when the next has simulated nodes", async () => {
    await rig.end("SIGKILL");
    assert.notDeepEqual(rig.traces(), clean);
    const output = await rig.up("--runtime", "simulated");
    assert.match(output, /^nodes {2}1, simulated$/m);
    assert.equal(await rig.end("SIGINT"), 0);
    assert.deepEqual(rig.traces(), clean);
  });

  it("keeps nothing on disk with --in-memory, and simulates nodes without an address", async () => {
    const config = ["--kubeconfig", join(rig.dataDirectory, "kubeconfig")];
    const flags = ["--in-memory", "--secure-port", "0", "--node-cidr", "10.243.0.0/30", ...config];
    const output = await rig.up("--runtime", "containerd", "--nodes", "3", ...flags);
    assert.match(output, /^ +1 more, simulated: 2 can be real here$/m);
    const nodes = rig.kubectl("get", "nodes", "-o", "wide", "--no-headers");
    assert.match(nodes, /^node-1 +Ready .* containerd:\/\//m);
    assert.match(nodes, /^node-2 +Ready .* simulated:\/\//m);
    assert.ok(existsSync(join(rig.dataDirectory, "nodes")));
    assert.equal(await rig.end("SIGINT"), 0);
    assert.ok(!existsSync(join(rig.dataDirectory, "nodes")));
    assert.deepEqual(rig.traces(), clean);
  });

  for (const step of [/preparing nodes/, /starting 2 nodes/]) {
    it(`leaves nothing behind on SIGTERM while it says "${step.source}"`, async () => {
      await rig.begin(step, "--runtime", "containerd", "--nodes", "2");
      assert.equal(await rig.end("SIGTERM"), 0);
      assert.deepEqual(rig.traces(), clean);
    });
  }
});
