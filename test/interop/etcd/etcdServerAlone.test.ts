import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { createAuthority, issue, openAuthority } from "../../../lib/api/pki/certificates.js";
import { temporaryFolder } from "../../support/commands/apiserverProcess.js";
import { runCommand } from "../../support/commands/commandProcess.js";
import { watched } from "../../support/etcd/comparable.js";
import { bytes, EtcdApi, type Message } from "../../support/etcd/etcdApi.js";
import { type EtcdFiles, EtcdProcess } from "../../support/etcd/etcdProcess.js";

const text = (base64: unknown): string => Buffer.from(String(base64), "base64").toString();

const revisionOf = ({ header }: Message): number => Number((header as Message).revision);

async function put(api: EtcdApi, key: string, value: string): Promise<number> {
  return revisionOf(await api.call("KV/Put", { key: bytes(key), value: bytes(value) }));
}

async function range(api: EtcdApi, key: string, more: Message = {}): Promise<Message[]> {
  const response = await api.call("KV/Range", { key: bytes(key), ...more });
  return (response.kvs as Message[] | undefined) ?? [];
}

/** etcdctl, Debian's. Answers what it writes. */
function etcdctl(flags: readonly string[], ...args: string[]): string {
  const env = { ...process.env, ETCDCTL_API: "3" };
  return execFileSync("etcdctl", [...flags, ...args], { encoding: "utf8", env, stdio: "pipe" });
}

