import assert from "node:assert/strict";
import { coreV1, discoveryV1 } from "../../../lib/api/gen/resources.js";
import type { Service } from "../../../lib/api/gen/types/coreV1.js";
import type { EndpointSlice } from "../../../lib/api/gen/types/discoveryV1.js";
import { apiErrors } from "../../../lib/api/status.js";
import { type DnsServer, startDnsServer } from "../../../lib/dns/dnsServer.js";
import { nodePlatform } from "../../../lib/platform/node/nodePlatform.js";
import { VirtualCluster } from "../../support/client/virtualCluster.js";
import { decodeResponse, encodeQuery } from "../../support/dns/dnsMessage.js";

const service = (name: string, clusterIP: string): Service => ({
  metadata: { name, namespace: "default" },
  spec: {
    clusterIP,
    clusterIPs: [clusterIP],
    ports: [{ name: "http", protocol: "TCP", port: 80 }],
  },
});

const slice = (name: string, of: string, addresses: readonly string[]): EndpointSlice => ({
  metadata: { name, namespace: "default", labels: { "kubernetes.io/service-name": of } },
  addressType: "IPv4",
  endpoints: addresses.map((address) => ({ addresses: [address], conditions: { ready: true } })),
  ports: [{ name: "http", protocol: "TCP", port: 80 }],
});

describe("startDnsServer in virtual time", () => {
  let cluster: VirtualCluster;
  let dns: DnsServer;

  beforeEach(() => {
    cluster = new VirtualCluster();
  });
  afterEach(async () => {
    await dns.stop();
    cluster.stop();
  });

  async function start(): Promise<void> {
    const { clock, random, client } = cluster;
    const { host, files } = nodePlatform;
    dns = await startDnsServer({ platform: { clock, random, host, files }, client });
  }

  /** The addresses, or the code. */
  function ask(name: string, type = "A"): string {
    const response = dns.resolve(encodeQuery(`${name}.default.svc.cluster.local`, type));
    assert.ok(response);
    const { code, answers } = decodeResponse(response);
    return answers.length === 0
      ? code
      : answers
          .map(({ data }) => data)
          .sort()
          .join(",");
  }

  const services = () => cluster.client.resource(coreV1.services);
  const slices = () => cluster.client.resource(discoveryV1.endpointslices);

  async function createDefault(): Promise<void> {
    await cluster.client.resource(coreV1.namespaces).create({ metadata: { name: "default" } });
  }

  it("follows namespaces, services and slices", async () => {
    await createDefault();
    await services().create(service("web", "10.96.0.7"));
    await services().create(service("pods", "None"));
    await start();
    await dns.synced;
    assert.equal(ask("web"), "10.96.0.7");
    assert.equal(ask("pods"), "NXDOMAIN");
    await slices().create(slice("pods-1", "pods", ["10.244.0.1", "10.244.0.2"]));
    await cluster.clock.settle();
    assert.equal(ask("pods"), "10.244.0.1,10.244.0.2");
    assert.deepEqual(dns.size, { services: 2, endpoints: 2 });
    await slices().delete("pods-1", { namespace: "default" });
    await services().delete("web", { namespace: "default" });
    await cluster.clock.settle();
    assert.equal(ask("pods"), "NXDOMAIN");
    assert.equal(ask("web"), "NXDOMAIN");
  });

  it("fails queries until every kind is listed, so that clients ask again", async () => {
    await createDefault();
    cluster.transport.refuse = ({ type }) =>
      type.resource === "endpointslices" ? apiErrors.serviceUnavailable("not yet") : undefined;
    await start();
    await cluster.clock.settle();
    assert.equal(dns.isSynced, false);
    assert.equal(ask("web"), "SERVFAIL");
    cluster.transport.refuse = undefined;
    await cluster.clock.advance(60_000);
    assert.equal(dns.isSynced, true);
    assert.equal(ask("web"), "NXDOMAIN");
  });

  it("answers while the server is away, and learns what it missed", async () => {
    await createDefault();
    await services().create(service("web", "10.96.0.7"));
    await services().create(service("old", "10.96.0.8"));
    await start();
    await dns.synced;
    cluster.transport.hide = () => true;
    await services().delete("old", { namespace: "default" });
    await services().create(service("new", "10.96.0.9"));
    await cluster.clock.settle();
    assert.equal(ask("web"), "10.96.0.7");
    assert.equal(ask("old"), "10.96.0.8");
    cluster.transport.hide = undefined;
    cluster.transport.compactedRevision = 1_000;
    cluster.transport.cutWatches();
    await cluster.clock.advance(60_000);
    assert.equal(ask("new"), "10.96.0.9");
    assert.equal(ask("old"), "NXDOMAIN");
  });
});
