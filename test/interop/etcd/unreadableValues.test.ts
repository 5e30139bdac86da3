import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { ApiserverProcess, temporaryFolder } from "../../support/commands/apiserverProcess.js";
import { CommandProcess, freePorts } from "../../support/commands/commandProcess.js";
import { EtcdProcess } from "../../support/etcd/etcdProcess.js";

/** Written before the server starts: of kinds that its start reads whole. */
const early = [
  "/registry/namespaces/early",
  "/registry/services/specs/default/early",
  "/registry/clusterroles/early",
  "/registry/flowschemas/early",
  "/registry/ipaddresses/10.10.0.99",
];
const late = [
  "/registry/namespaces/late",
  "/registry/services/specs/default/late",
  "/registry/resourcequotas/late/q",
  "/registry/serviceaccounts/late/default",
];

describe("kube-apiserver on an etcd where somebody wrote what is no object", () => {
  const folder = temporaryFolder();
  let etcd: EtcdProcess;
  let server: ApiserverProcess;

  before(async () => {
    etcd = await EtcdProcess.start();
    for (const key of early) await etcd.put(key, "garbage");
    const flags = [`--etcd-servers=${etcd.url}`];
    server = await ApiserverProcess.start(join(folder.path, "data"), flags);
  });
  after(async () => {
    await server?.close();
    await etcd?.close();
    folder.remove();
  });

  const code = async (path: string): Promise<number> => (await server.plain.call(path)).status;
  const goesOn = async (name: string): Promise<void> => {
    assert.equal(await code("/readyz"), 200);
    const take = async (path: string, body: object): Promise<void> => {
      const response = await server.plain.call(path, { method: "POST", body });
      assert.equal(response.status, 201, response.text());
    };
    const metadata = { name };
    await take("/api/v1/namespaces", { metadata });
    await take(`/api/v1/namespaces/${name}/configmaps`, { metadata });
    const spec = { type: "NodePort", ports: [{ port: 80 }] };
    await take(`/api/v1/namespaces/${name}/services`, { metadata, spec });
    assert.equal(await code("/readyz"), 200);
  };
  const lines = (key: string): string[] =>
    server.error.split("\n").filter((line) => line.includes(`${key} cannot be read`));

  it("starts, is ready, and takes what has nothing to do with it", async () => {
    await goesOn("one");
    for (const key of early.slice(0, 2)) assert.equal(lines(key).length, 1, server.error);
  });

  it("goes on where it is written meanwhile, and says once which key it is", async () => {
    await goesOn("two");
    for (const key of late) await etcd.put(key, "garbage");
    await goesOn("three");
    await goesOn("four");
    for (const key of late.slice(0, 1)) assert.equal(lines(key).length, 1, server.error);
  });

  it("keeps controllers waiting, who name its key, until kubectl has deleted it", async () => {
    const url = `http://127.0.0.1:${server.insecurePort}`;
    await etcd.put("/registry/deployments/default/bad", "garbage");
    const clusters = [{ name: "c", cluster: { server: url } }];
    const contexts = [{ name: "c", context: { cluster: "c" } }];
    const config = { apiVersion: "v1", kind: "Config", "current-context": "c", clusters, contexts };
    const kubeconfig = join(folder.path, "kubeconfig");
    writeFileSync(kubeconfig, JSON.stringify(config));
    const [port = 0] = await freePorts(1);
    const manager = new CommandProcess("kube-controller-manager", [
      ...[`--kubeconfig=${kubeconfig}`, `--secure-port=${port}`, "--leader-elect=false"],
      ...[`--cert-dir=${folder.path}`, "--controllers=deployment,replicaset"],
    ]);
    try {
      await manager.says(/\/registry\/deployments\/default\/bad is not readable/);
      const path = "/apis/apps/v1/namespaces/default/deployments/bad";
      const query = "ignoreStoreReadErrorWithClusterBreakingPotential=true";
      const kubectl = (...args: string[]): string => {
        const all = [`--kubeconfig=${kubeconfig}`, ...args];
        return execFileSync("kubectl", all, { encoding: "utf8", stdio: "pipe" });
      };
      kubectl("create", "deployment", "good", "--image=none.example/none");
      assert.throws(() => kubectl("delete", "--raw", path), /is not readable/);
      assert.match(kubectl("delete", "--raw", `${path}?${query}`), /"status":"Success"/);
      const done = "--for=jsonpath={.status.observedGeneration}=1";
      kubectl("wait", "deployment/good", done, "--timeout=30s");
    } finally {
      await manager.close();
    }
  });

  it("fails what reads it, with its key, until it is gone", async () => {
    for (const path of ["/api/v1/namespaces", "/api/v1/namespaces/late"]) {
      const response = await server.plain.call(path);
      assert.equal(response.status, 500);
      assert.match(response.text(), /\/registry\/namespaces\/(early|late) is not readable/);
    }
    const within = "/api/v1/namespaces/late/configmaps";
    const body = { metadata: { name: "m" } };
    const refused = await server.plain.call(within, { method: "POST", body });
    assert.equal(refused.status, 500);
    assert.match(refused.text(), /\/registry\/namespaces\/late is not readable/);
    for (const key of [...early, ...late]) await etcd.remove(key);
    assert.equal(await code("/api/v1/namespaces"), 200);
    assert.equal((await server.plain.call(within, { method: "POST", body })).status, 404);
  });
});
