import assert from "node:assert/strict";
import { createSocket } from "node:dgram";
import { Resolver } from "node:dns/promises";
import { once } from "node:events";
import { Cluster, ClusterError, type ClusterOptions, coreV1 } from "../../../lib/index.js";
import { nodePlatform } from "../../../lib/platform/node/nodePlatform.js";
import { VirtualClock } from "../../../lib/platform/virtual/virtualClock.js";

const namespace = "default";

/** A question for a name's IPv4 addresses. */
function question(name: string): Uint8Array {
  const labels = name.split(".").flatMap((label) => [label.length, ...Buffer.from(label)]);
  return Uint8Array.from([0, 7, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0, ...labels, 0, 0, 1, 0, 1]);
}

/** The response's code, and the address at its end. */
function responseOf(response: Uint8Array | undefined): { code: number; address: string } {
  assert.ok(response);
  return { code: (response[3] ?? 0) & 0x0f, address: [...response.slice(-4)].join(".") };
}

describe("Cluster.dns", () => {
  let cluster: Cluster | undefined;
  afterEach(async () => {
    await cluster?.stop();
    cluster = undefined;
  });

  async function start(options: ClusterOptions): Promise<Cluster> {
    cluster = await Cluster.start({ nodes: 0, ...options });
    return cluster;
  }

  function resolverOf({ dns }: Cluster): Resolver {
    const [where] = dns?.addresses ?? [];
    assert.ok(where);
    const resolver = new Resolver({ timeout: 5_000, tries: 2 });
    resolver.setServers([`${where.host}:${where.port}`]);
    return resolver;
  }

  it("is not there unless it is asked for, and then there is no Service", async () => {
    for (const options of [{}, { dns: false }]) {
      const { client, dns } = await start(options);
      assert.equal(dns, undefined);
      const services = client.resource(coreV1.services);
      await assert.rejects(services.get("kube-dns", { namespace: "kube-system" }), /not found/);
      await cluster?.stop();
    }
  });

  it("answers on a port of 127.0.0.1 as soon as the cluster has started", async () => {
    const started = await start({ dns: true });
    assert.deepEqual(started.dns?.serviceAddresses, ["10.96.0.10"]);
    assert.equal(started.dns?.addresses[0]?.host, "127.0.0.1");
    const resolver = resolverOf(started);
    assert.deepEqual(await resolver.resolve4("kubernetes.default.svc.cluster.local"), [
      "10.96.0.1",
    ]);
    assert.deepEqual(await resolver.resolve4("kube-dns.kube-system.svc.cluster.local"), [
      "10.96.0.10",
    ]);
    assert.deepEqual(await resolver.reverse("10.96.0.1"), ["kubernetes.default.svc.cluster.local"]);
    await assert.rejects(resolver.resolve4("nobody.default.svc.cluster.local"), {
      code: "ENOTFOUND",
    });
  });

  it("follows Services, and what has no selector", async () => {
    const started = await start({ dns: { domain: "test.example" } });
    const services = started.client.resource(coreV1.services);
    const ports = [{ name: "http", port: 80 }];
    await services.create({ metadata: { name: "web", namespace }, spec: { ports } });
    const { spec } = await services.get("web", { namespace });
    const resolver = resolverOf(started);
    const web = async (): Promise<readonly string[]> =>
      resolver.resolve4("web.default.svc.test.example").catch(() => []);
    await eventually(async () => (await web())[0] === spec?.clusterIP);
    const [record] = await resolver.resolveSrv("_http._tcp.web.default.svc.test.example");
    assert.deepEqual([record?.name, record?.port], ["web.default.svc.test.example", 80]);
    await services.delete("web", { namespace });
    await eventually(async () => (await web()).length === 0);
  });

  it("has a Service with an address of each family", async () => {
    const ranges = "10.96.0.0/16,fd00:96::/108";
    const { dns } = await start({ dns: true, serviceClusterIpRange: ranges });
    assert.deepEqual(dns?.serviceAddresses, ["10.96.0.10", "fd00:96::a"]);
  });

  it("takes an address that the range has where it has no tenth", async () => {
    const { dns } = await start({ dns: true, serviceClusterIpRange: "10.96.0.0/29" });
    assert.match(dns?.serviceAddresses[0] ?? "", /^10\.96\.0\.[2-6]$/);
  });

  it("responds without a socket, in virtual time at once", async () => {
    const clock = new VirtualClock();
    const started = await start({ dns: true, platform: { ...nodePlatform, clock } });
    assert.deepEqual(started.dns?.addresses, []);
    const ask = (name: string) => responseOf(started.dns?.resolve(question(name)));
    assert.deepEqual(ask("kubernetes.default.svc.cluster.local"), {
      code: 0,
      address: "10.96.0.1",
    });
    assert.equal(ask("nobody.default.svc.cluster.local").code, 3);
    assert.equal(started.dns?.resolve(new Uint8Array(3)), undefined);
  });

  it("asks upstreams for names of other domains, where there are any", async () => {
    const upstream = await Cluster.start({ nodes: 0, dns: { domain: "other.example" } });
    try {
      const name = "kubernetes.default.svc.other.example";
      const alone = await start({ dns: true });
      await assert.rejects(resolverOf(alone).resolve4(name), { code: "EREFUSED" });
      await alone.stop();
      const upstreams = upstream.dns?.addresses ?? [];
      const forwarding = await start({ dns: { upstreams } });
      assert.deepEqual(await resolverOf(forwarding).resolve4(name), ["10.96.0.1"]);
    } finally {
      await upstream.stop();
    }
  });

  it("says which address cannot be had, and leaves nothing running", async () => {
    const taken = createSocket("udp4");
    taken.bind(0, "127.0.0.1");
    await once(taken, "listening");
    const { port } = taken.address();
    const listen = [{ host: "127.0.0.1", port }];
    // Free for the moment: the cluster has opened it when DNS fails.
    const other = await nodePlatform.network.listenTcp(
      { address: "127.0.0.1", port: 0 },
      () => undefined,
    );
    await other.close();
    const securePort = other.port;
    try {
      await assert.rejects(start({ securePort, dns: { listen } }), (error: unknown) => {
        assert.ok(error instanceof ClusterError);
        assert.deepEqual([error.reason, error.option], ["InvalidOption", "dns.listen"]);
        assert.match(error.message, new RegExp(`127\\.0\\.0\\.1:${port}.*the port is in use`));
        return true;
      });
      const again = { address: "127.0.0.1", port: securePort };
      await (await nodePlatform.network.listenTcp(again, () => undefined)).close();
    } finally {
      taken.close();
    }
  });

  it("takes its port back when the cluster stops", async () => {
    const first = await start({ dns: true });
    const listen = first.dns?.addresses ?? [];
    assert.equal(listen.length, 1);
    await first.stop();
    const second = await start({ dns: { listen } });
    assert.deepEqual(second.dns?.addresses, listen);
  });
});

async function eventually(holds: () => Promise<boolean>): Promise<void> {
  const { clock } = nodePlatform;
  const end = clock.monotonic() + 30_000;
  while (!(await holds())) {
    if (clock.monotonic() > end) assert.fail("never");
    await clock.sleep(20);
  }
}
