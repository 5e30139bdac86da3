import assert from "node:assert/strict";
import type {
  AdmissionAttributes,
  AdmissionPlugin,
} from "../../../../lib/apiserver/admission/admissionPlugin.js";
import { AuditAnnotations } from "../../../../lib/apiserver/audit.js";
import type { UserInfo } from "../../../../lib/apiserver/identity.js";
import type { ServerRequest } from "../../../../lib/apiserver/serverRequest.js";
import { nodePlatform } from "../../../../lib/platform/node/nodePlatform.js";
import { serverRequest } from "../../../support/apiserver/serverRequest.js";
import {
  startTestApiServer,
  type TestApiServer,
} from "../../../support/apiserver/testApiServer.js";

const namespace = "default";
const core = `/api/v1/namespaces/${namespace}`;
const merge = "application/merge-patch+json";
const options = "?fieldManager=me&fieldValidation=Strict&dryRun=All";
const meta = "meta.k8s.io/v1";

/** What a webhook would be told, as upstream names it. */
interface Seen {
  readonly operation: string;
  readonly requestKind: string;
  readonly objectKind: string;
  readonly resource: string;
  readonly options: unknown;
  readonly dryRun: boolean;
  readonly old: boolean;
}

const shown = ({ group, version, kind }: AdmissionAttributes["requestKind"]): string =>
  `${group}/${version} ${kind}`;

function seenOf(attributes: AdmissionAttributes): Seen {
  const { group, version, resource, subresource } = attributes;
  return {
    operation: attributes.operation,
    requestKind: shown(attributes.requestKind),
    objectKind: shown(attributes.objectKind),
    resource: `${group}/${version} ${resource}/${subresource}`,
    options: attributes.options,
    dryRun: attributes.dryRun,
    old: attributes.oldObject !== undefined,
  };
}

describe("what admission is told of a request", () => {
  const seen: Seen[] = [];
  const recorder: AdmissionPlugin = {
    name: "Recorder",
    handles: () => true,
    validate: (attributes) => void seen.push(seenOf(attributes)),
  };
  const client = nodePlatform.network.httpClient();
  let started: TestApiServer;

  before(async () => {
    started = await startTestApiServer({}, {}, [recorder]);
    const { objects } = started.server;
    await objects.create("", "serviceaccounts", namespace, { metadata: { name: "default" } });
    const containers = [{ name: "c", image: "i" }];
    const selector = { matchLabels: { a: "b" } };
    const template = { metadata: { labels: { a: "b" } }, spec: { containers } };
    const metadata = { name: "d" };
    await objects.create("", "pods", namespace, { metadata, spec: { containers } });
    await objects.create("apps", "deployments", namespace, {
      ...{ metadata, spec: { selector, template } },
    });
    await objects.create("", "configmaps", namespace, { metadata });
  });
  after(async () => {
    client.close();
    await started.stop();
  });

  async function told(
    method: string,
    path: string,
    body: object,
    contentType = "application/json",
  ): Promise<Seen> {
    seen.length = 0;
    const answer = await client.call({
      url: `${started.url}${path}`,
      method,
      headers: { "content-type": contentType },
      body: JSON.stringify(body),
    });
    const text = Buffer.from(await answer.readAll()).toString("utf8");
    assert.ok(answer.status < 300, text);
    const [first] = seen;
    assert.ok(first, path);
    return first;
  }

  const map = { requestKind: "/v1 ConfigMap", objectKind: "/v1 ConfigMap" };
  const given = {
    apiVersion: meta,
    dryRun: ["All"],
    fieldManager: "me",
    fieldValidation: "Strict",
  };

  it("is all of the options of a creation, an update and a patch", async () => {
    const of = { ...map, resource: "/v1 configmaps/", dryRun: true };
    const body = { metadata: { name: "e" } };
    assert.deepEqual(await told("POST", `${core}/configmaps${options}`, body), {
      ...{ ...of, operation: "CREATE", old: false, options: { kind: "CreateOptions", ...given } },
    });
    const updated = { ...of, operation: "UPDATE", old: true };
    const update = { kind: "UpdateOptions", ...given };
    const changed = { metadata: { name: "d" }, data: { a: "b" } };
    assert.deepEqual(await told("PUT", `${core}/configmaps/d${options}`, changed), {
      ...{ ...updated, options: update },
    });
    // A patch is an update, and its options are an update's.
    assert.deepEqual(await told("PATCH", `${core}/configmaps/d${options}`, changed, merge), {
      ...{ ...updated, options: update },
    });
    const plain = await told("PUT", `${core}/configmaps/d`, changed);
    assert.deepEqual(plain.options, { kind: "UpdateOptions", apiVersion: meta });
    assert.equal(plain.dryRun, false);
  });

  it("is all of the options of a deletion", async () => {
    const found = await started.server.objects.get("", "configmaps", namespace, "d");
    const { uid } = (found as { metadata: { uid: string } }).metadata;
    const sent = {
      ...{ gracePeriodSeconds: 5, preconditions: { uid }, propagationPolicy: "Foreground" },
      dryRun: ["All"],
    };
    assert.deepEqual(await told("DELETE", `${core}/configmaps/d`, sent), {
      ...{ ...map, resource: "/v1 configmaps/", operation: "DELETE", dryRun: true, old: true },
      options: { kind: "DeleteOptions", apiVersion: meta, ...sent },
    });
  });

  const kinds: readonly (readonly [string, string, string, object, Partial<Seen>])[] = [
    [
      "an Event of the newer group",
      "POST",
      `/apis/events.k8s.io/v1/namespaces/${namespace}/events`,
      {
        ...{ metadata: { name: "e" }, regarding: { kind: "Pod", namespace, name: "p" } },
        ...{ eventTime: "2026-01-01T00:00:00.000000Z", reportingController: "c", action: "a" },
        ...{ reportingInstance: "i", reason: "r", type: "Normal" },
      },
      { requestKind: "events.k8s.io/v1 Event", objectKind: "/v1 Event" },
    ],
    [
      "an autoscaler of the older version",
      "POST",
      `/apis/autoscaling/v1/namespaces/${namespace}/horizontalpodautoscalers`,
      {
        metadata: { name: "h" },
        spec: { maxReplicas: 3, scaleTargetRef: { kind: "Deployment", name: "d" } },
      },
      {
        requestKind: "autoscaling/v1 HorizontalPodAutoscaler",
        objectKind: "autoscaling/v2 HorizontalPodAutoscaler",
      },
    ],
    [
      "a Scale",
      "PUT",
      `/apis/apps/v1/namespaces/${namespace}/deployments/d/scale`,
      { metadata: { name: "d" }, spec: { replicas: 2 } },
      { requestKind: "autoscaling/v1 Scale", objectKind: "apps/v1 Deployment" },
    ],
    [
      "a status",
      "PUT",
      `/apis/apps/v1/namespaces/${namespace}/deployments/d/status`,
      { metadata: { name: "d" }, status: { replicas: 2 } },
      { requestKind: "apps/v1 Deployment", objectKind: "apps/v1 Deployment" },
    ],
    [
      "a Binding",
      "POST",
      `${core}/pods/d/binding`,
      { metadata: { name: "d" }, target: { name: "n" } },
      { requestKind: "/v1 Binding", objectKind: "/v1 Binding" },
    ],
    [
      "a request for a token",
      "POST",
      `${core}/serviceaccounts/default/token`,
      { spec: { expirationSeconds: 600 } },
      {
        requestKind: "authentication.k8s.io/v1 TokenRequest",
        objectKind: "authentication.k8s.io/v1 TokenRequest",
      },
    ],
    [
      "an Eviction",
      "POST",
      `${core}/pods/d/eviction?dryRun=All`,
      { metadata: { name: "d" } },
      { requestKind: "policy/v1 Eviction", objectKind: "policy/v1 Eviction" },
    ],
  ];
  for (const [what, method, path, body, expected] of kinds) {
    it(`is the kind that was sent, and the one of the tree: of ${what}`, async () => {
      const { requestKind, objectKind } = await told(method, path, body);
      assert.deepEqual({ requestKind, objectKind }, expected);
    });
  }
});

