import assert from "node:assert/strict";
import { Cluster, resources } from "../../../lib/index.js";
import { nodePlatform } from "../../../lib/platform/node/nodePlatform.js";
import { SeededRandom } from "../../../lib/platform/virtual/seededRandom.js";
import { VirtualClock } from "../../../lib/platform/virtual/virtualClock.js";
import { encodeQuery } from "../../support/dns/dnsMessage.js";

const namespace = "default";
const minuteMilliseconds = 60_000;
const names = ["web", "headless", "nobody"].map((name) => `${name}.default.svc.cluster.local`);

/** What a run has told: every change in its order, what was allocated, and responses of DNS. */
interface Story {
  readonly changes: readonly string[];
  readonly ports: readonly string[];
  readonly responses: readonly string[];
}

async function tell(seed: number): Promise<Story> {
  const clock = new VirtualClock();
  const random = new SeededRandom(seed);
  const platform = { ...nodePlatform, clock, random };
  const cluster = await Cluster.start({ dns: true, nodes: 2, platform });
  const changes: string[] = [];
  const { client } = cluster;
  const follow = async (type: (typeof followed)[number]): Promise<void> => {
    for await (const event of client.dynamic(type).watch()) changes.push(JSON.stringify(event));
  };
  const followed = [
    ...[resources.services, resources.endpointslices, resources.pods, resources.events],
    ...[resources.deployments, resources.leases, resources.nodes],
  ] as const;
  const following = Promise.allSettled(followed.map(follow));
  try {
    const selector = { app: "web" };
    const template = {
      metadata: { labels: selector },
      spec: { containers: [{ name: "web", image: "registry.local/web:1" }] },
    };
    await client.resource(resources.deployments).create({
      metadata: { name: "web", namespace },
      spec: { replicas: 5, selector: { matchLabels: selector }, template },
    });
    const services = client.resource(resources.services);
    const ports = [{ name: "http", port: 80 }];
    const made = await services.create({
      metadata: { name: "web", namespace },
      spec: { type: "NodePort", selector, ports },
    });
    const headless = { clusterIP: "None", selector, ports };
    await services.create({ metadata: { name: "headless", namespace }, spec: headless });
    for (let minute = 0; minute < 3; minute++) await clock.advance(minuteMilliseconds);
    const responses = names.map((name) => {
      const response = cluster.dns?.resolve(encodeQuery(name, "A"));
      return Buffer.from(response ?? assert.fail(name)).toString("hex");
    });
    const allocated = JSON.stringify([made.spec?.clusterIP, made.spec?.ports]);
    return { changes, ports: [allocated], responses };
  } finally {
    await cluster.stop();
    await following;
  }
}

describe("a cluster with DNS in virtual time", () => {
  it("tells the same story for the same seed, to the ports and the responses", async () => {
    const first = await tell(7);
    assert.ok(first.changes.length > 50, `${first.changes.length} changes`);
    const again = await tell(7);
    assert.deepEqual(again.ports, first.ports);
    assert.deepEqual(again.changes, first.changes);
    assert.deepEqual(again.responses, first.responses);
    const other = await tell(8);
    assert.notDeepEqual(other.ports, first.ports);
    assert.notDeepEqual(other.responses, first.responses);
  });
});
