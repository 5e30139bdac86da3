import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { createAuthority, issue, openAuthority } from "../../../lib/api/pki/certificates.js";
import { requirement } from "../../support/clients/requirement.js";
import { builtEtcd } from "../../support/clients/upstreamPrograms.js";
import { temporaryFolder } from "../../support/commands/apiserverProcess.js";
import { comparableResponse, watched } from "../../support/etcd/comparable.js";
import { bytes, EtcdApi, type Message } from "../../support/etcd/etcdApi.js";
import { type EtcdFiles, EtcdProcess } from "../../support/etcd/etcdProcess.js";

interface Pem {
  readonly authority: string;
  readonly certificate: string;
  readonly key: string;
}

/** One server, with what was seen of it. */
class Stage {
  readonly seen: unknown[] = [];
  readonly #apis: EtcdApi[] = [];
  readonly nobody: EtcdApi;

  constructor(
    readonly url: string,
    readonly tls?: Pem,
  ) {
    this.nobody = this.with();
  }

  with(token?: string, tls = this.tls): EtcdApi {
    const api = new EtcdApi(this.url, tls, token);
    this.#apis.push(api);
    return api;
  }

  /** With a token for this password. */
  async user(name: string, password = name): Promise<EtcdApi> {
    const { token } = await this.nobody.call("Auth/Authenticate", { name, password });
    assert.match(String(token), /^[A-Za-z]{16}\.\d+$/);
    return this.with(String(token));
  }

  async ask(api: EtcdApi, path: string, message: Message = {}): Promise<Message> {
    const response = (await api.ask(path, message)) as Message;
    // The token is chance, and so are the ids of leases that nobody chose.
    const { token, ...rest } = response;
    this.seen.push([path, message, comparableResponse(rest), token === undefined]);
    return response;
  }

  async all(api: EtcdApi, requests: readonly (readonly [string, Message?])[]): Promise<void> {
    for (const [path, message] of requests) await this.ask(api, path, message);
  }

  /** Root and users by name, each with a role of its name that may do so much. */
  async enable(users: Record<string, Message[]>, password = (name: string) => name): Promise<void> {
    const api = this.nobody;
    await this.all(api, [
      ["Auth/UserAdd", { name: "root", password: "root" }],
      ["Auth/UserGrantRole", { user: "root", role: "root" }],
    ]);
    for (const [name, permissions] of Object.entries(users)) {
      await this.all(api, [
        ["Auth/UserAdd", { name, password: password(name) }],
        ["Auth/RoleAdd", { name }],
        ["Auth/UserGrantRole", { user: name, role: name }],
      ]);
      for (const perm of permissions) {
        await this.ask(api, "Auth/RoleGrantPermission", { name, perm });
      }
    }
    await this.ask(api, "Auth/AuthEnable");
  }

  /** Takes users and roles away. */
  async reset(): Promise<void> {
    const { enabled } = await this.nobody.call("Auth/AuthStatus");
    if (enabled) await (await this.user("root")).call("Auth/AuthDisable");
    const { users } = await this.nobody.call("Auth/UserList");
    for (const name of (users ?? []) as string[]) {
      await this.nobody.call("Auth/UserDelete", { name });
    }
    const { roles } = await this.nobody.call("Auth/RoleList");
    for (const role of (roles ?? []) as string[]) {
      await this.nobody.call("Auth/RoleDelete", { role });
    }
  }

