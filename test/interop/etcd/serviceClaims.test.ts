import assert from "node:assert/strict";
import type { Service } from "../../../lib/api/gen/types/coreV1.js";
import { nativeCodec } from "../../../lib/api/nativeCodec.js";
import { nodePortsKey, readPorts } from "../../../lib/apiserver/allocation/nodePortRange.js";
import { nodePlatform } from "../../../lib/platform/node/nodePlatform.js";
import { type EtcdStorage, openEtcdStorage } from "../../../lib/storage/etcdStorage.js";
import { builtServers, Peer, tokens } from "../../bench/peers/peer.js";
import { requirement } from "../../support/clients/requirement.js";

const services = "/api/v1/namespaces/default/services";
const first = 30000;
const count = 200;
/** 254 addresses and 300 ports. */
const flags = [
  ...["--service-cluster-ip-range", "10.96.0.0/24"],
  ...["--service-node-port-range", `${first}-${first + 299}`],
];
/**
 * Upstream's repair follows services and addresses in two watches. Where the machine has no time
 * for it, the later of the two may overtake the other; then it says so, and changes nothing.
 */
const mostOvertaken = count / 100;
const ownEvents = "/apis/events.k8s.io/v1/events";

const without = (all: readonly string[], some: readonly string[]): string[] =>
  all.filter((one) => !some.includes(one));

