import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import type { Deployment } from "../../../lib/api/gen/types/appsV1.js";
import { Cluster, resources } from "../../../lib/index.js";
import { nodePlatform } from "../../../lib/platform/node/nodePlatform.js";

const run = promisify(execFile);
const { clock } = nodePlatform;
const root = fileURLToPath(new URL("../../../../", import.meta.url));

/** Asks again until it holds; what is waited for is named when it never does. */
async function eventually<T>(what: string, ask: () => Promise<T | undefined>): Promise<T> {
  const end = clock.monotonic() + 20_000;
  for (;;) {
    const value = await ask();
    if (value !== undefined) return value;
    if (clock.monotonic() > end) throw new Error(`never: ${what}`);
    await clock.sleep(20);
  }
}

function deployment(name: string, replicas: number): Deployment {
  const labels = { app: name };
  return {
    apiVersion: "apps/v1",
    kind: "Deployment",
    metadata: { name, namespace: "default" },
    spec: {
      replicas,
      selector: { matchLabels: labels },
      template: {
        metadata: { labels },
        spec: { containers: [{ name: "web", image: "registry.local/web:1" }] },
      },
    },
  };
}

describe("Cluster", () => {
  let cluster: Cluster | undefined;
  afterEach(async () => {
    await cluster?.stop();
    cluster = undefined;
  });

  it("makes pods ready whose manifests have init containers, probes and hooks", async () => {
    cluster = await Cluster.start({ nodes: 1 });
    const port = 80;
    const checks = {
      startupProbe: { grpc: { port } },
      livenessProbe: { httpGet: { port, host: "192.0.2.1" }, periodSeconds: 1 },
      readinessProbe: { tcpSocket: { port }, periodSeconds: 1 },
      lifecycle: { postStart: { httpGet: { port } } },
    };
    const image = "registry.local/web:1";
    const pods = cluster.client.resource(resources.pods);
    await pods.create({
      metadata: { name: "web", namespace: "default" },
      spec: {
        initContainers: [
          { name: "before", image },
          { name: "beside", image, restartPolicy: "Always", startupProbe: { tcpSocket: { port } } },
        ],
        containers: [{ name: "web", image, ...checks }],
      },
    });
    const { status } = await eventually("a ready pod", async () => {
      const pod = await pods.get("web", { namespace: "default" });
      const ready = pod.status?.conditions?.find(({ type }) => type === "Ready");
      return ready?.status === "True" ? pod : undefined;
    });
    const [before, beside] = status?.initContainerStatuses ?? [];
    assert.equal(before?.state?.terminated?.exitCode, 0);
    assert.ok(beside?.state?.running);
    assert.equal(status?.containerStatuses?.[0]?.restartCount, 0);
  });

  it("runs a deployment over its simulated nodes, and gives each pod an address of its node", async () => {
    cluster = await Cluster.start({ nodes: 2 });
    const deployments = cluster.client.resource(resources.deployments);
    await deployments.create(deployment("web", 4));
    await eventually("four ready replicas", async () => {
      const { status } = await deployments.get("web", { namespace: "default" });
      return status?.readyReplicas === 4 ? true : undefined;
    });
    const pods = await cluster.client.resource(resources.pods).list({ namespace: "default" });
    const nodes = await cluster.client.resource(resources.nodes).list();
    const prefixes = new Map(
      nodes.items.map((node) => [
        node.metadata.name,
        node.spec?.podCIDR?.replace(/\.\d+\/24$/, "."),
      ]),
    );
    for (const pod of pods.items) {
      const prefix = prefixes.get(pod.spec.nodeName ?? "");
      assert.ok(prefix && pod.status?.podIP?.startsWith(prefix), JSON.stringify(pod.status?.podIP));
    }
    assert.equal(new Set(pods.items.map((pod) => pod.status?.podIP)).size, 4);
    assert.deepEqual(cluster.addresses, {});
    const managers = [...pods.items, ...nodes.items].flatMap(({ metadata }) =>
      (metadata.managedFields ?? []).map(({ manager }) => manager),
    );
    // The scheduler only writes to a pod that it could not place at first.
    const others = managers.filter((manager) => manager !== "kube-scheduler");
    assert.deepEqual(new Set(others), new Set(["kube-controller-manager", "kubelet"]));
  });

  it("has its nodes when it has started, each with an address range of its own", async () => {
    cluster = await Cluster.start({ nodes: 300 });
    const nodes = cluster.client.resource(resources.nodes);
    assert.equal((await nodes.list()).items.length, 300);
    assert.equal(await cluster.addNode({ name: "late" }), "late");
    assert.equal((await nodes.get("late")).metadata.name, "late");
    const ranges = await eventually("a range for each node", async () => {
      const { items } = await nodes.list();
      const found = new Set(items.flatMap(({ spec }) => spec?.podCIDR ?? []));
      return found.size === 301 ? found : undefined;
    });
    assert.ok([...ranges].every((range) => range.startsWith("10.")));
  });

  it("replaces a deleted pod and scales down", async () => {
    cluster = await Cluster.start({ nodes: 1 });
    const { client } = cluster;
    const deployments = client.resource(resources.deployments);
    const pods = client.resource(resources.pods);
    await deployments.create(deployment("web", 2));
    const list = async () => (await pods.list({ namespace: "default" })).items;
    const running = async (count: number) => {
      const items = await list();
      const isThere =
        items.length === count && items.every((pod) => pod.status?.phase === "Running");
      return isThere ? items : undefined;
    };
    const [first] = await eventually("two running pods", () => running(2));
    await pods.delete(first?.metadata.name ?? "", { namespace: "default" });
    const after = await eventually("a replacement", async () => {
      const items = await running(2);
      return items?.some((pod) => pod.metadata.uid === first?.metadata.uid) ? undefined : items;
    });
    assert.equal(after.length, 2);
    const scale = await deployments.getScale("web", { namespace: "default" });
    await deployments.updateScale(
      "web",
      { ...scale, spec: { replicas: 0 } },
      { namespace: "default" },
    );
    await eventually("no pods", async () => ((await list()).length === 0 ? true : undefined));
  });

  it("lets a program end by itself, from ESM and from CommonJS", async () => {
    // By the package's own name: what is installed is the bundle.
    const options = { timeout: 100_000, cwd: root };
    const body = `const c = await Cluster.start({ nodes: 2 }); await c.client.rawJson?.("/version").catch(() => 0); await c.stop(); console.log("ended");`;
    const esm = `import { Cluster } from "steersman"; ${body}`;
    const one = await run(process.execPath, ["--input-type=module", "-e", esm], options);
    assert.equal(one.stdout, "ended\n");
    const cjs = `const { Cluster } = require("steersman"); (async () => { ${body} })();`;
    const two = await run(process.execPath, ["--no-warnings", "-e", cjs], options);
    assert.equal(two.stdout, "ended\n");
  });
});
