import {
  appsV1,
  authorizationV1,
  autoscalingV1,
  autoscalingV2,
  coordinationV1,
  coreV1,
  policyV1,
} from "../../lib/api/gen/resources.js";
import type { ConfigMap, Pod } from "../../lib/api/gen/types/coreV1.js";
import type { Client } from "../../lib/client/client.js";
import { patches } from "../../lib/client/patches.js";
import type { WatchEvent } from "../../lib/client/resourceClient.js";

/** A refusal as clients tell them apart. */
export interface Refusal {
  readonly code: number;
  readonly reason: string;
  readonly message: string | RegExp;
}

/** One request (or a few that belong together) and what every transport must answer. */
export interface ContractCase {
  readonly name: string;
  readonly run: (client: Client) => Promise<unknown>;
  readonly answer?: unknown;
  readonly refusal?: Refusal;
}

const namespace = "default";
const maps = (client: Client) => client.resource(coreV1.configmaps);
const pods = (client: Client) => client.resource(coreV1.pods);

const pod = (name: string): Pod => ({
  metadata: { name, namespace, labels: { app: "x" } },
  spec: { containers: [{ name: "c", image: "i" }] },
});

const applied = (client: Client, manager: string, body: object, force = false) =>
  maps(client).patch("applied", patches.apply({ apiVersion: "v1", kind: "ConfigMap", ...body }), {
    namespace,
    fieldManager: manager,
    ...(force ? { force } : {}),
  });

const dataOf = (map: ConfigMap): unknown => map.data;
const namesOf = (list: { items: { metadata?: { name?: string } }[] }): unknown =>
  list.items.map((item) => item.metadata?.name);

async function firstEvents<T>(events: AsyncIterable<WatchEvent<T>>, count: number) {
  const found: string[] = [];
  for await (const event of events) {
    const name =
      event.type === "BOOKMARK"
        ? String(event.initialEventsEnd)
        : (event.object as { metadata?: { name?: string } }).metadata?.name;
    found.push(`${event.type} ${name}`);
    if (found.length === count) {
      break;
    }
  }
  return found;
}

const notFound = (resource: string, name: string): Refusal => ({
  code: 404,
  reason: "NotFound",
  message: `${resource} "${name}" not found`,
});

const withoutNamespace: Refusal = {
  code: 404,
  reason: "NotFound",
  message: /: configmaps need a namespace, and none was given: add the option/,
};

const widgets = {
  group: "example.com",
  version: "v1",
  kind: "Widget",
  resource: "widgets",
  namespaced: true,
};

const notServed = {
  code: 404,
  reason: "NotFound",
  message: /could not find the requested resource.*/,
};

