import assert from "node:assert/strict";
import type { FlowSchemaCondition } from "../../../../lib/api/gen/types/flowcontrolV1.js";
import type { AdmissionPlugin } from "../../../../lib/apiserver/admission/admissionPlugin.js";
import {
  type RestAnswer,
  type RestCall,
  RestCaller,
} from "../../../support/apiserver/restCaller.js";
import {
  startTestApiServer,
  type TestApiServer,
} from "../../../support/apiserver/testApiServer.js";
import { flowSchema, priorityLevel } from "./fairnessObjects.js";

const schemas = "/apis/flowcontrol.apiserver.k8s.io/v1/flowschemas";
const levels = "/apis/flowcontrol.apiserver.k8s.io/v1/prioritylevelconfigurations";
const maps = "/api/v1/namespaces/default/configmaps";

/** Holds every ConfigMap that is to be created until it is let go. */
class Holder implements AdmissionPlugin {
  readonly name = "Holder";
  held = 0;
  #release: () => void = () => undefined;
  #arrived: () => void = () => undefined;
  #open = Promise.resolve();

  handles(operation: string, group: string, resource: string): boolean {
    return operation === "CREATE" && group === "" && resource === "configmaps";
  }

  async validate(): Promise<void> {
    this.held += 1;
    this.#arrived();
    await this.#open;
  }

  close(): Promise<void> {
    this.#open = new Promise((resolve) => {
      this.#release = resolve;
    });
    return new Promise((resolve) => {
      this.#arrived = resolve;
    });
  }

  release(): void {
    this.#release();
  }
}

