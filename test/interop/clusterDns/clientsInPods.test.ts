import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { dirname } from "node:path";
import { fileURLToPath } from "node:url";
import { pythonEnvironment } from "../../support/clients/pythonEnvironment.js";
import { requirement } from "../../support/clients/requirement.js";
import { builtClientGo, builtHelm } from "../../support/clients/upstreamPrograms.js";
import {
  clientImage,
  clientImageArchive,
  machineImage,
  machineImageArchive,
} from "../../support/dns/dnsImages.js";
import { until } from "../../support/nodes/until.js";
import { type UpRig, upWithWeb, upWebImage as webImage } from "../../support/nodes/upRig.js";

const root = fileURLToPath(new URL("../../../../", import.meta.url));

/** A pod that runs once, with folders of its node at their own places. */
function once(name: string, node: string, command: string[], folders: readonly string[]): object {
  const mounts = folders.map((mountPath, index) => {
    return { name: `folder-${index}`, mountPath, readOnly: true };
  });
  const volumes = folders.map((path, index) => ({ name: `folder-${index}`, hostPath: { path } }));
  const image = machineImage;
  return {
    apiVersion: "v1",
    kind: "Pod",
    metadata: { name },
    spec: {
      ...{ nodeName: node, restartPolicy: "Never", terminationGracePeriodSeconds: 0, volumes },
      containers: [{ name: "client", image, command, volumeMounts: mounts }],
    },
  };
}

describe("clients in pods of steersman up", function () {
  this.timeout(2_400_000);
  let rig: UpRig;

  before(async function () {
    ({ rig } = await upWithWeb(this, { flags: ["--runtime", "containerd", "--nodes", "2"] }));
    rig.loadImage("client", clientImageArchive(rig.directory));
    rig.loadImage("machine", machineImageArchive());
    const make = (...words: string[]): string => rig.kubectl("create", ...words);
    make("deployment", "web", `--image=${webImage}`, "--replicas=2", "--port=8000");
    rig.kubectl("expose", "deployment", "web", "--port=80", "--target-port=8000");
    const account = ["--clusterrole=view", "--serviceaccount=default:default"];
    make("rolebinding", "pods-view", ...account);
    rig.kubectl("rollout", "status", "deployment/web", "--timeout=240s");
  });

  after(async () => {
    await rig?.close();
  });

  /** What the pod has written when it has succeeded. */
  async function output(name: string): Promise<string> {
    let phase = "";
    await until(`${name} to end`, () => {
      phase = rig.kubectl("get", "pod", name, "-o", "jsonpath={.status.phase}");
      return phase === "Succeeded" || phase === "Failed";
    });
    const logs = rig.kubectl("logs", name);
    assert.equal(phase, "Succeeded", logs);
    return logs;
  }

  for (const node of ["node-0", "node-1"]) {
    it(`client-go resolves names and reaches them, on ${node}`, async function () {
      const program = await requirement(this, "Go and the client-go module", builtClientGo);
      const name = `client-go-${node}`;
      rig.apply(once(name, node, [program, "", "in-cluster"], [dirname(program)]));
      assert.equal((await output(name)).trim().split("\n").at(-1), "ok in-cluster");
    });

    it(`Python resolves names and reaches them, on ${node}`, async function () {
      const folder = "test/interop/python/client";
      const python = await requirement(this, "Python and its packages", () =>
        pythonEnvironment(`${folder}/requirements.txt`),
      );
      const where = "import sys; print(sys.base_prefix)";
      const base = execFileSync(python, ["-c", where], { encoding: "utf8" }).trim();
      const folders = new Set(["/usr", base, dirname(dirname(python)), `${root}${folder}`]);
      const name = `python-${node}`;
      rig.apply(once(name, node, [python, `${root}${folder}/inPod.py`], [...folders]));
      assert.equal((await output(name)).trim(), "ok");
    });

    it(`kubectl runs a pod that reaches a Service by its name, on ${node}`, () => {
      const overrides = JSON.stringify({ apiVersion: "v1", spec: { nodeName: node } });
      const flags = [`--image=${clientImage}`, "--restart=Never", "--rm", "-i", "--quiet"];
      // It waits for the end of its input, so that it is not over before kubectl is attached.
      const script = "read _; exec curl -sSf -m 10 http://web/cgi-bin/who";
      const command = ["--command", "--", "sh", "-c", script];
      const name = `by-kubectl-${node}`;
      const said = rig.kubectl("run", name, ...flags, `--overrides=${overrides}`, ...command);
      assert.match(said, /^web-\S+ sees /);
    });
  }

  it("Helm installs a chart, and its test reaches the chart's Service by name", async function () {
    const helm = await requirement(this, "Go and Helm's module", builtHelm);
    const folders = {
      HELM_CACHE_HOME: "cache",
      HELM_CONFIG_HOME: "config",
      HELM_DATA_HOME: "data",
    };
    const environment = Object.entries(folders).map(
      ([name, folder]) => `${name}=${rig.directory}/helm/${folder}`,
    );
    const kubeconfig = `--kubeconfig=${rig.dataDirectory}/kubeconfig`;
    const run = (...words: string[]): string =>
      rig.inside("env", ...environment, helm, kubeconfig, ...words);
    const chart = `${root}test/interop/helm/chart`;
    assert.match(run("install", "pages", chart, "--wait", "--timeout=240s"), /STATUS: deployed/);
    assert.match(run("test", "pages", "--logs", "--timeout=240s"), /pages-\S+ sees /);
    const replicas = ["--set=replicas=1", "--wait", "--timeout=240s"];
    assert.match(run("upgrade", "pages", chart, ...replicas), /REVISION: 2/);
    assert.match(run("rollback", "pages", "1", "--wait", "--timeout=240s"), /success/);
    assert.match(run("test", "pages", "--timeout=240s"), /Phase: +Succeeded/);
    run("uninstall", "pages", "--wait", "--timeout=240s");
    assert.equal(rig.kubectl("get", "services", "pages", "--ignore-not-found"), "");
  });
});