/** In order: later cases build on earlier ones. */
export const contractCases: readonly ContractCase[] = [
  {
    name: "create answers the object with its system fields",
    run: async (client) => {
      const made = await maps(client).create({
        metadata: { name: "a", namespace },
        data: { x: "1" },
      });
      const { uid, resourceVersion, creationTimestamp } = made.metadata ?? {};
      return [made.data, uid?.length, Number(resourceVersion) > 0, creationTimestamp !== undefined];
    },
    answer: [{ x: "1" }, 36, true, true],
  },
  {
    name: "create of what exists",
    run: (client) => maps(client).create({ metadata: { name: "a", namespace } }),
    refusal: { code: 409, reason: "AlreadyExists", message: 'configmaps "a" already exists' },
  },
  {
    name: "create with generateName",
    run: async (client) => {
      const made = await maps(client).create({ metadata: { generateName: "gen-", namespace } });
      return /^gen-[b-df-hj-np-tv-xz2-9]{5}$/.test(made.metadata?.name ?? "");
    },
    answer: true,
  },
  {
    name: "get by a name without its namespace",
    run: (client) => maps(client).get("a"),
    refusal: withoutNamespace,
  },
  {
    name: "delete by a name without its namespace",
    run: (client) => maps(client).delete("a"),
    refusal: withoutNamespace,
  },
  {
    name: "update of an object without its namespace",
    run: (client) => maps(client).update({ metadata: { name: "a" } }),
    refusal: withoutNamespace,
  },
  {
    name: "create of an object without its namespace",
    run: (client) => maps(client).create({ metadata: { name: "a" } }),
    refusal: {
      code: 405,
      reason: "MethodNotAllowed",
      message: /: configmaps need a namespace, and none was given: add the option/,
    },
  },
  {
    name: "delete without a name, which would be the collection's",
    run: (client) => maps(client).delete("", { namespace: "default" }),
    refusal: { code: 400, reason: "BadRequest", message: /^delete needs a name/ },
  },
  {
    name: "get without a name",
    run: (client) => maps(client).get("", { namespace: "default" }),
    refusal: { code: 400, reason: "BadRequest", message: /^get needs a name/ },
  },
  {
    name: "delete of a namespace's parent",
    run: (client) => maps(client).delete("..", { namespace: "default" }),
    refusal: { code: 400, reason: "BadRequest", message: /^"\.\." is no name/ },
  },
  {
    name: "list of a kind that is not served",
    run: (client) => client.dynamic(widgets).list(),
    refusal: notServed,
  },
  {
    name: "create of a kind that is not served",
    run: (client) =>
      client.dynamic(widgets).create({ metadata: { name: "a", namespace: "default" } }),
    refusal: notServed,
  },
  {
    name: "watch of a kind that is not served",
    run: async (client) => {
      for await (const event of client.dynamic(widgets).watch()) return event.type;
      return "ended";
    },
    refusal: notServed,
  },
  {
    name: "create in a namespace that is not there",
    run: (client) => maps(client).create({ metadata: { name: "a", namespace: "no" } }),
    refusal: notFound("namespaces", "no"),
  },
  {
    name: "create with a name that breaks the rules",
    run: (client) => maps(client).create({ metadata: { name: "A_", namespace } }),
    refusal: {
      code: 422,
      reason: "Invalid",
      message: /^ConfigMap "A_" is invalid: metadata\.name: /,
    },
  },
  {
    name: "dry run stores nothing",
    run: async (client) => {
      const dryRun = { metadata: { name: "dry", namespace } };
      await maps(client).create(dryRun, { dryRun: true });
      return maps(client).get("dry", { namespace });
    },
    refusal: notFound("configmaps", "dry"),
  },
  {
    name: "get",
    run: async (client) => dataOf(await maps(client).get("a", { namespace })),
    answer: { x: "1" },
  },
  {
    name: "get of what is not there",
    run: (client) => maps(client).get("zz", { namespace }),
    refusal: notFound("configmaps", "zz"),
  },
  {
    name: "update with the current resourceVersion",
    run: async (client) => {
      const current = await maps(client).get("a", { namespace });
      return dataOf(await maps(client).update({ ...current, data: { x: "2" } }));
    },
    answer: { x: "2" },
  },
  {
    name: "update that changes nothing keeps the resourceVersion",
    run: async (client) => {
      const current = await maps(client).get("a", { namespace });
      const after = await maps(client).update(current);
      return after.metadata?.resourceVersion === current.metadata?.resourceVersion;
    },
    answer: true,
  },
  {
    name: "update with an old resourceVersion",
    run: (client) =>
      maps(client).update({ metadata: { name: "a", namespace, resourceVersion: "1" }, data: {} }),
    refusal: {
      code: 409,
      reason: "Conflict",
      message:
        'Operation cannot be fulfilled on configmaps "a": the object has been modified; ' +
        "please apply your changes to the latest version and try again",
    },
  },
  {
    name: "update with another uid",
    run: (client) =>
      maps(client).update({ metadata: { name: "a", namespace, uid: "u" }, data: {} }),
    refusal: {
      code: 409,
      reason: "Conflict",
      message: /Precondition failed: UID in precondition: u, /,
    },
  },
  {
    name: "merge patch",
    run: async (client) =>
      dataOf(
        await maps(client).patch("a", { type: "merge", body: { data: { y: "3" } } }, { namespace }),
      ),
    answer: { x: "2", y: "3" },
  },
  {
    name: "server-side apply of what is absent",
    run: async (client) =>
      dataOf(await applied(client, "a", { metadata: { name: "applied" }, data: { x: "1" } })),
    answer: { x: "1" },
  },
  {
    name: "server-side apply of another manager",
    run: async (client) =>
      dataOf(await applied(client, "b", { metadata: { name: "applied" }, data: { y: "1" } })),
    answer: { x: "1", y: "1" },
  },
  {
    name: "server-side apply of what another manager has",
    run: (client) => applied(client, "b", { metadata: { name: "applied" }, data: { x: "2" } }),
    refusal: {
      code: 409,
      reason: "Conflict",
      message: 'Apply failed with 1 conflict: conflict with "a": .data.x',
    },
  },
  {
    name: "server-side apply that takes over, and what the other one still has",
    run: async (client) => {
      const body = { metadata: { name: "applied" }, data: { x: "2" } };
      await applied(client, "b", body, true);
      const { metadata, data } = await applied(client, "a", { metadata: { name: "applied" } });
      return [data, metadata?.managedFields?.map(({ manager }) => manager)];
    },
    answer: [{ x: "2" }, ["b"]],
  },
  {
    name: "server-side apply without a manager",
    run: (client) => applied(client, "", { metadata: { name: "applied" } }),
    refusal: {
      code: 422,
      reason: "Invalid",
      message:
        'PatchOptions.meta.k8s.io "" is invalid: fieldManager: Required value: ' +
        "is required for apply patch",
    },
  },
  {
    name: "JSON patch",
    run: async (client) => {
      const body = [{ op: "remove", path: "/data/x" }];
      return dataOf(await maps(client).patch("a", { type: "json", body }, { namespace }));
    },
    answer: { y: "3" },
  },
  {
    name: "JSON patch whose test fails",
    run: (client) => {
      const body = [{ op: "test", path: "/data/y", value: "4" }];
      return maps(client).patch("a", { type: "json", body }, { namespace });
    },
    refusal: {
      code: 422,
      reason: "Invalid",
      message: "the server rejected our request due to an error in our request",
    },
  },
  {
    name: "strategic merge patch of a list by its key",
    run: async (client) => {
      await pods(client).create(pod("p"));
      const body = { spec: { containers: [{ name: "c", image: "j" }] } };
      const after = await pods(client).patch("p", { type: "strategic", body }, { namespace });
      return after.spec?.containers?.map((c) => [c.name, c.image]);
    },
    answer: [["c", "j"]],
  },
  {
    name: "list by label, with a limit and a continue token",
    run: async (client) => {
      for (const name of ["q", "r"]) {
        await pods(client).create(pod(name));
      }
      const first = await pods(client).list({ namespace, labelSelector: "app=x", limit: 2 });
      const token = first.metadata.continue ?? "";
      const rest = await pods(client).list({ namespace, labelSelector: "app=x", continue: token });
      return [namesOf(first), namesOf(rest), rest.metadata.continue ?? ""];
    },
    answer: [["p", "q"], ["r"], ""],
  },
  {
    name: "list by field",
    run: async (client) =>
      namesOf(await pods(client).list({ namespace, fieldSelector: "metadata.name=q" })),
    answer: ["q"],
  },
  {
    name: "list by a field that the kind does not offer",
    run: (client) => pods(client).list({ namespace, fieldSelector: "spec.foo=q" }),
    refusal: { code: 400, reason: "BadRequest", message: "field label not supported: spec.foo" },
  },
  {
    name: "remainingItemCount without a selector",
    run: async (client) =>
      (await pods(client).list({ namespace, limit: 1 })).metadata.remainingItemCount,
    answer: 2,
  },
  {
    name: "watch from a revision",
    run: async (client) => {
      const { metadata } = await maps(client).list({ namespace });
      await maps(client).create({ metadata: { name: "w", namespace } });
      await maps(client).patch("w", { type: "merge", body: { data: { a: "b" } } }, { namespace });
      await maps(client).delete("w", { namespace });
      const { resourceVersion = "" } = metadata;
      return firstEvents(maps(client).watch({ namespace, resourceVersion }), 3);
    },
    answer: ["ADDED w", "MODIFIED w", "DELETED w"],
  },
  {
    name: "watch with initial events and the bookmark that ends them",
    run: (client) =>
      firstEvents(
        pods(client).watch({
          namespace,
          sendInitialEvents: true,
          allowWatchBookmarks: true,
          resourceVersionMatch: "NotOlderThan",
        }),
        4,
      ),
    answer: ["ADDED p", "ADDED q", "ADDED r", "BOOKMARK true"],
  },
  {
    name: "watch by label sees an object leave",
    run: async (client) => {
      const { metadata } = await pods(client).list({ namespace });
      const body = { metadata: { labels: { app: "y" } } };
      await pods(client).patch("r", { type: "merge", body }, { namespace });
      const { resourceVersion = "" } = metadata;
      const options = { namespace, resourceVersion, labelSelector: "app=x" };
      return firstEvents(pods(client).watch(options), 1);
    },
    answer: ["DELETED r"],
  },
  {
    name: "binding",
    run: async (client) => {
      await pods(client).bind({ metadata: { name: "p", namespace }, target: { name: "n" } });
      const bound = await pods(client).get("p", { namespace });
      const scheduled = bound.status?.conditions?.find((c) => c.type === "PodScheduled");
      return [bound.spec?.nodeName, scheduled?.status];
    },
    answer: ["n", "True"],
  },
  {
    name: "binding a second time",
    run: (client) =>
      pods(client).bind({ metadata: { name: "p", namespace }, target: { name: "m" } }),
    refusal: {
      code: 409,
      reason: "Conflict",
      message:
        'Operation cannot be fulfilled on pods/binding "p": pod p is already assigned to node "n"',
    },
  },
  {
    name: "status is a way of its own",
    run: async (client) => {
      const current = await pods(client).get("p", { namespace });
      const status = { ...current.status, phase: "Running", podIP: "10.1.1.1" };
      const changed = { ...current, spec: { ...current.spec, nodeName: "other" }, status };
      await pods(client).updateStatus(changed);
      const after = await pods(client).get("p", { namespace });
      return [after.status?.phase, after.spec?.nodeName];
    },
    answer: ["Running", "n"],
  },
  {
    name: "a bound pod is deleted with grace",
    run: async (client) => {
      await pods(client).delete("p", { namespace });
      const { metadata } = await pods(client).get("p", { namespace });
      return [metadata?.deletionTimestamp !== undefined, metadata?.deletionGracePeriodSeconds];
    },
    answer: [true, 30],
  },
  {
    name: "and at once without grace",
    run: async (client) => {
      await pods(client).delete("p", { namespace, gracePeriodSeconds: 0 });
      return pods(client).get("p", { namespace });
    },
    refusal: notFound("pods", "p"),
  },
  {
    name: "delete with another uid",
    run: (client) => pods(client).delete("q", { namespace, preconditions: { uid: "u" } }),
    refusal: {
      code: 409,
      reason: "Conflict",
      message: /the UID in the precondition \(u\) does not match/,
    },
  },
  {
    name: "finalizers keep an object until they are gone",
    run: async (client) => {
      await maps(client).create({ metadata: { name: "f", namespace, finalizers: ["a.b/c"] } });
      await maps(client).delete("f", { namespace });
      const marked = await maps(client).get("f", { namespace });
      const body = { metadata: { finalizers: null } };
      await maps(client).patch("f", { type: "merge", body }, { namespace });
      const left = namesOf(
        await maps(client).list({ namespace, fieldSelector: "metadata.name=f" }),
      );
      return [marked.metadata?.deletionTimestamp !== undefined, left];
    },
    answer: [true, []],
  },
  {
    name: "foreground deletion adds its finalizer",
    run: async (client) => {
      await maps(client).create({ metadata: { name: "g", namespace } });
      await maps(client).delete("g", { namespace, propagationPolicy: "Foreground" });
      return (await maps(client).get("g", { namespace })).metadata?.finalizers;
    },
    answer: ["foregroundDeletion"],
  },
  {
    name: "scale reads and writes replicas",
    run: async (client) => {
      const deployments = client.resource(appsV1.deployments);
      await deployments.create({
        metadata: { name: "d", namespace },
        spec: {
          replicas: 2,
          selector: { matchLabels: { app: "d" } },
          template: {
            metadata: { labels: { app: "d" } },
            spec: { containers: [{ name: "c", image: "i" }] },
          },
        },
      });
      const before = await deployments.getScale("d", { namespace });
      await deployments.updateScale("d", { ...before, spec: { replicas: 5 } }, { namespace });
      const { spec, metadata } = await deployments.get("d", { namespace });
      return [before.spec?.replicas, before.status?.selector, spec?.replicas, metadata?.generation];
    },
    answer: [2, "app=d", 5, 2],
  },
  {
    name: "eviction that a budget refuses",
    run: async (client) => {
      const budgets = client.resource(policyV1.poddisruptionbudgets);
      const budget = await budgets.create({
        metadata: { name: "b", namespace },
        spec: { minAvailable: 1, selector: { matchLabels: { app: "x" } } },
      });
      const observedGeneration = budget.metadata?.generation ?? 0;
      const status = { observedGeneration, disruptionsAllowed: 0 };
      await budgets.updateStatus({ ...budget, status } as typeof budget);
      const running = await pods(client).get("q", { namespace });
      await pods(client).updateStatus({ ...running, status: { phase: "Running" } });
      await pods(client).evict({ metadata: { name: "q", namespace } });
    },
    refusal: {
      code: 429,
      reason: "TooManyRequests",
      message: "Cannot evict pod as it would violate the pod's disruption budget.",
    },
  },
  {
    name: "deletecollection by label",
    run: async (client) => {
      await pods(client).deleteCollection({ namespace, labelSelector: "app in (x,y)" });
      return namesOf(await pods(client).list({ namespace }));
    },
    answer: [],
  },
  {
    name: "serviceaccounts/token",
    run: async (client) => {
      const request = { spec: { audiences: ["a"], expirationSeconds: 600 } };
      const accounts = client.resource(coreV1.serviceaccounts);
      const { status } = await accounts.createToken("default", request, { namespace });
      return status?.token?.split(".").length;
    },
    answer: 3,
  },
  {
    name: "a review",
    run: async (client) => {
      const { status } = await client
        .resource(authorizationV1.selfsubjectaccessreviews)
        .create({ spec: { resourceAttributes: { verb: "get", resource: "pods", namespace } } });
      return status?.allowed;
    },
    answer: true,
  },
  {
    name: "a namespace goes when it is finalized",
    run: async (client) => {
      const namespaces = client.resource(coreV1.namespaces);
      await namespaces.create({ metadata: { name: "gone" } });
      await namespaces.delete("gone");
      const marked = await namespaces.get("gone");
      await namespaces.finalize({ ...marked, spec: { finalizers: [] } });
      const { items } = await namespaces.list({ fieldSelector: "metadata.name=gone" });
      return [marked.status?.phase, items.length];
    },
    answer: ["Terminating", 0],
  },
  {
    name: "an older version of a kind is converted",
    run: async (client) => {
      const scaleTargetRef = { kind: "Deployment", name: "d", apiVersion: "apps/v1" };
      await client.resource(autoscalingV1.horizontalpodautoscalers).create({
        metadata: { name: "h", namespace },
        spec: { maxReplicas: 3, scaleTargetRef, targetCPUUtilizationPercentage: 50 },
      });
      const newer = client.resource(autoscalingV2.horizontalpodautoscalers);
      const { spec } = await newer.get("h", { namespace });
      return spec?.metrics?.[0]?.resource?.target?.averageUtilization;
    },
    answer: 50,
  },
  {
    name: "update creates where the kind allows it",
    run: async (client) => {
      const leases = client.resource(coordinationV1.leases);
      const lease = {
        metadata: { name: "l", namespace, resourceVersion: "1" },
        spec: { holderIdentity: "me", leaseDurationSeconds: 10 },
      };
      return (await leases.update(lease)).spec?.holderIdentity;
    },
    answer: "me",
  },
  {
    name: "a list of several mebibytes comes whole",
    run: async (client) => {
      const other = "kube-public";
      const data = { k: "x".repeat(200_000) };
      for (let i = 0; i < 20; i += 1) {
        await maps(client).create({ metadata: { name: `big-${i}`, namespace: other }, data });
      }
      const { items } = await maps(client).list({ namespace: other });
      return [items.length, items.every((item) => item.data?.k?.length === 200_000)];
    },
    answer: [20, true],
  },
  {
    // The length of a continue token is the name's: one of them makes a list's first bytes look
    // like white space and a brace.
    name: "a page after a name of any length is read as what it is",
    run: async (client) => {
      const counts = new Set<number>();
      for (let length = 1; length <= 60; length += 1) {
        const inNamespace = `length-${length}`;
        await client.resource(coreV1.namespaces).create({ metadata: { name: inNamespace } });
        for (const name of ["n".repeat(length), `z${"z".repeat(length)}`]) {
          await maps(client).create({ metadata: { name, namespace: inNamespace } });
        }
        const list = await maps(client).list({ namespace: inNamespace, limit: 1 });
        counts.add(list.items.length);
      }
      return [...counts];
    },
    answer: [1],
  },
  {
    name: "unknown fields are refused when asked to",
    run: (client) =>
      maps(client).patch(
        "a",
        { type: "merge", body: { foo: 1 } },
        { namespace, fieldValidation: "Strict" },
      ),
    refusal: { code: 422, reason: "Invalid", message: /unknown field "foo"/ },
  },
  {
    name: "metadata of objects comes without what else they hold",
    run: async (client) => {
      const secret = { metadata: { name: "hidden", namespace }, data: { x: "c2VjcmV0" } };
      await client.resource(coreV1.secrets).create(secret);
      const secrets = client.metadata(coreV1.secrets);
      const shape = (object: object) => [
        Object.keys(object).sort().join(),
        (object as { kind?: string }).kind,
      ];
      const answers = [shape(await secrets.get("hidden", { namespace }))];
      for (const item of (await secrets.list({ namespace })).items) answers.push(shape(item));
      const body = { metadata: { annotations: { a: "b" } } };
      answers.push(shape(await secrets.patch("hidden", { type: "merge", body }, { namespace })));
      const events = secrets.watch({
        namespace,
        sendInitialEvents: true,
        resourceVersionMatch: "NotOlderThan",
        allowWatchBookmarks: true,
      });
      for await (const event of events) {
        if (event.type === "BOOKMARK") break;
        answers.push(shape(event.object));
      }
      await secrets.deleteCollection({ namespace });
      return [answers, (await secrets.list({ namespace })).items];
    },
    answer: [Array(4).fill(["apiVersion,kind,metadata", "PartialObjectMetadata"]), []],
  },
  {
    name: "a grace without an end goes there and back, and ends where times do",
    run: async (client) => {
      const endless = Number("9223372036854775807");
      const wanted = pod("endless");
      const spec = { ...wanted.spec, terminationGracePeriodSeconds: endless };
      const made = await pods(client).create({ ...wanted, spec });
      await pods(client).bind({
        metadata: { name: "endless", namespace },
        target: { kind: "Node", name: "n" },
      });
      await pods(client).delete("endless", { namespace });
      const { metadata } = await pods(client).get("endless", { namespace });
      await pods(client).delete("endless", { namespace, gracePeriodSeconds: 0 });
      return [
        made.spec.terminationGracePeriodSeconds === endless,
        metadata.deletionTimestamp,
        metadata.deletionGracePeriodSeconds,
      ];
    },
    answer: [true, "9999-12-31T23:59:59Z", Number.MAX_SAFE_INTEGER],
  },
];
