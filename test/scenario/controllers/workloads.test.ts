import assert from "node:assert/strict";
import { appsV1, coreV1, policyV1 } from "../../../lib/api/gen/resources.js";
import type { StatefulSet, StatefulSetSpec } from "../../../lib/api/gen/types/appsV1.js";
import { nativeCodec } from "../../../lib/api/nativeCodec.js";
import { hasReason } from "../../../lib/api/status.js";
import type { Client } from "../../../lib/client/client.js";
import { channelClient } from "../../../lib/client/connectClient.js";
import { ControllerManager } from "../../../lib/controllers/controllerManager.js";
import { nodePlatform } from "../../../lib/platform/node/nodePlatform.js";
import { startNode } from "../../support/apiserver/nodeStandIn.js";
import { startTestApiServer, type TestApiServer } from "../../support/apiserver/testApiServer.js";
import { until } from "../../support/client/until.js";

const labels = { app: "db" };
const template = {
  metadata: { labels },
  spec: { containers: [{ name: "c", image: "i" }], terminationGracePeriodSeconds: 0 },
};

function statefulSet(spec: Partial<StatefulSetSpec>): StatefulSet {
  return {
    metadata: { name: "db" },
    spec: {
      serviceName: "db",
      podManagementPolicy: "Parallel",
      selector: { matchLabels: labels },
      template,
      ...spec,
    },
  };
}

describe("workloads on a real API server", () => {
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
  });
  after(async () => {
    stop.abort();
    await node;
    await manager.stop();
    client.close();
    await server.stop();
  });

  async function team(name: string): Promise<void> {
    await client.resource(coreV1.namespaces).create({ metadata: { name } });
    await until(client, coreV1.serviceaccounts, (all) => all.length > 0, name);
  }

  const set = (namespace: string, holds: (set: StatefulSet) => boolean) =>
    until(client, appsV1.statefulsets, (all) => all.some(holds), namespace);
  const podsAre = (namespace: string, ...names: string[]) =>
    until(
      client,
      coreV1.pods,
      (all) =>
        all.length === names.length && all.every((p) => names.includes(p.metadata?.name ?? "")),
      namespace,
    );

  it("reports and scales down a StatefulSet behind a quota that is full", async () => {
    const namespace = "full";
    await team(namespace);
    const quotas = client.resource(coreV1.resourcequotas);
    const hard = (pods: string) => ({ spec: { hard: { pods } } });
    const quota = { metadata: { name: "q", namespace }, ...hard("2") };
    await quotas.create(quota);
    const counts = (all: readonly { status?: { hard?: { pods?: string } } }[]) =>
      all[0]?.status?.hard?.pods === "2";
    await until(client, coreV1.resourcequotas, counts, namespace);
    const sets = client.resource(appsV1.statefulsets);
    await sets.create(statefulSet({ replicas: 4 }), { namespace });
    await set(namespace, ({ status }) => status?.replicas === 2 && status.readyReplicas === 2);
    await client.resource(coreV1.pods).delete("db-0", { namespace });
    await quotas.patch("q", { type: "merge", body: hard("1") }, { namespace });
    // Of the two that there were one is left, and the quota is full with it.
    const body = { spec: { replicas: 1 } };
    await sets.patch("db", { type: "merge", body }, { namespace });
    await podsAre(namespace, "db-0");
    await set(
      namespace,
      ({ metadata, status }) =>
        status?.observedGeneration === metadata.generation && status?.replicas === 1,
    );
  });

  it("lets claims go with the pods that are scaled away, and with the set", async () => {
    const namespace = "claims";
    await team(namespace);
    const sets = client.resource(appsV1.statefulsets);
    const claims = (...names: string[]) =>
      until(
        client,
        coreV1.persistentvolumeclaims,
        (all) =>
          all.length === names.length && all.every((c) => names.includes(c.metadata?.name ?? "")),
        namespace,
      );
    await sets.create(
      statefulSet({
        replicas: 3,
        persistentVolumeClaimRetentionPolicy: { whenDeleted: "Delete", whenScaled: "Delete" },
        volumeClaimTemplates: [
          {
            metadata: { name: "d" },
            spec: {
              accessModes: ["ReadWriteOnce"],
              resources: { requests: { storage: "1Gi" } },
            },
          },
        ],
      }),
      { namespace },
    );
    await set(namespace, ({ status }) => status?.readyReplicas === 3);
    await claims("d-db-0", "d-db-1", "d-db-2");
    await sets.patch("db", { type: "merge", body: { spec: { replicas: 1 } } }, { namespace });
    await podsAre(namespace, "db-0");
    await claims("d-db-0");
    await sets.delete("db", { namespace });
    await podsAre(namespace);
    await claims();
  });

  it("evicts within a budget, and nothing where its size cannot be told", async () => {
    const namespace = "budgets";
    await team(namespace);
    const budgets = client.resource(policyV1.poddisruptionbudgets);
    const pods = client.resource(coreV1.pods);
    const reason = (wanted: string) =>
      until(
        client,
        policyV1.poddisruptionbudgets,
        (all) => all[0]?.status?.conditions?.[0]?.reason === wanted,
        namespace,
      );
    const evict = (name: string) => pods.evict({ metadata: { name, namespace } });
    await budgets.create(
      {
        metadata: { name: "b" },
        spec: { maxUnavailable: 1, selector: { matchLabels: labels } },
      },
      { namespace },
    );
    const sets = client.resource(appsV1.statefulsets);
    await sets.create(statefulSet({ replicas: 2 }), { namespace });
    await reason("SufficientPods");
    await evict("db-1");
    await set(namespace, ({ status }) => status?.readyReplicas === 2);
    await sets.delete("db", { namespace });
    await podsAre(namespace);
    const daemons = client.resource(appsV1.daemonsets);
    await daemons.create(
      { metadata: { name: "agent" }, spec: { selector: { matchLabels: labels }, template } },
      { namespace },
    );
    await reason("SyncFailed");
    const [pod] = await until(
      client,
      coreV1.pods,
      (all) => all[0]?.status?.phase === "Running",
      namespace,
    );
    await assert.rejects(evict(pod?.metadata?.name ?? ""), (error) =>
      hasReason(error, "TooManyRequests"),
    );
  });
});
