import assert from "node:assert/strict";
import { customResourceType } from "../../../lib/api/customResourceType.js";
import { nodePlatform } from "../../../lib/platform/node/nodePlatform.js";
import { startTestApiServer, type TestApiServer } from "../../support/apiserver/testApiServer.js";

const deployment = `
apiVersion: apps/v1
kind: Deployment
metadata: {name: applied}
spec:
  replicas: 1
  selector: {matchLabels: {app: applied}}
  template:
    metadata: {labels: {app: applied}}
    spec: {containers: [{name: c, image: "IMAGE"}]}
`;

const flowControl = `
apiVersion: flowcontrol.apiserver.k8s.io/v1
kind: PriorityLevelConfiguration
metadata: {name: starved}
spec:
  type: Limited
  limited:
    nominalConcurrencyShares: 1
    limitResponse: {type: Queue, queuing: {queues: 1, handSize: 1, queueLengthLimit: 5}}
---
apiVersion: flowcontrol.apiserver.k8s.io/v1
kind: FlowSchema
metadata: {name: starved}
spec:
  priorityLevelConfiguration: {name: starved}
  matchingPrecedence: 500
  distinguisherMethod: {type: ByUser}
  rules:
  - subjects: [{kind: User, user: {name: starved}}]
    resourceRules:
    - {verbs: ["*"], apiGroups: ["*"], resources: ["*"], namespaces: ["*"], clusterScope: true}
`;

