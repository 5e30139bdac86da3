import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { skipBecause } from "../../support/nodes/skipBecause.js";
import { etcdUnit, unitNames } from "../../support/units/unitFile.js";
import { busyboxName, UnitsHost, whyNot } from "../../support/units/unitsHost.js";

const root = fileURLToPath(new URL("../../../../", import.meta.url));

describe("the systemd units", () => {
  it("pass systemd's own check", function () {
    try {
      execFileSync("which", ["systemd-analyze"], { stdio: "ignore" });
    } catch {
      this.skip();
    }
    const files = [...unitNames, etcdUnit].map(
      (name) => `${root}packaging/systemd/${name}.service`,
    );
    const { stderr } = verify(files);
    // The programs are not installed here: that is all it may find.
    const other = stderr
      .split("\n")
      .filter((line) => line !== "" && !/is not executable/.test(line));
    assert.deepEqual(other, []);
  });

  it("run a pod behind a Service as processes, in any order, components on gRPC", async function () {
    skipBecause(this, whyNot());
    const host = new UnitsHost();
    try {
      await host.start();
      // The last first: each waits for the API server.
      for (const name of [...unitNames].reverse()) host.startUnit(name);
      host.eventually("a ready node", () => / Ready /.test(host.kubectl("get", "nodes")));
      const command = ["--", "httpd", "-f", "-p", "8000", "-h", "/bin"];
      host.kubectl(
        "create",
        "deployment",
        "web",
        `--image=${busyboxName}`,
        "--replicas=2",
        ...command,
      );
      host.kubectl("expose", "deployment", "web", "--port=80", "--target-port=8000");
      host.kubectl("rollout", "status", "deployment/web", "--timeout=240s");
      const path = "jsonpath={.spec.clusterIP}";
      const ip = host.kubectl("get", "service", "web", "-o", path);
      assert.match(ip, /^10\.10\./);
      const ask = ["-s", "-m", "3", "-o", "/dev/null", "-w", "%{http_code}", `http://${ip}/sh`];
      host.eventually("the ClusterIP to answer", () => host.run("curl", ...ask) === "200");
      assert.throws(() => host.run("ping", "-c1", "-W1", ip));
      assert.ok(!host.run("ip", "addr").includes(ip));
      const lookup = ["+short", "+timeout=2", "@10.10.0.10", "web.default.svc.cluster.local"];
      host.eventually("its name to resolve", () => host.run("dig", ...lookup).trim() === ip);
      for (const name of unitNames) {
        // DNS stays on REST, which takes less memory.
        if (name === "kube-apiserver" || name === "steersman-dns") continue;
        assert.match(host.log(name), /"Connected to the API server".*transport="gRPC"/, name);
      }
      const listening = host.run("ss", "-Hntlp").split("\n");
      const own = listening.filter((line) => line.includes(`pid=${host.pid("kube-apiserver")},`));
      const addresses = own.map((line) => line.trim().split(/\s+/)[3]).sort();
      const wanted = ["10.0.0.9:6443", "10.0.0.9:6444", "127.0.0.1:6445", "127.0.0.1:8080"];
      assert.deepEqual(addresses, wanted);
      host.kubectl("delete", "deployment", "web", "--wait=false");
      host.kubectl("delete", "pods", "--all", "--grace-period=1", "--timeout=240s");
    } finally {
      await host.close();
    }
  });
});

function verify(files: string[]): { stderr: string } {
  try {
    execFileSync("systemd-analyze", ["verify", ...files], { encoding: "utf8", stdio: "pipe" });
    return { stderr: "" };
  } catch (error) {
    return { stderr: (error as { stderr: string }).stderr };
  }
}
