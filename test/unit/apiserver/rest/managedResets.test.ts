import assert from "node:assert/strict";
import { RestCaller } from "../../../support/apiserver/restCaller.js";
import {
  startTestApiServer,
  type TestApiServer,
} from "../../../support/apiserver/testApiServer.js";

const deployments = "/apis/apps/v1/namespaces/default/deployments";
const budgets = "/apis/policy/v1/namespaces/default/poddisruptionbudgets";

interface Managed {
  readonly manager: string;
  readonly subresource?: string;
  readonly fieldsV1: Record<string, Record<string, unknown>>;
}

describe("fields that a write resets", () => {
  let api: TestApiServer;
  let rest: RestCaller;
  before(async () => {
    api = await startTestApiServer();
    rest = new RestCaller(api.url);
  });
  after(async () => {
    rest.close();
    await api.stop();
  });

  const labels = { app: "web" };
  const deployment = {
    metadata: { name: "web", labels },
    spec: {
      replicas: 1,
      selector: { matchLabels: labels },
      template: { metadata: { labels }, spec: { containers: [{ name: "c", image: "i" }] } },
    },
  };
  const status = { observedGeneration: 7, replicas: 3 };

  async function owned(answer: Promise<{ json(): Record<string, unknown> }>) {
    const { metadata } = (await answer).json() as { metadata: { managedFields: Managed[] } };
    return metadata.managedFields.map(({ manager, subresource = "", fieldsV1 }) => ({
      who: `${manager} ${subresource}`.trim(),
      fields: Object.keys(fieldsV1).sort(),
      metadata: Object.keys(fieldsV1["f:metadata"] ?? {}),
    }));
  }

  it("are not their manager's: status of the resource, spec and labels of its status", async () => {
    const created = await owned(
      rest.call(`${deployments}?fieldManager=maker`, {
        method: "POST",
        body: { ...deployment, status },
      }),
    );
    assert.deepEqual(created, [
      { who: "maker", fields: ["f:metadata", "f:spec"], metadata: ["f:labels"] },
    ]);
    const body = { ...deployment, status: { ...status, replicas: 5 } };
    const put = await owned(
      rest.call(`${deployments}/web?fieldManager=second`, {
        method: "PUT",
        body: { ...body, spec: { ...deployment.spec, replicas: 2 } },
      }),
    );
    assert.deepEqual(
      put.map(({ who, fields }) => [who, fields]),
      [
        ["maker", ["f:metadata", "f:spec"]],
        ["second", ["f:spec"]],
      ],
    );
    const told = await owned(
      rest.call(`${deployments}/web/status?fieldManager=controller`, {
        method: "PUT",
        body: {
          ...body,
          metadata: { ...deployment.metadata, labels: { app: "web", more: "x" } },
          spec: { ...deployment.spec, replicas: 9 },
        },
      }),
    );
    const by = (name: string) => told.find(({ who }) => who === name);
    assert.deepEqual(by("controller status"), {
      who: "controller status",
      fields: ["f:status"],
      metadata: [],
    });
    // Nobody lost what a status could not change.
    assert.deepEqual(
      [by("maker")?.fields, by("second")?.fields],
      [["f:metadata", "f:spec"], ["f:spec"]],
    );
  });

  it("are as they were, metadata too where a kind's status leaves it alone", async () => {
    const schemas = "/apis/flowcontrol.apiserver.k8s.io/v1/flowschemas";
    const name = "a";
    const spec = { priorityLevelConfiguration: { name: "exempt" } };
    await rest.call(`${schemas}?fieldManager=maker`, {
      method: "POST",
      body: { metadata: { name, labels: { kept: "yes" } }, spec },
    });
    const body = {
      metadata: { name, labels: { other: "x" } },
      status: { conditions: [{ type: "Dangling", status: "False" }] },
    };
    const answer = await rest.call(`${schemas}/${name}/status?fieldManager=teller`, {
      method: "PUT",
      body,
    });
    const { metadata, spec: after } = answer.json() as {
      metadata: { labels: object; managedFields: Managed[] };
      spec: { priorityLevelConfiguration: object };
    };
    assert.deepEqual(metadata.labels, { kept: "yes" });
    assert.deepEqual(after.priorityLevelConfiguration, { name: "exempt" });
    const teller = metadata.managedFields.find(({ manager }) => manager === "teller");
    assert.deepEqual(Object.keys(teller?.fieldsV1 ?? {}), ["f:status"]);
  });

  it("are not the generation that the write itself counts up: kubelets go by it", async () => {
    const pods = "/api/v1/namespaces/default/pods";
    const containers = [{ name: "c", image: "i" }];
    const account = { metadata: { name: "default" } };
    await rest.call("/api/v1/namespaces/default/serviceaccounts", {
      method: "POST",
      body: account,
    });
    const spec = { containers };
    await rest.call(pods, { method: "POST", body: { metadata: { name: "debugged" }, spec } });
    const added = await rest.call(`${pods}/debugged/ephemeralcontainers`, {
      method: "PATCH",
      contentType: "application/strategic-merge-patch+json",
      body: {
        metadata: { labels: { left: "out" } },
        spec: { ephemeralContainers: [{ name: "debugger", image: "i" }] },
      },
    });
    const { metadata } = added.json() as { metadata: { generation: number; labels?: object } };
    assert.deepEqual([metadata.generation, metadata.labels], [2, undefined]);
  });

  it("are the same for patches", async () => {
    const spec = { selector: { matchLabels: labels }, minAvailable: 1 };
    await rest.call(budgets, { method: "POST", body: { metadata: { name: "b" }, spec } });
    const patched = await owned(
      rest.call(`${budgets}/b?fieldManager=patcher`, {
        method: "PATCH",
        contentType: "application/merge-patch+json",
        body: { spec: { minAvailable: 2 }, status: { currentHealthy: 4 } },
      }),
    );
    assert.deepEqual(patched.find(({ who }) => who === "patcher")?.fields, ["f:spec"]);
  });
});
