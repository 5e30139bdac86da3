import assert from "node:assert/strict";
import { readdirSync } from "node:fs";
import { until } from "../../support/nodes/until.js";
import {
  upWebImage as image,
  type Traces,
  type UpRig,
  upWithWeb,
} from "../../support/nodes/upRig.js";

describe("steersman up where the system's containerd runs", function () {
  this.timeout(600_000);
  let rig: UpRig;
  let clean: Traces;
  let said = "";

  before(async function () {
    ({ rig, clean, said } = await upWithWeb(this, {
      systemContainerd: true,
      flags: ["--nodes", "2"],
    }));
    rig.kubectl("create", "deployment", "web", `--image=${image}`, "--replicas=4");
    rig.kubectl("expose", "deployment", "web", "--port=80", "--target-port=8000");
    rig.kubectl("rollout", "status", "deployment/web", "--timeout=240s");
  });

  after(async () => {
    await rig?.close();
  });

  /** Names of what the system's containerd keeps. */
  const systemList = (what: "containers" | "images"): string =>
    rig.inside("ctr", "-n", "k8s.io", what, "list", "--quiet");

  it("takes it for the machine itself", () => {
    assert.match(said, /^nodes {2}node-0 \(10\.243\.0\.1\) is this machine, on the system's /m);
    assert.match(said, /^ +node-1 \(10\.243\.0\.2\) is a namespace, on containerd \S+ of its own/m);
    // Two first processes and two sandboxes, or more where the scheduler put more.
    assert.ok(rig.tasks("node-0").size >= 2, "containers on the system's");
    assert.ok(rig.tasks("node-1").size >= 2, "containers on its own");
  });

  it("serves its pods", async () => {
    const ip = rig.kubectl("get", "service", "web", "-o", "jsonpath={.spec.clusterIP}");
    const url = `http://${ip}/cgi-bin/who`;
    const pids = ["node-0", "node-1"].flatMap((node) => [...rig.tasks(node).values()]);
    for (const pid of pids) {
      await until("an answer", () => {
        try {
          return rig.insideOf(pid, "curl", "-sSf", "-m", "3", url).includes(" sees ");
        } catch {
          return false;
        }
      });
    }
  });

  it("leaves it running and empty on SIGTERM", async () => {
    assert.equal(await rig.end("SIGTERM"), 0);
    assert.equal(rig.tasks("none").size, 0);
    assert.equal(systemList("containers"), "");
    assert.deepEqual(rig.traces(), clean);
    assert.equal(rig.inside("ls", "/etc/cni/net.d"), "");
    // docs/nodes.md: images stay, those that it was given and the sandbox's.
    assert.match(systemList("images"), new RegExp(`^${image}$`, "m"));
    assert.match(systemList("images"), /pause/);
    assert.deepEqual(
      readdirSync(`${rig.dataDirectory}/nodes/node-0/cni-data/steersman`).filter((name) =>
        name.startsWith("10."),
      ),
      [],
    );
  });

  it("leaves it empty when kill -9 is followed by simulated nodes", async () => {
    await rig.up("--nodes", "1");
    await until("a pod", () => rig.tasks("none").size >= 2);
    await rig.end("SIGKILL");
    assert.notEqual(systemList("containers"), "");
    await rig.up("--runtime", "simulated");
    assert.equal(systemList("containers"), "");
    assert.equal(await rig.end("SIGTERM"), 0);
    assert.deepEqual(rig.traces(), clean);
  });

  it("takes one of its own when the system's has another pod network", async () => {
    rig.inside("sh", "-c", "echo '{}' > /etc/cni/net.d/00-other.conf");
    const output = await rig.up("--nodes", "1");
    assert.match(output, /is this machine, on containerd \S+ of its own/);
    assert.match(
      output,
      /the system's containerd is not used: .*\/etc\/cni\/net.d\/00-other.conf$/m,
    );
    assert.equal(await rig.end("SIGTERM"), 0);
    assert.deepEqual(rig.traces(), clean);
  });
});