describe("steersman etcd", function () {
  this.timeout(60_000);
  const folder = temporaryFolder();
  let etcd: EtcdProcess;
  let api: EtcdApi;

  const start = async (choice: { tls?: EtcdFiles; flags?: string[] } = {}): Promise<void> => {
    etcd = await EtcdProcess.own(choice);
    if (choice.tls === undefined) api = new EtcdApi(etcd.url);
  };
  afterEach(async () => {
    api?.close();
    await etcd?.close();
  });
  after(() => folder.remove());

  /** It is there again, with a connection of its own. */
  const again = async (): Promise<void> => {
    api.close();
    await etcd.run();
    api = new EtcdApi(etcd.url);
  };

  it("goes on where a clean end left it: keys, history, leases, compaction", async () => {
    await start();
    await api.call("Lease/LeaseGrant", { ID: "7", TTL: "600" });
    await api.call("KV/Put", { key: bytes("leased"), value: bytes("v"), lease: "7" });
    const revisions: number[] = [];
    for (let at = 0; at < 6; at += 1) revisions.push(await put(api, "k", `v${at}`));
    await api.call("KV/Compact", { revision: revisions[2] });
    const { header } = await api.call("KV/Range", { key: bytes("k") });
    assert.equal(await etcd.stop(), 0);
    await again();
    const read = await api.call("KV/Range", { key: bytes("k") });
    assert.deepEqual(read.header, header, "ids and the revision stay");
    const [old] = await range(api, "k", { revision: revisions[2] });
    assert.equal(text(old?.value), "v2");
    await assert.rejects(range(api, "k", { revision: revisions[1] }), /has been compacted/);
    const { keys } = await api.call("Lease/LeaseTimeToLive", { ID: "7", keys: true });
    assert.deepEqual((keys as string[]).map(text), ["leased"]);
    const stream = api.stream("Watch/Watch");
    const create_request = { key: bytes("k"), start_revision: revisions[2], prev_kv: true };
    stream.send({ create_request });
    await stream.until(() => (watched(stream)[0]?.events.length ?? 0) === 4);
    const events = watched(stream)[0]?.events as { kv: Message; prev_kv?: Message }[];
    const seen = events.map(({ kv, prev_kv }) => [text(kv.value), text(prev_kv?.value ?? "")]);
    assert.deepEqual(seen, [...[["v2", ""]], ["v3", "v2"], ["v4", "v3"], ["v5", "v4"]]);
    stream.close();
    assert.equal(await put(api, "k", "next"), Number((header as Message).revision) + 1);
  });

  it("loses nothing that it acknowledged when it is killed amid writes", async () => {
    await start();
    const acknowledged = new Map<string, number>();
    const writer = async (number: number): Promise<void> => {
      for (let at = 0; ; at += 1) {
        const key = `w${number}/${at}`;
        acknowledged.set(key, await put(api, key, `${at}`));
        if (acknowledged.size === 500) await etcd.kill();
      }
    };
    const ended = await Promise.allSettled(Array.from({ length: 16 }, (_, at) => writer(at)));
    assert.ok(ended.every(({ status }) => status === "rejected"));
    assert.ok(acknowledged.size >= 500);
    await again();
    const found = new Map<string, number>();
    for (const kv of await range(api, "w", { range_end: bytes("x") })) {
      found.set(text(kv.key), Number(kv.mod_revision));
    }
    for (const [key, revision] of acknowledged) assert.equal(found.get(key), revision, key);
    const newest = Math.max(...acknowledged.values());
    assert.ok((await put(api, "after", "1")) > newest, "no revision is given twice");
  });

  it("raises NOSPACE at its quota, also after a restart, until it is disarmed", async () => {
    await start({ flags: ["--quota-backend-bytes", "1000000"] });
    const value = "x".repeat(100_000);
    const full = async (): Promise<void> => {
      for (;;) await put(api, "k", value);
    };
    await assert.rejects(full(), /mvcc: database space exceeded/);
    const alarms = async (): Promise<unknown> =>
      ((await api.call("Maintenance/Alarm", {})).alarms as Message[] | undefined)?.map(
        ({ alarm }) => alarm,
      );
    assert.deepEqual(await alarms(), ["NOSPACE"]);
    assert.equal((await fetch(`${etcd.url}/health`)).status, 503);
    assert.equal((await fetch(`${etcd.url}/readyz`)).status, 200);
    await etcd.stop();
    await again();
    await assert.rejects(put(api, "other", "x"), /mvcc: database space exceeded/);
    const { header } = await api.call("KV/DeleteRange", { key: bytes("k") });
    await api.call("KV/Compact", { revision: (header as Message).revision });
    await api.call("Maintenance/Alarm", { action: "DEACTIVATE", alarm: "NOSPACE" });
    assert.equal(await alarms(), undefined);
    for (;;) {
      // Room is counted twice a second.
      const answer = await api.ask("KV/Put", { key: bytes("other"), value: bytes("x") });
      if (!("refused" in answer)) break;
      await api.call("Maintenance/Alarm", { action: "DEACTIVATE", alarm: "NOSPACE" });
    }
  });

  it("does what Debian's etcdctl asks", async () => {
    await start({ flags: ["--snapshot-count", "10000"] });
    // With a scheme before it, 3.4 writes an :authority into some requests that none can have.
    const endpoint = `--endpoints=${new URL(etcd.url).host}`;
    const ctl = (...args: string[]): string => etcdctl([endpoint], ...args);
    assert.equal(ctl("put", "foo", "bar"), "OK\n");
    assert.equal(ctl("get", "foo"), "foo\nbar\n");
    assert.equal(ctl("get", "", "--from-key", "--keys-only"), "foo\n\n");
    ctl("endpoint", "health");
    assert.match(ctl("endpoint", "status", "-w", "json"), /"version":"3\.7\.0"/);
    assert.match(ctl("member", "list"), /, started, m0, http/);
    const granted = /lease ([0-9a-f]+) granted with TTL\(300s\)/.exec(ctl("lease", "grant", "300"));
    assert.ok(granted?.[1]);
    assert.equal(ctl("put", "leased", "x", `--lease=${granted[1]}`), "OK\n");
    assert.match(ctl("lease", "timetolive", granted[1], "--keys"), /attached keys\(\[leased\]\)/);
    assert.match(ctl("lease", "keep-alive", "--once", granted[1]), /keepalived with TTL\(300\)/);
    assert.match(ctl("lease", "revoke", granted[1]), /revoked/);
    assert.equal(ctl("get", "leased"), "");
    const transaction = 'value("foo") = "bar"\n\nput foo baz\n\nput foo never\n\n';
    const env = { ...process.env, ETCDCTL_API: "3" };
    const done = execFileSync("etcdctl", [endpoint, "txn"], {
      ...{ encoding: "utf8", env, input: transaction },
    });
    assert.equal(done, "SUCCESS\n\nOK\n");
    assert.match(ctl("compaction", "4"), /compacted revision 4/);
    assert.equal(ctl("alarm", "list"), "");
    assert.match(ctl("defrag"), /Finished defragmenting/);
    assert.match(ctl("endpoint", "hashkv"), /, \d+/);
    assert.equal(ctl("del", "foo"), "1\n");
    ctl("snapshot", "save", join(folder.path, "s"));
    assert.match(ctl("snapshot", "status", join(folder.path, "s")), /, \d+, /);
  });

  it("lets in whom its authority has signed, for names that are allowed", async () => {
    const validity = { notBefore: Date.now() - 60_000, notAfter: Date.now() + 3_600_000 };
    const authority = await createAuthority({ commonName: "ca" }, validity);
    const write = (name: string, pem: string): string => {
      const path = join(folder.path, name);
      writeFileSync(path, pem, { mode: 0o600 });
      return path;
    };
    const pair = async (name: string, by = authority): Promise<EtcdFiles> => {
      const names = { dns: [name, "localhost"], ips: ["127.0.0.1"] };
      const made = await issue(
        await openAuthority(by),
        { commonName: name },
        ["client", "server"],
        names,
        validity,
      );
      return {
        authority: write(`${name}-ca.pem`, by.certificate),
        certificate: write(`${name}.pem`, made.certificate),
        key: write(`${name}-key.pem`, made.key),
      };
    };
    const stranger = await createAuthority({ commonName: "no" }, validity);
    const server = await pair("server.test");
    const allowed = await pair("allowed.test");
    const other = await pair("other.test");
    const foreign = { ...(await pair("foreign.test", stranger)), authority: server.authority };
    await start({ tls: server, flags: ["--client-cert-allowed-hostname", "allowed.test"] });
    const get = (files: EtcdFiles): string =>
      etcdctl(
        [
          ...[`--endpoints=${etcd.url}`, `--cacert=${files.authority}`, "--command-timeout=3s"],
          ...[`--cert=${files.certificate}`, `--key=${files.key}`, "--dial-timeout=3s"],
        ],
        ...["put", "a", "b"],
      );
    assert.equal(get(allowed), "OK\n");
    for (const refused of [other, foreign]) assert.throws(() => get(refused));
    const plain = [`--endpoints=${etcd.url}`, `--cacert=${server.authority}`, "--dial-timeout=3s"];
    assert.throws(() => etcdctl([...plain, "--command-timeout=3s"], "get", "a"));
  });

  it("refuses what one member cannot be, by the flag's name", async () => {
    const cases: [string[], RegExp][] = [
      [
        ["--initial-cluster", "m=http://127.0.0.1:1,n=http://127.0.0.1:2"],
        /--initial-cluster: "m=/,
      ],
      [["--initial-cluster-state", "existing"], /--initial-cluster-state/],
      [["--listen-client-urls", "https://127.0.0.1:0"], /--cert-file and --key-file/],
      [["--listen-client-urls", "unix:///x"], /--listen-client-urls/],
      [["--listen-client-urls", "http://name.test:1"], /--listen-client-urls: .*IP address/],
      [["--client-cert-auth"], /--cert-file and --key-file/],
      [["--auto-compaction-mode", "daily"], /--auto-compaction-mode/],
      [["--auto-compaction-retention", "x"], /--auto-compaction-retention/],
      [["--max-txn-ops", "0"], /--max-txn-ops/],
      [["--discovery", "http://x"], /--discovery/],
      [["--force-new-cluster"], /--force-new-cluster/],
    ];
    const data = ["--data-dir", join(folder.path, "never")];
    for (const [flags, message] of cases) {
      const { code, error } = await runCommand("steersman", ["etcd", ...data, ...flags]);
      assert.equal(code, 1, flags.join(" "));
      assert.match(error, message);
    }
    const { output } = await runCommand("steersman", ["etcd", "--version"]);
    assert.match(output, /^etcd Version: 3\.7\.0\n/);
  });

  it("says of a directory in use, or of etcd's own, that it is", async () => {
    await start();
    const second = new Promise<string>((resolve) => {
      EtcdProcess.own({ flags: ["--data-dir", etcd.dataDirectory] }).then(
        () => resolve("it started"),
        (error: Error) => resolve(error.message),
      );
    });
    assert.match(await second, /another process|in use|locked/i);
  });
});
