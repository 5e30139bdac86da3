import assert from "node:assert/strict";
import { fstatSync } from "node:fs";
import * as net from "node:net";
import { localPeerRule } from "../../../lib/apiserver/localPeerRule.js";
import {
  type Endpoint,
  kernelSockets,
  LocalPeers,
  type SocketHolders,
  type SocketRow,
  type SocketTable,
} from "../../../lib/platform/node/localPeers.js";
import { findInTables, rowInTable } from "../../../lib/platform/node/socketTables.js";
import type { PeerOwner } from "../../../lib/platform/peerOwner.js";

interface Pair {
  readonly accepted: net.Socket;
  readonly client: net.Socket;
  close(): void;
}

function connected(listens: string, dialled: string): Promise<Pair> {
  return new Promise((resolve, reject) => {
    const server = net.createServer({ pauseOnConnect: true });
    server.on("error", reject);
    server.listen(0, listens, () => {
      const { port } = server.address() as net.AddressInfo;
      const client = net.connect(port, dialled);
      client.on("error", () => undefined);
      server.on("connection", (accepted) => {
        accepted.on("error", () => undefined);
        const close = (): void => {
          client.destroy();
          accepted.destroy();
          server.close();
        };
        resolve({ accepted, client, close });
      });
    });
  });
}

const inodeOf = (socket: net.Socket): number => {
  const { _handle } = socket as net.Socket & { _handle?: { fd: number } };
  return fstatSync(_handle?.fd ?? -1).ino;
};

/** What a kernel would say of the pair, with something else in its place. */
function table(pair: Pair, other: Partial<SocketTable>): SocketTable {
  const own = inodeOf(pair.accepted);
  return {
    row: (local: Endpoint) => {
      const isPeer = local.port === pair.accepted.remotePort;
      const row: SocketRow = { state: 1, user: isPeer ? 7 : 0, inode: isPeer ? 77 : own };
      return Promise.resolve(row);
    },
    holders: (inodes) => {
      const holders = inodes.map((inode) => ({ inode, cgroups: "0::/user.slice\n" }));
      return Promise.resolve({ holders, hidden: [] });
    },
    seesAllProcesses: () => true,
    ...other,
  };
}

/** Of the client's end, whose addresses are the same. */
function ownerOf(
  peers: LocalPeers,
  { accepted }: Pair,
  address: string,
  users: readonly number[],
): Promise<PeerOwner> {
  const here = { address, port: accepted.localPort ?? 0 };
  const there = { address, port: accepted.remotePort ?? 0 };
  return peers.ownerOf(here, there, users, () => inodeOf(accepted));
}

async function ask(pair: Pair, other: Partial<SocketTable>, users = [7]): Promise<PeerOwner> {
  return ownerOf(new LocalPeers(table(pair, other)), pair, "127.0.0.1", users);
}

const reasonOf = (owner: PeerOwner): string => (owner.kind === "unknown" ? owner.reason : "");
const heldBy = (cgroups: string, hidden: readonly string[] = []) => ({
  holders: (inodes: readonly number[]): Promise<SocketHolders> =>
    Promise.resolve({ holders: inodes.map((inode) => ({ inode, cgroups })), hidden }),
});
const hiddenBy = (...hidden: string[]) => ({
  holders: (): Promise<SocketHolders> => Promise.resolve({ holders: [], hidden }),
});

describe("who holds the other end of a connection", () => {
  let pair: Pair;
  beforeEach(async () => {
    pair = await connected("127.0.0.1", "127.0.0.1");
  });
  afterEach(() => pair.close());

  it("is the user and the groups that the kernel tells", async () => {
    assert.deepEqual(await ask(pair, {}), { kind: "local", user: 7, cgroups: ["/user.slice"] });
    const both = "9:pids:/a\n1:name=systemd:/b:c\n0::/\n";
    const owner = await ask(pair, heldBy(both));
    assert.deepEqual(owner.kind === "local" && owner.cgroups, ["/a", "/b:c", "/"]);
  });

  it("is not looked for in /proc where the user is not wanted", async () => {
    const holders = (): Promise<never> => Promise.reject(new Error("asked"));
    assert.deepEqual(await ask(pair, { holders }, [0]), { kind: "local", user: 7, cgroups: [] });
  });

  it("is unknown for another machine, a closed socket and one without a process", async () => {
    const rows: [SocketRow | undefined, RegExp][] = [
      [undefined, /does not come from a process of this machine/],
      [{ state: 10, user: 7, inode: 5 }, /closed it already/],
      [{ state: 4, user: 7, inode: 0 }, /closed it already/],
      [{ state: 1, user: 7, inode: 0 }, /closed it already/],
    ];
    for (const [row, reason] of rows) {
      assert.match(reasonOf(await ask(pair, { row: () => Promise.resolve(row) })), reason);
    }
  });

  it("is unknown once the own end is another socket: the ports were taken anew", async () => {
    const row = (): Promise<SocketRow> => Promise.resolve({ state: 1, user: 7, inode: 77 });
    assert.match(reasonOf(await ask(pair, { row })), /ended already/);
  });

  it("is unknown where the kernel does not tell", async () => {
    const row = (): Promise<never> => Promise.reject(new Error("ENOENT"));
    assert.match(reasonOf(await ask(pair, { row })), /cannot be told: ENOENT/);
    const holders = (): Promise<never> => Promise.reject(new Error("EACCES"));
    assert.match(reasonOf(await ask(pair, { holders })), /cannot be told: EACCES/);
  });

  it("is one of the processes that hide what they hold, if all are seen", async () => {
    const owner = await ask(pair, hiddenBy("0::/a\n", "0::/b\n"));
    assert.deepEqual(owner, { kind: "local", user: 7, cgroups: ["/a", "/b"] });
    const unseen = { ...hiddenBy("0::/a\n"), seesAllProcesses: () => false };
    assert.match(reasonOf(await ask(pair, unseen)), /no process that holds it is seen/);
    assert.match(reasonOf(await ask(pair, hiddenBy())), /no process that holds it is seen/);
  });
});