  close(): void {
    for (const api of this.#apis) api.close();
  }
}

const permission = (permType: string, key: string, range_end = ""): Message => ({
  permType,
  key: bytes(key),
  range_end: bytes(range_end),
});

const key = (name: string, end?: string): Message => ({
  key: bytes(name),
  ...(end === undefined ? {} : { range_end: bytes(end) }),
});
const put = (name: string, more: Message = {}): readonly [string, Message] => [
  "KV/Put",
  { ...key(name), value: bytes("v"), ...more },
];

const cases: Record<string, (stage: Stage) => Promise<void>> = {
  "it is turned on with a root user that has the root role": async (stage) => {
    const { nobody } = stage;
    await stage.all(nobody, [
      ["Auth/AuthStatus"],
      ["Auth/AuthDisable"],
      ["Auth/AuthEnable"],
      ["Auth/UserAdd", { name: "root", password: "root" }],
      ["Auth/AuthEnable"],
      ["Auth/UserGrantRole", { user: "root", role: "root" }],
      ["Auth/UserGrantRole", { user: "root", role: "root" }],
      ["Auth/Authenticate", { name: "root", password: "root" }],
      ["Auth/AuthEnable"],
      ["Auth/AuthStatus"],
      ["Auth/AuthDisable"],
      ["Auth/AuthEnable"],
      put("k"),
      ["KV/Range", key("k")],
    ]);
    const root = await stage.user("root");
    await stage.all(root, [
      ["Auth/AuthEnable"],
      ["Auth/UserDelete", { name: "root" }],
      ["Auth/UserRevokeRole", { name: "root", role: "root" }],
      ["Auth/RoleDelete", { role: "root" }],
      ["Auth/RoleAdd", { name: "root" }],
      ["Auth/RoleGet", { role: "root" }],
      put("k"),
      ["Auth/AuthDisable"],
      ["Auth/AuthStatus"],
      put("k"),
    ]);
    await stage.ask(nobody, "Auth/AuthEnable");
    // Tokens of before are none.
    await stage.ask(root, "KV/Range", key("k"));
  },
  "users are kept": async (stage) => {
    await stage.all(stage.nobody, [
      ["Auth/UserAdd", { name: "", password: "x" }],
      ["Auth/UserAdd", { name: "a", password: "x" }],
      ["Auth/UserAdd", { name: "a", password: "x" }],
      ["Auth/UserAdd", { name: "empty", password: "" }],
      ["Auth/UserAdd", { name: "long", password: "x".repeat(73) }],
      ["Auth/UserAdd", { name: "longest", password: "x".repeat(72) }],
      ["Auth/UserAdd", { name: "none", options: { no_password: true } }],
      ["Auth/UserList"],
      ["Auth/UserGet", { name: "a" }],
      ["Auth/UserGet", { name: "b" }],
      ["Auth/UserGrantRole", { user: "b", role: "r" }],
      ["Auth/UserGrantRole", { user: "a", role: "r" }],
      ["Auth/RoleAdd", { name: "r" }],
      ["Auth/RoleAdd", { name: "q" }],
      ["Auth/UserGrantRole", { user: "a", role: "r" }],
      ["Auth/UserGrantRole", { user: "a", role: "q" }],
      ["Auth/UserGrantRole", { user: "a", role: "q" }],
      ["Auth/UserGet", { name: "a" }],
      ["Auth/UserRevokeRole", { name: "a", role: "r" }],
      ["Auth/UserRevokeRole", { name: "a", role: "r" }],
      ["Auth/UserRevokeRole", { name: "b", role: "r" }],
      ["Auth/RoleDelete", { role: "q" }],
      ["Auth/UserGet", { name: "a" }],
      ["Auth/UserChangePassword", { name: "a", password: "y" }],
      ["Auth/UserChangePassword", { name: "a", password: "y".repeat(73) }],
      ["Auth/UserChangePassword", { name: "a", hashedPassword: "not base64!" }],
      ["Auth/UserChangePassword", { name: "b", password: "y" }],
      ["Auth/UserChangePassword", { name: "none", password: "y" }],
      ["Auth/UserDelete", { name: "a" }],
      ["Auth/UserDelete", { name: "a" }],
      ["Auth/UserList"],
      ["Auth/AuthStatus"],
    ]);
  },
  "roles are kept": async (stage) => {
    const grant = (perm?: Message): [string, Message] => [
      "Auth/RoleGrantPermission",
      { name: "r", ...(perm === undefined ? {} : { perm }) },
    ];
    await stage.all(stage.nobody, [
      ["Auth/RoleAdd", { name: "" }],
      grant(permission("READ", "a")),
      ["Auth/RoleAdd", { name: "r" }],
      ["Auth/RoleAdd", { name: "r" }],
      ["Auth/RoleGet", { role: "r" }],
      ["Auth/RoleGet", { role: "q" }],
      ["Auth/RoleList"],
      grant(),
      grant(permission("READ", "")),
      grant(permission("READ", "b", "a")),
      grant(permission("READ", "b", "b")),
      grant(permission("READ", "m", "n")),
      grant(permission("WRITE", "a")),
      grant(permission("READWRITE", "z", "\0")),
      grant(permission("WRITE", "m", "n")),
      ["Auth/RoleGet", { role: "r" }],
      ["Auth/RoleRevokePermission", { role: "r", ...key("m") }],
      ["Auth/RoleRevokePermission", { role: "r", ...key("m", "n") }],
      ["Auth/RoleRevokePermission", { role: "r", ...key("m", "n") }],
      ["Auth/RoleRevokePermission", { role: "q", ...key("m", "n") }],
      ["Auth/RoleGet", { role: "r" }],
      ["Auth/RoleDelete", { role: "r" }],
      ["Auth/RoleDelete", { role: "r" }],
      ["Auth/RoleList"],
      ["Auth/AuthStatus"],
    ]);
  },
  "each call asks for its permission": async (stage) => {
    await stage.enable({
      alice: [
        permission("READ", "a", "c"),
        permission("READ", "c", "d"),
        permission("WRITE", "w"),
        permission("READWRITE", "x", "y"),
        permission("READ", "z", "\0"),
      ],
    });
    const root = await stage.user("root");
    await stage.all(root, [put("a"), put("b"), put("e"), put("w"), put("x")]);
    const requests: (readonly [string, Message?])[] = [
      ["KV/Range", key("a")],
      ["KV/Range", key("a", "d")],
      ["KV/Range", key("a", "e")],
      ["KV/Range", key("e")],
      ["KV/Range", key("z", "\0")],
      ["KV/Range", key("\0", "\0")],
      ["KV/Range", { key: "" }],
      ["KV/Range", { ...key("e"), revision: 1_000_000 }],
      put("a"),
      put("w"),
      put("w", { prev_kv: true }),
      put("x", { prev_kv: true }),
      put("e"),
      put("w", { lease: "4711" }),
      ["KV/DeleteRange", key("a")],
      ["KV/DeleteRange", { ...key("w"), prev_kv: true }],
      ["KV/DeleteRange", key("x", "y")],
      ["KV/DeleteRange", key("x", "z")],
      ["KV/Txn", { compare: [{ ...key("e"), target: "VERSION", version: "1" }] }],
      ["KV/Txn", { compare: [{ ...key("a"), target: "VERSION", version: "1" }] }],
      ["KV/Txn", { success: [{ request_range: key("a") }] }],
      ["KV/Txn", { failure: [{ request_range: key("e") }] }],
      ["KV/Txn", { success: [{ request_put: { ...key("w"), value: bytes("t") } }] }],
      ["KV/Txn", { success: [{ request_delete_range: key("w", "y") }] }],
      ["KV/Txn", { success: [{ request_txn: { failure: [{ request_put: key("a") }] } }] }],
      ["KV/Compact", { revision: 3 }],
      ["Lease/LeaseGrant", { ID: "800", TTL: "600" }],
      ["Lease/LeaseTimeToLive", { ID: "800" }],
      ["Lease/LeaseTimeToLive", { ID: "801", keys: true }],
      ["Lease/LeaseRevoke", { ID: "800" }],
      ["Lease/LeaseRevoke", { ID: "801" }],
      ["Maintenance/Alarm", {}],
      ["Maintenance/Alarm", { action: "ACTIVATE", alarm: "NOSPACE" }],
      ["Maintenance/Defragment"],
      ["Maintenance/HashKV", {}],
      ["Auth/AuthStatus"],
      ["Auth/UserList"],
      ["Auth/UserGet", { name: "alice" }],
      ["Auth/UserGet", { name: "root" }],
      ["Auth/UserGet", { name: "nobody" }],
      ["Auth/RoleList"],
      ["Auth/RoleGet", { role: "alice" }],
      ["Auth/RoleGet", { role: "root" }],
      ["Auth/RoleGet", { role: "nothing" }],
      ["Auth/UserAdd", { name: "eve", password: "x" }],
      ["Auth/UserChangePassword", { name: "alice", password: "alice" }],
      ["Auth/UserDelete", { name: "alice" }],
      ["Auth/RoleAdd", { name: "eve" }],
      ["Auth/RoleGrantPermission", { name: "alice", perm: permission("READ", "e") }],
      ["Auth/AuthEnable"],
      ["Auth/AuthDisable"],
    ];
    await stage.all(await stage.user("alice"), requests);
    await stage.all(stage.nobody, requests);
    await stage.all(stage.with("abcdefghijklmnop.1"), requests);
    await stage.all(stage.with("no token"), requests);
    for (const api of [stage.nobody, await stage.user("alice")]) {
      const status = (await api.ask("Maintenance/Status")) as Message;
      stage.seen.push(status.refused ?? status.version !== undefined);
      const members = (await api.ask("Cluster/MemberList")) as Message;
      stage.seen.push(members.refused ?? (members.members as unknown[]).length);
    }
  },
  "watches are refused where nothing may be read": async (stage) => {
    await stage.enable({ alice: [permission("READ", "a", "c")] });
    const root = await stage.user("root");
    const alice = await stage.user("alice");
    for (const api of [root, alice, stage.nobody, stage.with("abcdefghijklmnop.99")]) {
      const stream = api.stream("Watch/Watch");
      const creates = [
        { ...key("a"), watch_id: 1 },
        { ...key("a", "c"), watch_id: 2 },
        { ...key("a", "d"), watch_id: 3 },
        { ...key("e"), watch_id: 4 },
        { ...key("\0", "\0"), watch_id: 5 },
        { ...key("a"), start_revision: -3, watch_id: 6 },
        { ...key("b", "a"), watch_id: 7 },
      ];
      for (const create_request of creates) stream.send({ create_request });
      await stream.until((got) => got.filter((one) => one.created).length === creates.length);
      stage.seen.push(watched(stream));
      stage.seen.push(
        stream.received.map(({ watch_id, cancel_reason }) => [watch_id, cancel_reason]),
      );
      stream.close();
    }
  },
  "leases are as much as their keys": async (stage) => {
    await stage.enable({ alice: [permission("READWRITE", "a", "c")], bob: [] });
    const root = await stage.user("root");
    const alice = await stage.user("alice");
    await stage.all(root, [
      ["Lease/LeaseGrant", { ID: "901", TTL: "600" }],
      ["Lease/LeaseGrant", { ID: "902", TTL: "600" }],
      put("a1", { lease: "901" }),
      put("z1", { lease: "902" }),
    ]);
    for (const api of [alice, await stage.user("bob"), stage.nobody]) {
      await stage.all(api, [
        put("a2", { lease: "901" }),
        put("a3", { lease: "902" }),
        ["KV/Txn", { success: [{ request_put: { ...key("a4"), lease: "902" } }] }],
        ["Lease/LeaseTimeToLive", { ID: "901", keys: true }],
        ["Lease/LeaseTimeToLive", { ID: "902", keys: true }],
        ["Lease/LeaseTimeToLive", { ID: "902" }],
        ["Lease/LeaseRevoke", { ID: "902" }],
      ]);
      const leases = (await api.ask("Lease/LeaseLeases")) as Message;
      stage.seen.push(leases.refused ?? "listed");
      for (const ID of ["901", "902", "903"]) {
        const stream = api.stream("Lease/LeaseKeepAlive");
        stream.send({ ID });
        await stream.until((received) => received.length === 1).catch(() => undefined);
        stage.seen.push(stream.ended ?? stream.received.map(({ TTL }) => TTL));
        stream.close();
      }
    }
    await stage.all(alice, [
      ["Lease/LeaseRevoke", { ID: "901" }],
      ["KV/Range", key("a", "c")],
    ]);
    await stage.ask(root, "Lease/LeaseRevoke", { ID: "902" });
  },
  "passwords and tokens are what they were given for": async (stage) => {
    await stage.enable({ alice: [permission("READ", "a", "c")], bob: [] });
    const authenticate = (name: string, password: string): [string, Message] => [
      "Auth/Authenticate",
      { name, password },
    ];
    const root = await stage.user("root");
    await stage.all(root, [
      ["Auth/UserAdd", { name: "none", options: { no_password: true } }],
      ["Auth/UserAdd", { name: "empty", password: "" }],
      ["Auth/UserAdd", { name: "longest", password: "x".repeat(72) }],
    ]);
    await stage.all(stage.nobody, [
      authenticate("alice", "alice"),
      authenticate("alice", "wrong"),
      authenticate("alice", ""),
      authenticate("", ""),
      authenticate("nobody", "alice"),
      authenticate("none", ""),
      authenticate("empty", ""),
      authenticate("empty", "x"),
      authenticate("longest", "x".repeat(72)),
      authenticate("longest", "x".repeat(80)),
      authenticate("longest", "x".repeat(71)),
    ]);
    const alice = await stage.user("alice");
    const second = await stage.user("alice");
    const bob = await stage.user("bob");
    await stage.ask(alice, "KV/Range", key("a"));
    await stage.ask(root, "Auth/RoleRevokePermission", { role: "alice", ...key("a", "c") });
    await stage.ask(alice, "KV/Range", key("a"));
    await stage.ask(root, "Auth/RoleGrantPermission", {
      ...{ name: "alice", perm: permission("WRITE", "a", "c") },
    });
    await stage.all(alice, [["KV/Range", key("a")], put("a")]);
    await stage.ask(root, "Auth/UserChangePassword", { name: "alice", password: "new" });
    for (const api of [alice, second]) await stage.ask(api, "KV/Range", key("a"));
    await stage.all(stage.nobody, [authenticate("alice", "alice"), authenticate("alice", "new")]);
    await stage.ask(bob, "KV/Range", key("a"));
    await stage.ask(root, "Auth/UserDelete", { name: "bob" });
    await stage.ask(bob, "KV/Range", key("a"));
    // What Go's bcrypt made of "hashed" is taken as it is.
    const hashed = "$2a$04$eThCFENN/4gJaObrIHsj5uTpS6/uWZVL7lu7/Oxrn7RnGk3hQT4N.";
    await stage.ask(root, "Auth/UserChangePassword", {
      ...{ name: "alice", hashedPassword: bytes(hashed) },
    });
    await stage.ask(stage.nobody, ...authenticate("alice", "new"));
  },
};

/** Both servers, with the same flags. */
async function both(
  context: Mocha.Context,
  choice: { flags?: string[]; tls?: EtcdFiles } = {},
): Promise<EtcdProcess[]> {
  const program = await requirement(context, "etcd 3.7 (built from its Go module)", builtEtcd);
  const given = { ...choice, flags: ["--bcrypt-cost", "4", ...(choice.flags ?? [])] };
  const theirs = await EtcdProcess.start({ ...given, program });
  try {
    return [theirs, await EtcdProcess.own(given)];
  } catch (error) {
    await theirs.close();
    throw error;
  }
}

async function play(
  processes: readonly EtcdProcess[],
  run: (stage: Stage) => Promise<void>,
  tls?: Pem,
): Promise<void> {
  const seen: unknown[][] = [];
  for (const { url } of processes) {
    const stage = new Stage(url, tls);
    try {
      await run(stage);
      seen.push(stage.seen);
      if (tls === undefined) await stage.reset();
    } finally {
      stage.close();
    }
  }
  const [theirs = [], ours = []] = seen;
  // One by one: so a difference is seen beside what was asked.
  theirs.forEach((one, at) => {
    assert.deepEqual(ours[at], one);
  });
  assert.equal(ours.length, theirs.length);
}

describe("users of etcd's API, case by case beside etcd", () => {
  let processes: EtcdProcess[] = [];

  before(async function () {
    this.timeout(600_000);
    processes = await both(this);
  });
  after(async () => {
    for (const process of processes) await process.close();
  });

  for (const [name, run] of Object.entries(cases)) {
    it(name, async function () {
      this.timeout(60_000);
      await play(processes, run);
    });
  }
});

describe("users of etcd's API by certificate, beside etcd", () => {
  const folder = temporaryFolder();
  let processes: EtcdProcess[] = [];
  const files: Record<string, EtcdFiles> = {};
  const pem = (name: string): Pem => {
    const { authority, certificate, key: secret } = files[name] as EtcdFiles;
    const read = (path: string): string => readFileSync(path, "utf8");
    return { authority: read(authority), certificate: read(certificate), key: read(secret) };
  };

  before(async function () {
    this.timeout(600_000);
    const validity = { notBefore: Date.now() - 60_000, notAfter: Date.now() + 3_600_000 };
    const authority = await createAuthority({ commonName: "ca" }, validity);
    const signer = await openAuthority(authority);
    const write = (name: string, text: string): string => {
      const path = join(folder.path, name);
      writeFileSync(path, text, { mode: 0o600 });
      return path;
    };
    for (const commonName of ["server", "root", "alice", "stranger"]) {
      const names = { dns: ["localhost"], ips: ["127.0.0.1"] };
      const made = await issue(signer, { commonName }, ["client", "server"], names, validity);
      files[commonName] = {
        authority: write("ca.pem", authority.certificate),
        certificate: write(`${commonName}.pem`, made.certificate),
        key: write(`${commonName}-key.pem`, made.key),
      };
    }
    processes = await both(this, { tls: files.server as EtcdFiles });
  });
  after(async () => {
    for (const process of processes) await process.close();
    folder.remove();
  });

  it("are whom their certificates are for, unless they show a token", async function () {
    this.timeout(60_000);
    const run = async (stage: Stage): Promise<void> => {
      await stage.enable({ alice: [permission("READ", "a", "c")] });
      const requests: (readonly [string, Message?])[] = [
        ["KV/Range", key("a")],
        put("a"),
        ["Auth/UserGet", { name: "alice" }],
        ["Maintenance/HashKV", {}],
        ["Lease/LeaseGrant", { ID: "5", TTL: "60" }],
        ["Auth/UserList"],
      ];
      const { token } = await stage.nobody.call("Auth/Authenticate", {
        ...{ name: "alice", password: "alice" },
      });
      for (const name of ["stranger", "alice", "root", "server"]) {
        await stage.all(stage.with(undefined, pem(name)), requests);
        await stage.all(stage.with(String(token), pem(name)), requests);
        await stage.all(stage.with("none.1", pem(name)), requests);
      }
    };
    await play(processes, run, pem("server"));
  });
});
