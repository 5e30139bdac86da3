import assert from "node:assert/strict";
import { once } from "node:events";
import type { Duplex } from "node:stream";
import { WebSocket } from "ws";
import type { HttpListener, HttpRequest } from "../../../lib/platform/network.js";
import { nodeNetwork } from "../../../lib/platform/node/nodeNetwork.js";
import {
  acceptWebSocket,
  webSocketProtocol,
} from "../../../lib/platform/streaming/messageSocket.js";
import {
  bridgePortForward,
  tunnelledPortForwardProtocol,
} from "../../../lib/platform/streaming/portForward.js";
import { bridgeRemoteCommand } from "../../../lib/platform/streaming/remoteCommand.js";
import { SpdyConnection } from "../../../lib/platform/streaming/spdyConnection.js";
import type { SpdyStream } from "../../../lib/platform/streaming/spdyStream.js";
import { streamPair } from "../../../lib/platform/streaming/streamPair.js";

type Bridge = (request: HttpRequest, socket: Duplex, head: Uint8Array) => Promise<void>;

describe("WebSocket clients of a SPDY runtime", () => {
  let listener: HttpListener;
  let bridge: Bridge;
  let ended: Promise<void>;

  before(async () => {
    listener = await nodeNetwork.listenHttp({
      address: "127.0.0.1",
      port: 0,
      onRequest: (_request, response) => response.send(404, {}),
      onUpgrade: (request, socket, head) => {
        ended = bridge(request, socket, head);
      },
    });
  });
  after(() => listener.close());

  function connect(protocol: string): WebSocket {
    return new WebSocket(`ws://127.0.0.1:${listener.port}/`, [protocol]);
  }

  /** A runtime whose command turns its input to upper case, complains, and ends with a Status. */
  function runtime(status: string): { connection: SpdyConnection; sizes: string[] } {
    const [near, far] = streamPair();
    const sizes: string[] = [];
    const streams = new Map<string, SpdyStream>();
    const server: SpdyConnection = new SpdyConnection(far, {
      role: "server",
      onStream: (stream) => {
        stream.accept();
        const type = stream.header("streamtype");
        streams.set(type, stream);
        if (type === "resize") stream.on("data", (bytes) => sizes.push(String(bytes)));
        if (type !== "stdin") return;
        stream.on("data", (bytes) => streams.get("stdout")?.write(String(bytes).toUpperCase()));
        stream.on("end", () => {
          streams.get("stderr")?.end("warning");
          streams.get("stdout")?.end();
          streams.get("error")?.end(status, () => server.close());
        });
      },
    });
    return { connection: new SpdyConnection(near, { role: "client" }), sizes };
  }

  const all = { stdin: true, stdout: true, stderr: true, tty: false };

  function exec(protocol: string, streams = all, status = '{"status":"Success"}') {
    const { connection, sizes } = runtime(status);
    bridge = async (request, socket, head) => {
      const client = await acceptWebSocket({ headers: request.headers, socket, head }, protocol);
      await bridgeRemoteCommand(client, connection, streams);
    };
    const client = connect(protocol);
    const received: Record<number, string> = {};
    client.on("message", (data: Buffer) => {
      const channel = data[0] as number;
      received[channel] = (received[channel] ?? "") + data.toString("utf8", 1);
    });
    return { client, received, connection, sizes };
  }

  it("bridges exec in v5, whose CLOSE ends the input", async () => {
    const { client, received, connection } = exec("v5.channel.k8s.io");
    await once(client, "open");
    client.send(Buffer.from("\0hello "));
    client.send(Buffer.from("\0there"));
    client.send(Buffer.from([255, 0]));
    const [code] = (await once(client, "close")) as [number];
    assert.equal(code, 1000);
    assert.deepEqual(received, { 1: "HELLO THERE", 2: "warning", 3: '{"status":"Success"}' });
    await ended;
    assert.ok(connection.isClosed);
  });

  it("carries sizes of a terminal", async () => {
    const { client, sizes } = exec("v4.channel.k8s.io", { ...all, stderr: false, tty: true });
    await once(client, "open");
    client.send(Buffer.from('\x04{"Width":80,"Height":24}'));
    client.send(Buffer.from("\0x"));
    await once(client, "message");
    assert.deepEqual(sizes, ['{"Width":80,"Height":24}']);
    client.close();
    await ended;
  });

  it("speaks base64 to clients that ask for it", async () => {
    const { client, received } = exec("base64.channel.k8s.io");
    await once(client, "open");
    client.send(`0${Buffer.from("abc").toString("base64")}`);
    await once(client, "message");
    assert.deepEqual(received, { 49: Buffer.from("ABC").toString("base64") });
    client.close();
    await ended;
  });

  it("cuts the runtime when the client goes, and the client when the runtime goes", async () => {
    const first = exec("v5.channel.k8s.io");
    await once(first.client, "open");
    first.client.terminate();
    await ended;
    assert.ok(first.connection.isClosed);
    const second = exec("v5.channel.k8s.io");
    await once(second.client, "open");
    second.connection.close();
    const [code] = (await once(second.client, "close")) as [number];
    assert.equal(code, 1011);
    await ended;
  });

  it("ends what comes with a status that is far too long", async () => {
    const { client, received, connection } = exec("v5.channel.k8s.io", all, " ".repeat(4 << 20));
    await once(client, "open");
    client.send(Buffer.from([255, 0]));
    const [code] = (await once(client, "close")) as [number];
    assert.equal(code, 1011);
    assert.equal(received[3], undefined, "no piece of it");
    await ended;
    assert.ok(connection.isClosed);
  });

  it("agrees on a subprotocol whose name has a slash", async () => {
    bridge = async ({ headers }, socket, head) => {
      const protocol = webSocketProtocol(headers, [tunnelledPortForwardProtocol]) ?? "";
      const client = await acceptWebSocket({ headers, socket, head }, protocol);
      client.onMessage((bytes) => client.send(bytes));
      await client.closed;
    };
    const protocols = ["v4.channel.k8s.io", tunnelledPortForwardProtocol];
    const url = `ws://127.0.0.1:${listener.port}/`;
    const answer = await nodeNetwork.webSocket({ url, protocols });
    assert.ok(answer.opened);
    const { socket } = answer;
    assert.equal(socket.protocol, tunnelledPortForwardProtocol);
    const heard = new Promise((resolve) => {
      socket.onMessage((bytes) => {
        resolve(bytes.toString());
        return undefined;
      });
    });
    await socket.send(Buffer.from("hello"));
    assert.equal(await heard, "hello");
    socket.close(1000);
    await ended;
  });

  it("bridges the channel form of port-forward", async () => {
    const [near, far] = streamPair();
    new SpdyConnection(far, {
      role: "server",
      onStream: (stream) => {
        stream.accept();
        if (stream.header("streamtype") !== "data") return;
        stream.on("data", (bytes) => stream.write(`${stream.header("port")}:${String(bytes)}`));
      },
    });
    const connection = new SpdyConnection(near, { role: "client" });
    bridge = async (request, socket, head) => {
      const upgrade = { headers: request.headers, socket, head };
      await bridgePortForward(
        await acceptWebSocket(upgrade, "v4.channel.k8s.io"),
        connection,
        [80, 443],
      );
    };
    const client = connect("v4.channel.k8s.io");
    const messages: Buffer[] = [];
    client.on("message", (data: Buffer) => messages.push(data));
    await once(client, "open");
    while (messages.length < 4) await once(client, "message");
    const heads = messages.map((message) => [message[0], message.readUInt16LE(1)]);
    assert.deepEqual(heads.sort(), [
      [0, 80],
      [1, 80],
      [2, 443],
      [3, 443],
    ]);
    client.send(Buffer.from("\x02ping"));
    while (messages.length < 5) await once(client, "message");
    assert.equal(messages[4]?.toString(), "\x02443:ping");
    client.close();
    await ended;
    assert.ok(connection.isClosed);
  });
});
