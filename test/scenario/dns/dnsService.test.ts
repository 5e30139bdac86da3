import assert from "node:assert/strict";
import type { Service } from "../../../lib/api/gen/types/coreV1.js";
import type { EndpointSlice } from "../../../lib/api/gen/types/discoveryV1.js";
import type { Client } from "../../../lib/client/client.js";
import {
  type DnsEndpoint,
  type DnsServiceState,
  ensureDnsService,
  isReachable,
  dnsNamespace as namespace,
  removeOtherDnsEndpoints,
  withdrawDnsService,
} from "../../../lib/dns/dnsService.js";
import { DnsServiceKeeper } from "../../../lib/dns/dnsServiceKeeper.js";
import { Cluster, coreV1, discoveryV1 } from "../../../lib/index.js";
import { silentLogger } from "../../../lib/platform/logger.js";
import { nodePlatform as platform } from "../../../lib/platform/node/nodePlatform.js";

const here: DnsEndpoint = { address: "10.243.0.1", port: 10_053 };
const other: DnsEndpoint = { address: "10.9.0.1", port: 53 };
const name = "kube-dns";
const wanted = "10.96.0.10";

describe("the DNS Service", () => {
  let cluster: Cluster;
  /** As the server itself: what it may not do fails. */
  let client: Client;

  beforeEach(async () => {
    cluster = await Cluster.start({
      nodes: 0,
      serviceClusterIpRange: "10.96.0.0/16,fd00:96::/108",
    });
    client = cluster.clientAs({ name: "system:cluster-dns" });
  });

  afterEach(async () => {
    await cluster.stop();
  });

  const services = () => cluster.client.resource(coreV1.services);
  const service = (): Promise<Service> => services().get(name, { namespace });
  const ensure = (
    clusterIps: readonly string[] = [wanted],
    endpoints: readonly DnsEndpoint[] = [here],
  ): Promise<DnsServiceState> => ensureDnsService({ client, clusterIps, endpoints });

  async function slices(): Promise<EndpointSlice[]> {
    const labelSelector = `kubernetes.io/service-name=${name}`;
    const list = cluster.client.resource(discoveryV1.endpointslices);
    return (await list.list({ namespace, labelSelector })).items;
  }

  async function leadsTo(): Promise<string[]> {
    return (await slices()).flatMap(({ endpoints = [], ports = [] }) =>
      endpoints.flatMap(({ addresses }) =>
        ports.map((port) => `${port.name} ${port.protocol} ${addresses[0]}:${port.port}`),
      ),
    );
  }

  function plain(name: string, namespace: string, spec: Service["spec"]): Service {
    return { metadata: { name, namespace }, spec: { ports: [{ port: 80 }], ...spec } };
  }

  it("is made as kubeadm's, by its server's own user, and leads to where that answers", async () => {
    assert.deepEqual(await ensure(), { kind: "kept", clusterIps: [wanted] });
    const { metadata, spec } = await service();
    assert.equal(metadata.labels?.["k8s-app"], "kube-dns");
    assert.equal(metadata.labels?.["kubernetes.io/cluster-service"], "true");
    assert.equal(spec?.clusterIP, wanted);
    assert.deepEqual(
      spec?.ports?.map(({ name, protocol, port }) => `${name} ${protocol} ${port}`),
      ["dns UDP 53", "dns-tcp TCP 53"],
    );
    assert.deepEqual(await leadsTo(), ["dns UDP 10.243.0.1:10053", "dns-tcp TCP 10.243.0.1:10053"]);
  });

  it("changes nothing when everything is as it should be", async () => {
    await ensure();
    const before = [await service(), ...(await slices())].map(
      (one) => one.metadata.resourceVersion,
    );
    await ensure();
    const after = [await service(), ...(await slices())].map((one) => one.metadata.resourceVersion);
    assert.deepEqual(after, before);
  });

  it("has an address of each family, and a slice of each", async () => {
    const both = [wanted, "fd00:96::a"];
    const state = await ensure(both, [here, { address: "fd00::1", port: 53 }]);
    assert.deepEqual(state, { kind: "kept", clusterIps: both });
    const types = (await slices()).map(({ addressType }) => addressType);
    assert.deepEqual(types.sort(), ["IPv4", "IPv6"]);
  });

  it("leads to metrics where they are served", async () => {
    await ensure([wanted], [{ ...here, metricsPort: 9_153 }]);
    assert.ok((await leadsTo()).includes("metrics TCP 10.243.0.1:9153"));
    assert.ok((await service()).spec?.ports?.some(({ port }) => port === 9_153));
  });

  it("says whose its address is, and takes any where none is asked for", async () => {
    await services().create(plain("web", "default", { clusterIP: wanted }));
    assert.deepEqual(await ensure(), {
      kind: "refused",
      why: `the Service default/web has the address ${wanted}`,
    });
    assert.deepEqual(await leadsTo(), []);
    const state = await ensure([]);
    assert.ok(state.kind === "kept" && /^10\.96\./.test(state.clusterIps[0] ?? ""));
    // The address stays when the server starts again.
    assert.deepEqual(await ensure(), state);
  });

  it("says why an address cannot be had at all", async () => {
    const state = await ensure(["192.0.2.10"]);
    assert.ok(state.kind === "refused");
    assert.match(state.why, /192\.0\.2\.10/);
  });

  it("gets back what was changed, and keeps what was added", async () => {
    await ensure();
    const changed = await service();
    await services().update({
      ...changed,
      metadata: { ...changed.metadata, labels: { team: "net" }, annotations: { why: "x" } },
      spec: { ...changed.spec, ports: [{ name: "dns", protocol: "UDP", port: 5_353 }] },
    });
    const [slice] = await slices();
    assert.ok(slice);
    const moved = { ...slice, endpoints: [{ addresses: ["10.1.1.1"] }] };
    await cluster.client.resource(discoveryV1.endpointslices).update(moved);
    await ensure();
    const { metadata, spec } = await service();
    assert.deepEqual(
      [metadata.labels?.team, metadata.labels?.["k8s-app"], metadata.annotations?.why],
      ["net", "kube-dns", "x"],
    );
    assert.deepEqual(
      spec?.ports?.map(({ port }) => port),
      [53, 53],
    );
    assert.deepEqual(await leadsTo(), ["dns UDP 10.243.0.1:10053", "dns-tcp TCP 10.243.0.1:10053"]);
  });

  const foreign: [string, Service["spec"], RegExp][] = [
    ["a selector", { selector: { "k8s-app": "kube-dns" } }, /has a selector: its pods answer/],
    ["no address", { clusterIP: "None" }, /is headless/],
    ["another name", { type: "ExternalName", externalName: "a.example" }, /of type ExternalName/],
  ];
  for (const [what, spec, why] of foreign) {
    it(`is left alone where it has ${what}`, async () => {
      const made = await services().create(plain(name, namespace, spec));
      const state = await ensure();
      assert.ok(state.kind === "foreign");
      assert.match(state.why, why);
      assert.deepEqual(await leadsTo(), []);
      await withdrawDnsService(cluster.client);
      assert.equal((await service()).metadata.uid, made.metadata.uid);
    });
  }

  it("becomes somebody else's with a selector, and this server's again without it", async () => {
    await ensure();
    const own = await service();
    const selector = { "k8s-app": "kube-dns" };
    await services().update({ ...own, spec: { ...own.spec, selector } });
    assert.equal((await ensure()).kind, "foreign");
    assert.deepEqual(await leadsTo(), []);
    const theirs = await service();
    await services().update({ ...theirs, spec: { ...theirs.spec, selector: {} } });
    assert.equal((await ensure()).kind, "kept");
    assert.equal((await leadsTo()).length, 2);
  });

  it("loses what a server that is no more has left, where one is known to be alone", async () => {
    await ensure([wanted], [other]);
    await ensure();
    assert.equal((await leadsTo()).length, 4);
    await removeOtherDnsEndpoints(cluster.client, [here]);
    assert.deepEqual(await leadsTo(), ["dns UDP 10.243.0.1:10053", "dns-tcp TCP 10.243.0.1:10053"]);
    await withdrawDnsService(cluster.client);
    assert.deepEqual(await leadsTo(), []);
    await assert.rejects(service(), /not found/);
    await withdrawDnsService(cluster.client);
  });

  it("is kept, whoever deletes it, until its server stops", async () => {
    const keeper = new DnsServiceKeeper({
      ...{ client, platform, logger: silentLogger, clusterIps: [wanted], endpoints: [here] },
    });
    keeper.start();
    await eventually(async () => (await leadsTo()).length === 2);
    const { uid } = (await service()).metadata;
    await services().delete(name, { namespace });
    const isAnother = async (): Promise<boolean> => {
      const now = await service().catch(() => undefined);
      return now !== undefined && now.metadata.uid !== uid;
    };
    await eventually(async () => (await isAnother()) && (await leadsTo()).length === 2);
    const [slice] = await slices();
    const list = cluster.client.resource(discoveryV1.endpointslices);
    await list.delete(slice?.metadata.name ?? "", { namespace });
    await eventually(async () => (await leadsTo()).length === 2);
    await keeper.stop();
    assert.deepEqual(await leadsTo(), []);
    assert.equal((await service()).spec?.clusterIP, wanted);
  });
});

describe("where a DNS server answers", () => {
  for (const address of ["127.0.0.1", "::1", "0.0.0.0", "::", "169.254.20.10", "host", ""]) {
    it(`leads nobody to ${JSON.stringify(address)}`, () => assert.ok(!isReachable(address)));
  }
  for (const address of ["10.0.0.9", "fd00::1"]) {
    it(`leads to ${address}`, () => assert.ok(isReachable(address)));
  }
});

async function eventually(holds: () => Promise<boolean>): Promise<void> {
  const { clock } = platform;
  const end = clock.monotonic() + 30_000;
  while (!(await holds())) {
    if (clock.monotonic() > end) assert.fail("never");
    await clock.sleep(20);
  }
}
