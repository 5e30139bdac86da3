import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { existsSync } from "node:fs";
import { ClusterError } from "../../../lib/cluster/clusterError.js";
import { Cluster, resources } from "../../../lib/index.js";
import { nodePlatform } from "../../../lib/platform/node/nodePlatform.js";
import { openEtcdStorage } from "../../../lib/storage/etcdStorage.js";
import { temporaryFolder } from "../../support/commands/apiserverProcess.js";
import { CommandProcess, runCommand } from "../../support/commands/commandProcess.js";
import { EtcdProcess } from "../../support/etcd/etcdProcess.js";

/** etcd with the certificates of `steersman init`. */
describe("a whole cluster on etcd", () => {
  const folder = temporaryFolder();
  const file = (path: string): string => `${folder.path}/init/etc/kubernetes/${path}`;
  const dataDirectory = `${folder.path}/data`;
  let etcd: EtcdProcess;
  let flags: string[];

  before(async () => {
    const where = ["--dir", `${folder.path}/init`, "--address", "127.0.0.1", "--node", "here"];
    assert.equal((await runCommand("steersman", ["init", ...where])).code, 0);
    etcd = await EtcdProcess.start({
      tls: {
        authority: file("pki/etcd/ca.crt"),
        certificate: file("pki/etcd/server.crt"),
        key: file("pki/etcd/server.key"),
      },
    });
    flags = [
      ...["--etcd-servers", etcd.url, "--etcd-cafile", file("pki/etcd/ca.crt")],
      ...["--etcd-certfile", file("pki/apiserver-etcd-client.crt")],
      ...["--etcd-keyfile", file("pki/apiserver-etcd-client.key"), "--etcd-prefix", "/of/up"],
    ];
  });
  after(async () => {
    await etcd?.close();
    folder.remove();
  });

  const up = async (): Promise<CommandProcess> => {
    const ports = ["--secure-port", "0", "--grpc-port", "0", "--runtime", "simulated"];
    const process = new CommandProcess("steersman", [
      ...["up", "--data-dir", dataDirectory],
      ...[...ports, ...flags],
    ]);
    try {
      await process.says(/ready in/);
    } catch (error) {
      await process.close();
      throw error;
    }
    return process;
  };
  const kubectl = (...args: string[]): string =>
    execFileSync("kubectl", ["--kubeconfig", `${dataDirectory}/kubeconfig`, ...args], {
      encoding: "utf8",
      stdio: "pipe",
    });

  it("is there again with what it was told, and has no store of its own", async () => {
    const first = await up();
    try {
      kubectl("create", "deployment", "web", "--image=none.example/none");
      kubectl("wait", "--for=condition=Available", "deployment/web", "--timeout=60s");
    } finally {
      first.kill("SIGTERM");
      await first.ended;
    }
    assert.ok(!existsSync(`${dataDirectory}/store`));
    const second = await up();
    try {
      assert.match(kubectl("get", "deployment", "web"), /web +1\/1/);
    } finally {
      second.kill("SIGTERM");
      await second.ended;
    }
  });

  it("is refused where the objects are another cluster's", async () => {
    const first = await up();
    try {
      kubectl("wait", "--for=create", "-n", "kube-system", "configmap/kube-root-ca.crt");
      const args = ["up", "--data-dir", `${folder.path}/other`, "--runtime", "simulated"];
      const ports = ["--secure-port", "0", "--grpc-port", "0"];
      const { code, error } = await runCommand("steersman", [...args, ...ports, ...flags]);
      assert.equal(code, 1);
      assert.match(error, /^Error: --etcd-prefix: the objects there are another cluster's/m);
    } finally {
      first.kill("SIGTERM");
      await first.ended;
    }
  });

  it("is the same in a program", async () => {
    const plain = await EtcdProcess.start();
    try {
      const etcdOptions = { servers: [plain.url], prefix: "/of/program" };
      const cluster = await Cluster.start({ etcd: etcdOptions });
      const { items } = await cluster.client.resource(resources.nodes).list();
      await cluster.stop();
      assert.deepEqual(
        items.map(({ metadata }) => metadata?.name),
        ["node-0"],
      );
      const storage = await openEtcdStorage(
        { endpoints: [plain.url], prefix: "/of/program" },
        { clock: nodePlatform.clock },
      );
      assert.equal(await storage.count("/registry/minions/"), 1);
      await storage.close();
    } finally {
      await plain.close();
    }
  });

  it("is refused where nobody can read whose the objects are", async () => {
    const plain = await EtcdProcess.start();
    try {
      const key = "/registry/configmaps/kube-system/kube-root-ca.crt";
      await plain.put(key, "garbage");
      const dataDirectory = `${folder.path}/whose`;
      const etcdOptions = { servers: [plain.url] };
      const starting = Cluster.start({ etcd: etcdOptions, dataDirectory, securePort: 0 });
      await assert.rejects(starting, (error) => {
        assert.ok(error instanceof ClusterError);
        assert.deepEqual([error.reason, error.option], ["Etcd", "etcd.prefix"]);
        return error.message.includes(`${key} is not readable`);
      });
    } finally {
      await plain.close();
    }
  });

  const wrong: readonly [string, () => string[], RegExp][] = [
    [
      "a file that is not there",
      () => [...flags, "--etcd-cafile", "/no"],
      /--etcd-cafile: \/no: no/,
    ],
    [
      "a key without its certificate",
      () => flags.filter((one) => !/certfile|client.crt/.test(one)),
      /--etcd-certfile: .*belong together/,
    ],
    ["files without etcd", () => ["--etcd-cafile", "/no"], /--etcd-cafile: there is no etcd/],
    [
      "memory",
      () => [...flags, "--in-memory"],
      /--in-memory: --etcd-servers keeps objects in etcd/,
    ],
    ["a prefix", () => [...flags, "--etcd-prefix", "x//"], /--etcd-prefix: /],
    ["nobody there", () => ["--etcd-servers", "http://127.0.0.1:1"], /--etcd-servers: .*refused/],
  ];
  for (const [name, given, why] of wrong) {
    it(`is refused in one line: ${name}`, async () => {
      const args = ["up", "--data-dir", `${folder.path}/no`, "--runtime", "simulated", ...given()];
      const { code, error } = await runCommand("steersman", args);
      assert.equal(code, 1);
      const lines = error.split("\n").filter((line) => line.startsWith("Error: "));
      assert.equal(lines.length, 1, error);
      assert.match(lines[0] ?? "", why);
    });
  }

  it("names the option that makes no sense, in a program", async () => {
    const cases = [
      [{ servers: [] }, "etcd.servers"],
      [{ servers: ["http://127.0.0.1:1"], certificate: "x" }, "etcd.key"],
      [{ servers: ["http://127.0.0.1:1"], prefix: "x" }, "etcd.prefix"],
    ] as const;
    for (const [options, option] of cases) {
      await assert.rejects(Cluster.start({ etcd: options }), (error) => {
        assert.ok(error instanceof ClusterError);
        assert.deepEqual([error.reason, error.option], ["InvalidOption", option]);
        return true;
      });
    }
  });
});