const master: UserInfo = { name: "m", uid: "", groups: ["system:masters"], extra: {} };

function createMap(name: string): ServerRequest {
  const asked = { verb: "create", resource: "configmaps", namespace };
  return serverRequest(asked, { knownUser: master, body: { metadata: { name } } });
}

describe("audit annotations", () => {
  it("of a request are those that plugins noted until it ended", async () => {
    const completed: (readonly [string, string])[][] = [];
    const logged: string[] = [];
    const noter: AdmissionPlugin = {
      name: "Noter",
      handles: (_operation, _group, resource) => resource === "configmaps",
      admit: ({ annotate }) => annotate?.("noter.example.com/first", "kept"),
      validate: ({ annotate }) => annotate?.("noter.example.com/first", "another"),
    };
    const audit = {
      received: () => undefined,
      completed: (_id: string, { auditAnnotations }: ServerRequest) =>
        void completed.push([...(auditAnnotations?.values ?? [])]),
    };
    const log = (message: string, error: unknown) => void logged.push(`${message}: ${error}`);
    const started = await startTestApiServer({ audit, log }, {}, [noter]);
    try {
      await started.server.pipeline.handle(createMap("a"));
    } finally {
      await started.stop();
    }
    assert.deepEqual(completed, [[["noter.example.com/first", "kept"]]]);
    assert.equal(logged.length, 1);
    assert.match(
      logged[0] ?? "",
      /^audit event [-0-9a-f]{36}: Error: .*"noter\.example\.com\/first".*"another".*"kept"$/,
    );
  });

  it("have no place where nothing is audited", async () => {
    const annotators: unknown[] = [];
    const noter: AdmissionPlugin = {
      name: "Noter",
      handles: (_operation, _group, resource) => resource === "configmaps",
      validate: ({ annotate }) => void annotators.push(annotate),
    };
    const started = await startTestApiServer({}, {}, [noter]);
    try {
      await started.server.pipeline.handle(createMap("a"));
    } finally {
      await started.stop();
    }
    assert.deepEqual(annotators, [undefined]);
  });

  it("have keys of plugins, and their first values", () => {
    const warned: string[] = [];
    const annotations = new AuditAnnotations((message) => void warned.push(message));
    annotations.add("a.example.com/b", "1");
    annotations.add("a.example.com/b", "1");
    assert.deepEqual(warned, []);
    annotations.add("a.example.com/b", "2");
    assert.equal(warned.length, 1);
    assert.deepEqual([...annotations.values], [["a.example.com/b", "1"]]);
    for (const key of ["", "b", "/b", "a/", "a/b/c", "A/b", "a/b c"]) {
      assert.throws(() => annotations.add(key, ""), /plugin\/key/, key);
    }
  });
});
