import assert from "node:assert/strict";
import { execFile, execFileSync } from "node:child_process";
import { rmSync } from "node:fs";
import { promisify } from "node:util";
import { requirement } from "../../support/clients/requirement.js";
import { builtEtcd, builtEtcdutl } from "../../support/clients/upstreamPrograms.js";
import { temporaryFolder } from "../../support/commands/apiserverProcess.js";
import { comparableResponse } from "../../support/etcd/comparable.js";
import { bytes, EtcdApi, type Message } from "../../support/etcd/etcdApi.js";
import { EtcdProcess } from "../../support/etcd/etcdProcess.js";

const revisionOf = ({ header }: Message): number => Number((header as Message).revision);

describe("snapshots of `steersman etcd`", function () {
  this.timeout(120_000);
  const folder = temporaryFolder();
  let etcdProgram = "";
  let etcdutl = "";
  const processes: EtcdProcess[] = [];
  const apis: EtcdApi[] = [];

  before(async function () {
    this.timeout(900_000);
    etcdProgram = await requirement(this, "etcd 3.7 (built from its Go module)", builtEtcd);
    etcdutl = await requirement(this, "etcdutl 3.7 (built from its Go module)", builtEtcdutl);
  });
  afterEach(async () => {
    for (const api of apis.splice(0)) api.close();
    for (const process of processes.splice(0)) await process.close();
  });
  after(() => folder.remove());

  const own = async (): Promise<EtcdProcess> => {
    const process = await EtcdProcess.own({ flags: ["--bcrypt-cost", "4"] });
    processes.push(process);
    return process;
  };
  const apiOf = (process: EtcdProcess, token?: string): EtcdApi => {
    const api = new EtcdApi(process.url, undefined, token);
    apis.push(api);
    return api;
  };
  const save = async (process: EtcdProcess, name: string, ...flags: string[]): Promise<string> => {
    const path = `${folder.path}/${name}`;
    const endpoint = `--endpoints=${new URL(process.url).host}`;
    await promisify(execFile)("etcdctl", [endpoint, ...flags, "snapshot", "save", path], {
      env: { ...globalThis.process.env, ETCDCTL_API: "3" },
    });
    return path;
  };
  const status = (path: string): Message =>
    JSON.parse(
      execFileSync(etcdutl, ["snapshot", "status", path, "-w", "json"], { encoding: "utf8" }),
    ) as Message;
  /** etcd 3.7 on what etcdutl restores. */
  const restored = async (path: string): Promise<EtcdProcess> => {
    const etcd = await EtcdProcess.start({ program: etcdProgram });
    processes.push(etcd);
    await etcd.stop();
    rmSync(etcd.dataDirectory, { recursive: true });
    execFileSync(
      etcdutl,
      [
        ...["snapshot", "restore", path, "--data-dir", etcd.dataDirectory, "--name", "m0"],
        ...["--initial-cluster", `m0=${etcd.peerUrl}`, "--initial-cluster-token", "steersman"],
        ...["--initial-advertise-peer-urls", etcd.peerUrl],
      ],
      { stdio: "pipe" },
    );
    await etcd.run();
    return etcd;
  };

  it("are what etcdutl checks and restores, and etcd serves: keys, history, leases", async () => {
    const server = await own();
    const api = apiOf(server);
    const put = (key: string, value: string, more: Message = {}): Promise<Message> =>
      api.call("KV/Put", { key: bytes(key), value: bytes(value), ...more });
    await api.call("Lease/LeaseGrant", { ID: "77", TTL: "6000" });
    await put("leased", "v", { lease: "77" });
    for (let at = 0; at < 3000; at += 1) await put(`k/${at % 1500}`, `value ${at}`);
    await put("large", "x".repeat(1_200_000));
    await api.call("KV/DeleteRange", { key: bytes("k/7"), range_end: bytes("k/8") });
    const request_put = (key: string): Message => ({
      request_put: { key: bytes(key), value: bytes("t") },
    });
    await api.call("KV/Txn", { success: ["t1", "t2", "t3"].map(request_put) });
    const { header } = await api.call("KV/Range", { key: bytes("k") });
    const compacted = Number((header as Message).revision) - 400;
    await api.call("KV/Compact", { revision: compacted });
    for (let at = 0; at < 50; at += 1) await put(`k/${at}`, "newer");
    const newest = revisionOf(await put("last", "1"));

    const path = await save(server, "whole");
    const found = status(path);
    assert.equal(found.revision, newest);
    assert.equal(found.version, "3.7.0");
    const all = { key: bytes("\0"), range_end: bytes("\0") };
    const { count } = await api.call("KV/Range", { ...all, count_only: true });
    assert.equal(found.totalKey, Number(count));

    const theirs = apiOf(await restored(path));
    const same = async (method: string, message: Message): Promise<void> => {
      const [one, other] = [await api.ask(method, message), await theirs.ask(method, message)];
      assert.deepEqual(comparableResponse(other as Message), comparableResponse(one as Message));
    };
    for (const revision of [0, newest, newest - 1, newest - 60, compacted + 1, compacted]) {
      await same("KV/Range", { ...all, revision });
    }
    await same("KV/Range", { ...all, revision: compacted - 1 });
    await same("Lease/LeaseTimeToLive", { ID: "77", keys: true });
    await same("Lease/LeaseLeases", {});
    await theirs.call("Lease/LeaseRevoke", { ID: "77" });
    const { count: left = "0" } = await theirs.call("KV/Range", { key: bytes("leased") });
    assert.equal(left, "0");
  });

  it("have users, and are for who may do everything", async () => {
    const server = await own();
    await server.enableUsers("secret");
    const authenticate = { name: "root", password: "secret" };
    const { token } = await apiOf(server).call("Auth/Authenticate", authenticate);
    const root = apiOf(server, String(token));
    await root.call("Auth/UserAdd", { name: "alice", password: "a" });
    await root.call("Auth/RoleAdd", { name: "r" });
    const perm = { permType: "READ", key: bytes("a"), range_end: bytes("b") };
    await root.call("Auth/RoleGrantPermission", { name: "r", perm });
    await root.call("Auth/UserGrantRole", { user: "alice", role: "r" });
    await assert.rejects(save(server, "nobody"), /user name is empty/);
    await assert.rejects(save(server, "alice", "--user", "alice:a"), /permission denied/);
    const path = await save(server, "root", "--user", "root:secret");
    const etcd = await restored(path);
    const given = await apiOf(etcd).call("Auth/Authenticate", { name: "alice", password: "a" });
    const alice = apiOf(etcd, String(given.token));
    await alice.call("KV/Range", { key: bytes("a1") });
    await assert.rejects(alice.call("KV/Range", { key: bytes("c") }), /permission denied/);
    await assert.rejects(apiOf(etcd).call("KV/Range", { key: bytes("a") }), /user name is empty/);
  });

  it("are whole while others write and compact, and empty where nothing is", async () => {
    const server = await own();
    assert.equal(status(await save(server, "empty")).totalKey, 0);
    const api = apiOf(server);
    let goesOn = true;
    const write = async (number: number): Promise<void> => {
      for (let at = 0; goesOn; at += 1) {
        const key = bytes(`w${number}/${at % 300}`);
        const response = await api.call("KV/Put", { key, value: bytes("x".repeat(at % 5000)) });
        const revision = revisionOf(response) - 50;
        if (at % 100 === 99) await api.ask("KV/Compact", { revision });
      }
    };
    const writing = [0, 1, 2, 3].map(write);
    try {
      let before = 0;
      for (let at = 0; at < 4; at += 1) {
        const { revision } = status(await save(server, `amid-${at}`));
        assert.ok(Number(revision) > before);
        before = Number(revision);
        await api.call("KV/Put", { key: bytes("mark"), value: bytes(`${at}`) });
      }
    } finally {
      goesOn = false;
      await Promise.all(writing);
    }
  });
});
