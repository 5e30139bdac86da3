import assert from "node:assert/strict";
import { allResources } from "../../../../lib/api/gen/resources.js";
import { nativeCodec } from "../../../../lib/api/nativeCodec.js";
import type { ObjectTree } from "../../../../lib/apiserver/admission/admissionPlugin.js";
import { StrategyTable } from "../../../../lib/apiserver/registry/strategies.js";
import type { StrategyContext } from "../../../../lib/apiserver/registry/strategy.js";
import { applyDefaults } from "../../../support/apiserver/applyDefaults.js";
import { type Caller, type PolicyServer, startPolicyServer } from "./policyServer.js";

const table = new StrategyTable({ allowPrivileged: false });
const seed = Number(process.env.STEERSMAN_TEST_SEED ?? "1");
const objectsOfEachKind = 40;

const context: StrategyContext = {
  namespace: "n",
  name: "x",
  subresource: "",
  now: 0,
  userName: "u",
  warn: () => {},
};

/** Small and repeatable: mulberry32. */
function randomOf(start: number): (bound: number) => number {
  let state = start >>> 0;
  return (bound) => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) % bound;
  };
}

const names = [
  ...["metadata", "spec", "status", "name", "namespace", "labels", "selector", "template"],
  ...["containers", "initContainers", "ports", "port", "volumes", "rules", "subjects", "roleRef"],
  ...["type", "replicas", "strategy", "rollingUpdate", "limits", "hard", "items", "data", "taints"],
  ...["matchLabels", "matchExpressions", "key", "operator", "values", "affinity", "nodeAffinity"],
  ...["requiredDuringSchedulingIgnoredDuringExecution", "nodeSelectorTerms", "tolerations", "env"],
  ...["valueFrom", "resources", "requests", "livenessProbe", "httpGet", "securityContext", "http"],
  ...["schedule", "jobTemplate", "webhooks", "clientConfig", "versions", "names", "endpoints"],
  ...["addresses", "subsets", "conditions", "clusterIP", "clusterIPs", "ipFamilies", "paths"],
  ...["projected", "sources", "configMap", "secret", "volumeMounts", "capacity", "accessModes"],
  ...["minAvailable", "maxUnavailable", "maxSurge", "podSelector", "ingress", "egress", "usages"],
];

function treeOf(random: (bound: number) => number, depth: number): unknown {
  const scalars = [null, "", "a", "A_b", "-1", "10%", "1Gi", 0, 1, -1, 70000, true, false];
  const shape = random(depth > 5 ? 2 : 10);
  if (shape < 2) return scalars[random(scalars.length)];
  const size = random(4);
  if (shape < 4) return Array.from({ length: size }, () => treeOf(random, depth + 1));
  const tree: Record<string, unknown> = {};
  for (let count = 0; count <= size; count += 1) {
    tree[names[random(names.length)] as string] = treeOf(random, depth + 1);
  }
  return tree;
}

/** Takes away what the schema refuses, by the path of the refusal, until the rest decodes. */
function decodable(message: string, tree: Record<string, unknown>): ObjectTree | undefined {
  for (let attempt = 0; attempt < 60; attempt += 1) {
    const bytes = Buffer.from(JSON.stringify(tree));
    const result = nativeCodec.decode(message, bytes, { format: "json" });
    if (result.object !== undefined) return JSON.parse(result.object.json()) as ObjectTree;
    const path = result.errors[0]?.path ?? "";
    if (!removeAt(tree, path)) return undefined;
  }
  return undefined;
}

function removeAt(tree: Record<string, unknown>, path: string): boolean {
  const keys = path.split(/[.[\]]+/).filter((key) => key !== "");
  let at: unknown = tree;
  for (const key of keys.slice(0, -1)) at = (at as Record<string, unknown> | null)?.[key];
  const last = keys.at(-1);
  if (last === undefined || typeof at !== "object" || at === null) return false;
  if (Array.isArray(at)) at.splice(Number(last), 1);
  else delete (at as Record<string, unknown>)[last];
  return true;
}

describe(`strange objects (STEERSMAN_TEST_SEED=${seed})`, () => {
  const stored = allResources.filter(({ storagePath }) => storagePath !== undefined);
  for (const { storage, message, namespaced, kind, version, group } of stored) {
    it(`of ${kind}.${version}.${group} are judged, never stumbled over`, () => {
      const random = randomOf(seed * 7919 + kind.length * 31 + kind.charCodeAt(0));
      const strategy = table.strategyFor({ group: storage.group, kind: storage.kind, namespaced });
      let judged = 0;
      for (let count = 0; count < objectsOfEachKind; count += 1) {
        const tree: Record<string, unknown> = {};
        const fields = [1, 2, 3, 4].map(() => names[random(names.length)] as string);
        for (const field of ["spec", "metadata", ...fields]) tree[field] = treeOf(random, 0);
        const object = decodable(message, tree);
        if (object === undefined) continue;
        object.metadata ??= {};
        judged += 1;
        const text = JSON.stringify(object);
        try {
          applyDefaults(strategy, object);
          strategy.prepareForCreate?.(object, context);
          strategy.validateCreate?.(object, context);
          const old = JSON.parse(text) as ObjectTree;
          for (const subresource of ["", "status"]) {
            const next = JSON.parse(text) as ObjectTree;
            applyDefaults(strategy, next);
            strategy.prepareForUpdate?.(next, old, { ...context, subresource });
            strategy.validateUpdate?.(next, old, { ...context, subresource });
          }
          strategy.graceSeconds?.(object, undefined);
        } catch (error) {
          assert.fail(`${text}\n${(error as Error).stack}`);
        }
      }
      assert.ok(judged > 0);
    });
  }
});

