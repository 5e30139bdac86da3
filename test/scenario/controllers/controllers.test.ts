import assert from "node:assert/strict";
import {
  appsV1,
  batchV1,
  coordinationV1,
  coreV1,
  discoveryV1,
} from "../../../lib/api/gen/resources.js";
import type { EndpointSlice } from "../../../lib/api/gen/types/discoveryV1.js";
import { nativeCodec } from "../../../lib/api/nativeCodec.js";
import { type ApiError, hasReason } from "../../../lib/api/status.js";
import type { Client } from "../../../lib/client/client.js";
import { channelClient } from "../../../lib/client/connectClient.js";
import { ControllerManager } from "../../../lib/controllers/controllerManager.js";
import { nodePlatform } from "../../../lib/platform/node/nodePlatform.js";
import { startNode } from "../../support/apiserver/nodeStandIn.js";
import { startTestApiServer, type TestApiServer } from "../../support/apiserver/testApiServer.js";
import { until } from "../../support/client/until.js";

const namespace = "default";
const template = {
  metadata: { labels: { app: "web" } },
  spec: { containers: [{ name: "c", image: "i", ports: [{ name: "http", containerPort: 8080 }] }] },
};

describe("controllers on a real API server", () => {
  let server: TestApiServer;
  let client: Client;
  let manager: ControllerManager;
  let node: Promise<void>;
  const stop = new AbortController();

  before(async () => {
    server = await startTestApiServer();
    client = channelClient(server.server.channel(), nativeCodec);
    manager = new ControllerManager({
      platform: nodePlatform,
      client,
      leaderElection: { identity: "test" },
      options: {
        rootCertificateAuthorities: "PEM",
        allocateNodeCidrs: true,
        clusterCidrs: ["10.20.0.0/16"],
      },
    });
    void manager.start();
    await client.resource(coreV1.nodes).create({
      metadata: { name: "n1" },
      spec: {},
    });
    const nodes = client.resource(coreV1.nodes);
    await nodes.patchStatus("n1", {
      type: "strategic",
      body: { status: { conditions: [{ type: "Ready", status: "True" }] } },
    });
    node = startNode(client, stop.signal);
    await until(client, coreV1.serviceaccounts, (all) => all.length > 0, namespace);
  });
  after(async () => {
    stop.abort();
    await node;
    await manager.stop();
    client.close();
    await server.stop();
  });

  it("leads, and gives the node its range and namespaces what they need", async () => {
    const [leader] = await until(
      client,
      coordinationV1.leases,
      (all) => all.some((lease) => lease.spec?.holderIdentity === "test"),
      "kube-system",
    );
    assert.equal(leader?.metadata?.name, "kube-controller-manager");
    const [seen] = await until(client, coreV1.nodes, (all) => all[0]?.spec?.podCIDR !== undefined);
    assert.equal(seen?.spec?.podCIDR, "10.20.0.0/24");
    const published = (all: readonly { metadata?: { name?: string } }[]) =>
      all.some((map) => map.metadata?.name === "kube-root-ca.crt");
    await until(client, coreV1.configmaps, published, namespace);
    assert.ok(manager.health().every((controller) => controller.problem === ""));
  });

  it("brings a Deployment and its Service up, rolls it, and takes it down", async () => {
    const deployments = client.resource(appsV1.deployments);
    const services = client.resource(coreV1.services);
    await services.create({
      metadata: { name: "web", namespace },
      spec: { selector: { app: "web" }, ports: [{ port: 80, targetPort: "http" }] },
    });
    await deployments.create({
      metadata: { name: "web", namespace },
      spec: { replicas: 3, selector: { matchLabels: { app: "web" } }, template },
    });
    const isDone = (image: string) => (all: readonly { spec?: unknown }[]) => {
      const [deployment] = all as Awaited<ReturnType<typeof deployments.list>>["items"];
      const { status, metadata } = deployment ?? {};
      return (
        deployment?.spec.template.spec?.containers[0]?.image === image &&
        status?.availableReplicas === 3 &&
        status.updatedReplicas === 3 &&
        (status.replicas ?? 0) === 3 &&
        status.observedGeneration === metadata?.generation
      );
    };
    await until(client, appsV1.deployments, isDone("i"), namespace);
    const own = (all: readonly EndpointSlice[]) =>
      all.filter((one) => one.metadata.labels?.["kubernetes.io/service-name"] === "web");
    const slices = await until(
      client,
      discoveryV1.endpointslices,
      (all) => own(all)[0]?.endpoints?.length === 3,
      namespace,
    );
    assert.equal(own(slices)[0]?.ports?.[0]?.port, 8080);
    const body = { spec: { template: { spec: { containers: [{ name: "c", image: "j" }] } } } };
    await deployments.patch("web", { type: "strategic", body }, { namespace });
    const [rolled] = await until(client, appsV1.deployments, isDone("j"), namespace);
    assert.equal(rolled?.metadata.annotations?.["deployment.kubernetes.io/revision"], "2");
    await deployments.delete("web", { namespace });
    await until(client, appsV1.replicasets, (all) => all.length === 0, namespace);
    await until(client, coreV1.pods, (all) => all.length === 0, namespace);
    await services.delete("web", { namespace });
    await until(client, discoveryV1.endpointslices, (all) => own(all).length === 0, namespace);
  });

  it("runs a Job to its end, and a DaemonSet on its node", async () => {
    await client.resource(batchV1.jobs).create({
      metadata: { name: "work", namespace },
      spec: {
        completions: 2,
        parallelism: 2,
        template: { spec: { ...template.spec, restartPolicy: "Never" } },
      },
    });
    const isComplete = (
      all: readonly { status?: { succeeded?: number; completionTime?: string } }[],
    ) => all[0]?.status?.completionTime !== undefined;
    const [job] = await until(client, batchV1.jobs, isComplete, namespace);
    assert.equal(job?.status?.succeeded, 2);
    const labels = { app: "agent" };
    await client.resource(appsV1.daemonsets).create({
      metadata: { name: "agent", namespace },
      spec: { selector: { matchLabels: labels }, template: { ...template, metadata: { labels } } },
    });
    const isUp = (all: readonly { status?: { numberReady?: number } }[]) =>
      all[0]?.status?.numberReady === 1;
    await until(client, appsV1.daemonsets, isUp, namespace);
  });

  it("empties and removes a namespace", async () => {
    const namespaces = client.resource(coreV1.namespaces);
    await namespaces.create({ metadata: { name: "team" } });
    await until(client, coreV1.serviceaccounts, (all) => all.length > 0, "team");
    await client.resource(appsV1.deployments).create({
      metadata: { name: "web", namespace: "team" },
      spec: { replicas: 2, selector: { matchLabels: { app: "web" } }, template },
    });
    await until(client, coreV1.pods, (all) => all.length === 2, "team");
    await namespaces.delete("team");
    await until(client, coreV1.namespaces, (all) => all.every((n) => n.metadata.name !== "team"));
    await assert.rejects(
      client.resource(appsV1.deployments).get("web", { namespace: "team" }),
      (error: ApiError) => hasReason(error, "NotFound"),
    );
  });
});
