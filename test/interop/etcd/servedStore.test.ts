import assert from "node:assert/strict";
import { execFileSync, spawn } from "node:child_process";
import { existsSync, readdirSync } from "node:fs";
import { Cluster, resources } from "../../../lib/index.js";
import { nodePlatform } from "../../../lib/platform/node/nodePlatform.js";
import { openEmbeddedStorage } from "../../../lib/storage/embeddedStorage.js";
import { temporaryFolder } from "../../support/commands/apiserverProcess.js";
import { CommandProcess, runCommand } from "../../support/commands/commandProcess.js";
import { watched } from "../../support/etcd/comparable.js";
import { bytes, EtcdApi, type Message } from "../../support/etcd/etcdApi.js";

const text = (base64: unknown): string => Buffer.from(String(base64), "base64").toString();

const configMap = (name: string) => ({
  apiVersion: "v1",
  kind: "ConfigMap",
  metadata: { name, namespace: "default", uid: `00000000-0000-0000-0000-${name.padEnd(12, "0")}` },
  data: { made: "by etcdctl" },
});

/** The one-process cluster's store, as etcd's API. */
describe("a cluster's own store as etcd", function () {
  this.timeout(60_000);
  const folder = temporaryFolder();
  const dataDirectory = `${folder.path}/data`;
  const pki = `${dataDirectory}/pki/etcd`;
  let up: CommandProcess | undefined;
  let url = "";

  const start = async (): Promise<void> => {
    up = new CommandProcess("steersman", [
      ...["up", "--data-dir", dataDirectory, "--runtime", "simulated"],
      ...["--secure-port", "0", "--grpc-port", "0", "--serve-etcd", "127.0.0.1:0"],
    ]);
    await up.says(/ready in/);
    url = /^etcd +(\S+)/m.exec(up.output)?.[1] ?? "";
  };
  const stop = async (): Promise<void> => {
    up?.kill("SIGTERM");
    const ended = await up?.ended;
    up = undefined;
    if (ended !== undefined) assert.equal(ended.code, 0, ended.error);
  };
  afterEach(async () => {
    await up?.close();
    up = undefined;
  });
  after(() => folder.remove());

  const etcdctl = (...args: string[]): string =>
    execFileSync(
      "etcdctl",
      [
        ...[`--endpoints=${url}`, `--cacert=${pki}/ca.pem`],
        ...[`--cert=${pki}/client.pem`, `--key=${pki}/client-key.pem`, ...args],
      ],
      { encoding: "utf8", env: { ...process.env, ETCDCTL_API: "3" }, stdio: "pipe" },
    );
  const kubectl = (...args: string[]): string =>
    execFileSync("kubectl", ["--kubeconfig", `${dataDirectory}/kubeconfig`, ...args], {
      encoding: "utf8",
      stdio: "pipe",
    });

  it("has the cluster's keys, and the cluster sees what is written there", async () => {
    await start();
    kubectl("create", "configmap", "of-kubectl", "--from-literal=a=b");
    const key = "/registry/configmaps/default/of-kubectl";
    assert.match(etcdctl("get", key, "--keys-only"), new RegExp(`^${key}\n`));
    assert.match(etcdctl("get", key, "--print-value-only"), /^k8s\0/);
    const [{ mod_revision }] = JSON.parse(etcdctl("get", key, "-w", "json")).kvs;
    const found = kubectl("get", "configmap", "of-kubectl", "-o", "jsonpath={..resourceVersion}");
    assert.equal(found, String(mod_revision));
    const watching = spawn("kubectl", [
      ...["--kubeconfig", `${dataDirectory}/kubeconfig`, "get", "configmaps"],
      ...["--watch", "--output-watch-events"],
    ]);
    try {
      let seen = "";
      const sees = async (wanted: RegExp): Promise<void> => {
        while (!wanted.test(seen)) {
          await new Promise<void>((resolve) => {
            watching.stdout.once("data", (data: Buffer) => {
              seen += data.toString();
              resolve();
            });
          });
        }
      };
      await sees(/ADDED +of-kubectl/);
      const other = "/registry/configmaps/default/of-etcdctl";
      etcdctl("put", other, JSON.stringify(configMap("of-etcdctl")));
      await sees(/ADDED +of-etcdctl/);
      assert.match(kubectl("get", "configmap", "of-etcdctl", "-o", "yaml"), /made: by etcdctl/);
      etcdctl("del", key);
      await sees(/DELETED +of-kubectl/);
      assert.throws(() => kubectl("get", "configmap", "of-kubectl"), /NotFound/);
      // What nobody can read is said to be so, as on an etcd, and etcdctl mends it.
      etcdctl("put", key, "rubbish");
      assert.throws(() => kubectl("get", "configmap", "of-kubectl"), /of-kubectl/);
      etcdctl("del", key);
      assert.match(kubectl("get", "configmaps"), /of-etcdctl/);
    } finally {
      watching.kill();
    }
    await stop();
  });

  it("is the same member after a restart, with what was written there", async () => {
    await start();
    const member = (): string => /^[0-9a-f]+/.exec(etcdctl("member", "list"))?.[0] ?? "";
    const before = member();
    etcdctl("put", "/mine", "value");
    const lease = /lease ([0-9a-f]+)/.exec(etcdctl("lease", "grant", "600"))?.[1] ?? "";
    etcdctl("put", "/leased", "value", `--lease=${lease}`);
    await stop();
    assert.deepEqual(readdirSync(`${dataDirectory}/etcd`), ["member.info"]);
    await start();
    assert.equal(member(), before);
    assert.equal(etcdctl("get", "/mine", "--print-value-only"), "value\n");
    assert.match(etcdctl("lease", "timetolive", lease, "--keys"), /attached keys\(\[\/leased\]\)/);
    assert.match(etcdctl("lease", "revoke", lease), /revoked/);
    assert.equal(etcdctl("get", "/leased"), "");
    await stop();
  });

  it("is for nobody without its certificate", async () => {
    await start();
    const strangers = [
      [`--cacert=${pki}/ca.pem`],
      // The cluster's own authority signs nodes, which may not read here.
      [
        ...[`--cacert=${pki}/ca.pem`, `--cert=${dataDirectory}/pki/admin.pem`],
        `--key=${dataDirectory}/pki/admin-key.pem`,
      ],
    ];
    for (const files of strangers) {
      const flags = [`--endpoints=${url}`, ...files, "--command-timeout=2s", "--dial-timeout=2s"];
      const env = { ...process.env, ETCDCTL_API: "3" };
      const ask = () => execFileSync("etcdctl", [...flags, "get", "/x"], { env, stdio: "pipe" });
      assert.throws(ask);
    }
    assert.ok(!existsSync(`${pki}/server-key.pem`));
    await stop();
  });

  it("is refused where there is no store of its own, or no place for the certificate", async () => {
    const cases: [string[], RegExp][] = [
      [["--serve-etcd", "localhost:2379"], /--serve-etcd: "localhost:2379" is not an IP address/],
      [["--serve-etcd", "127.0.0.1:99999"], /--serve-etcd: .* is not an IP address and a port/],
      [["--serve-etcd", "127.0.0.1:0", "--in-memory"], /--serve-etcd: the certificate/],
      [["--serve-etcd", "127.0.0.1:0", "--etcd-servers", "http://127.0.0.1:1"], /--serve-etcd/],
      [["--serve-etcd", "192.0.2.1:2379"], /--serve-etcd: .*192\.0\.2\.1:2379/],
    ];
    for (const [flags, message] of cases) {
      const where = ["--data-dir", `${folder.path}/never`, "--runtime", "simulated"];
      const ports = ["--secure-port", "0", "--grpc-port", "0"];
      const { code, error } = await runCommand("steersman", ["up", ...where, ...ports, ...flags]);
      assert.equal(code, 1, flags.join(" "));
      assert.match(error, message);
    }
  });

  it("is the same in a program, in memory: history, leases, previous values", async () => {
    const cluster = await Cluster.start({ serveEtcd: { port: 0 }, nodes: 0 });
    const { etcd } = cluster;
    assert.ok(etcd);
    const { certificateAuthority: authority, certificate, key } = etcd;
    const api = new EtcdApi(etcd.url, { authority, certificate, key });
    try {
      const maps = cluster.client.inNamespace("default").resource(resources.configmaps);
      const stream = api.stream("Watch/Watch");
      const prefix = "/registry/configmaps/default/";
      const range_end = bytes("/registry/configmaps/default0");
      stream.send({ create_request: { key: bytes(prefix), range_end, prev_kv: true } });
      await stream.until((received) => received.length > 0);
      const made = await maps.create({ metadata: { name: "m" }, data: { a: "1" } });
      await maps.update({ ...made, data: { a: "2" } });
      await maps.delete("m");
      await stream.until(() => (watched(stream)[0]?.events.length ?? 0) === 3);
      const events = watched(stream)[0]?.events as { kv: Message; prev_kv?: Message }[];
      assert.match(text(events[1]?.prev_kv?.value), /^k8s\0/);
      assert.deepEqual(events[2]?.prev_kv?.value, events[1]?.kv.value);
      stream.close();
      // A lease that was granted there ends there, by the cluster's own clock.
      await api.call("Lease/LeaseGrant", { ID: "7", TTL: "2" });
      await api.call("KV/Put", { key: bytes(`${prefix}l`), value: bytes("{}"), lease: "7" });
      const gone = api.stream("Watch/Watch");
      gone.send({ create_request: { key: bytes(`${prefix}l`) } });
      await gone.until(() => (watched(gone)[0]?.events.length ?? 0) === 1);
      gone.close();
      const { count = "0" } = await api.call("KV/Range", { key: bytes(`${prefix}l`) });
      assert.equal(count, "0");
      // The store forgets by itself; what is asked of it compacts, too.
      const { header } = await api.call("KV/Put", { key: bytes("/k"), value: bytes("1") });
      await api.call("KV/Compact", { revision: (header as Message).revision });
      const old = { key: bytes("/k"), revision: Number((header as Message).revision) - 1 };
      await assert.rejects(api.call("KV/Range", old), /has been compacted/);
      await api.call("Maintenance/Defragment");
      await api.call("Maintenance/HashKV");
    } finally {
      api.close();
      await cluster.stop();
    }
  });

  it("gives the log to watches, and previous values as far as memory has them", async () => {
    const storage = await openEmbeddedStorage({
      clock: nodePlatform.clock,
      directory: `${folder.path}/bounded`,
      maxHistoryChanges: 16,
    });
    const served = await storage.serveEtcd({
      ...{ syncs: true, name: "m", peerUrls: [], clientUrls: [], metrics: [], quotaBytes: 0 },
      ...{ bcryptCost: 4, tokenTtlSeconds: 300, certificateUsers: false },
      ...{ maxTxnOperations: 128, maxRequestBytes: 1 << 20, progressIntervalMilliseconds: 60_000 },
      ...{ clients: [{ host: "127.0.0.1", port: 0, tls: false }], threads: 1 },
    });
    const api = new EtcdApi(`http://127.0.0.1:${served.addresses()[0]?.port}`);
    try {
      const put = (value: number) =>
        api.call("KV/Put", { key: bytes("k"), value: bytes(`${value}`) });
      const { header } = await put(0);
      const first = Number((header as Message).revision);
      for (let at = 1; at < 600; at += 1) await put(at);
      const old = { key: bytes("k"), revision: first };
      await assert.rejects(api.call("KV/Range", old), /has been compacted/);
      const stream = api.stream("Watch/Watch");
      const create_request = { key: bytes("k"), start_revision: first };
      stream.send({ create_request: { ...create_request, watch_id: 1 } });
      stream.send({ create_request: { ...create_request, watch_id: 2, prev_kv: true } });
      await stream.until(() => (watched(stream)[1]?.events.length ?? 0) === 600);
      await stream.until(() => watched(stream)[2]?.end !== undefined);
      const seen = (watched(stream)[1]?.events ?? []) as { kv: Message }[];
      assert.deepEqual(
        seen.map(({ kv }) => text(kv.value)),
        Array.from({ length: 600 }, (_, at) => `${at}`),
      );
      const ended = stream.received.find(({ watch_id, canceled }) => watch_id === "2" && canceled);
      assert.ok(Number(ended?.compact_revision) > first, JSON.stringify(ended));
      stream.close();
    } finally {
      api.close();
      await served.close();
      await storage.close();
    }
  });
});
