import assert from "node:assert/strict";
import { createSocket } from "node:dgram";
import { connect, type Socket } from "node:net";
import { SeededRandom } from "../../../lib/platform/virtual/seededRandom.js";
import { askOverTcp, UdpClient } from "../../support/dns/dnsClient.js";
import { decodeResponse, encodeQuery } from "../../support/dns/dnsMessage.js";
import { UpstreamServer } from "../../support/dns/upstreamServer.js";
import { ZoneRig } from "../../support/dns/zoneRig.js";

const web = "web.default.svc.cluster.local";

describe("a DNS server among strangers", function () {
  this.timeout(120_000);
  let rig: ZoneRig;
  let udp: UdpClient;

  async function start(...parameters: Parameters<typeof ZoneRig.start>): Promise<void> {
    rig = await ZoneRig.start(...parameters);
    udp = await UdpClient.open(rig.address);
  }
  afterEach(async () => {
    udp.close();
    await rig.stop();
  });

  /** It answers, over both protocols. */
  async function assertServes(): Promise<void> {
    const { answers } = await udp.ask(web, "A");
    assert.equal(answers[0]?.data, "10.96.0.7");
    const [response] = await askOverTcp(rig.address, [encodeQuery(web, "A")]);
    assert.ok(response);
    assert.equal(decodeResponse(response).answers[0]?.data, "10.96.0.7");
  }

  it("goes on after bytes of any kind", async () => {
    await start();
    const random = new SeededRandom(11);
    const { host, port } = rig.address;
    const socket = createSocket("udp4");
    const sent = (bytes: Uint8Array): Promise<void> =>
      new Promise((resolve) => socket.send(bytes, port, host, () => resolve()));
    const query = encodeQuery(web, "SRV", { edns: {} });
    try {
      for (let round = 0; round < 20_000; round++) {
        const bytes = round % 2 ? Buffer.alloc(random.below(600)) : Buffer.from(query);
        const changes = round % 2 ? bytes.length : 1 + random.below(4);
        for (let change = 0; change < changes; change++) {
          bytes[random.below(bytes.length)] = random.below(256);
        }
        await sent(bytes.subarray(0, round % 3 ? bytes.length : random.below(bytes.length + 1)));
      }
      await sent(Buffer.alloc(0));
      await sent(Buffer.alloc(60_000, 0xc0));
    } finally {
      socket.close();
    }
    await assertServes();
  });

  it("holds a bounded number of connections, and serves who comes after 10,000 silent ones", async () => {
    await start();
    const sockets: Socket[] = [];
    let closed = 0;
    try {
      for (let batch = 0; batch < 100; batch++) {
        await Promise.all(
          Array.from({ length: 100 }, () => {
            const socket = connect(rig.address.port, rig.address.host);
            sockets.push(socket);
            socket.on("error", () => undefined);
            socket.on("close", () => closed++);
            return new Promise<void>((resolve) => {
              socket.once("connect", () => resolve());
              socket.once("close", () => resolve());
            });
          }),
        );
      }
      await assertServes();
      const counts = rig.dns.counts();
      assert.ok((counts?.connections ?? 0) >= 10_000);
      assert.ok((counts?.connectionsCut ?? 0) >= 10_000 - 1024);
      assert.ok(closed >= 5_000, `${closed} were closed`);
    } finally {
      for (const socket of sockets) socket.destroy();
    }
  });

  it("closes a connection that is slow, longer than a query can be, or no query", async () => {
    await start();
    const { host, port } = rig.address;
    const cases: Readonly<Record<string, Buffer>> = {
      "a byte and no more": Buffer.from([0]),
      "half a query": Buffer.concat([Buffer.from([0, 40]), encodeQuery(web, "A").subarray(0, 20)]),
      "a length of 64 KiB": Buffer.from([0xff, 0xff, 0, 0]),
      "a response": Buffer.from([0, 12, 0, 1, 0x81, 0, 0, 0, 0, 0, 0, 0, 0, 0]),
      "an empty message": Buffer.from([0, 0]),
    };
    await Promise.all(
      Object.entries(cases).map(async ([what, bytes]) => {
        const socket = connect(port, host);
        socket.on("error", () => undefined);
        socket.write(bytes);
        const started = performance.now();
        socket.resume();
        await new Promise<void>((resolve) => socket.once("close", () => resolve()));
        assert.ok(performance.now() - started < 30_000, what);
      }),
    );
    await assertServes();
  });

  it("stops reading from who does not read", async () => {
    await start([], { endpoints: 1_000 });
    const { host, port } = rig.address;
    const query = encodeQuery("pods.default.svc.cluster.local", "A");
    const framed = Buffer.concat([Buffer.from([0, query.length]), query]);
    const socket = connect(port, host);
    socket.on("error", () => undefined);
    socket.pause();
    // 16 KB come back for each of these; none is read.
    for (let count = 0; count < 20_000; count++) socket.write(framed);
    try {
      await assertServes();
      const [tcp] =
        rig.dns.counts()?.flows.filter(({ isTcp, isClusterZone }) => isTcp && isClusterZone) ?? [];
      const answered = tcp?.codes[0] ?? 0;
      assert.ok(answered < 2_000, `${answered} were answered`);
    } finally {
      socket.destroy();
    }
  });

  it("lets a bounded number wait for other servers, and serves its zone meanwhile", async () => {
    const upstream = await UpstreamServer.start();
    try {
      await start([upstream.address]);
      const { host, port } = rig.address;
      const socket = createSocket("udp4");
      let refused = 0;
      socket.on("message", (message) => {
        if ((message.readUInt8(3) & 0xf) === 5) refused++;
      });
      for (let index = 0; index < 5_000; index++) {
        const query = encodeQuery(`n${index}.example`, "A", { id: index });
        await new Promise<void>((resolve) => socket.send(query, port, host, () => resolve()));
      }
      await assertServes();
      const counts = rig.dns.counts();
      assert.ok((counts?.forwarded ?? 0) <= 5_000);
      assert.ok((counts?.forwardRefused ?? 0) > 0, "some are refused");
      assert.ok(refused > 0);
      socket.close();
    } finally {
      await upstream.stop();
    }
  });

  it("is no amplifier", async () => {
    await start([], { endpoints: 900 });
    const pods = "pods.default.svc.cluster.local";
    for (const [type, most] of [
      ["ANY", 200],
      ["A", 512],
      ["SRV", 512],
      ["TXT", 200],
    ] as const) {
      const response = await udp.send(encodeQuery(pods, type));
      assert.ok(response && response.length <= most, `${type}: ${response?.length}`);
    }
    const large = await udp.send(encodeQuery(pods, "A", { edns: { payload: 65_535 } }));
    assert.ok(large && large.length <= 1232);
    for (const type of ["AXFR", "IXFR"]) {
      const refused = await udp.ask("cluster.local", type);
      assert.equal(refused.code, "REFUSED");
      assert.equal(refused.answers.length, 0);
    }
  });
});