describe("a server with priority and fairness", () => {
  let api: TestApiServer;
  let rest: RestCaller;
  let holder: Holder;
  beforeEach(async () => {
    holder = new Holder();
    // Ten seats and one: those of catch-all and of the level below.
    api = await startTestApiServer(
      { maxRequestsInFlight: 40, maxMutatingRequestsInFlight: 20 },
      {},
      [holder],
    );
    rest = new RestCaller(api.url);
    const everything = { apiGroups: ["*"], resources: ["*"], verbs: ["*"] };
    const role = await rest.call("/apis/rbac.authorization.k8s.io/v1/clusterroles", {
      method: "POST",
      body: { metadata: { name: "everything" }, rules: [everything] },
    });
    assert.equal(role.status, 201);
    const bound = await rest.call("/apis/rbac.authorization.k8s.io/v1/clusterrolebindings", {
      method: "POST",
      body: {
        metadata: { name: "everything" },
        subjects: [{ kind: "Group", name: "system:authenticated" }],
        roleRef: { kind: "ClusterRole", name: "everything" },
      },
    });
    assert.equal(bound.status, 201);
  });
  afterEach(async () => {
    holder.release();
    rest.close();
    await api.stop();
  });

  const as = (user: string, call: RestCall = {}): RestCall => ({
    ...call,
    headers: { "impersonate-user": user, "impersonate-group": "system:authenticated" },
  });
  const make = (path: string, body: object): Promise<RestAnswer> =>
    rest.call(path, { method: "POST", body });
  const create = (user: string, name: string): Promise<RestAnswer> =>
    rest.call(maps, as(user, { method: "POST", body: { metadata: { name } } }));
  const uidOf = async (path: string): Promise<string> => {
    const { metadata } = (await rest.call(path)).json() as { metadata: { uid: string } };
    return metadata.uid;
  };
  /** Asks until it is so: what flow control knows follows the objects a moment later. */
  async function eventually(isSo: () => Promise<boolean>): Promise<void> {
    for (let i = 0; i < 500; i += 1) if (await isSo()) return;
    assert.fail("it does not come");
  }
  const takenFor = async (user: string, schema: string): Promise<boolean> => {
    const { headers } = await rest.call(`${maps}?limit=1`, as(user));
    return headers["x-kubernetes-pf-flowschema-uid"] === (await uidOf(`${schemas}/${schema}`));
  };

  it("says of every response what the request was taken for", async () => {
    const { headers } = await rest.call("/api/v1/namespaces/default");
    assert.equal(headers["x-kubernetes-pf-flowschema-uid"], await uidOf(`${schemas}/exempt`));
    assert.equal(headers["x-kubernetes-pf-prioritylevel-uid"], await uidOf(`${levels}/exempt`));
    const missing = await rest.call(`${maps}/none`, as("jane"));
    assert.equal(missing.status, 404);
    assert.equal(
      missing.headers["x-kubernetes-pf-flowschema-uid"],
      await uidOf(`${schemas}/global-default`),
    );
    const watch = await rest.call(`${maps}?watch=1&timeoutSeconds=1`, as("jane"));
    assert.equal(
      watch.headers["x-kubernetes-pf-flowschema-uid"],
      await uidOf(`${schemas}/global-default`),
    );
  });

  it("starves one user by a FlowSchema, and not another", async () => {
    const rejecting = { nominalConcurrencyShares: 1, limitResponse: { type: "Reject" } };
    const made = await make(
      levels,
      priorityLevel("narrow", { ...rejecting, borrowingLimitPercent: 0 }),
    );
    assert.equal(made.status, 201, made.text());
    const schema = await make(schemas, flowSchema("narrow", "narrow", 500, ["greedy"]));
    assert.equal(schema.status, 201, schema.text());
    await eventually(() => takenFor("greedy", "narrow"));
    const arrived = holder.close();
    const first = create("greedy", "first");
    await arrived;
    const second = await create("greedy", "second");
    assert.deepEqual([second.status, second.headers["retry-after"]], [429, "1"]);
    assert.equal(
      second.headers["x-kubernetes-pf-flowschema-uid"],
      await uidOf(`${schemas}/narrow`),
    );
    const { reason, message } = second.json();
    assert.deepEqual(
      [reason, message],
      ["TooManyRequests", "Too many requests, please try again later."],
    );
    assert.equal((await rest.call(`${maps}/none`, as("jane"))).status, 404);
    holder.release();
    assert.equal((await first).status, 201);
    assert.equal((await create("greedy", "third")).status, 201);
  });

  it("gives a watch's seat back when it runs", async () => {
    const narrow = { nominalConcurrencyShares: 1, limitResponse: { type: "Reject" } };
    await make(levels, priorityLevel("narrow", { ...narrow, borrowingLimitPercent: 0 }));
    await make(schemas, flowSchema("narrow", "narrow", 500, ["watcher"]));
    await eventually(() => takenFor("watcher", "narrow"));
    const watches = Array.from({ length: 5 }, () =>
      rest.call(`${maps}?watch=1&timeoutSeconds=1`, as("watcher")),
    );
    const statuses = (await Promise.all(watches)).map(({ status }) => status);
    // One may come while another one begins.
    assert.ok(statuses.filter((status) => status === 200).length >= 1, String(statuses));
    assert.equal((await rest.call(`${maps}?watch=1&timeoutSeconds=1`, as("watcher"))).status, 200);
    const page = await rest.call("/debug/api_priority_and_fairness/dump_priority_levels");
    assert.match(page.text(), /^narrow, +0, +true, +false, +0, +0,/m);
  });

  it("says whether the level that a FlowSchema names is there", async () => {
    const condition = async (): Promise<FlowSchemaCondition | undefined> => {
      const { status } = (await rest.call(`${schemas}/lost`)).json() as {
        status?: { conditions?: FlowSchemaCondition[] };
      };
      return status?.conditions?.[0];
    };
    await make(schemas, flowSchema("lost", "nowhere"));
    await eventually(async () => (await condition()) !== undefined);
    const { lastTransitionTime, ...dangling } = (await condition()) ?? assert.fail();
    assert.ok(lastTransitionTime);
    assert.deepEqual(dangling, {
      type: "Dangling",
      status: "True",
      reason: "NotFound",
      message:
        'This FlowSchema references the PriorityLevelConfiguration object named "nowhere" ' +
        "but there is no such object",
    });
    await make(levels, priorityLevel("nowhere"));
    await eventually(async () => (await condition())?.status === "False");
    assert.equal((await condition())?.reason, "Found");
  });

  it("shows its state and its metrics", async () => {
    const page = await rest.call("/debug/api_priority_and_fairness/dump_requests");
    assert.equal(page.headers["content-type"], "text/plain; charset=utf-8");
    assert.match(page.text(), /^PriorityLevelName, FlowSchemaName, /);
    assert.match(page.text(), /^exempt, +exempt, +-1, +-1, /m);
    const metrics = (await rest.call("/metrics")).text();
    assert.match(
      metrics,
      /^apiserver_flowcontrol_nominal_limit_seats\{priority_level="system"\} 8$/m,
    );
    assert.equal((await rest.call("/debug/api_priority_and_fairness/else")).status, 404);
  });

  it("gives what is created upstream's defaults", async () => {
    const { priorityLevelConfiguration, rules } = flowSchema("x", "y").spec;
    const schema = await make(schemas, {
      metadata: { name: "x" },
      spec: { priorityLevelConfiguration, rules },
    });
    assert.equal((schema.json().spec as { matchingPrecedence: number }).matchingPrecedence, 1000);
    const level = await make(levels, {
      metadata: { name: "y" },
      spec: { type: "Limited", limited: { limitResponse: { type: "Queue", queuing: {} } } },
    });
    assert.deepEqual(level.json().spec, {
      type: "Limited",
      limited: {
        nominalConcurrencyShares: 30,
        lendablePercent: 0,
        limitResponse: {
          type: "Queue",
          queuing: { queues: 64, handSize: 8, queueLengthLimit: 50 },
        },
      },
    });
  });
});

describe("a server without priority and fairness", () => {
  it("has the fixed limits, and none of the headers", async () => {
    const api = await startTestApiServer({}, { priorityAndFairness: false });
    const rest = new RestCaller(api.url);
    try {
      const { headers, status } = await rest.call("/api/v1/namespaces/default");
      assert.equal(status, 200);
      assert.equal(headers["x-kubernetes-pf-flowschema-uid"], undefined);
      const page = await rest.call("/debug/api_priority_and_fairness/dump_requests");
      assert.equal(page.status, 404);
    } finally {
      rest.close();
      await api.stop();
    }
  });

  it("is refused where it would have no seat with them", async () => {
    const none = { maxRequestsInFlight: 0, maxMutatingRequestsInFlight: 0 };
    await assert.rejects(
      startTestApiServer(none),
      /MaxRequestsInFlight=0 and MaxMutatingRequestsInFlight=0; they must add up to something/,
    );
  });
});
