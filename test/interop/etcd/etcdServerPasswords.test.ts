import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { temporaryFolder } from "../../support/commands/apiserverProcess.js";
import { runCommand } from "../../support/commands/commandProcess.js";
import { bytes, EtcdApi, type Message } from "../../support/etcd/etcdApi.js";
import { EtcdProcess } from "../../support/etcd/etcdProcess.js";

const password = "a-password-that-nobody-else-has";

/** Everything below a folder. */
function filesUnder(folder: string): string[] {
  const entries = readdirSync(folder, { withFileTypes: true, recursive: true });
  return entries.filter((one) => one.isFile()).map((one) => join(one.parentPath, one.name));
}

describe("users of `steersman etcd`", function () {
  this.timeout(60_000);
  const folder = temporaryFolder();
  let etcd: EtcdProcess | undefined;
  const apis: EtcdApi[] = [];
  const api = (token?: string): EtcdApi => {
    const made = new EtcdApi(etcd?.url ?? "", undefined, token);
    apis.push(made);
    return made;
  };
  const root = async (): Promise<EtcdApi> => {
    const { token } = await api().call("Auth/Authenticate", { name: "root", password });
    return api(String(token));
  };
  afterEach(async () => {
    for (const one of apis.splice(0)) one.close();
    await etcd?.close();
    etcd = undefined;
  });
  after(() => folder.remove());

  it("are there after an end of any kind, and their passwords are nowhere", async () => {
    etcd = await EtcdProcess.own({ flags: ["--log-level", "debug", "--bcrypt-cost", "4"] });
    await etcd.enableUsers(password);
    const before = await root();
    await before.call("Auth/RoleAdd", { name: "r" });
    const perm = { permType: "READ", key: bytes("a"), range_end: bytes("b") };
    await before.call("Auth/RoleGrantPermission", { name: "r", perm });
    let said = etcd.said;
    for (let round = 0; round < 5; round += 1) {
      const name = `user-${round}`;
      const admin = await root();
      await admin.call("Auth/UserAdd", { name, password: `${password}-${round}` });
      await admin.call("Auth/UserGrantRole", { user: name, role: "r" });
      await admin.ask("Auth/Authenticate", { name, password: "wrong-password" });
      said += etcd.said;
      if (round % 2 === 0) await etcd.kill();
      else await etcd.stop();
      await etcd.run();
      // A token does not outlive the process; the client asks for another one.
      const refused = (await admin.ask("KV/Range", { key: bytes("a") })) as Message;
      assert.match(JSON.stringify(refused), /invalid auth token/);
      const { users } = await (await root()).call("Auth/UserList");
      assert.equal((users as string[]).length, round + 2);
      const asked = { name, password: `${password}-${round}` };
      const { token } = await api().call("Auth/Authenticate", asked);
      await api(String(token)).call("KV/Range", { key: bytes("a1") });
      await assert.rejects(
        api(String(token)).call("KV/Range", { key: bytes("c") }),
        /permission denied/,
      );
    }
    said += etcd.said;
    assert.doesNotMatch(said, /password-that/);
    assert.doesNotMatch(said, /wrong-password/);
    for (const path of filesUnder(etcd.dataDirectory)) {
      assert.ok(!readFileSync(path).includes("password-that"), path);
      assert.equal(statSync(path).mode & 0o077, 0, path);
    }
  });

  it("are not forgotten where their file rotted: the server does not start", async () => {
    etcd = await EtcdProcess.own({ flags: ["--bcrypt-cost", "4"] });
    await etcd.enableUsers(password);
    await etcd.stop();
    const path = join(etcd.dataDirectory, "auth.info");
    const content = readFileSync(path);
    const at = content.length - 3;
    content.writeUInt8(content.readUInt8(at) ^ 1, at);
    writeFileSync(path, content);
    await assert.rejects(etcd.run(), /auth\.info makes no sense/);
  });

  it("are what Debian's etcdctl says", async () => {
    etcd = await EtcdProcess.own({ flags: ["--bcrypt-cost", "4"] });
    const endpoint = `--endpoints=${new URL(etcd.url).host}`;
    const ctl = (...args: string[]): string =>
      execFileSync("etcdctl", [endpoint, ...args], {
        ...{ encoding: "utf8", env: { ...process.env, ETCDCTL_API: "3" }, stdio: "pipe" },
      });
    assert.match(ctl("user", "add", "root:secret"), /User root created/);
    assert.match(ctl("user", "grant-role", "root", "root"), /Role root is granted to user root/);
    assert.match(ctl("role", "add", "web"), /Role web created/);
    const grant = ["role", "grant-permission", "web", "readwrite", "/web/", "--prefix=true"];
    assert.match(ctl(...grant), /Role web updated/);
    assert.match(ctl("user", "add", "alice:a"), /User alice created/);
    assert.match(ctl("user", "grant-role", "alice", "web"), /granted/);
    assert.match(ctl("auth", "enable"), /Authentication Enabled/);
    assert.throws(() => ctl("put", "/web/a", "1"), /user name is empty/);
    const alice = ["--user", "alice:a"];
    assert.equal(ctl(...alice, "put", "/web/a", "1"), "OK\n");
    assert.equal(ctl(...alice, "get", "--prefix", "/web/"), "/web/a\n1\n");
    assert.throws(() => ctl(...alice, "get", "--prefix", "/"), /permission denied/);
    assert.throws(() => ctl("--user", "alice:wrong", "get", "/web/a"), /authentication failed/);
    const admin = ["--user", "root:secret"];
    assert.match(ctl(...admin, "role", "get", "web"), /\[\/web\/, \/web0\)/);
    assert.match(ctl(...admin, "user", "list"), /alice\nroot/);
    assert.match(ctl(...admin, "endpoint", "status", "-w", "json"), /"version":"3\.7\.0"/);
    assert.match(ctl(...admin, "auth", "disable"), /Authentication Disabled/);
    assert.equal(ctl("get", "/web/a", "--print-value-only"), "1\n");
  });

  it("refuses by name what it does not do", async () => {
    const cases: [string[], RegExp][] = [
      [["--auth-token", "jwt,pub-key=x"], /--auth-token: "jwt,pub-key=x": only simple/],
      [["--auth-token-ttl", "0"], /--auth-token-ttl/],
      [["--bcrypt-cost", "3"], /--bcrypt-cost/],
      [["--bcrypt-cost", "32"], /--bcrypt-cost/],
    ];
    for (const [flags, message] of cases) {
      const data = ["--data-dir", join(folder.path, "never")];
      const { code, error } = await runCommand("steersman", ["etcd", ...data, ...flags]);
      assert.equal(code, 1, flags.join(" "));
      assert.match(error, message);
    }
  });

  it("leave everybody else alone while passwords are guessed", async () => {
    etcd = await EtcdProcess.own();
    await etcd.enableUsers(password);
    const admin = await root();
    const connections = 400;
    let guesses = 0;
    let turnedAway = 0;
    let goesOn = true;
    const guess = async (): Promise<void> => {
      const own = api();
      while (goesOn) {
        const { refused } = (await own.ask("Auth/Authenticate", {
          ...{ name: "root", password: "wrong" },
        })) as { refused?: { code: number; details: string } };
        if (refused?.code === 3) guesses += 1;
        else {
          if (/too many requests/.test(refused?.details ?? "")) turnedAway += 1;
          return;
        }
      }
    };
    const guessing = Array.from({ length: connections }, guess);
    const memory = (): number =>
      Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${etcd?.pid}/status`, "utf8"))?.[1]) / 1024;
    try {
      const before = memory();
      const begun = performance.now();
      let slowest = 0;
      for (let at = 0; at < 200 || guesses === 0 || turnedAway === 0; at += 1) {
        const asked = performance.now();
        await admin.call("KV/Put", { key: bytes("k"), value: bytes(`${at}`) });
        slowest = Math.max(slowest, performance.now() - asked);
      }
      const took = performance.now() - begun;
      assert.ok(took < 20_000, `200 puts took ${took} ms; the slowest ${slowest}`);
      assert.ok(memory() - before < 64, `${memory() - before} MiB more`);
    } finally {
      goesOn = false;
      // Those that wait are let go of with their connections.
      await etcd.kill();
      await Promise.allSettled(guessing);
    }
  });
});
