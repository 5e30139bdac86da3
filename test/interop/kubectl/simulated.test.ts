import assert from "node:assert/strict";
import { ClusterProcess } from "../../support/clients/clusterProcess.js";
import { Kubectl } from "../../support/clients/kubectl.js";
import { requirement } from "../../support/clients/requirement.js";
import { builtKubectl } from "../../support/clients/upstreamPrograms.js";

const pod = (annotations: string): string => `
apiVersion: v1
kind: Pod
metadata: {name: told, annotations: {${annotations}}}
spec: {containers: [{name: c, image: "registry.local/c:1"}]}
`;

describe("kubectl with simulated pods", function () {
  this.timeout(1_200_000);
  let cluster: ClusterProcess;
  let kubectl: Kubectl;

  before(async function () {
    const program = await requirement(this, "Go and the kubectl module", builtKubectl);
    cluster = await ClusterProcess.start({ nodes: 1 });
    kubectl = new Kubectl(program, cluster);
    await kubectl.ok("wait --for=create serviceaccount/default --timeout=240s");
  });
  after(async () => {
    await cluster?.stop();
  });

  it("waits for a Job, which completes, and reads its log", async () => {
    await kubectl.ok("create job done --image=busybox -- sh -c true");
    await kubectl.ok("wait --for=condition=complete job/done --timeout=60s");
    assert.equal(await kubectl.ok("logs job/done"), "");
    const path = "jsonpath={.status.succeeded}";
    assert.equal(await kubectl.ok(`get job done -o ${path}`), "1");
  });

  it("reads, follows and executes what annotations say", async () => {
    const domain = "simulation.steersman.dev";
    const said = `${domain}/log: "one\\ntwo", ${domain}/exec-output: "hello"`;
    await kubectl.ok("apply -f -", pod(said));
    await kubectl.ok("wait --for=condition=Ready pod/told --timeout=60s");
    assert.equal(await kubectl.ok("logs told"), "one\ntwo");
    assert.equal(await kubectl.ok("logs --tail=1 told"), "two");
    assert.equal(await kubectl.ok("exec told -- date"), "hello");
    // Over SPDY, which kubectl falls back to with older servers.
    const environment = { KUBECTL_REMOTE_COMMAND_WEBSOCKETS: "false" };
    const args = ["exec", "told", "--", "date"];
    assert.equal(await kubectl.okArgs(args, { environment }), "hello");
    const refused = await kubectl.refused("port-forward told 0:80");
    assert.match(refused, /a simulated pod has no ports/);
    const end = () => kubectl.ok("delete pod told --grace-period=1");
    assert.deepEqual(await kubectl.follow("logs -f told", end), ["one", "two"]);
  });

  it("ends with a command's exit code", async () => {
    await kubectl.ok("apply -f -", pod('simulation.steersman.dev/exec-exit-code: "3"'));
    await kubectl.ok("wait --for=condition=Ready pod/told --timeout=60s");
    const { exitCode, stderr } = await kubectl.run(["exec", "told", "--", "false"]);
    assert.equal(exitCode, 3, stderr);
    assert.match(stderr, /command terminated with exit code 3/);
    await kubectl.ok("delete pod told --grace-period=1");
  });

  it("runs a pod to its end and shows its output", async () => {
    const domain = "simulation.steersman.dev";
    const notes = `--annotations=${domain}/run-seconds=2 --annotations=${domain}/log=hi`;
    const flags = "--image=busybox --restart=Never --rm -i";
    // Attached when the line was written already, it shows the log of the pod that has ended.
    const shown = await kubectl.ok(`run once ${flags} ${notes}`);
    assert.match(shown, /pod "once" deleted/);
  });
});
