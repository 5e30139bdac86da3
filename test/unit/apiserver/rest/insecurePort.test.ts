import assert from "node:assert/strict";
import { existsSync, mkdirSync, rmdirSync, writeFileSync } from "node:fs";
import * as http from "node:http";
import { nodePlatform } from "../../../../lib/platform/node/nodePlatform.js";
import { RpcCode, RpcError, type RpcHandler } from "../../../../lib/platform/rpc.js";
import { LocalClient } from "../../../support/apiserver/localClient.js";
import {
  startTestApiServer,
  type TestApiServer,
} from "../../../support/apiserver/testApiServer.js";

const nobody = 65_534;
const maps = "/api/v1/namespaces/default/configmaps";

function create(name: string): string {
  const body = JSON.stringify({ metadata: { name } });
  return (
    `POST ${maps} HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\n` +
    `content-length: ${body.length}\r\n\r\n${body}`
  );
}

function get(host: string, port: number, path: string): Promise<number> {
  return new Promise((resolve, reject) => {
    const options = { host, port, path, agent: false };
    const request = http.get(options, (response) => {
      response.resume();
      response.on("end", () => resolve(response.statusCode ?? 0));
    });
    request.on("error", reject);
  });
}

async function started(address: string, allowAnyUser = false): Promise<TestApiServer> {
  const insecure = { address, port: 0, allowAnyUser };
  return startTestApiServer({ insecure, insecureRpc: { ...insecure } });
}

const portOf = ({ server }: TestApiServer): number => server.addresses.insecure?.port ?? 0;

async function names(server: TestApiServer): Promise<string[]> {
  const items = await server.server.objects.list("", "configmaps", "default");
  return items.map((item) => String((item.metadata as { name?: string }).name));
}

/** Only root can come as somebody else; localPeers.test.ts asks the same of a table of its own. */
const describeAsRoot = nodePlatform.host.isRoot ? describe : () => undefined;

/** A control group of that name, or undefined where none can be made. */
function makeControlGroup(name: string): string | undefined {
  for (const root of ["/sys/fs/cgroup/unified", "/sys/fs/cgroup/pids", "/sys/fs/cgroup"]) {
    if (!existsSync(`${root}/cgroup.procs`)) continue;
    try {
      mkdirSync(`${root}/${name}`);
      return `${root}/${name}`;
    } catch {
      return undefined;
    }
  }
  return undefined;
}

describeAsRoot("the insecure port, by who connects", () => {
  let other: LocalClient;
  before(async () => {
    other = await LocalClient.start(nobody);
  });
  after(() => other?.stop());

  for (const [listens, dialled] of [
    ["127.0.0.1", "127.0.0.1"],
    ["::1", "::1"],
    ["::", "127.0.0.1"],
    ["::", "::1"],
    ["0.0.0.0", "127.0.0.9"],
  ] as const) {
    it(`serves this user and no other: ${dialled} of ${listens}`, async () => {
      const server = await started(listens);
      try {
        assert.equal(await get(dialled, portOf(server), maps), 200);
        const refused = await other.call(dialled, portOf(server), maps);
        assert.equal(refused.status, 403, refused.body);
        const status = JSON.parse(refused.body ?? "") as Record<string, unknown>;
        assert.deepEqual([status.kind, status.reason], ["Status", "Forbidden"]);
        assert.match(String(status.message), /it is of user 65534\. .*--insecure-port-allow-any/);
        assert.equal((await other.call(dialled, portOf(server), "/healthz")).status, 403);
      } finally {
        await server.stop();
      }
    });
  }

  it("serves nobody's requests that come before their connection ends", async () => {
    const server = await started("127.0.0.1");
    try {
      for (let index = 0; index < 60; index++) {
        const how = index % 2 === 0 ? "close" : "reset";
        await other.send("127.0.0.1", portOf(server), create(`stolen-${index}`), how);
      }
      assert.equal(await get("127.0.0.1", portOf(server), maps), 200);
      assert.deepEqual(
        (await names(server)).filter((name) => name.startsWith("stolen")),
        [],
      );
    } finally {
      await server.stop();
    }
  });

  it("tells apart many connections that come at once", async () => {
    const server = await started("127.0.0.1");
    try {
      const own = Array.from({ length: 150 }, () => get("127.0.0.1", portOf(server), "/version"));
      const others = await LocalClient.start(nobody);
      for (let index = 0; index < 20; index++) {
        const { status } = await others.call("127.0.0.1", portOf(server), "/version");
        assert.equal(status, 403);
      }
      await others.stop();
      assert.deepEqual(new Set(await Promise.all(own)), new Set([200]));
    } finally {
      await server.stop();
    }
  });

  it("serves everybody where a flag says so", async () => {
    const server = await started("127.0.0.1", true);
    try {
      assert.equal((await other.call("127.0.0.1", portOf(server), maps)).status, 200);
    } finally {
      await server.stop();
    }
  });

  it("refuses the peer of a pod, whoever it is", async () => {
    const group = makeControlGroup(`kubepods-steersman-test-${process.pid}`);
    if (group === undefined) return;
    const client = await LocalClient.start();
    const server = await started("127.0.0.1");
    try {
      assert.equal((await client.call("127.0.0.1", portOf(server), maps)).status, 200);
      writeFileSync(`${group}/cgroup.procs`, String(client.pid));
      const refused = await client.call("127.0.0.1", portOf(server), maps);
      assert.equal(refused.status, 403);
      assert.match(refused.body ?? "", /it is from inside a pod/);
    } finally {
      await client.stop();
      rmdirSync(group);
      await server.stop();
    }
  });
});

