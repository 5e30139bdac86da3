import assert from "node:assert/strict";
import type { Service } from "../../../lib/api/gen/types/coreV1.js";
import type { EndpointSlice } from "../../../lib/api/gen/types/discoveryV1.js";
import { addon } from "../../../lib/native/addon.js";
import { SeededRandom } from "../../../lib/platform/virtual/seededRandom.js";
import { type Packet, PacketModel } from "../../support/proxy/packetModel.js";
import { RuleTables } from "../../support/proxy/ruleTables.js";
import { expectedOutcomes, type World } from "../../support/proxy/serviceSemantics.js";

const localAddresses = ["192.168.77.1", "10.20.0.1"];
const protocols = ["TCP", "UDP", "SCTP"] as const;

/** Makes clusters by chance; the same seed makes the same ones. */
class Generator {
  readonly #random: SeededRandom;

  constructor(seed: number) {
    this.#random = new SeededRandom(seed);
  }

  maybe(probability = 0.5): boolean {
    return this.#random.float() < probability;
  }

  pick<T>(values: readonly T[]): T {
    return values[this.#random.below(values.length)] as T;
  }

  service(number: number): Service {
    const type = this.pick(["ClusterIP", "NodePort", "LoadBalancer"] as const);
    const outward = type !== "ClusterIP";
    const ports = protocols.slice(0, 1 + this.#random.below(3)).map((protocol, index) => ({
      name: protocol.toLowerCase(),
      protocol,
      port: 80,
      ...(outward ? { nodePort: 30000 + 10 * number + index } : {}),
    }));
    const externalIPs = this.maybe(0.3) ? [`198.51.100.${number}`] : [];
    const isLocal = outward && this.maybe();
    return {
      metadata: { namespace: "test", name: `service-${number}` },
      spec: {
        ...{ type, clusterIP: `10.96.0.${number}`, ports, externalIPs },
        internalTrafficPolicy: this.pick(["Cluster", "Cluster", "Local"]),
        ...(outward ? { externalTrafficPolicy: isLocal ? "Local" : "Cluster" } : {}),
        sessionAffinity: this.pick(["None", "ClientIP"]),
        ...(this.maybe() ? { loadBalancerSourceRanges: this.ranges() } : {}),
      },
      ...(type === "LoadBalancer"
        ? { status: { loadBalancer: { ingress: [{ ip: `203.0.113.${number}` }] } } }
        : {}),
    };
  }

  ranges(): string[] {
    return [this.pick(["192.168.77.0/24", "10.20.0.0/16", "172.16.0.0/12"])];
  }

  slice(number: number): EndpointSlice {
    const count = this.#random.below(5);
    return {
      metadata: {
        namespace: "test",
        name: `service-${number}-slice`,
        labels: { "kubernetes.io/service-name": `service-${number}` },
      },
      addressType: "IPv4",
      ports: protocols.map((protocol) => ({
        ...{ name: protocol.toLowerCase(), protocol, port: 8080 },
      })),
      endpoints: Array.from({ length: count }, (_, index) => {
        const ready = this.maybe(0.6);
        return {
          addresses: [`10.20.${this.#random.below(2)}.${10 + index}`],
          nodeName: this.pick(["node", "elsewhere"]),
          conditions: { ready, serving: ready || this.maybe(), terminating: !ready },
        };
      }),
    };
  }

  world(): World {
    const numbers = Array.from({ length: 6 }, (_, index) => index + 1);
    return {
      ...{ nodeName: "node", nodeIP: "192.168.77.1", localAddresses },
      clusterCIDR: this.maybe() ? "10.20.0.0/16" : "",
      masqueradeAll: this.maybe(0.2),
      services: numbers.map((number) => this.service(number)),
      slices: numbers.map((number) => this.slice(number)),
    };
  }

  packet(world: World): Packet {
    const service = this.pick(world.services);
    const port = this.pick(service.spec?.ports ?? []);
    const addresses = [
      service.spec?.clusterIP ?? "",
      ...(service.spec?.externalIPs ?? []),
      ...(service.status?.loadBalancer?.ingress?.map(({ ip }) => ip ?? "") ?? []),
    ];
    const toNode = port.nodePort !== undefined && this.maybe(0.3);
    const balancer = service.status?.loadBalancer?.ingress?.[0]?.ip ?? "172.16.0.1";
    return {
      protocol: port.protocol?.toLowerCase() as Packet["protocol"],
      source: this.pick([
        ...["10.20.0.10", "10.20.1.11", "10.20.3.3", "192.168.77.1", "192.168.77.2"],
        ...["172.16.0.9", "8.8.8.8", balancer],
      ]),
      destination: toNode ? this.pick([...localAddresses, "10.20.0.9"]) : this.pick(addresses),
      port: toNode ? (port.nodePort ?? 0) : this.pick([80, 80, 80, 81]),
    };
  }
}

function newRules(world: World) {
  return new addon.NetRules({
    ...{ family: "IPv4", nodeName: world.nodeName, nodeIP: world.nodeIP, zone: "" },
    ...{ masqueradeAll: world.masqueradeAll, masqueradeBit: 14, localhostNodePorts: true },
    ...{ randomFully: true, conntrackTcpBeLiberal: false },
    ...(world.clusterCIDR === ""
      ? {}
      : { localDetector: { kind: "cidr", value: world.clusterCIDR } }),
  });
}

function sync(rules: InstanceType<typeof addon.NetRules>, tables: RuleTables): void {
  const { kind } = rules.begin(false);
  const piece = new Uint8Array(4096);
  let text = "";
  for (let length = rules.fill(piece); length > 0; length = rules.fill(piece)) {
    text += Buffer.from(piece.subarray(0, length)).toString("latin1");
  }
  tables.restore(text);
  if (kind !== "nothing") rules.finish(true);
}

const json = (object: object): Uint8Array => Buffer.from(JSON.stringify(object));

describe("packets through the generated rules", () => {
  it("go where the service's specification says, also after changes", function () {
    this.timeout(120_000);
    const seeds = Array.from({ length: 150 }, (_, index) => index + 1);
    const met = new Set<string>();
    for (const seed of seeds) {
      const generator = new Generator(seed);
      let world = generator.world();
      const rules = newRules(world);
      const tables = new RuleTables();
      for (let round = 0; round < 4; round++) {
        for (const service of world.services) rules.setService(json(service));
        for (const slice of world.slices) rules.setEndpointSlice(json(slice));
        sync(rules, tables);
        const model = new PacketModel(tables, world.localAddresses);
        for (let count = 0; count < 40; count++) {
          const packet = generator.packet(world);
          const expected = expectedOutcomes(world, packet);
          const seen = model.outcomes(packet);
          for (const { verdict, to, masqueraded } of seen) {
            met.add(`${verdict} ${to === undefined ? "as is" : "redirected"} ${masqueraded}`);
          }
          assert.deepEqual(seen, expected, `seed ${seed}, ${JSON.stringify(packet)}`);
        }
        const { services, slices } = generator.world();
        const keep = <T>(olds: readonly T[], news: readonly T[]): T[] =>
          olds.map((old, index) => (generator.maybe() ? old : (news[index] ?? old)));
        world = {
          ...world,
          services: keep(world.services, services),
          slices: keep(world.slices, slices),
        };
      }
    }
    assert.deepEqual([...met].sort(), [
      "accept as is false",
      "accept redirected false",
      "accept redirected true",
      "drop as is false",
      "reject as is false",
    ]);
  });
});
