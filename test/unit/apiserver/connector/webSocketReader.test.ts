import assert from "node:assert/strict";
import { once } from "node:events";
import { Readable } from "node:stream";
import { type RawData, WebSocket } from "ws";
import { ApiError } from "../../../../lib/api/status.js";
import type { ConnectObjects } from "../../../../lib/apiserver/connect.js";
import { NodeConnector } from "../../../../lib/apiserver/connector/nodeConnector.js";
import type {
  HttpClient,
  HttpClientResponse,
  HttpListener,
} from "../../../../lib/platform/network.js";
import { nodePlatform } from "../../../../lib/platform/node/nodePlatform.js";
import type { Platform } from "../../../../lib/platform/platform.js";

interface Received {
  readonly pieces: Buffer[];
  readonly isText: boolean[];
  readonly code: number;
}

/** A kubelet that sends a body for every request. */
function platformWith(pieces: () => Readable): Platform {
  const answer = (): HttpClientResponse => ({
    ...{ status: 200, headers: {}, body: pieces() },
    readAll: async () => Buffer.alloc(0),
  });
  const client: HttpClient = {
    call: async () => answer(),
    upgrade: () => Promise.reject(new Error("no upgrades")),
    close: () => undefined,
  };
  return { ...nodePlatform, network: { ...nodePlatform.network, httpClient: () => client } };
}

const objects: ConnectObjects = {
  get: async (_group, resource) =>
    resource === "nodes"
      ? { status: { addresses: [{ type: "InternalIP", address: "192.0.2.1" }] } }
      : {
          metadata: { name: "p", namespace: "default" },
          spec: { nodeName: "n", containers: [{ name: "c" }] },
        },
  list: async () => [],
};

describe("logs over WebSocket", () => {
  let listener: HttpListener;
  let body: () => Readable = () => Readable.from([]);
  let refused: ApiError | undefined;
  const connector = new NodeConnector({ platform: platformWith(() => body()) });

  before(async () => {
    listener = await nodePlatform.network.listenHttp({
      ...{ address: "127.0.0.1", port: 0 },
      onRequest: (_request, response) => response.send(200, {}, ""),
      onUpgrade: (request, socket, head) => {
        const info = { resource: "pods", subresource: "log", name: "p", namespace: "default" };
        const connect = { info, query: new URLSearchParams() } as never;
        const transport = { kind: "upgrade", request, socket, head } as const;
        connector.connect(connect, transport, objects).catch((error: unknown) => {
          refused = error instanceof ApiError ? error : undefined;
          socket.destroy();
        });
      },
    });
  });

  after(async () => {
    await connector.close();
    await listener.close();
  });

  async function receive(protocols: string[]): Promise<Received> {
    const client = new WebSocket(`ws://127.0.0.1:${listener.port}/`, protocols);
    const [pieces, isText]: [Buffer[], boolean[]] = [[], []];
    client.on("message", (data: RawData, isBinary: boolean) => {
      pieces.push(data as Buffer);
      isText.push(!isBinary);
    });
    const [code] = (await once(client, "close")) as [number];
    return { pieces, isText, code };
  }

  const lines = "first\nsecond \u00fc\n".repeat(10_000);

  for (const protocols of [[], ["binary.k8s.io"], ["x", "binary.k8s.io"]]) {
    it(`are sent in binary messages for protocols [${protocols.join()}]`, async () => {
      body = () => Readable.from([Buffer.from(lines)]);
      const { pieces, isText, code } = await receive(protocols);
      assert.equal(pieces[0]?.length, 0, "an empty message comes first");
      assert.equal(Buffer.concat(pieces).toString("utf8"), lines);
      assert.deepEqual(new Set(isText), new Set([false]));
      assert.equal(code, 1000);
    });
  }

  it("are sent as base64 text for base64.binary.k8s.io", async () => {
    body = () => Readable.from([Buffer.from(lines), Buffer.from("end")]);
    const { pieces, isText } = await receive(["base64.binary.k8s.io"]);
    const decoded = pieces.map((piece) => Buffer.from(piece.toString("utf8"), "base64"));
    assert.equal(Buffer.concat(decoded).toString("utf8"), `${lines}end`);
    assert.deepEqual(new Set(isText), new Set([true]));
  });

  it("end with an error where the kubelet's body breaks off", async () => {
    body = () =>
      new Readable({
        read() {
          this.destroy(new Error("reset"));
        },
      });
    assert.equal((await receive(["binary.k8s.io"])).code, 1011);
  });

  it("end the kubelet's body when the client goes", async () => {
    const endless = new Readable({ read: () => undefined });
    endless.push("a line\n");
    body = () => endless;
    const client = new WebSocket(`ws://127.0.0.1:${listener.port}/`, ["binary.k8s.io"]);
    await once(client, "message");
    client.terminate();
    if (!endless.destroyed) await once(endless, "close");
    assert.ok(endless.destroyed);
  });

  it("are refused in a protocol that they have not", async () => {
    const client = new WebSocket(`ws://127.0.0.1:${listener.port}/`, ["v9.channel.k8s.io"]);
    await once(client, "error");
    assert.equal(refused?.code, 403);
    assert.match(refused?.message ?? "", /requested protocol\(s\) are not supported/);
  });
});