describe("the rule of the insecure ports", () => {
  const rule = localPeerRule(1000);
  const local = (user: number, ...cgroups: string[]): PeerOwner => ({
    kind: "local",
    user,
    cgroups,
  });

  it("lets root and the own user in", () => {
    assert.equal(rule.refusalOf(local(0, "/system.slice/ssh.service")), undefined);
    assert.equal(rule.refusalOf(local(1000, "/")), undefined);
    assert.equal(rule.refusalOf(local(0, "/home/mykubepodsdata")), undefined);
  });

  it("keeps others, pods and whoever is not known out", () => {
    assert.match(rule.refusalOf(local(1001, "/")) ?? "", /it is of user 1001\./);
    for (const group of [
      "/kubepods/burstable/podx/y",
      "/kubepods.slice/kubepods-besteffort.slice/cri-containerd-1.scope",
      "/../../kubepods.slice/x",
      "/docker/1/kubelet/kubepods/pod1",
      "/system.slice/containerd.service/kubepods-burstable-pod1.slice:cri-containerd:1",
      "?",
    ]) {
      assert.match(rule.refusalOf(local(0, "/", group)) ?? "", /from inside a pod/, group);
    }
    assert.match(rule.refusalOf({ kind: "unknown", reason: "nobody knows" }) ?? "", /nobody knows/);
  });
});

describe("the kernel's tables of sockets", () => {
  it("are read with IPv4, IPv6 and IPv4 in IPv6", () => {
    const head =
      "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid";
    const line = (local: string, remote: string, inode: number): string =>
      `   0: ${local} ${remote} 01 00000000:00000000 00:00000000 00000000  1000        0 ${inode} 1`;
    const text = [
      head,
      line("0100007F:9C40", "0100007F:1F90", 1),
      line("0000000000000000FFFF00000100007F:9C41", "0000000000000000FFFF00000100007F:1F90", 2),
      line("00000000000000000000000001000000:9C42", "00000000000000000000000001000000:1F90", 3),
      line("B80D0120000000000000000001000000:9C43", "B80D0120000000000000000002000000:1F90", 4),
      "",
    ].join("\n");
    const row = (address: string, port: number, to = address): number | undefined =>
      rowInTable(text, { address, port }, { address: to, port: 8080 })?.inode;
    assert.equal(row("127.0.0.1", 40_000), 1);
    assert.equal(row("127.0.0.1", 40_001), 2);
    assert.equal(row("::1", 40_002), 3);
    assert.equal(row("2001:db8::1", 40_003, "2001:db8::2"), 4);
    assert.equal(row("127.0.0.1", 40_002), undefined);
    const found = rowInTable(
      text,
      { address: "::1", port: 40_002 },
      { address: "::1", port: 8080 },
    );
    assert.deepEqual(found, { state: 1, user: 1000, inode: 3 });
  });

  for (const [listens, dialled] of [
    ["127.0.0.1", "127.0.0.1"],
    ["::1", "::1"],
    ["::", "127.0.0.1"],
  ] as const) {
    it(`say the same however they are asked: ${dialled} of ${listens}`, async () => {
      const pair = await connected(listens, dialled);
      try {
        const { accepted, client } = pair;
        const there = { address: dialled, port: accepted.remotePort ?? 0 };
        const here = { address: dialled, port: accepted.localPort ?? 0 };
        const user = process.getuid?.() ?? 0;
        const expected = { state: 1, user, inode: inodeOf(client) };
        assert.deepEqual({ ...(await kernelSockets.row(there, here)) }, expected);
        assert.deepEqual(await findInTables(there, here), expected);
        assert.equal((await kernelSockets.row(here, there))?.inode, inodeOf(accepted));
        const { holders } = await kernelSockets.holders([inodeOf(client)]);
        assert.equal(holders.length, 1);
        const owner = await ownerOf(new LocalPeers(), pair, dialled, [user]);
        assert.equal(owner.kind, "local", reasonOf(owner));
      } finally {
        pair.close();
      }
    });
  }

  it("have nothing for a listening socket, or for one of nobody", async () => {
    const pair = await connected("127.0.0.1", "127.0.0.1");
    const here = { address: "127.0.0.1", port: pair.accepted.localPort ?? 0 };
    try {
      assert.equal(await kernelSockets.row(here, { address: "127.0.0.1", port: 1 }), undefined);
      assert.equal(await kernelSockets.row({ address: "127.0.0.1", port: 1 }, here), undefined);
    } finally {
      pair.close();
    }
  });
});