/** A kubectl on PATH against the API server alone: what needs neither controllers nor nodes. */
describe("kubectl against the API server", function () {
  this.timeout(600_000);
  let server: TestApiServer;
  let home: string;

  before(async function () {
    if ((await nodePlatform.processes.find("kubectl")) === undefined) {
      this.skip();
    }
    home = await nodePlatform.files.makeTemporaryDirectory("kubectl-smoke-");
    server = await startTestApiServer();
    await kubectl(["create", "serviceaccount", "default"]);
  });

  after(async () => {
    await server?.stop();
    if (home !== undefined) {
      await nodePlatform.files.remove(home);
    }
  });

  async function run(args: readonly string[], input?: string) {
    return nodePlatform.processes.run("kubectl", [`--server=${server.url}`, ...args], {
      environment: { HOME: home, KUBECONFIG: "/dev/null" },
      timeoutMilliseconds: 240_000,
      ...(input === undefined ? {} : { input }),
    });
  }

  async function kubectl(args: readonly string[], input?: string): Promise<string> {
    const { exitCode, stdout, stderr } = await run(args, input);
    assert.equal(exitCode, 0, `kubectl ${args.join(" ")}: ${stderr}`);
    return stdout.trim();
  }

  it("creates, reads and deletes", async () => {
    assert.equal(await kubectl(["run", "p", "--image=busybox"]), "pod/p created");
    const [head, row] = (await kubectl(["get", "pods", "-o", "wide"])).split("\n");
    assert.match(head ?? "", /^NAME +READY +STATUS +RESTARTS +AGE +IP +NODE +NOMINATED NODE/);
    assert.match(row ?? "", /^p +0\/1 +Pending +0 +\d+s +<none> +<none> +<none> +<none>$/);
    assert.match(await kubectl(["get", "pod", "p", "-o", "yaml"]), /serviceAccountName: default/);
    assert.match(await kubectl(["describe", "pod", "p"]), /Node-Selectors/);
    assert.match(await kubectl(["delete", "pod", "p"]), /^pod "p" deleted/);
    const { exitCode, stderr } = await run(["get", "pod", "p"]);
    assert.equal(exitCode, 1);
    assert.match(stderr, /Error from server \(NotFound\): pods "p" not found/);
  });

  it("knows a kind that the server was given while it ran, and no more when it goes", async () => {
    const type = customResourceType({
      ...{ group: "example.com", version: "v1", kind: "Widget", resource: "widgets" },
      ...{ namespaced: true, shortNames: ["wd"], hasStatus: true },
    });
    const widget = (size: number) =>
      `apiVersion: example.com/v1\nkind: Widget\nmetadata: {name: w}\nspec: {size: ${size}}\n`;
    server.server.scheme.add(type);
    const resources = await kubectl(["api-resources", "--api-group=example.com"]);
    assert.match(resources, /^widgets +wd +example.com\/v1 +true +Widget$/m);
    const explained = await kubectl(["explain", "widgets"]);
    assert.match(explained, /^GROUP: +example.com\nKIND: +Widget\nVERSION: +v1\n/);
    assert.match(explained, /^ {2}metadata\t<ObjectMeta>$/m);
    assert.equal(await kubectl(["create", "-f", "-"], widget(1)), "widget.example.com/w created");
    assert.match(await kubectl(["apply", "-f", "-"], widget(2)), /w configured$/);
    assert.match(await kubectl(["apply", "-f", "-"], widget(2)), /w unchanged$/);
    const patch = ["patch", "wd", "w", "--type=merge", "-p", '{"spec":{"more":true}}'];
    assert.equal(await kubectl(patch), "widget.example.com/w patched");
    assert.match(await kubectl(["get", "wd"]), /^NAME +AGE\nw +\d+s$/);
    const path = "jsonpath={.spec.size} {.spec.more} {.metadata.generation}";
    assert.equal(await kubectl(["get", "widget", "w", "-o", path]), "2 true 3");
    assert.match(await kubectl(["describe", "widget", "w"]), /^ {2}Size: +2$/m);
    await kubectl(["label", "widget", "w", "a=b"]);
    assert.match(await kubectl(["get", "widgets", "-l", "a=b", "-o", "name"]), /widgets?.*\/w$/);
    assert.match(
      await kubectl(["wait", "wd/w", "--for=jsonpath={.spec.size}=2"]),
      /condition met$/,
    );
    assert.match(await kubectl(["delete", "widgets", "--all"]), /"w" deleted/);
    server.server.scheme.remove(type);
    const { exitCode, stderr } = await run(["get", "widgets", "--cache-dir", `${home}/anew`]);
    assert.equal(exitCode, 1);
    assert.match(stderr, /the server doesn't have a resource type "widgets"/);
  });

  it("applies, applies again, and patches", async () => {
    const first = deployment.replace("IMAGE", "a");
    assert.equal(await kubectl(["apply", "-f", "-"], first), "deployment.apps/applied created");
    assert.equal(await kubectl(["apply", "-f", "-"], first), "deployment.apps/applied unchanged");
    const second = deployment.replace("IMAGE", "b");
    assert.equal(await kubectl(["apply", "-f", "-"], second), "deployment.apps/applied configured");
    const path = "jsonpath={.spec.template.spec.containers[*].image} {.metadata.generation}";
    assert.equal(await kubectl(["get", "deployment", "applied", "-o", path]), "b 2");
    await kubectl(["scale", "deployment", "applied", "--replicas=3"]);
    await kubectl(["label", "deployment", "applied", "tier=x"]);
    await kubectl(["annotate", "deployment", "applied", "note=y"]);
    // A deployment counts changes of its annotations too: they go on to its replica sets.
    const changed = "jsonpath={.spec.replicas} {.metadata.labels.tier} {.metadata.generation}";
    assert.equal(await kubectl(["get", "deployment", "applied", "-o", changed]), "3 x 4");
  });

  it("knows what the API offers", async () => {
    const resources = await kubectl(["api-resources", "--no-headers", "-o", "name"]);
    assert.ok(resources.split("\n").includes("deployments.apps"));
    assert.match(await kubectl(["explain", "pod.spec.containers.image"]), /FIELD: image <string>/);
    assert.equal(await kubectl(["auth", "can-i", "create", "pods"]), "yes");
    assert.match(await kubectl(["version"]), /Server Version: v1\.37\./);
  });

  it("watches", async () => {
    await kubectl(["create", "configmap", "seen"]);
    const watch = run(["get", "configmaps", "--watch", "--request-timeout=3s", "--no-headers"]);
    const { stdout } = await watch;
    assert.match(stdout, /^seen +0 +\d+s$/m);
  });

  it("makes priority levels and FlowSchemas, and shows what they do", async () => {
    await kubectl(["create", "-f", "-"], flowControl);
    const [head, row] = (await kubectl(["get", "flowschemas", "starved"])).split("\n");
    assert.match(
      head ?? "",
      /^NAME +PRIORITYLEVEL +MATCHINGPRECEDENCE +DISTINGUISHERMETHOD +AGE +MI/,
    );
    assert.match(row ?? "", /^starved +starved +500 +ByUser +\d+s +(?:False|\?)/);
    const level = await kubectl(["get", "prioritylevelconfiguration", "starved"]);
    assert.match(level, /^starved +Limited +1 +1 +1 +5 +/m);
    const table = await kubectl([
      "get",
      "--raw",
      "/debug/api_priority_and_fairness/dump_priority_levels",
    ]);
    assert.match(table, /^starved, +0, +true, +false, +0, /m);
    assert.match(await kubectl(["describe", "flowschema", "starved"]), /Matching Precedence: +500/);
  });

  it("shows managed fields by manager", async () => {
    const path = "jsonpath={.metadata.managedFields[*].manager}";
    const managers = await kubectl(["get", "deployment", "applied", "-o", path]);
    assert.ok(managers.split(" ").includes("kubectl-client-side-apply"), managers);
  });

  it("refuses as the server does", async () => {
    const bad = deployment.replace("IMAGE", "a").replace("name: applied}", "name: Bad_}");
    const { stderr } = await run(["create", "-f", "-"], bad);
    assert.match(stderr, /The Deployment "Bad_" is invalid: metadata\.name: Invalid value: "Bad_"/);
    const unknown = deployment.replace("replicas: 1", "replicaz: 1");
    const strict = await run(["create", "-f", "-"], unknown);
    assert.match(strict.stderr, /strict decoding error: unknown field "spec\.replicaz"/);
  });
});
