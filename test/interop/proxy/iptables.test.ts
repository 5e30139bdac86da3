import assert from "node:assert/strict";
import type { Service } from "../../../lib/api/gen/types/coreV1.js";
import type { ProxyConfig } from "../../../lib/proxy/proxyConfig.js";
import { until } from "../../support/nodes/until.js";
import type { AgentReply } from "../../support/proxy/networkAgent.js";
import { ProxyNetwork } from "../../support/proxy/proxyNetwork.js";
import {
  type TestEndpoint,
  testNode,
  testService,
  testSlice,
} from "../../support/proxy/proxyObjects.js";

const one: TestEndpoint = { address: "10.20.0.2" };
const two: TestEndpoint = { address: "10.20.0.3" };
const clusterIP = "10.96.0.10";

for (const backend of ["nft", "legacy"] as const) {
  describe(`the proxy with real iptables of the ${backend} kind`, function () {
    this.timeout(600_000);
    let network: ProxyNetwork;

    before(async function () {
      const reason = ProxyNetwork.unavailable(backend);
      if (reason !== undefined) {
        console.log(`      skipped: ${reason}`);
        this.skip();
      }
      network = await ProxyNetwork.create(backend);
      for (const name of ["one", "two"]) {
        await network.agent(name).ask({ do: "serve", name, port: 8080 });
      }
    });

    after(async () => {
      await network?.destroy();
    });

    afterEach(async function () {
      if (this.currentTest?.isFailed()) console.log(network.proxy.errors);
      await tell({ do: "stop" });
      await tell({ do: "cleanUp" });
      await network.restartProxy();
    });

    async function tell<T = unknown>(command: object): Promise<T> {
      const answer = await network.proxy.ask<{ value?: T; error?: string }>(command);
      assert.equal(answer.error, undefined, answer.error);
      return answer.value as T;
    }

    async function start(config: Partial<ProxyConfig> = {}, ...services: Service[]): Promise<void> {
      for (const object of services) {
        await tell({ do: "service", object });
        const name = object.metadata.name ?? "";
        await tell({ do: "slice", object: testSlice(name, [one, two]) });
      }
      const addresses = { healthzBindAddress: "127.0.0.1:0", metricsBindAddress: "127.0.0.1:0" };
      const wholeConfig = { nodeName: "node", ...addresses, ...config };
      await tell({ do: "start", config: wholeConfig, node: testNode });
    }

    async function set(...objects: { kind: "service" | "slice"; object: object }[]): Promise<void> {
      for (const { kind, object } of objects) await tell({ do: kind, object });
      await tell({ do: "settled" });
    }

    const slice = (name: string, endpoints: readonly TestEndpoint[]) =>
      ({ kind: "slice", object: testSlice(name, endpoints) }) as const;

    /** How often each server answered. */
    async function spread(from: string, host: string, port: number, times: number) {
      const counts: Record<string, number> = {};
      for (let time = 0; time < times; time++) {
        const reply = await network.get(from, host, port);
        const key = reply.name ?? reply.error ?? "?";
        counts[key] = (counts[key] ?? 0) + 1;
      }
      return counts;
    }

    it("answers on a ClusterIP's port, and on nothing else of it", async () => {
      await start({}, testService("web", clusterIP));
      for (const from of ["node", "outside", "one"]) {
        const counts = await spread(from, clusterIP, 80, 24);
        assert.deepEqual(
          Object.keys(counts).sort(),
          ["one", "two"],
          `${from}: ${JSON.stringify(counts)}`,
        );
      }
      assert.notEqual((await network.get("node", clusterIP, 81)).error, undefined);
      assert.equal(network.succeeds("node", "ping", "-c", "1", "-W", "1", clusterIP), false);
      assert.equal(network.succeeds("one", "ping", "-c", "1", "-W", "1", clusterIP), false);
      assert.ok(network.succeeds("one", "ping", "-c", "1", "-W", "1", "10.20.0.3"));
      assert.ok(!network.run("node", "ip", "address").includes(clusterIP), "no device has it");
    });

    it("refuses at once when there are no endpoints, and answers again when there are", async () => {
      await start({}, testService("web", clusterIP));
      await set(slice("web", []));
      for (const from of ["node", "outside"]) {
        assert.equal((await network.get(from, clusterIP, 80)).error, "ECONNREFUSED", from);
      }
      await set(slice("web", [two]));
      assert.deepEqual(await spread("outside", clusterIP, 80, 5), { two: 5 });
      await tell({ do: "deleteService", key: "test/web" });
      await tell({ do: "settled" });
      assert.notEqual((await network.get("outside", clusterIP, 80)).error, undefined);
      assert.ok(!network.run("node", "iptables-save").includes("KUBE-SVC-"));
    });

    it("serves a NodePort on every address of the node, also on localhost", async () => {
      const ports = [{ name: "tcp", protocol: "TCP" as const, port: 80, nodePort: 30080 }];
      await start({}, testService("web", clusterIP, { type: "NodePort", ports }));
      assert.deepEqual(Object.keys(await spread("outside", "192.168.77.1", 30080, 16)).sort(), [
        "one",
        "two",
      ]);
      assert.notEqual((await network.get("one", "10.20.0.1", 30080)).name, undefined);
      assert.notEqual((await network.get("node", "127.0.0.1", 30080)).name, undefined);
      const reply = await network.get("outside", "192.168.77.1", 30080);
      assert.notEqual(reply.peer, "192.168.77.2", "masqueraded: the endpoint could be elsewhere");
    });

    it("serves node ports only where it is told to", async () => {
      const ports = [{ name: "tcp", protocol: "TCP" as const, port: 80, nodePort: 30080 }];
      const service = testService("web", clusterIP, { type: "NodePort", ports });
      await start({ nodePortAddresses: ["10.20.0.0/24"] }, service);
      assert.notEqual((await network.get("one", "10.20.0.1", 30080)).name, undefined);
      assert.notEqual((await network.get("outside", "192.168.77.1", 30080)).error, undefined);
      assert.notEqual((await network.get("node", "127.0.0.1", 30080)).error, undefined);
    });

    it("keeps a client at its endpoint with session affinity", async () => {
      const affinity = { sessionAffinity: "ClientIP" as const };
      await start({}, testService("web", clusterIP, affinity));
      for (const from of ["outside", "node", "one"]) {
        const counts = await spread(from, clusterIP, 80, 12);
        assert.equal(Object.keys(counts).length, 1, `${from}: ${JSON.stringify(counts)}`);
      }
      const before = Object.keys(await spread("outside", clusterIP, 80, 1))[0];
      const other = before === "one" ? two : one;
      await set(slice("web", [other]));
      const after = Object.keys(await spread("outside", clusterIP, 80, 4));
      assert.deepEqual(after, [before === "one" ? "two" : "one"]);
    });

    it("keeps the source and stays on the node with external traffic policy Local", async () => {
      const ports = [{ name: "tcp", protocol: "TCP" as const, port: 80, nodePort: 30080 }];
      const service = testService("web", clusterIP, {
        ...{ type: "LoadBalancer", ports, externalTrafficPolicy: "Local" as const },
        ...{ healthCheckNodePort: 31080, externalIPs: ["198.51.100.7"] },
      });
      const config = { clusterCIDR: "10.20.0.0/24" };
      await start(config, service);
      const remote = { address: "10.20.0.3", nodeName: "elsewhere" };
      await set(slice("web", [one, remote]));
      for (const [host, port] of [
        ["192.168.77.1", 30080],
        ["198.51.100.7", 80],
      ] as const) {
        for (let time = 0; time < 8; time++) {
          const reply = await network.get("outside", host, port);
          assert.deepEqual(reply, { name: "one", peer: "192.168.77.2" });
        }
      }
      const inside = await spread("two", "198.51.100.7", 80, 16);
      assert.deepEqual(Object.keys(inside).sort(), ["one", "two"], "pods reach every endpoint");

      const health = await network.get("outside", "192.168.77.1", 31080);
      assert.equal(health.status, 200);
      assert.deepEqual(JSON.parse(health.body ?? ""), {
        service: { namespace: "test", name: "web" },
        localEndpoints: 1,
        serviceProxyHealthy: true,
      });
      await set(slice("web", [remote]));
      assert.equal((await network.get("outside", "192.168.77.1", 31080)).status, 503);
      assert.equal((await network.get("outside", "192.168.77.1", 30080)).error, "TIMEOUT");
      assert.equal((await network.get("two", "198.51.100.7", 80)).name, "two");
    });

    it("masquerades what comes from outside with --cluster-cidr, and everything with --masquerade-all", async () => {
      await start({ clusterCIDR: "10.20.0.0/24" }, testService("web", clusterIP));
      await set(slice("web", [two]));
      assert.deepEqual(await network.get("one", clusterIP, 80), { name: "two", peer: "10.20.0.2" });
      const outside = await network.get("outside", clusterIP, 80);
      assert.deepEqual(outside, { name: "two", peer: "10.20.0.1" });
      const itself = await network.get("two", clusterIP, 80);
      assert.deepEqual(itself, { name: "two", peer: "10.20.0.1" }, "a hairpin is masqueraded");

      await tell({ do: "stop" });
      await network.restartProxy();
      await start({ masqueradeAll: true }, testService("web", clusterIP));
      await set(slice("web", [two]));
      for (const from of ["one", "outside"]) {
        assert.deepEqual(await network.get(from, clusterIP, 80), {
          name: "two",
          peer: "10.20.0.1",
        });
      }
    });

    it("lets only the source ranges reach a load balancer's address", async () => {
      const balanced = (ranges: string[]): Service => ({
        ...testService("web", clusterIP, {
          type: "LoadBalancer",
          loadBalancerSourceRanges: ranges,
        }),
        status: { loadBalancer: { ingress: [{ ip: "198.51.100.8" }] } },
      });
      await start({}, balanced(["192.168.77.0/24"]));
      assert.notEqual((await network.get("outside", "198.51.100.8", 80)).name, undefined);
      assert.notEqual((await network.get("one", "198.51.100.8", 80)).error, undefined);
      await set({ kind: "service", object: balanced(["10.20.0.0/24"]) });
      assert.notEqual((await network.get("outside", "198.51.100.8", 80)).error, undefined);
      assert.notEqual((await network.get("one", "198.51.100.8", 80)).name, undefined);
    });

    it("moves a UDP flow when its endpoint goes", async () => {
      const ports = [{ name: "udp", protocol: "UDP" as const, port: 53 }];
      await start({}, testService("dns", clusterIP, { ports }));
      await set(slice("dns", [one]));
      assert.equal((await network.udp("outside", clusterIP, 53, 4053)).name, "one");
      await set(slice("dns", [two]));
      assert.equal((await network.udp("outside", clusterIP, 53, 4053)).name, "two");
      await set(slice("dns", []));
      assert.equal((await network.udp("outside", clusterIP, 53, 4053)).error, "ECONNREFUSED");
      await set(slice("dns", [one]));
      assert.equal((await network.udp("outside", clusterIP, 53, 4053)).name, "one");
    });

    it("takes over what another proxy left, puts back what was removed, and cleans up", async () => {
      await start({}, testService("web", clusterIP), testService("old", "10.96.0.11"));
      await network.restartProxy();
      network.run("node", "iptables", "-t", "nat", "-N", "KUBE-SEP-AAAAAAAAAAAAAAAA");
      await start({ syncPeriodMilliseconds: 50 }, testService("web", clusterIP));
      const saved = network.run("node", "iptables-save");
      assert.ok(!saved.includes("test/old") && !saved.includes("KUBE-SEP-AAAAAAAAAAAAAAAA"));
      const jumps = saved.match(/-A PREROUTING .*-j KUBE-SERVICES/g);
      assert.equal(jumps?.length, 1, "no jump twice");

      for (const table of ["nat", "filter", "mangle"]) {
        // Rules and chains in one step: the proxy puts them back at any moment.
        network.run("node", "sh", "-c", `printf '*${table}\\nCOMMIT\\n' | iptables-restore`);
      }
      // Whichever table was emptied last comes back last.
      const chains = (text: string): string[] => text.match(/^:KUBE-\S+/gm) ?? [];
      await until("the rules to come back", async () => {
        const now = chains(network.run("node", "iptables-save"));
        if (!chains(saved).every((chain) => now.includes(chain))) return false;
        return (await network.get("outside", clusterIP, 80)).name !== undefined;
      });

      await tell({ do: "stop" });
      assert.notEqual((await network.get("outside", clusterIP, 80)).name, undefined, "rules stay");
      await tell({ do: "cleanUp" });
      const left = network.run("node", "iptables-save").match(/KUBE-[A-Z-]+/g) ?? [];
      assert.deepEqual([...new Set(left)], ["KUBE-FIREWALL"]);
    });

    it("leaves running connections alone, whatever else changes", async () => {
      const ports = [{ name: "echo", protocol: "TCP" as const, port: 7 }];
      const long = testService("long", "10.96.0.7", { ports });
      await start({}, long, testService("web", clusterIP));
      for (const from of ["outside", "node"]) {
        const opened = await network.agent(from).ask({ do: "open", host: "10.96.0.7", port: 7 });
        assert.notEqual((opened as AgentReply).name, undefined, from);
      }
      const works = async (after: string): Promise<void> => {
        for (const from of ["outside", "node"]) {
          const reply = await network.agent(from).ask<AgentReply>({ do: "echo" });
          assert.notEqual(reply.name, undefined, `from ${from} after ${after}: ${reply.error}`);
        }
      };
      await works("nothing");
      for (const endpoints of [[one], [], [two], [one, two]]) await set(slice("web", endpoints));
      await works("changes of another service");
      for (let number = 20; number < 60; number++) {
        const other = testService(`other-${number}`, `10.96.0.${number}`);
        await tell({ do: "service", object: other });
      }
      await tell({ do: "settled" });
      await tell({ do: "deleteService", key: "test/web" });
      await tell({ do: "settled" });
      await works("services that came and went");
      await network.restartProxy();
      await start({ masqueradeAll: true }, long);
      await works("another proxy took over");
      await set(slice("long", []));
      await works("its endpoints are on their way out");
    });

    it("serves both families of a dual-stack service", async () => {
      const ports = [{ name: "tcp", protocol: "TCP" as const, port: 80, nodePort: 30080 }];
      const clusterIPs = [clusterIP, "fd00:96::10"];
      await start({}, testService("web", clusterIP, { type: "NodePort", ports, clusterIPs }));
      await set(slice("web", [{ address: "fd00:20::2" }, { address: "fd00:20::3" }]));
      for (const from of ["node", "outside", "one"]) {
        const counts = await spread(from, "fd00:96::10", 80, 24);
        assert.deepEqual(Object.keys(counts).sort(), ["one", "two"], JSON.stringify(counts));
      }
      const counts = await spread("outside", "fd00:77::1", 30080, 16);
      assert.deepEqual(Object.keys(counts).sort(), ["one", "two"], JSON.stringify(counts));
      assert.notEqual((await network.get("outside", clusterIP, 80)).name, undefined);
      const saved = network.run("node", "ip6tables-save");
      assert.match(saved, /--to-destination \[fd00:20::2\]:8080/);
      assert.ok(network.run("node", "iptables", "--version").includes(backend.slice(0, 2)));
    });

    it("tells of itself on its ports", async () => {
      await start({}, testService("web", clusterIP));
      const ports = await tell<{ healthz: number; metrics: number }>({ do: "ports" });
      const health = await network.get("node", "127.0.0.1", ports.healthz);
      assert.equal(health.status, 404);
      const url = (port: number, path: string) => `http://127.0.0.1:${port}${path}`;
      const curl = (port: number, path: string) =>
        network.run("node", "curl", "-s", url(port, path));
      assert.equal(JSON.parse(curl(ports.healthz, "/healthz")).nodeEligible, true);
      assert.equal(JSON.parse(curl(ports.healthz, "/livez")).healthy, true);
      assert.equal(curl(ports.metrics, "/proxyMode"), "iptables");
      const metrics = curl(ports.metrics, "/metrics");
      assert.match(
        metrics,
        /kubeproxy_sync_full_proxy_rules_duration_seconds_count\{ip_family="IPv4"\} 1/,
      );
      assert.match(
        metrics,
        /kubeproxy_sync_proxy_rules_iptables_total\{table="nat",ip_family="IPv4"\} \d/,
      );
    });
  });
}
