import assert from "node:assert/strict";
import { type RestAnswer, RestCaller } from "../../../support/apiserver/restCaller.js";
import {
  startTestApiServer,
  type TestApiServer,
} from "../../../support/apiserver/testApiServer.js";

const sets = "/apis/apps/v1/namespaces/default/statefulsets";
const jobs = "/apis/batch/v1/namespaces/default/jobs";
const budgets = "/apis/policy/v1/namespaces/default/poddisruptionbudgets";
const labels = { app: "db" };

function statefulSet(spec: object = {}): object {
  return {
    metadata: { name: "db" },
    spec: {
      replicas: 1,
      serviceName: "db",
      selector: { matchLabels: labels },
      template: { metadata: { labels }, spec: { containers: [{ name: "c", image: "i" }] } },
      volumeClaimTemplates: [claim("1Gi")],
      ...spec,
    },
  };
}

function claim(storage: string): object {
  return {
    metadata: { name: "data" },
    spec: { accessModes: ["ReadWriteOnce"], resources: { requests: { storage } } },
  };
}

describe("replacing objects by their manifests", () => {
  let api: TestApiServer;
  let rest: RestCaller;
  const put = (path: string, body: object): Promise<RestAnswer> =>
    rest.call(path, { method: "PUT", contentType: "application/json", body });
  const create = async (path: string, body: object): Promise<void> => {
    const { status, text } = await rest.call(path, { method: "POST", body });
    assert.equal(status, 201, text());
  };

  beforeEach(async () => {
    api = await startTestApiServer();
    rest = new RestCaller(api.url);
  });

  afterEach(async () => {
    rest.close();
    await api.stop();
  });

  it("changes what may change of a StatefulSet with claims, and says what may not", async () => {
    await create(sets, statefulSet());
    const same = await put(`${sets}/db`, statefulSet({ replicas: 3, minReadySeconds: 5 }));
    assert.equal(same.status, 200, same.text());
    const refused: [object, string][] = [
      [{ serviceName: "other" }, 'spec.serviceName: Invalid value: "other": field is immutable'],
      [{ podManagementPolicy: "Parallel" }, 'spec.podManagementPolicy: Invalid value: "Parallel"'],
      [{ volumeClaimTemplates: [claim("2Gi")] }, "spec.volumeClaimTemplates: Invalid value: "],
    ];
    for (const [spec, message] of refused) {
      const answer = await put(`${sets}/db`, statefulSet(spec));
      assert.equal(answer.status, 422);
      assert.ok(String(answer.json().message).includes(message), answer.text());
    }
  });

  it("lets a StatefulSet's containers mount its claims, and nothing that is not there", async () => {
    const mounting = (...names: string[]): object => {
      const volumeMounts = names.map((name) => ({ name, mountPath: `/${name}` }));
      const container = { name: "c", image: "i", volumeMounts };
      const volumes = [{ name: "cache", emptyDir: {} }];
      const spec = {
        containers: [container],
        initContainers: [{ ...container, name: "i" }],
        volumes,
      };
      return statefulSet({ template: { metadata: { labels }, spec } });
    };
    await create(sets, mounting("data", "cache"));
    const same = await put(`${sets}/db`, mounting("data", "cache"));
    assert.equal(same.status, 200, same.text());
    const refused = await put(`${sets}/db`, mounting("data", "absent"));
    assert.equal(refused.status, 422);
    const { message } = refused.json();
    const path = "spec.template.spec.containers[0].volumeMounts[1].name";
    assert.ok(String(message).includes(`${path}: Not found: "absent"`), refused.text());
  });

  it("lets the completions of an indexed Job change with its parallelism alone", async () => {
    const template = { spec: { restartPolicy: "Never", containers: [{ name: "c", image: "i" }] } };
    await create(jobs, {
      metadata: { name: "j" },
      spec: { completionMode: "Indexed", completions: 2, parallelism: 2, template },
    });
    const patch = (spec: object): Promise<RestAnswer> =>
      rest.call(`${jobs}/j`, {
        method: "PATCH",
        contentType: "application/merge-patch+json",
        body: { spec },
      });
    const alone = await patch({ completions: 3 });
    assert.match(
      String(alone.json().message),
      /spec\.completions: Invalid value: 3: can only be modified in tandem with spec\.parallelism$/,
    );
    assert.equal((await patch({ completions: 3, parallelism: 3 })).status, 200);
  });

  it("wants a resourceVersion where the kind does, and names the resource", async () => {
    const budget = { metadata: { name: "b" }, spec: { minAvailable: 1 } };
    await create(budgets, budget);
    assert.equal(
      (await put(`${budgets}/b`, budget)).json().message,
      'poddisruptionbudgets.policy "b" is invalid: metadata.resourceVersion: Invalid value: 0: ' +
        "must be specified for an update",
    );
  });

  it("refuses another role of a binding", async () => {
    const path = "/apis/rbac.authorization.k8s.io/v1/clusterrolebindings";
    const binding = (name: string): object => ({
      metadata: { name: "b" },
      roleRef: { apiGroup: "rbac.authorization.k8s.io", kind: "ClusterRole", name },
    });
    await create(path, binding("view"));
    const answer = await put(`${path}/b`, binding("edit"));
    assert.match(
      String(answer.json().message),
      /^ClusterRoleBinding.*roleRef: Invalid value: .*: field is immutable$/,
    );
  });
});
