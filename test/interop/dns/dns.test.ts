import assert from "node:assert/strict";
import { nativeCodec } from "../../../lib/api/nativeCodec.js";
import { loadClientConfig } from "../../../lib/client/config/clientConfig.js";
import { connectClient } from "../../../lib/client/connectClient.js";
import { type DnsServer, startDnsServer } from "../../../lib/dns/dnsServer.js";
import { nodePlatform } from "../../../lib/platform/node/nodePlatform.js";
import { SeededRandom } from "../../../lib/platform/virtual/seededRandom.js";
import { ClusterProcess } from "../../support/clients/clusterProcess.js";
import { requirement } from "../../support/clients/requirement.js";
import { builtCoredns, Coredns } from "../../support/dns/coredns.js";
import { UdpClient } from "../../support/dns/dnsClient.js";
import type { DnsRecord, DnsResponse } from "../../support/dns/dnsMessage.js";
import { aRecord, UpstreamServer } from "../../support/dns/upstreamServer.js";
import { createZoneObjects, zoneObjects } from "./zoneObjects.js";

/** Names of every shape, and of none. */
function names(random: SeededRandom): string[] {
  const services = [...zoneObjects.services.map(({ metadata }) => metadata.name ?? ""), "none"];
  const namespaces = ["one", "two", "default", "nothing"];
  const hosts = ["first", "second", "10-1-0-2", "10-1-0-3", "10-1-0-1", "fd00-1--0", "x"];
  const ports = [
    "_http._tcp",
    "_dns._udp",
    "_http._udp",
    "http.tcp",
    "_dns._tcp",
    "_no._tcp",
    "_._",
  ];
  const pods = ["1-2-3-4", "10-1-0-1", "fd00--1", "1-2-3", "1-2-3-400", "a", "--1", "1-2-3-4-5"];
  const pick = (list: readonly string[]): string => list[random.below(list.length)] as string;
  const made = Array.from({ length: 300 }, () => {
    const service = `${pick(services)}.${pick(namespaces)}.svc`;
    const shapes = [
      service,
      service,
      `${pick(hosts)}.${service}`,
      `${pick(ports)}.${service}`,
      `a.${pick(ports)}.${service}`,
      `${pick(pods)}.${pick(namespaces)}.pod`,
      `${pick(hosts)}.${pick(pods)}.${pick(namespaces)}.pod`,
      `${pick(namespaces)}.${pick(["svc", "pod", "other"])}`,
    ];
    return `${pick(shapes)}.cluster.local`;
  });
  const fixed = ["", "svc.", "pod.", "other.", "ns.dns.", "dns.", "dns-version.", "x.dns-version."];
  const outside = ["near.example", "none.example", "xcluster.local", "local"];
  return [...new Set([...made, ...fixed.map((name) => `${name}cluster.local`), ...outside])];
}

const pointers = [
  ...["10.96.7.1", "10.96.7.2", "10.1.0.1", "10.1.0.2", "10.1.0.3", "10.1.0.9", "192.0.2.1"].map(
    (ip) => `${ip.split(".").reverse().join(".")}.in-addr.arpa`,
  ),
  "01.7.96.10.in-addr.arpa",
  "7.96.10.in-addr.arpa",
  `0.${"0.".repeat(22)}1.0.0.0.0.0.d.f.ip6.arpa`,
];

/** Everything that a client may go by, in an order of its own. */
function shown(response: DnsResponse): object {
  const text = ({ name, type, ttl, data }: DnsRecord): string => {
    const fields =
      type === "SOA"
        ? data
            .split(" ")
            .filter((_, index) => index !== 2)
            .join(" ")
        : data;
    return `${name} ${ttl} ${type} ${fields}`.toLowerCase();
  };
  const { code, isTruncated, isAuthoritative, edns, question } = response;
  const all = (records: readonly DnsRecord[]): string[] => records.map(text).sort();
  return {
    ...{ code, isTruncated, question },
    hasEdns: edns !== undefined,
    isDnssec: edns?.dnssec ?? false,
    // What comes from elsewhere is as that server has it.
    ...(isTruncated
      ? {}
      : {
          isAuthoritative,
          answers: all(response.answers),
          authorities: all(response.authorities),
          additionals: all(response.additionals),
        }),
  };
}

describe("names, as CoreDNS answers them", function () {
  this.timeout(1_200_000);
  let cluster: ClusterProcess;
  let upstream: UpstreamServer;
  let coredns: Coredns;
  let dns: DnsServer;
  let theirs: UdpClient;
  let ours: UdpClient;
  let close = (): void => undefined;

  before(async function () {
    const program = await requirement(this, "Go and the CoreDNS module", builtCoredns);
    cluster = await ClusterProcess.start({ nodes: 0 });
    upstream = await UpstreamServer.start();
    upstream.answer = (name) =>
      name === "near.example" ? { answers: [aRecord("192.0.2.5", 20)] } : { code: 3 };
    const { kubeconfig } = cluster;
    const { credentials } = loadClientConfig(nodePlatform, { kubeconfig });
    const client = await connectClient({ platform: nodePlatform, codec: nativeCodec, credentials });
    close = () => client.close();
    await createZoneObjects(client);
    coredns = await Coredns.start(program, kubeconfig, upstream.address);
    dns = await startDnsServer({
      ...{ platform: nodePlatform, client },
      listen: [{ host: "127.0.0.1", port: 0 }],
      upstreams: [upstream.address],
    });
    await dns.synced;
    theirs = await UdpClient.open(coredns.address);
    const [address] = dns.addresses;
    assert.ok(address);
    ours = await UdpClient.open(address);
  });

  after(async () => {
    theirs?.close();
    ours?.close();
    await dns?.stop();
    await coredns?.stop();
    close();
    await upstream?.stop();
    await cluster?.stop();
  });

  async function compare(asked: readonly string[], types: readonly string[]): Promise<number> {
    let compared = 0;
    for (const name of asked) {
      for (const type of types) {
        const edns = compared % 3 === 0 ? { payload: 1232, dnssec: compared % 2 === 0 } : undefined;
        const options = edns === undefined ? {} : { edns };
        const [wanted, found] = await Promise.all([
          theirs.ask(name, type, options),
          ours.ask(name, type, options),
        ]);
        assert.deepEqual(shown(found), shown(wanted), `${type} ${name}`);
        compared++;
      }
    }
    return compared;
  }

  it("of services, endpoints, pods and what does not exist", async () => {
    const types = ["A", "AAAA", "SRV", "CNAME", "TXT", "MX", "PTR", "HTTPS", "ANY", "SOA", "NS"];
    const compared = await compare(names(new SeededRandom(5)), types);
    assert.ok(compared > 1_000);
  });

  it("of addresses", async () => {
    await compare(pointers, ["PTR", "A"]);
  });

  it("in any case", async () => {
    await compare(
      ["WeB.One.SVC.Cluster.LOCAL", "_HTTP._Tcp.headless.one.svc.cluster.local"],
      [...["A", "AAAA", "SRV"]],
    );
  });
});
