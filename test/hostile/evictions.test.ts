import assert from "node:assert/strict";
import { appsV1, coreV1, policyV1 } from "../../lib/api/gen/resources.js";
import type { Pod } from "../../lib/api/gen/types/coreV1.js";
import { nativeCodec } from "../../lib/api/nativeCodec.js";
import { hasReason } from "../../lib/api/status.js";
import type { Client } from "../../lib/client/client.js";
import { channelClient } from "../../lib/client/connectClient.js";
import { ControllerManager } from "../../lib/controllers/controllerManager.js";
import { nodePlatform } from "../../lib/platform/node/nodePlatform.js";
import { startNode } from "../support/apiserver/nodeStandIn.js";
import { startTestApiServer, type TestApiServer } from "../support/apiserver/testApiServer.js";
import { until } from "../support/client/until.js";

const namespace = "default";
const labels = { app: "db" };
const replicas = 5;
const maxUnavailable = 2;
const evictors = 8;
const wantedEvictions = 30;

const isServing = ({ metadata, status }: Pod): boolean =>
  metadata.deletionTimestamp === undefined &&
  (status?.conditions ?? []).some(({ type, status: is }) => type === "Ready" && is === "True");

describe("A disruption budget under many evictions at once", () => {
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
      options: { rootCertificateAuthorities: "PEM" },
    });
    void manager.start();
    const nodes = client.resource(coreV1.nodes);
    await nodes.create({ metadata: { name: "n1" }, spec: {} });
    const status = { conditions: [{ type: "Ready", status: "True" }] };
    await nodes.patchStatus("n1", { type: "strategic", body: { status } });
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

  /** The fewest pods that served at any moment, in the order in which the server has it. */
  async function watchServing(signal: AbortSignal): Promise<number> {
    const pods = client.resource(coreV1.pods);
    const list = await pods.list({ namespace });
    const serving = new Set(list.items.filter(isServing).map(({ metadata }) => metadata.uid));
    let fewest = serving.size;
    const { resourceVersion = "" } = list.metadata;
    try {
      for await (const event of pods.watch({ namespace, resourceVersion, signal })) {
        if (event.type === "BOOKMARK") continue;
        const { uid } = event.object.metadata;
        if (event.type !== "DELETED" && isServing(event.object)) serving.add(uid);
        else serving.delete(uid);
        fewest = Math.min(fewest, serving.size);
      }
    } catch (error) {
      if (!signal.aborted) throw error;
    }
    return fewest;
  }

  it("never lets fewer serve than it says, and lets every one go in time", async () => {
    const template = {
      metadata: { labels },
      spec: { containers: [{ name: "c", image: "i" }], terminationGracePeriodSeconds: 0 },
    };
    const selector = { matchLabels: labels };
    await client.resource(policyV1.poddisruptionbudgets).create({
      metadata: { name: "b", namespace },
      spec: { maxUnavailable, selector },
    });
    await client.resource(appsV1.statefulsets).create({
      metadata: { name: "db", namespace },
      spec: { replicas, serviceName: "db", podManagementPolicy: "Parallel", selector, template },
    });
    const isOpen = (all: readonly { status?: { disruptionsAllowed?: number } }[]): boolean =>
      (all[0]?.status?.disruptionsAllowed ?? 0) > 0;
    await until(
      client,
      policyV1.poddisruptionbudgets,
      (all) => all[0]?.status?.disruptionsAllowed === maxUnavailable,
      namespace,
    );
    const watching = new AbortController();
    const fewest = watchServing(watching.signal);
    let evicted = 0;
    const evictNext = async (start: number): Promise<void> => {
      for (let next = start; evicted < wantedEvictions; next += evictors) {
        const metadata = { name: `db-${next % replicas}`, namespace };
        try {
          await client.resource(coreV1.pods).evict({ metadata });
          evicted++;
        } catch (error) {
          if (!hasReason(error, "TooManyRequests", "NotFound", "Conflict")) throw error;
          await until(client, policyV1.poddisruptionbudgets, isOpen, namespace);
        }
      }
    };
    await Promise.all(Array.from({ length: evictors }, (_, index) => evictNext(index)));
    watching.abort();
    const least = await fewest;
    assert.ok(least >= replicas - maxUnavailable, `only ${least} served`);
  }).timeout(60_000);
});