describe(`strange requests (STEERSMAN_TEST_SEED=${seed})`, () => {
  const asked: [string, string][] = [
    ["/api/v1/namespaces/default/pods", "k8s.io.api.core.v1.Pod"],
    ["/api/v1/namespaces/default/services", "k8s.io.api.core.v1.Service"],
    [
      "/api/v1/namespaces/default/persistentvolumeclaims",
      "k8s.io.api.core.v1.PersistentVolumeClaim",
    ],
    ["/api/v1/namespaces/default/secrets", "k8s.io.api.core.v1.Secret"],
    [
      "/api/v1/namespaces/default/serviceaccounts/default/token",
      "k8s.io.api.authentication.v1.TokenRequest",
    ],
    ["/api/v1/nodes", "k8s.io.api.core.v1.Node"],
    ["/api/v1/namespaces", "k8s.io.api.core.v1.Namespace"],
    ["/apis/apps/v1/namespaces/default/deployments", "k8s.io.api.apps.v1.Deployment"],
    ["/apis/batch/v1/namespaces/default/jobs", "k8s.io.api.batch.v1.Job"],
    ["/apis/rbac.authorization.k8s.io/v1/clusterroles", "k8s.io.api.rbac.v1.ClusterRole"],
    [
      "/apis/rbac.authorization.k8s.io/v1/clusterrolebindings",
      "k8s.io.api.rbac.v1.ClusterRoleBinding",
    ],
    [
      "/apis/certificates.k8s.io/v1/certificatesigningrequests",
      "k8s.io.api.certificates.v1.CertificateSigningRequest",
    ],
    ["/apis/scheduling.k8s.io/v1/priorityclasses", "k8s.io.api.scheduling.v1.PriorityClass"],
    ["/apis/networking.k8s.io/v1/namespaces/default/ingresses", "k8s.io.api.networking.v1.Ingress"],
    [
      "/apis/authorization.k8s.io/v1/subjectaccessreviews",
      "k8s.io.api.authorization.v1.SubjectAccessReview",
    ],
    [
      "/apis/authorization.k8s.io/v1/selfsubjectrulesreviews",
      "k8s.io.api.authorization.v1.SelfSubjectRulesReview",
    ],
    ["/apis/authentication.k8s.io/v1/tokenreviews", "k8s.io.api.authentication.v1.TokenReview"],
  ];
  let server: PolicyServer;
  let clerk: Caller;

  before(async () => {
    server = await startPolicyServer();
    clerk = await server.certificateFor("clerk");
    await server.make("/api/v1/namespaces/default/serviceaccounts", {
      metadata: { name: "default" },
    });
    await server.make("/apis/rbac.authorization.k8s.io/v1/clusterrolebindings", {
      metadata: { name: "clerk" },
      subjects: [{ kind: "User", name: "clerk", apiGroup: "rbac.authorization.k8s.io" }],
      roleRef: {
        kind: "ClusterRole",
        name: "cluster-admin",
        apiGroup: "rbac.authorization.k8s.io",
      },
    });
    await server.make("/api/v1/namespaces/default/limitranges", {
      metadata: { name: "l" },
      spec: { limits: [{ type: "Container", default: { cpu: "1" } }] },
    });
  });

  after(() => server.stop());

  for (const [path, message] of asked) {
    it(`to ${path} are never the server's fault`, async () => {
      const random = randomOf(seed * 104729 + path.length);
      for (let count = 0; count < 15; count += 1) {
        const tree: Record<string, unknown> = {};
        const fields = [1, 2, 3].map(() => names[random(names.length)] as string);
        for (const field of ["spec", "metadata", ...fields]) tree[field] = treeOf(random, 0);
        const object = decodable(message, tree) ?? {};
        const metadata = { ...(object.metadata as object | undefined), name: `x${count}` };
        const body = { ...object, metadata: { ...metadata, namespace: undefined } };
        const answer = await server.call(clerk, "POST", path, body);
        assert.ok(answer.code < 500, `${JSON.stringify(body)}\n${JSON.stringify(answer.body)}`);
      }
    });
  }
});