/** Two of our API servers and upstream's on one etcd, all of them asked at once. */
describe("service addresses and node ports of several API servers on one etcd", function () {
  // Upstream's server is built at first.
  this.timeout(2_400_000);
  const peers: Peer[] = [];
  const client = nodePlatform.network.httpClient();
  let storage: EtcdStorage | undefined;

  before(async function () {
    const programs = await requirement(this, "Go and upstream's modules", builtServers);
    const upstream = await Peer.start("upstream", programs, true, undefined, flags);
    peers.push(upstream);
    for (let number = 0; number < 2; number += 1) {
      peers.push(await Peer.start("steersman", programs, true, upstream, flags));
    }
    const endpoints = [upstream.etcdUrl];
    storage = await openEtcdStorage({ endpoints }, { clock: nodePlatform.clock });
  });
  after(async () => {
    client.close();
    await storage?.close();
    for (const peer of peers.reverse()) await peer.stop();
  });

  async function call<T>(peer: Peer, method: string, path: string, body?: object) {
    const response = await client.call({
      url: `${peer.url}${path}`,
      method,
      tls: { insecureSkipVerify: true },
      headers: {
        authorization: `Bearer ${tokens.administrator}`,
        "content-type": "application/json",
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const text = Buffer.from(await response.readAll()).toString("utf8");
    return { status: response.status, body: JSON.parse(text) as T, text };
  }

  const create = async (peer: Peer, name: string): Promise<Service> => {
    const spec = { type: "NodePort", ports: [{ port: 80 }], selector: { a: "b" } };
    const made = await call<Service>(peer, "POST", services, { metadata: { name }, spec });
    assert.equal(made.status, 201, `${peer.side}: ${made.text}`);
    return made.body;
  };

  /** What is claimed, as it is stored. */
  async function claimed() {
    assert.ok(storage);
    const prefix = "/registry/ipaddresses/";
    const { values } = await storage.range(prefix);
    const stored = await storage.get(nodePortsKey);
    assert.ok(stored);
    const { taken, bounds } = readPorts(nativeCodec, stored);
    assert.deepEqual(bounds, { first, last: first + 299 });
    return {
      addresses: values.map(({ key }) => key.slice(prefix.length)).sort(),
      ports: [...taken].map((offset) => first + offset),
    };
  }

  /** Runs it for each, some at a time at each server, and all servers at once. */
  async function spread<T>(work: (peer: Peer, number: number) => Promise<T>): Promise<T[]> {
    const results: T[] = [];
    let next = 0;
    const worker = async (peer: Peer): Promise<void> => {
      while (next < count) {
        const number = next++;
        results.push(await work(peer, number));
      }
    };
    const each = 4;
    await Promise.all(peers.flatMap((peer) => Array.from({ length: each }, () => worker(peer))));
    return results;
  }

  it("are claimed by each as upstream's finds and keeps them", async () => {
    for (const [number, peer] of peers.entries()) {
      const made = await create(peer, `one${number}`);
      const address = made.spec?.clusterIP ?? "";
      const { addresses, ports } = await claimed();
      assert.ok(addresses.includes(address), peer.side);
      assert.ok(ports.includes(made.spec?.ports?.[0]?.nodePort ?? 0), peer.side);
      const path = `/apis/networking.k8s.io/v1/ipaddresses/${address}`;
      const { body } = await call<{ metadata: { labels: object }; spec: object }>(
        peer,
        "GET",
        path,
      );
      assert.deepEqual(body.metadata.labels, {
        "ipaddress.kubernetes.io/ip-family": "IPv4",
        "ipaddress.kubernetes.io/managed-by": "ipallocator.k8s.io",
      });
      const name = `one${number}`;
      const parentRef = { group: "", resource: "services", namespace: "default", name };
      const spec = { parentRef: { ...parentRef, group: undefined } };
      assert.deepEqual(JSON.parse(JSON.stringify(body.spec)), JSON.parse(JSON.stringify(spec)));
      for (const other of peers) {
        const taken = {
          metadata: { name: "taken" },
          spec: { ...made.spec, clusterIPs: [address] },
        };
        const refused = await call<{ message: string }>(other, "POST", services, taken);
        assert.equal(refused.status, 422, other.side);
        assert.match(refused.body.message, /provided IP is already allocated/);
      }
    }
    for (const [number, peer] of [...peers].reverse().entries()) {
      assert.equal((await call(peer, "DELETE", `${services}/one${number}`)).status, 200);
    }
    assert.deepEqual(await claimed(), { addresses: ["10.96.0.1"], ports: [] });
  });

  it("are never given twice, and come back", async () => {
    const before = peers.map((peer) => peer.output().length);
    const made = await spread((peer, number) => create(peer, `s${number}`));
    const addresses = made.map(({ spec }) => spec?.clusterIP ?? "");
    const ports = made.map(({ spec }) => spec?.ports?.[0]?.nodePort ?? 0);
    assert.equal(new Set(addresses).size, count);
    assert.equal(new Set(ports).size, count);
    const held = await claimed();
    assert.deepEqual(held.addresses, ["10.96.0.1", ...addresses].sort());
    assert.deepEqual(
      held.ports,
      [...ports].sort((a, b) => a - b),
    );
    await spread(async (peer, number) => {
      const { status, text } = await call(peer, "DELETE", `${services}/s${number}`);
      assert.equal(status, 200, `${peer.side}: ${text}`);
    });
    assert.deepEqual(await claimed(), { addresses: ["10.96.0.1"], ports: [] });
    let overtaken = 0;
    for (const [number, peer] of peers.entries()) {
      const said = peer.output().slice(before[number]).split("\n");
      const faults = said.filter((line) => /repairing|not allocated|leaked|wrong ref/.test(line));
      const early = faults.filter((line) =>
        /the ClusterIP .* is not allocated; repairing/.test(line),
      );
      assert.deepEqual(without(faults, early), [], peer.side);
      overtaken += early.length;
    }
    assert.ok(overtaken <= mostOvertaken, `${overtaken} services came before their addresses`);
    const [any] = peers;
    assert.ok(any);
    const events = await call<{ items: { reason: string }[] }>(any, "GET", ownEvents);
    const reasons = events.body.items.map(({ reason }) => reason);
    const warnings = reasons.filter((reason) => /ClusterIP|IPAddress|Port/.test(reason));
    assert.deepEqual(without(warnings, ["ClusterIPNotAllocated"]), []);
    assert.ok(warnings.length <= overtaken);
  });
});
