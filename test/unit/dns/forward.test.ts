import assert from "node:assert/strict";
import { startDnsServer } from "../../../lib/dns/dnsServer.js";
import { isOwnAddress, nameServersOf } from "../../../lib/dns/upstreams.js";
import { type LogValues, silentLogger } from "../../../lib/platform/logger.js";
import { nodePlatform } from "../../../lib/platform/node/nodePlatform.js";
import { MemoryFiles } from "../../../lib/platform/virtual/memoryFiles.js";
import { VirtualCluster } from "../../support/client/virtualCluster.js";
import { askOverTcp, UdpClient } from "../../support/dns/dnsClient.js";
import { type DnsResponse, decodeResponse, encodeQuery } from "../../support/dns/dnsMessage.js";
import { aRecord, cnameRecord, UpstreamServer } from "../../support/dns/upstreamServer.js";
import { ZoneRig } from "../../support/dns/zoneRig.js";

const truncated = 0x0200;
const soa = Buffer.concat([
  Buffer.from([0xc0, 12, 0, 6, 0, 1, 0, 0, 0, 60, 0, 22, 0, 0]),
  Buffer.alloc(16),
  Buffer.from([0, 0, 0, 60]),
]);

const texts = ({ code, answers }: DnsResponse): string =>
  answers.length === 0 ? code : answers.map(({ data }) => data).join(" ");

describe("a DNS server that forwards", function () {
  this.timeout(30_000);
  let upstream: UpstreamServer;
  let rig: ZoneRig;
  let udp: UdpClient;

  beforeEach(async () => {
    upstream = await UpstreamServer.start();
  });
  afterEach(async () => {
    udp?.close();
    await rig?.stop();
    await upstream.stop();
  });

  async function start(...others: UpstreamServer[]): Promise<void> {
    rig = await ZoneRig.start([...others.map((one) => one.address), upstream.address]);
    udp = await UdpClient.open(rig.address);
  }

  it("asks for other zones, and keeps what it hears", async () => {
    upstream.answer = (name) =>
      name === "good.example"
        ? { answers: [aRecord("192.0.2.1", 20)] }
        : { code: 3, authorities: [soa] };
    await start();
    const first = await udp.ask("Good.Example", "A");
    assert.equal(texts(first), "192.0.2.1");
    assert.equal(first.question?.name, "Good.Example");
    assert.equal(first.answers[0]?.name, "Good.Example");
    const again = await udp.ask("gOOD.example", "A");
    assert.equal(again.answers[0]?.name, "gOOD.example");
    assert.ok((again.answers[0]?.ttl ?? 99) <= 20);
    assert.equal(texts(await udp.ask("bad.example", "A")), "NXDOMAIN");
    assert.equal(texts(await udp.ask("bad.example", "A")), "NXDOMAIN");
    assert.deepEqual(upstream.questions, ["good.example", "bad.example"]);
    const counts = rig.dns.counts();
    assert.equal(counts?.cacheHits, 2);
    assert.equal(counts?.forwarded, 2);
  });

  it("asks for reverse names that are not the cluster's", async () => {
    upstream.answer = () => ({ code: 3 });
    await start();
    assert.equal(
      texts(await udp.ask("7.0.96.10.in-addr.arpa", "PTR")),
      "web.default.svc.cluster.local",
    );
    assert.equal(texts(await udp.ask("1.2.0.192.in-addr.arpa", "PTR")), "NXDOMAIN");
    assert.deepEqual(upstream.questions, ["1.2.0.192.in-addr.arpa"]);
  });

  it("follows an ExternalName out of the zone", async () => {
    upstream.answer = (name) =>
      name === "far.example"
        ? {
            answers: [
              cnameRecord("b.example"),
              aRecord("192.0.2.5", 60, Buffer.from("\x01b\x07example\0", "latin1")),
            ],
          }
        : undefined;
    await start();
    for (const _ of [1, 2]) {
      const { code, answers } = await udp.ask("FAR.default.svc.cluster.local", "A");
      assert.equal(code, "NOERROR");
      assert.deepEqual(
        answers.map(({ name, type, data }) => `${name.toLowerCase()} ${type} ${data}`),
        [
          "far.default.svc.cluster.local CNAME far.example",
          "far.example CNAME b.example",
          "b.example A 192.0.2.5",
        ],
      );
    }
    assert.deepEqual(upstream.questions, ["far.example"]);
  });

  it("asks once for many that ask the same", async () => {
    let release = (): void => undefined;
    const held = new Promise<void>((resolve) => {
      release = resolve;
    });
    // Not the probe for loops: who answers that is asked first from then on.
    upstream.answer = (name) =>
      name === "many.example" ? { answers: [aRecord("192.0.2.2")] } : undefined;
    const other = await UpstreamServer.start();
    try {
      // Silent, so that all are there before the second is asked.
      await start(other);
      const all = Array.from({ length: 50 }, () => udp.ask("many.example", "A"));
      release();
      await held;
      const found = await Promise.all(all);
      assert.deepEqual(new Set(found.map(texts)), new Set(["192.0.2.2"]));
      assert.deepEqual(upstream.questions, ["many.example"]);
      assert.deepEqual(other.questions, ["many.example"]);
    } finally {
      await other.stop();
    }
  });

  it("asks the next one where one fails, is silent or is gone", async () => {
    const [failing, gone] = [await UpstreamServer.start(), await UpstreamServer.start()];
    failing.answer = () => ({ code: 2 });
    upstream.answer = (name) =>
      name === "next.example" ? { answers: [aRecord("192.0.2.3")] } : undefined;
    try {
      rig = await ZoneRig.start([gone.address, failing.address, upstream.address]);
      await gone.stop();
      udp = await UdpClient.open(rig.address);
      assert.equal(texts(await udp.ask("next.example", "A")), "192.0.2.3");
    } finally {
      await failing.stop();
    }
  });

  it("fails where nobody answers", async () => {
    await start();
    assert.equal(texts(await udp.ask("silent.example", "A")), "SERVFAIL");
    assert.equal(texts(await udp.ask("far.default.svc.cluster.local", "A")), "SERVFAIL");
  });

  it("refuses other zones where there is nobody to ask", async () => {
    rig = await ZoneRig.start();
    udp = await UdpClient.open(rig.address);
    assert.equal(texts(await udp.ask("a.example", "A")), "REFUSED");
    assert.equal(texts(await udp.ask("far.default.svc.cluster.local", "A")), "far.example");
  });

  it("asks over TCP for those who ask so, and hands on that a response was cut", async () => {
    upstream.answer = (_name, isTcp) =>
      isTcp ? { answers: [aRecord("192.0.2.4")] } : { flags: truncated };
    await start();
    const cut = await udp.ask("long.example", "A");
    assert.equal(cut.isTruncated, true);
    const messages = [1, 2, 3].map((id) => encodeQuery("long.example", "A", { id }));
    const all = (await askOverTcp(rig.address, messages)).map(decodeResponse);
    assert.deepEqual(all.map(({ id }) => id).sort(), [1, 2, 3]);
    assert.deepEqual(new Set(all.map(texts)), new Set(["192.0.2.4"]));
  });

  it("asks no upstream any more that asks it in turn", async () => {
    await start();
    udp.close();
    const { address } = rig;
    // A resolver whose own upstream is this server.
    const circle = await UpstreamServer.start();
    const relay = await ZoneRig.start([circle.address]);
    const back = await UdpClient.open(relay.address);
    try {
      const [probe] = circle.asked;
      assert.ok(probe ?? (await askedOne(circle)));
      await back.ask(circle.asked[0] ?? "", "HINFO");
      assert.deepEqual(relay.dns.loopedUpstreams(), [circle.address]);
      assert.equal(texts(await back.ask("a.example", "A")), "REFUSED");
      assert.equal(address.port === relay.address.port, false);
    } finally {
      back.close();
      await relay.stop();
      await circle.stop();
    }
    udp = await UdpClient.open(address);
  });

  async function askedOne(server: UpstreamServer): Promise<boolean> {
    while (server.asked.length === 0) await new Promise((resolve) => setImmediate(resolve));
    return true;
  }
});

