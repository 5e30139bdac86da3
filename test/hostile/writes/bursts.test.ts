import assert from "node:assert/strict";
import { Cluster, resources } from "../../../lib/index.js";
import { createLogger } from "../../../lib/platform/logger.js";
import { nodePlatform } from "../../../lib/platform/node/nodePlatform.js";

const namespace = "default";
const { clock } = nodePlatform;

/** Words of components that were turned away. */
const turnedAway = /too many requests/i;

describe("a burst of pods on an idle cluster", () => {
  let cluster: Cluster;
  let said: string[];
  beforeEach(() => {
    said = [];
  });
  afterEach(() => cluster.stop());

  /** A cluster whose nodes take pods already; without nodes pods are only made. */
  async function start(nodes: number): Promise<void> {
    const host = { ...nodePlatform.host, writeError: (text: string) => void said.push(text) };
    const logger = createLogger({ clock, host }, { format: "text", verbosity: 1 });
    cluster = await Cluster.start({ nodes, scheduler: nodes > 0, logger });
    await until("nodes without taints", async () => {
      const { items } = await cluster.client.resource(resources.nodes).list();
      return items.every(({ spec }) => (spec?.taints ?? []).length === 0);
    });
  }

  async function until(what: string, ask: () => Promise<boolean>): Promise<void> {
    const end = clock.monotonic() + 120_000;
    while (!(await ask())) {
      if (clock.monotonic() > end) throw new Error(`never: ${what}`);
      await clock.sleep(50);
    }
  }

  async function deploy(name: string, replicas: number): Promise<void> {
    const labels = { app: name };
    await cluster.client.resource(resources.deployments).create({
      metadata: { name, namespace },
      spec: {
        replicas,
        selector: { matchLabels: labels },
        template: {
          metadata: { labels },
          spec: { containers: [{ name: "c", image: "registry.local/a:1" }] },
        },
      },
    });
  }

  async function reaches(
    name: string,
    count: "replicas" | "readyReplicas",
    replicas: number,
  ): Promise<void> {
    const deployments = cluster.client.resource(resources.deployments);
    await until(`${count} of ${name}`, async () => {
      const { status } = await deployments.get(name, { namespace });
      const failing = status?.conditions?.find(({ type }) => type === "ReplicaFailure");
      assert.equal(failing, undefined, JSON.stringify(failing));
      return status?.[count] === replicas;
    });
  }

  async function complaints(): Promise<string[]> {
    const { items } = await cluster.client.resource(resources.events).list();
    const failed = new Set(["FailedCreate", "FailedScheduling", "FailedMount", "FailedBinding"]);
    return items
      .filter(({ reason = "", message = "" }) => failed.has(reason) || turnedAway.test(message))
      .map(({ reason, message }) => `${reason} ${message}`)
      .concat(said.filter((line) => turnedAway.test(line)));
  }

  it("of 500 replicas turns nobody away", async () => {
    await start(8);
    await deploy("web", 500);
    await reaches("web", "readyReplicas", 500);
    assert.deepEqual(await complaints(), []);
  });

  it("of two times 1,000 replicas turns no creator away", async () => {
    await start(0);
    await Promise.all([deploy("a", 1000), deploy("b", 1000)]);
    await Promise.all([reaches("a", "replicas", 1000), reaches("b", "replicas", 1000)]);
    assert.deepEqual(await complaints(), []);
  });
});
