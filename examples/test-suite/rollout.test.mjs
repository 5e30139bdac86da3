// One cluster for the file, a namespace for each test. Needs no Docker, no ports and no files.
import assert from "node:assert/strict";
import { after, before, beforeEach, test } from "node:test";
import { Cluster, CommandError, hasReason, resources, waitUntil } from "steersman";

let cluster;
let client;
let namespace;

before(async () => {
  cluster = await Cluster.start({
    nodes: 2,
    simulation: {
      log: ({ name }) => `${name} listens on 8080`,
      exec: ({ command }) => ({ exitCode: command[0] === "healthy" ? 0 : 1 }),
    },
  });
});
after(() => cluster.stop());

beforeEach(async () => {
  const namespaces = cluster.client.resource(resources.namespaces);
  const { metadata } = await namespaces.create({ metadata: { generateName: "test-" } });
  namespace = metadata.name;
  client = cluster.client.inNamespace(namespace);
});

const labels = { app: "web" };
const container = (image) => ({ name: "web", image, ports: [{ containerPort: 8080 }] });
const deployment = (image, replicas) => ({
  metadata: { name: "web" },
  spec: {
    replicas,
    selector: { matchLabels: labels },
    template: { metadata: { labels }, spec: { containers: [container(image)] } },
  },
});

test("a new image is rolled out to every pod", async () => {
  const deployments = client.resource(resources.deployments);
  await deployments.create(deployment("registry.local/web:1", 3));
  const isReady = (one) => one?.status?.readyReplicas === 3;
  await waitUntil(deployments, "web", isReady, { namespace });
  await deployments.patch("web", {
    type: "strategic",
    body: deployment("registry.local/web:2", 3),
  });
  const isDone = ({ metadata, status }) =>
    status.observedGeneration === metadata.generation &&
    status.updatedReplicas === 3 &&
    status.replicas === 3 &&
    status.availableReplicas === 3;
  await waitUntil(deployments, "web", isDone, { namespace });
  const pods = await client.resource(resources.pods).list({ namespace });
  const running = pods.items.filter((pod) => pod.metadata.deletionTimestamp === undefined);
  assert.deepEqual(
    new Set(running.map((pod) => pod.spec.containers[0].image)),
    new Set(["registry.local/web:2"]),
  );
});

test("a pod that is not healthy says so", async () => {
  const pods = client.resource(resources.pods);
  await pods.create({ metadata: { name: "one" }, spec: { containers: [container("web:1")] } });
  await waitUntil(pods, "one", (pod) => pod?.status?.phase === "Running", { namespace });
  assert.equal(await pods.log("one"), "web listens on 8080\n");
  await (await pods.exec("one", ["healthy"])).output();
  await assert.rejects((await pods.exec("one", ["broken"])).output(), CommandError);
});

test("a quota refuses what is too much", async () => {
  await client
    .resource(resources.resourcequotas)
    .create({ metadata: { name: "q" }, spec: { hard: { pods: "0" } } });
  const pod = { metadata: { name: "one" }, spec: { containers: [container("web:1")] } };
  await assert.rejects(client.resource(resources.pods).create(pod), (error) =>
    hasReason(error, "Forbidden"),
  );
});