describe("the machine's resolvers", () => {
  it("are those of resolv.conf", () => {
    const text =
      "# nameserver 1.1.1.1\nsearch a b\n nameserver 192.0.2.1 # one\nnameserver fe80::1%eth0\nnameserver\n";
    assert.deepEqual(nameServersOf(text), ["192.0.2.1", "fe80::1%eth0"]);
  });

  it("are left out where they are no addresses, which is said so, and keep nobody from the rest", async () => {
    const cluster = new VirtualCluster();
    const { clock, random, client } = cluster;
    const files = new MemoryFiles(() => clock.now());
    await files.makeDirectory("/etc");
    const servers = "999.1.1.1 1.2.3 ::::: 010.0.0.1 fe80::1%eth0 localhost 192.0.2.1 2001:db8::1";
    const lines = [...servers.split(" "), "192.0.2.1"].map((one) => `nameserver ${one}\r\n`);
    await files.writeFile("/etc/resolv.conf", lines.join(""));
    const said: string[] = [];
    const logger = {
      ...silentLogger,
      warning: (_: string, values?: LogValues) => said.push(String(values?.nameserver)),
    };
    const dns = await startDnsServer({
      platform: { clock, random, host: nodePlatform.host, files },
      ...{ logger, client, upstreams: "machine" },
      listen: [{ host: "127.0.0.1", port: 0 }],
    });
    const asked = dns.upstreams.map(({ host }) => host);
    await dns.stop();
    await cluster.stop();
    assert.deepEqual(asked, ["192.0.2.1", "2001:db8::1"]);
    assert.deepEqual(said, "999.1.1.1 1.2.3 ::::: 010.0.0.1 fe80::1%eth0 localhost".split(" "));
  });

  it("are never this server itself", () => {
    const own = (host: string, port: number, ...listen: { host: string; port: number }[]) =>
      isOwnAddress(nodePlatform, { host, port }, listen);
    assert.equal(own("127.0.0.1", 53, { host: "127.0.0.1", port: 53 }), true);
    assert.equal(own("127.0.0.53", 53, { host: "0.0.0.0", port: 53 }), true);
    assert.equal(own("127.0.0.53", 53, { host: "127.0.0.1", port: 53 }), false);
    assert.equal(own("127.0.0.1", 53, { host: "127.0.0.1", port: 54 }), false);
    assert.equal(own("192.0.2.9", 53, { host: "0.0.0.0", port: 53 }), false);
  });
});
