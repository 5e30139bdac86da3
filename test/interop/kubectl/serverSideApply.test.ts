import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { nodePlatform } from "../../../lib/platform/node/nodePlatform.js";
import { startTestApiServer, type TestApiServer } from "../../support/apiserver/testApiServer.js";
import { requirement } from "../../support/clients/requirement.js";
import { builtKubectl } from "../../support/clients/upstreamPrograms.js";

const deployment = (image: string, more = "") => `
apiVersion: apps/v1
kind: Deployment
metadata: {name: applied}
spec:
  ${more}
  selector: {matchLabels: {app: applied}}
  template:
    metadata: {labels: {app: applied}}
    spec: {containers: [{name: c, image: "${image}"}]}
`;

const configMap = (data: string) => `
apiVersion: v1
kind: ConfigMap
metadata: {name: applied}
data: {${data}}
`;

const programs = [
  { title: "kubectl of the same release", what: "Go and the kubectl module", find: builtKubectl },
  {
    title: "the kubectl on PATH",
    what: "a kubectl on PATH",
    find: () => execFileSync("which", ["kubectl"], { encoding: "utf8" }).trim(),
  },
] as const;

for (const { title, what, find } of programs) {
  describe(`server-side apply by ${title}`, function () {
    this.timeout(1_200_000);
    let server: TestApiServer;
    let home: string;
    let program: string;

    before(async function () {
      program = await requirement(this, what, find);
      home = await nodePlatform.files.makeTemporaryDirectory("kubectl-apply-");
      server = await startTestApiServer();
    });

    after(async () => {
      await server?.stop();
      if (home !== undefined) await nodePlatform.files.remove(home);
    });

    const run = (args: string, input?: string) =>
      nodePlatform.processes.run(program, ["--server", server.url, ...args.split(" ")], {
        environment: { HOME: home, KUBECONFIG: "/dev/null", PATH: process.env.PATH ?? "" },
        timeoutMilliseconds: 240_000,
        ...(input === undefined ? {} : { input }),
      });

    async function ok(args: string, input?: string): Promise<string> {
      const { exitCode, stdout, stderr } = await run(args, input);
      assert.equal(exitCode, 0, stderr);
      return stdout.trim();
    }

    const apply = (input: string, flags = "") =>
      ok(`apply --server-side${flags === "" ? "" : ` ${flags}`} -f -`, input);

    it("creates, leaves, changes and prunes", async () => {
      const done = "configmap/applied serverside-applied";
      assert.equal(await apply(configMap('one: "1", two: "2"')), done);
      const version = "jsonpath={.metadata.resourceVersion}";
      const before = await ok(`get configmap applied -o ${version}`);
      assert.equal(await apply(configMap('one: "1", two: "2"')), done);
      assert.equal(await ok(`get configmap applied -o ${version}`), before);
      const { exitCode, stdout } = await run(
        "diff --server-side -f -",
        configMap('one: "3", three: "1"'),
      );
      assert.equal(exitCode, 1);
      assert.match(stdout, /^- {2}two: "2"$/m);
      assert.equal(await apply(configMap('one: "3", three: "1"')), done);
      assert.equal(
        await ok("get configmap applied -o jsonpath={.data}"),
        '{"one":"3","three":"1"}',
      );
      const dry = await apply(configMap('one: "4"'), "--dry-run=server");
      assert.equal(dry, "configmap/applied serverside-applied (server dry run)");
      assert.equal(await ok("get configmap applied -o jsonpath={.data.one}"), "3");
    });

    it("tells conflicts, and takes over by force", async () => {
      await apply(deployment("a", "replicas: 2"), "--field-manager=one");
      const other = deployment("b", "replicas: 3");
      const refused = await run("apply --server-side --field-manager=two -f -", other);
      assert.equal(refused.exitCode, 1);
      assert.match(
        refused.stderr,
        /^error: Apply failed with 2 conflicts: conflicts with "one":\n- \.spec\.replicas\n- \.spec\.template\.spec\.containers\[name="c"\]\.image$/m,
      );
      await apply(other, "--field-manager=two --force-conflicts");
      const managers = await ok(
        "get deployment applied --show-managed-fields -o jsonpath={.metadata.managedFields[*].manager}",
      );
      assert.equal(managers.split(" ").sort().join(" "), "one two");
      await ok("scale deployment applied --replicas=5");
      const scaled = await run("apply --server-side --field-manager=two -f -", other);
      assert.match(
        scaled.stderr,
        /conflict with "kubectl" with subresource "scale" using apps\/v1: \.spec\.replicas/,
      );
      await ok("delete deployment applied");
    });

    it("goes over from client-side apply, and says what was applied last", async () => {
      await ok("delete configmap applied --ignore-not-found");
      await ok("apply -f -", configMap('one: "1", two: "2"'));
      await apply(configMap('one: "2"'));
      const data = "get configmap applied -o jsonpath={.data}";
      assert.equal(await ok(data), '{"one":"2"}');
      const managers = "jsonpath={.metadata.managedFields[*].manager}";
      const found = await ok(`get configmap applied --show-managed-fields -o ${managers}`);
      assert.ok(found.split(" ").includes("kubectl"), found);
      const last = await ok("apply view-last-applied configmap/applied -o json");
      assert.deepEqual((JSON.parse(last) as { data: unknown }).data, { one: "2" });
      assert.equal(await ok("apply -f -", configMap('one: "3"')), "configmap/applied configured");
    });
  });
}