describe("a port that is taken", () => {
  it("costs the server one line where it may go on without it, and else the start", async () => {
    const { network } = nodePlatform;
    const taken = await network.listenTcp({ address: "127.0.0.1", port: 0 }, (socket) => {
      socket.destroy();
    });
    const where = { address: "127.0.0.1", port: taken.port };
    const lines: string[] = [];
    const log = (line: string): number => lines.push(line);
    try {
      await assert.rejects(startTestApiServer({ insecure: where, log }), { code: "EADDRINUSE" });
      const insecure = { ...where, optional: true };
      const server = await startTestApiServer({ insecure, insecureRpc: insecure, log });
      assert.deepEqual(server.server.addresses, {});
      await server.stop();
      assert.deepEqual(
        lines,
        Array(2).fill(
          `127.0.0.1:${taken.port} is in use: the server goes on without this insecure port`,
        ),
      );
    } finally {
      await taken.close();
    }
  });
});

describe("the insecure gRPC port", () => {
  it("says permission denied, in calls, health and reflection alike", async () => {
    const { network } = nodePlatform;
    const listener = await network.listenRpc({
      address: "127.0.0.1",
      port: 0,
      handlers: new Map<string, RpcHandler>([
        ["/a.B/C", { kind: "unary", handle: (_call, bytes) => Promise.resolve(bytes) }],
      ]),
      health: {
        check: () => Promise.resolve("serving"),
        current: () => "serving",
        onChange: () => () => undefined,
      },
      peerRule: { users: [], refusalOf: () => "not you" },
    });
    const channel = network.rpcChannel({ target: `127.0.0.1:${listener.port}` });
    try {
      const denied = (error: unknown): boolean =>
        error instanceof RpcError &&
        error.code === RpcCode.permissionDenied &&
        error.message === "not you";
      await assert.rejects(channel.unary("/a.B/C", Uint8Array.of()), denied);
      await assert.rejects(channel.unary("/grpc.health.v1.Health/Check", Uint8Array.of()), denied);
      await assert.rejects(async () => {
        const method = "/grpc.health.v1.Health/Watch";
        for await (const _ of channel.serverStream(method, Uint8Array.of())) break;
      }, denied);
    } finally {
      channel.close();
      await listener.close();
    }
  });

  it("serves this process", async () => {
    const server = await started("127.0.0.1");
    const port = server.server.addresses.insecureRpc?.port ?? 0;
    const channel = nodePlatform.network.rpcChannel({ target: `127.0.0.1:${port}` });
    try {
      const method = "/grpc.health.v1.Health/Check";
      assert.deepEqual([...(await channel.unary(method, Uint8Array.of()))], [8, 1]);
    } finally {
      channel.close();
      await server.stop();
    }
  });
});

describe("the insecure port that serves anybody", () => {
  it("is called by any name, but not by pages of elsewhere", async () => {
    const server = await started("127.0.0.1", true);
    try {
      const status = (headers: Record<string, string>): Promise<number> =>
        new Promise((resolve, reject) => {
          const options = { host: "127.0.0.1", port: portOf(server), path: "/api", agent: false };
          const request = http.get({ ...options, headers }, (response) => {
            response.resume();
            response.on("end", () => resolve(response.statusCode ?? 0));
          });
          request.on("error", reject);
        });
      assert.equal(await status({ host: "api.example" }), 200);
      assert.equal(await status({ host: "api.example", origin: "http://a.example" }), 403);
    } finally {
      await server.stop();
    }
  });
});
